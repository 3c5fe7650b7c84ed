use bailee_core::{ClientId, IntegrationId, ProviderKey};

/// What is asked of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum GateKind {
    /// Calls of tools, notifications and probes of credentials.
    Api,
    /// The exchange of codes, refreshes and revocations.
    Tokens,
}

/// Which gate a request goes through.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Line {
    pub(super) provider: ProviderKey,
    pub(super) client: Option<ClientId>,
    /// Where there is no client, each account is by itself: the address behind it may be its owner's own.
    pub(super) account: Option<IntegrationId>,
    pub(super) kind: GateKind,
}

/// The way of one request: its gate, and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(super) line: Line,
    pub(super) account: Option<IntegrationId>,
}

impl Way {
    /// To the interface of a provider, for one account where it is about one.
    pub(crate) fn api(
        provider: &ProviderKey,
        client: Option<&ClientId>,
        account: Option<IntegrationId>,
    ) -> Self {
        Self::new(GateKind::Api, provider, client, account)
    }

    /// To what issues tokens.
    pub(crate) fn tokens(
        provider: &ProviderKey,
        client: Option<&ClientId>,
        account: Option<IntegrationId>,
    ) -> Self {
        Self::new(GateKind::Tokens, provider, client, account)
    }

    fn new(
        kind: GateKind,
        provider: &ProviderKey,
        client: Option<&ClientId>,
        account: Option<IntegrationId>,
    ) -> Self {
        let of_line = if client.is_some() { None } else { account };
        let line = Line { provider: provider.clone(), client: client.cloned(), account: of_line, kind };
        Self { line, account }
    }
}
