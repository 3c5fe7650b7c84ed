use std::fmt;

use serde::Serialize;
use url::Url;

/// What was found. Holds no secret: names of variables, and never what is in them, but for the base URL once it is sound.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Whether nothing is wrong.
    pub(crate) ok: bool,
    pub(crate) base_url: Option<Url>,
    pub(crate) base_url_problem: Option<&'static str>,
    pub(crate) providers: Vec<ProviderReport>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ProviderReport {
    pub(crate) provider: &'static str,
    #[serde(flatten)]
    pub(crate) state: State,
}

#[derive(Debug, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub(crate) enum State {
    /// Some of its variables are set, and one that belongs to them is not.
    HalfSet {
        missing: &'static str,
    },
    /// Its variables are set to what cannot be.
    Invalid {
        problem: String,
    },
    NotConfigured,
    Offered(Box<Offer>),
}

/// What a provider offers, and what it needs.
#[derive(Debug, Serialize)]
pub(crate) struct Offer {
    pub(crate) name: &'static str,
    /// To be registered with the provider; none without a base URL, or where accounts are not joined by OAuth.
    pub(crate) redirect_uri: Option<Url>,
    /// Where it delivers what happens; none without a base URL, or where it delivers nothing.
    pub(crate) hook: Option<Url>,
    pub(crate) tools: Vec<String>,
    /// What its consent page asks for.
    pub(crate) scopes: Vec<String>,
    pub(crate) endpoints: Vec<Endpoint>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Endpoint {
    pub(crate) host: String,
    /// None when nobody asked.
    pub(crate) reachable: Option<bool>,
}

impl State {
    /// Whether nothing is wrong.
    pub(crate) fn is_ok(&self) -> bool {
        match self {
            Self::HalfSet { .. } | Self::Invalid { .. } => false,
            Self::NotConfigured => true,
            Self::Offered(offer) => offer.endpoints.iter().all(|endpoint| endpoint.reachable != Some(false)),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.base_url, self.base_url_problem) {
            (Some(url), _) => writeln!(f, "{:<10} {url}", "base URL")?,
            (None, problem) => writeln!(f, "{:<10} PROBLEM: {}", "base URL", problem.unwrap_or_default())?,
        }
        self.providers.iter().try_for_each(|provider| provider.fmt(f))
    }
}

impl fmt::Display for ProviderReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.provider;
        match &self.state {
            State::HalfSet { missing } => writeln!(f, "{key:<10} PROBLEM: half set, {missing} is missing"),
            State::Invalid { problem } => writeln!(f, "{key:<10} PROBLEM: {problem}"),
            State::NotConfigured => writeln!(f, "{key:<10} not configured"),
            State::Offered(offer) => write!(f, "{key:<10} offered\n{offer}"),
        }
    }
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |what: &str, text: &str| {
            if text.is_empty() { Ok(()) } else { writeln!(f, "{:<10} {what:<13} {text}", "") }
        };
        line("redirect URI", self.redirect_uri.as_ref().map_or("", Url::as_str))?;
        line("hook", self.hook.as_ref().map_or("", Url::as_str))?;
        line("tools", &self.tools.join(", "))?;
        line("OAuth scopes", &self.scopes.join(" "))?;
        for Endpoint { host, reachable } in &self.endpoints {
            let problem = if *reachable == Some(false) { "PROBLEM: cannot be reached: " } else { "" };
            line(
                if *reachable == Some(true) { "reachable" } else { "endpoint" },
                &format!("{problem}{host}"),
            )?;
        }
        Ok(())
    }
}
