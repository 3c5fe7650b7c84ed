//! bailee-engine
