//! The addresses of a definition, one by one.

use std::{collections::BTreeSet, fmt};

use url::Url;

use super::OAuthDefinition;

/// Where a provider's OAuth is asked.
#[derive(Clone, PartialEq, Eq)]
pub struct OAuthAddresses {
    /// The consent page.
    pub authorize: Url,
    /// Introspection (RFC 7662), where there is one.
    pub introspection: Option<Url>,
    /// Where refresh tokens are sent, where that is not `token`.
    pub refresh: Option<Url>,
    /// Revocation (RFC 7009), where there is one.
    pub revoke: Option<Url>,
    /// Exchange and refresh (RFC 6749 §3.2).
    pub token: Url,
    /// Whose token it is, where it is asked.
    pub userinfo: Option<Url>,
}

/// Hosts only: a gateway may have its key in the address.
impl fmt::Debug for OAuthAddresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = |url: &Option<Url>| url.as_ref().and_then(Url::host_str).map(str::to_owned);
        f.debug_struct("OAuthAddresses")
            .field("authorize", &self.authorize.host_str())
            .field("introspection", &host(&self.introspection))
            .field("refresh", &host(&self.refresh))
            .field("revoke", &host(&self.revoke))
            .field("token", &self.token.host_str())
            .field("userinfo", &host(&self.userinfo))
            .finish()
    }
}

pub(super) fn of(definition: &OAuthDefinition) -> OAuthAddresses {
    let OAuthDefinition { authorize, token, refresh, revoke, userinfo, introspection, .. } = definition;
    OAuthAddresses {
        authorize: authorize.request.url.clone(),
        introspection: introspection.as_ref().map(|introspection| introspection.request.url.clone()),
        refresh: refresh.request.as_ref().map(|request| request.url.clone()),
        revoke: revoke.as_ref().map(|revoke| revoke.request.url.clone()),
        token: token.request.url.clone(),
        userinfo: userinfo.as_ref().map(|userinfo| userinfo.request.url.clone()),
    }
}

pub(super) fn set<'a>(
    definition: &mut OAuthDefinition,
    addresses: &OAuthAddresses,
    further: impl IntoIterator<Item = &'a str>,
) {
    let OAuthDefinition { authorize, token, refresh, revoke, userinfo, introspection, .. } = definition;
    authorize.request.url = addresses.authorize.clone();
    token.request.url = addresses.token.clone();
    for (request, address) in [
        (introspection.as_mut().map(|introspection| &mut introspection.request), &addresses.introspection),
        (refresh.request.as_mut(), &addresses.refresh),
        (revoke.as_mut().map(|revoke| &mut revoke.request), &addresses.revoke),
        (userinfo.as_mut().map(|userinfo| &mut userinfo.request), &addresses.userinfo),
    ] {
        if let (Some(request), Some(address)) = (request, address) {
            request.url = address.clone();
        }
    }
    let now = of(definition);
    let asked = [Some(now.token), now.introspection, now.refresh, now.revoke, now.userinfo];
    let mut hosts: BTreeSet<String> = further.into_iter().map(str::to_ascii_lowercase).collect();
    hosts.extend(asked.iter().flatten().filter_map(Url::host_str).map(str::to_owned));
    definition.token_hosts = hosts.into_iter().collect();
}
