//! bailee-http
