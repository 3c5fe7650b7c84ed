//! bailee-testkit
