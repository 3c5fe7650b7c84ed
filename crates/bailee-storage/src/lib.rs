//! bailee-storage
