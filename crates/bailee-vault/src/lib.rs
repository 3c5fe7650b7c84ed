//! bailee-vault
