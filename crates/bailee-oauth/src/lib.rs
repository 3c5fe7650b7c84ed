//! bailee-oauth
