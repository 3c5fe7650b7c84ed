use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};

use bailee_core::{Begin, ExposeSecret as _, OAuthScopes, ProviderError, ProviderKey};

use super::{Flow, Kit, kit::credentials};
use crate::suite::SuiteResult;

/// The consent page's address carries the state, the S256 challenge where the provider takes one, the client and the
/// redirect URI, and not the verifier.
pub async fn beginning_binds_the_flow(kit: &dyn Kit) -> SuiteResult {
    let flow = Flow::default();
    let begun = flow.begin(kit).await?;
    let value = |name: &str| {
        let mut values = begun.url.query_pairs().filter(|(mine, _)| mine == name);
        let first = values.next().map(|(_, value)| value.into_owned());
        assert!(values.next().is_none(), "{name} stands there twice");
        first
    };
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, flow.verifier.expose_secret().as_bytes()));
    assert_eq!(value("state").as_deref(), Some(flow.state.expose_secret()), "state");
    let sent = kit.takes_challenge();
    assert_eq!(value("code_challenge"), sent.then_some(challenge), "code_challenge");
    assert_eq!(value("code_challenge_method").as_deref(), sent.then_some("S256"));
    assert_eq!(value("response_type").as_deref(), Some("code"));
    assert_eq!(value("redirect_uri").as_deref(), Some(kit.redirect_uri().as_str()));
    let client = credentials(kit)?;
    assert_eq!(value("client_id").as_deref(), Some(client.client_id.as_str()));
    assert!(!begun.url.as_str().contains(flow.verifier.expose_secret()), "the verifier is in the address");
    if let Some(secret) = client.secret {
        assert!(
            !begun.url.as_str().contains(secret.expose_secret()),
            "the client's secret is in the address"
        );
    }
    Ok(())
}

/// Beginning asks nobody.
pub async fn beginning_makes_no_request(kit: &dyn Kit) -> SuiteResult {
    let _ = Flow::default().begin(kit).await?;
    assert_eq!(kit.requests().len(), 0, "requests of a begin");
    Ok(())
}

/// What the integration was granted before is asked for again; a provider with a fixed set asks for the same each time.
pub async fn beginning_asks_again_for_what_was_granted(kit: &dyn Kit) -> SuiteResult {
    let plain = Flow::default().begin(kit).await?.requested;
    let Some(further) = kit.further_scope() else {
        let again = Flow { already_granted: plain.clone(), ..Flow::default() };
        assert_eq!(again.begin(kit).await?.requested, plain, "a fixed set");
        return Ok(());
    };
    let further = OAuthScopes::new([further]);
    assert!(!plain.contains_all(&further), "the kit's further scope is asked for anyway");
    let flow = Flow { already_granted: further.clone(), ..Flow::default() };
    let begun = flow.begin(kit).await?;
    assert!(begun.requested.contains_all(&further), "requested");
    assert!(begun.requested.contains_all(&plain), "what the tools need");
    let asked: String = begun
        .url
        .query_pairs()
        .filter(|(name, _)| name.ends_with("scope"))
        .map(|(_, value)| value.into_owned())
        .collect();
    assert!(asked.contains(further.as_str()), "the address");
    Ok(())
}

/// Each alias starts a connect that asks for what it needs, and for no less than what was granted.
pub async fn every_alias_begins(kit: &dyn Kit) -> SuiteResult {
    let flow = Flow::default();
    let client = credentials(kit)?;
    let redirect_uri = kit.redirect_uri();
    let descriptor = kit.provider().descriptor();
    assert!(descriptor.answers_to(&descriptor.key), "its own key");
    for alias in &descriptor.aliases {
        let begin = Begin {
            client_id: client.client_id,
            redirect_uri: &redirect_uri,
            state: &flow.state,
            pkce_verifier: &flow.verifier,
            alias: Some(&alias.key),
            already_granted: &flow.already_granted,
            account: None,
        };
        let requested = kit.provider().begin(begin).await?.requested;
        assert!(requested.contains_all(&alias.scopes), "{}", alias.key);
    }
    Ok(())
}

/// An alias of nothing.
pub async fn an_unknown_alias_is_unsupported(kit: &dyn Kit) -> SuiteResult {
    let flow = Flow::default();
    let alias = ProviderKey::new("no_such_alias")?;
    let redirect_uri = kit.redirect_uri();
    let begin = Begin {
        client_id: credentials(kit)?.client_id,
        redirect_uri: &redirect_uri,
        state: &flow.state,
        pkce_verifier: &flow.verifier,
        alias: Some(&alias),
        already_granted: &flow.already_granted,
        account: None,
    };
    let answer = kit.provider().begin(begin).await.map(drop);
    assert_eq!(answer, Err(ProviderError::Unsupported));
    Ok(())
}
