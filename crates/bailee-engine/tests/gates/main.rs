//! What a provider that is down, hangs or asks for a rest costs: itself little, and others nothing.

mod calls;
mod connects;
mod provider;
mod rig;
mod shutdown;
mod sweep;
mod tokens;
