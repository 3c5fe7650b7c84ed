//! bailee
