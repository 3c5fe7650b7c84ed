//! bailee-providers
