//! Every way in which a token endpoint can misbehave, through the whole host: engine, adapter and client, over real
//! sockets. Whatever it does, the row stays as it was, and the next honest refresh succeeds.

mod bodies;
mod certificates;
mod echoes;
mod lost;
mod rig;
mod success;
mod wire;
