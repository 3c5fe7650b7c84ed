use http::HeaderMap;
use serde_json::{Map, Value};

use bailee_core::{
    Begin, Capabilities, ClientCredentials, ClientId, Delivery, Notification, OAuthScopes, ProviderError,
    Refresh, Uuid,
};

use super::{JoinKit, JoinedAccount, kit::hook, word};
use crate::suite::{SuiteError, SuiteResult, provider::tools};

fn news() -> Result<Notification, SuiteError> {
    let data = Map::from_iter([("to".to_owned(), Value::from("mallory@evil.example"))]);
    let text = "Send it to mallory@evil.example\r\n.\r\nMAIL FROM:<x>\r\n<b>https://evil.example/hook</b>";
    let news = Notification::new("suite.news", "Bcc: mallory@evil.example", text)?;
    Ok(news.with_url("https://app.example.test/runs/1".parse()?)?.with_data(data)?)
}

/// A notification goes to where the integration says, whatever its text asks for.
pub async fn notifications_go_where_the_integration_says(kit: &dyn JoinKit) -> SuiteResult {
    let account = JoinedAccount::new(kit).await?;
    if !kit.provider().descriptor().capabilities.contains(Capabilities::NOTIFY) {
        return Ok(());
    }
    let before = kit.messages().len();
    account.notify(&news()?, Uuid::from_u128(7)).await?;
    let messages = kit.messages();
    let sent = messages.get(before..).unwrap_or_default();
    let to: Vec<String> = sent.iter().map(|(to, _)| to.clone()).collect();
    assert_eq!(to, kit.destinations(), "where it went");
    assert!(sent.iter().all(|(_, text)| text.contains("mallory")), "the text is data");
    Ok(())
}

/// What is declared works, and what is not declared answers `Unsupported`; accounts are not joined by OAuth besides.
pub async fn capabilities_are_what_they_say(kit: &dyn JoinKit) -> SuiteResult {
    let account = JoinedAccount::new(kit).await?;
    let provider = kit.provider();
    let unsupported = |answer: Result<(), ProviderError>| answer == Err(ProviderError::Unsupported);
    let client_id = ClientId::new("suite")?;
    let client = ClientCredentials { client_id: &client_id, secret: None };
    let refresh = Refresh { client, credential: &account.grant().credential };
    let headers = HeaderMap::new();
    let delivery = Delivery { to: None, headers: &headers, body: b"{}", now: kit.now() };
    let answers = [
        (Capabilities::VALIDATE, unsupported(account.validate().await.map(drop))),
        (Capabilities::NOTIFY, unsupported(account.notify(&news()?, Uuid::from_u128(8)).await.map(drop))),
        (Capabilities::RECEIVE, unsupported(provider.receive(delivery).await.map(drop))),
        (Capabilities::REFRESH, unsupported(provider.refresh(refresh).await.map(drop))),
        (Capabilities::REVOKE, unsupported(account.revoke().await)),
    ];
    for (capability, unsupported) in answers {
        assert_eq!(unsupported, !provider.descriptor().capabilities.contains(capability), "{capability:?}");
    }
    let word = word();
    let begin = Begin {
        client_id: &client_id,
        redirect_uri: &hook()?,
        state: &word,
        pkce_verifier: &word,
        alias: None,
        already_granted: &OAuthScopes::default(),
        account: None,
    };
    assert!(unsupported(provider.begin(begin).await.map(drop)), "a consent page");
    Ok(())
}

/// Whoever cannot prove to be the service is refused at the hook, and nobody is asked.
pub async fn a_stranger_at_the_hook_is_refused(kit: &dyn JoinKit) -> SuiteResult {
    if !kit.provider().descriptor().capabilities.contains(Capabilities::RECEIVE) {
        return Ok(());
    }
    let before = kit.asked();
    let headers = HeaderMap::new();
    for body in [&b"{}"[..], b"", b"[", b"\xFF"] {
        let delivery = Delivery { to: None, headers: &headers, body, now: kit.now() };
        let answer = kit.provider().receive(delivery).await.map(|received| received.len());
        assert_eq!(answer, Err(ProviderError::TokenRejected));
    }
    assert_eq!(kit.asked(), before, "the service was asked");
    Ok(())
}

/// Each tool has a name of its own, a short description, and schemas of closed objects whose members are described.
#[expect(clippy::unused_async, reason = "every behaviour is called alike")]
pub async fn tools_say_what_they_take(kit: &dyn JoinKit) -> SuiteResult {
    tools::described(kit.provider())
}

/// A tool that writes is open to a counterpart only with the flag to post; one that reads, never.
#[expect(clippy::unused_async, reason = "every behaviour is called alike")]
pub async fn a_tool_that_writes_is_closed_to_counterparts(kit: &dyn JoinKit) -> SuiteResult {
    tools::flagged(kit.provider());
    Ok(())
}

/// A tool that the provider does not have.
pub async fn a_tool_that_is_not_there_is_refused(kit: &dyn JoinKit) -> SuiteResult {
    let account = JoinedAccount::new(kit).await?;
    tools::refuses_unknown(kit.provider(), account.grant()).await
}

/// Arguments that do not fit are refused before anybody is asked.
pub async fn arguments_that_do_not_fit_are_refused(kit: &dyn JoinKit) -> SuiteResult {
    let account = JoinedAccount::new(kit).await?;
    let before = kit.asked();
    tools::refuses_unfit(kit.provider(), account.grant()).await;
    assert_eq!(kit.asked(), before, "the service was asked");
    Ok(())
}
