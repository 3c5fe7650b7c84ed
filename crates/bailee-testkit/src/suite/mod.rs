//! Behaviour suites: what every implementation of a trait of the core must do, one plain function for each behaviour.

pub mod provider;
pub mod storage;
pub mod vault;

/// Whatever went wrong before a suite could assert anything.
pub type SuiteError = Box<dyn std::error::Error + Send + Sync>;

/// How a behaviour ends; what it demands, it asserts.
pub type SuiteResult = Result<(), SuiteError>;
