use bailee::{
    Provider, ProviderKey, SecretString, addresses,
    core::{Begin, Capabilities, ConnectKind, OAuthScopes},
    oauth::{HttpClient, HttpOptions},
    providers::{ConfigError, registry::Configured},
};
use futures_util::future::join_all;
use url::Url;

use crate::{
    endpoint::is_reachable,
    report::{Endpoint, Offer, ProviderReport, Report, State},
    settings::Settings,
};

/// Looks at everything. Offline, nobody is asked.
pub(crate) async fn check(settings: &Settings, offline: bool) -> Result<Report, String> {
    let base_url = base_url(settings.base_url.as_deref());
    let configured = settings.providers.as_ref().map_err(ToString::to_string)?;
    let http = if offline {
        None
    } else {
        Some(HttpClient::new(&HttpOptions::default()).map_err(|error| error.to_string())?)
    };
    let context = Context { base_url: base_url.as_ref().ok(), http: http.as_ref() };
    let providers = join_all(configured.iter().map(|one| context.provider(one))).await;
    Ok(Report {
        ok: base_url.is_ok() && providers.iter().all(|provider| provider.state.is_ok()),
        base_url_problem: base_url.as_ref().err().copied(),
        base_url: base_url.ok(),
        providers,
    })
}

/// Where the host is reached, by the rule of the builder. What is refused is not repeated: it may have a password in it.
fn base_url(text: Option<&str>) -> Result<Url, &'static str> {
    let url = text.ok_or("BAILEE_BASE_URL is not set")?;
    let url = Url::parse(url).ok().filter(|url| addresses::check_base_url(url).is_ok());
    url.ok_or("BAILEE_BASE_URL must be https, or http on this machine, without login, query and fragment")
}

struct Context<'a> {
    base_url: Option<&'a Url>,
    /// None: nobody is asked.
    http: Option<&'a HttpClient>,
}

impl Context<'_> {
    async fn provider(&self, configured: &Configured) -> ProviderReport {
        let state = match &configured.provider {
            Ok(Some(provider)) => State::Offered(Box::new(self.offer(provider.as_ref()).await)),
            Ok(None) => State::NotConfigured,
            Err(ConfigError::Missing { variable }) => State::HalfSet { missing: variable },
            Err(other) => State::Invalid { problem: other.to_string() },
        };
        ProviderReport { provider: configured.key, state }
    }

    async fn offer(&self, provider: &dyn Provider) -> Offer {
        let descriptor = provider.descriptor();
        let at = |address: fn(&Url, &ProviderKey) -> Url, wanted: bool| {
            self.base_url.filter(|_| wanted).map(|base_url| address(base_url, &descriptor.key))
        };
        let redirect_uri = at(addresses::redirect_uri, descriptor.connect == ConnectKind::OAuth);
        Offer {
            name: descriptor.name,
            hook: at(addresses::shared_hook, descriptor.capabilities.contains(Capabilities::RECEIVE)),
            tools: provider.tools().iter().map(|tool| tool.name.to_string()).collect(),
            scopes: scopes(provider).await,
            endpoints: join_all(descriptor.token_hosts.iter().map(|host| self.endpoint(host))).await,
            redirect_uri,
        }
    }

    async fn endpoint(&self, host: &str) -> Endpoint {
        let reachable = match (self.http, Url::parse(&format!("https://{host}/"))) {
            (Some(http), Ok(url)) => Some(is_reachable(http, url).await),
            (Some(_), Err(_)) => Some(false),
            (None, _) => None,
        };
        Endpoint { host: host.to_owned(), reachable }
    }
}

/// What a consent would ask for now. To begin one makes no request; its address is thrown away.
async fn scopes(provider: &dyn Provider) -> Vec<String> {
    let (Some(registration), Ok(redirect_uri)) =
        (provider.registrations().first(), Url::parse("http://localhost/"))
    else {
        return Vec::new();
    };
    let word = SecretString::from("0".repeat(43));
    let begin = Begin {
        client_id: &registration.client_id,
        redirect_uri: &redirect_uri,
        state: &word,
        pkce_verifier: &word,
        alias: None,
        already_granted: &OAuthScopes::default(),
        account: None,
    };
    let requested = provider.begin(begin).await.map(|begun| begun.requested).unwrap_or_default();
    requested.iter().map(ToString::to_string).collect()
}
