use std::time::Duration;

/// How much may be under way at once, and how much one owner may ask for.
///
/// The limits per minute are those of one owner in one process: N processes allow up to N times as much. Each is a bucket
/// that holds a minute's worth and fills up evenly, so a burst of that many passes at once and then one each
/// `60 s / limit`. Zero refuses all, which can be of use in an incident; [`u32::MAX`] refuses nothing.
///
/// ```
/// use bailee_engine::Limits;
///
/// let limits = Limits { tool_calls_per_minute: 600, ..Limits::default() };
/// assert_eq!(limits.concurrent_tool_calls, 32);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest body that a route of `bailee-http` takes, in bytes. Default 64 KiB.
    pub body_bytes: usize,
    /// Calls of tools under way at once for one owner, and for each of their threads. Default 32.
    pub concurrent_tool_calls: u32,
    /// Connects, reconnects and joins that an owner begins per minute. Default 30.
    pub connects_per_minute: u32,
    /// Pending connects in all. Default 100 000.
    pub flows: u32,
    /// Pending connects of one owner and provider; the oldest gives way. Default 5.
    pub flows_per_owner_and_provider: u32,
    /// How deep JSON in a body may be nested, of 127 at most. Default 32.
    pub json_depth: usize,
    /// The largest message that `bailee-mcp` takes from an agent, in bytes. Default 1 MiB.
    pub message_bytes: usize,
    /// Notifications to an owner per minute, however many channels take them. Default 60.
    pub notifications_per_minute: u32,
    /// Refreshes that this process begins within any second although nobody waits for them, at one provider with one client
    /// registration: those of the background worker, and those of a token that is about to expire while it is handed out.
    /// They have no more than half of [`Limits::requests`], and become fewer while the provider answers that it is asked too
    /// often. Refreshes that a caller waits for are neither counted nor held
    /// back. Zero: none ahead of expiry. Default 50.
    pub refreshes_ahead_per_second: u32,
    /// Requests under way in this process to one provider with one client registration: so many to what issues tokens,
    /// and so many to the rest. A request beyond that waits for its turn. Default 64.
    pub requests: u32,
    /// Named secrets that an owner writes, changes or erases per minute. Default 60.
    pub secret_writes_per_minute: u32,
    /// Tests of integrations per minute. Default 10.
    pub tests_per_minute: u32,
    /// Calls of tools per minute that an owner's own agents ask for; each thread has as many of its own, so that a
    /// counterpart uses up nothing of theirs. Default 600.
    pub tool_calls_per_minute: u32,
    /// Validates of integrations per minute. Default 60.
    pub validates_per_minute: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 64 * 1024,
            concurrent_tool_calls: 32,
            connects_per_minute: 30,
            flows: 100_000,
            flows_per_owner_and_provider: 5,
            json_depth: 32,
            message_bytes: 1024 * 1024,
            notifications_per_minute: 60,
            refreshes_ahead_per_second: 50,
            requests: 64,
            secret_writes_per_minute: 60,
            tests_per_minute: 10,
            tool_calls_per_minute: 600,
            validates_per_minute: 60,
        }
    }
}

impl Limits {
    pub(crate) const fn per_minute(&self, limit: Limit) -> u32 {
        match limit {
            Limit::ConcurrentToolCalls => self.concurrent_tool_calls,
            Limit::Connects => self.connects_per_minute,
            Limit::Notifications => self.notifications_per_minute,
            Limit::SecretWrites => self.secret_writes_per_minute,
            Limit::Tests => self.tests_per_minute,
            Limit::ToolCalls => self.tool_calls_per_minute,
            Limit::Validates => self.validates_per_minute,
        }
    }
}

/// One of the limits of an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::concurrent_tool_calls`].
    ConcurrentToolCalls,
    /// [`Limits::connects_per_minute`].
    Connects,
    /// [`Limits::notifications_per_minute`].
    Notifications,
    /// [`Limits::secret_writes_per_minute`].
    SecretWrites,
    /// [`Limits::tests_per_minute`].
    Tests,
    /// [`Limits::tool_calls_per_minute`].
    ToolCalls,
    /// [`Limits::validates_per_minute`].
    Validates,
}

impl Limit {
    /// Its word in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConcurrentToolCalls => "concurrent_tool_calls",
            Self::Connects => "connects",
            Self::Notifications => "notifications",
            Self::SecretWrites => "secret_writes",
            Self::Tests => "tests",
            Self::ToolCalls => "tool_calls",
            Self::Validates => "validates",
        }
    }
}

/// An owner asked for more than [`Limits`] allow. Nothing was done; others are not concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many requests of this kind: wait, then try again")]
pub struct Limited {
    /// Which limit.
    pub limit: Limit,
    /// How long to wait.
    pub retry_after: Duration,
}
