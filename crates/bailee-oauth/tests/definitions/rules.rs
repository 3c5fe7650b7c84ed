//! What the single rules of a definition do.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use async_trait::async_trait;
use serde_json::{Value, json};

use crate::{
    server::Script,
    support::{
        GOOGLE, begin, credential, exchange, parameter, provider, provider_at, refresh, revoke, secret,
        validate,
    },
};
use bailee_core::{
    Account, AccountId, Begin, Capabilities, DateTime, Effect, OAuthScopes, PermissionFlag, Provider as _,
    ProviderError, Revoke, ScopeSets, Tool, ToolCall, ToolHints, ToolName, ToolOutput, Uuid,
};
use bailee_oauth::{OAuthProvider, ProviderHooks, Response, TokenFailure};

/// A sound definition with these tables at its end.
fn with(more: &str) -> String {
    format!(
        r#"
        key = "example"
        name = "Example"
        token_hosts = ["as.example"]
        probe = "introspection"
        authorize.request.url = "https://as.example/authorize"
        token.request.url = "https://as.example/token"
        introspection.request.url = "https://as.example/introspect"
        revoke = {{ request.url = "https://as.example/revoke", reach = "grant" }}
        account = {{ source = "token", id = ["/user"] }}
        {more}
        "#
    )
}

#[tokio::test]
async fn what_is_granted_follows_the_echo_rule() -> Result<()> {
    let (told, silent) =
        (r#"{"access_token":"at","user":7,"scope":"a"}"#, r#"{"access_token":"at","user":7}"#);
    for (rule, of_told, of_silent) in [
        ("echoed", Some("a"), None),
        ("echo_missing_means_requested", Some("a"), Some("a b")),
        ("never_echoed", None, None),
    ] {
        let script = Script::new(&[(200, told), (200, silent)]).await?;
        let provider = provider_at(&with(&format!("scopes.echo = \"{rule}\"")), &script.url)?;
        for expected in [of_told, of_silent] {
            let grant = exchange(&provider, "a b").await??;
            assert_eq!(grant.granted.as_ref().map(OAuthScopes::as_str), expected, "{rule}");
            assert_eq!(grant.account.id.as_str(), "7", "a number is an id too");
        }
    }
    Ok(())
}

#[tokio::test]
async fn no_two_accounts_have_one_id() -> Result<()> {
    let answers = [("a:b", "c"), ("a", "b:c"), ("a%3Ab", "c"), ("a", "")]
        .map(|(team, user)| json!({ "access_token": "at", "team": team, "user": user }).to_string());
    let answers: Vec<(u16, &str)> = answers.iter().map(|body| (200, body.as_str())).collect();
    let script = Script::new(&answers).await?;
    let definition = with("").replace("[\"/user\"]", "[\"/team\", \"/user\"]");
    let provider = provider_at(&definition, &script.url)?;
    for expected in ["a%3Ab:c", "a:b%3Ac", "a%253Ab:c"] {
        assert_eq!(exchange(&provider, "").await??.account.id.as_str(), expected);
    }
    let nobody = exchange(&provider, "").await?.map(drop);
    assert!(matches!(nobody, Err(ProviderError::Malformed { .. })), "{nobody:?}");
    Ok(())
}

#[tokio::test]
async fn a_lifetime_follows_the_expiry_rule() -> Result<()> {
    for (rule, seconds) in [
        ("{}", Some(100)),
        ("{ margin_seconds = 30 }", Some(70)),
        ("{ margin_seconds = 300 }", Some(50)),
        ("{ rule = \"unknown\" }", None),
        ("{ rule = { fixed_seconds = 60 } }", Some(60)),
    ] {
        let script = Script::new(&[(200, r#"{"access_token":"at","expires_in":100}"#)]).await?;
        let provider = provider_at(&with(&format!("expiry = {rule}")), &script.url)?;
        let renewal = refresh(&provider, &credential("at-0", "rt-0")).await??;
        assert_eq!(renewal.expires_in, seconds.map(Duration::from_secs), "{rule}");
    }
    Ok(())
}

#[tokio::test]
async fn an_introspection_says_whether_the_token_works() -> Result<()> {
    let answers =
        [r#"{"active":true}"#, r#"{"active":false}"#, r#"{"active":"yes"}"#].map(|body| (200, body));
    let script =
        Script::new(&[answers.as_slice(), &[(401, r#"{"error":"invalid_client"}"#)]].concat()).await?;
    let provider = provider_at(&with(""), &script.url)?;
    assert!(validate(&provider).await.is_ok());
    assert_eq!(validate(&provider).await.map(drop), Err(ProviderError::TokenRejected));
    let odd = validate(&provider).await.map(drop);
    assert!(matches!(odd, Err(ProviderError::Malformed { .. })), "{odd:?}");
    let refused = validate(&provider).await.map(drop);
    assert_eq!(refused, Err(ProviderError::Client), "a refused client says nothing of the token");
    let requests = script.requests().await?;
    assert_eq!(requests.first().context("a request")?.body, "token=at-1");
    Ok(())
}

#[tokio::test]
async fn what_a_definition_lacks_is_neither_declared_nor_done() -> Result<()> {
    let provider = provider(
        &with("refresh.when = \"never\"")
            .replace("introspection\"", "none\"")
            .replace("revoke = { request.url = \"https://as.example/revoke\", reach = \"grant\" }", ""),
    )?;
    assert_eq!(provider.descriptor().capabilities, Capabilities::empty());
    let credential = credential("at-0", "rt-0");
    assert_eq!(refresh(&provider, &credential).await?.map(drop), Err(ProviderError::Unsupported));
    assert_eq!(revoke(&provider, &credential).await?, Err(ProviderError::Unsupported));
    assert_eq!(validate(&provider).await.map(drop), Err(ProviderError::Unsupported));
    Ok(())
}

#[tokio::test]
async fn a_revocation_that_needs_the_client_is_not_tried_without() -> Result<()> {
    let provider = provider(&with(""))?;
    let request = Revoke { client: None, credential: &credential("at-0", "rt-0") };
    assert_eq!(provider.revoke(request).await, Err(ProviderError::Client));
    Ok(())
}

#[tokio::test]
async fn a_page_of_a_gateway_kills_no_grant() -> Result<()> {
    let rule = "errors.rules = [{ values = [\"gone\"], class = \"revoked\" }]";
    let script =
        Script::new(&[(502, r#"{"error":"gone"}"#), (400, "<html>"), (400, r#"{"error":"gone"}"#)]).await?;
    let provider = provider_at(&with(rule), &script.url)?;
    for expected in [
        ProviderError::Unavailable { retry_after: None },
        ProviderError::Malformed { problem: "the body is not a JSON object" },
        ProviderError::GrantRevoked { reason: "revoked" },
    ] {
        let answer = refresh(&provider, &credential("at-0", "rt-0")).await?.map(drop);
        assert_eq!(answer, Err(expected));
    }
    Ok(())
}

#[tokio::test]
async fn an_account_is_joined_again_with_a_hint_and_other_parameters() -> Result<()> {
    let google = provider(GOOGLE)?;
    assert_eq!(parameter(&begin(&google, "").await?, "prompt").as_deref(), Some("consent select_account"));
    for (label, hint) in [(Some("ada@example.test"), "ada@example.test"), (Some("Ada"), "11"), (None, "11")] {
        let account = Account { id: AccountId::new("11")?, label: label.map(str::to_owned) };
        let client = google.registrations().first().context("a registration")?;
        let request = Begin {
            client_id: &client.client_id,
            redirect_uri: &"https://host.example/callback".parse()?,
            state: &secret("state-1"),
            pkce_verifier: &secret(crate::support::VERIFIER),
            alias: None,
            already_granted: &OAuthScopes::default(),
            account: Some(&account),
        };
        let begun = google.begin(request).await?;
        assert_eq!(parameter(&begun, "login_hint").as_deref(), Some(hint));
        assert_eq!(parameter(&begun, "prompt").as_deref(), Some("consent"));
        assert_eq!(parameter(&begun, "access_type").as_deref(), Some("offline"));
    }
    Ok(())
}

/// One tool, and a first word about errors.
#[derive(Debug)]
struct OneTool([Tool; 1]);

impl OneTool {
    fn new() -> Result<Self> {
        let object = json!({ "type": "object", "properties": {}, "additionalProperties": false });
        Ok(Self([Tool {
            name: ToolName::new("create_event")?,
            title: "Create event",
            description: "Creates an event.",
            effect: Effect::Write,
            hints: ToolHints::default(),
            flag: Some(PermissionFlag::CanPostOnMyBehalf),
            needs_account: true,
            scopes: ScopeSets::default(),
            input_schema: object.clone(),
            output_schema: object,
        }]))
    }
}

#[async_trait]
impl ProviderHooks for OneTool {
    fn tools(&self) -> &[Tool] {
        &self.0
    }

    async fn call<'a>(
        &self,
        provider: &OAuthProvider,
        call: ToolCall<'a>,
    ) -> Result<ToolOutput, ProviderError> {
        let content = json!({ "provider": provider.definition().name(), "tool": call.tool.as_str() });
        Ok(ToolOutput::new(content))
    }

    fn token_failure(&self, failure: &TokenFailure<'_>) -> Option<ProviderError> {
        (failure.error == Some("hooked")).then_some(ProviderError::Denied)
    }

    fn probe_failure(&self, response: &Response) -> Option<ProviderError> {
        (response.status() == 418).then_some(ProviderError::AlreadyDone)
    }
}

const SERVICES: &str = r#"
    scopes.list = [{ name = "basic" }, { name = "events.write", tools = ["create_event"] }]
    [[aliases]]
    key = "example_calendar"
    name = "Example Calendar"
    tools = ["create_event"]
    [[aliases]]
    key = "example_mail"
    tools = ["send_email"]
"#;

#[tokio::test]
async fn hooks_bring_tools_whose_scopes_are_asked_for() -> Result<()> {
    let example = provider(&with(SERVICES))?;
    assert_eq!(begin(&example, "").await?.requested.as_str(), "basic", "there is no tool");
    assert!(example.descriptor().definitions.is_empty() && example.descriptor().aliases.is_empty());
    let example = example.with_hooks(Arc::new(OneTool::new()?));
    assert_eq!(begin(&example, "").await?.requested.as_str(), "basic events.write");
    let [alias] = example.descriptor().aliases.as_slice() else { bail!("{:?}", example.descriptor()) };
    assert_eq!((alias.key.as_str(), alias.scopes.as_str()), ("example_calendar", "events.write"));
    let server = example.descriptor().definitions.first().context("a server")?;
    assert_eq!((server.name, server.tools.len()), ("Example Calendar", 1));
    let call = ToolCall {
        tool: &ToolName::new("create_event")?,
        arguments: &Value::Null,
        accounts: &[],
        idempotency_key: None,
        id: Uuid::nil(),
        now: DateTime::UNIX_EPOCH,
    };
    assert_eq!(example.call(call).await?.content, json!({ "provider": "Example", "tool": "create_event" }));
    Ok(())
}

#[tokio::test]
async fn hooks_have_the_first_word_about_errors() -> Result<()> {
    let script = Script::new(&[(400, r#"{"error":"hooked"}"#), (418, "{}")]).await?;
    let provider = provider_at(&with(""), &script.url)?.with_hooks(Arc::new(OneTool::new()?));
    let answer = refresh(&provider, &credential("at-0", "rt-0")).await?.map(drop);
    assert_eq!(answer, Err(ProviderError::Denied));
    assert_eq!(validate(&provider).await.map(drop), Err(ProviderError::AlreadyDone));
    Ok(())
}

#[tokio::test]
async fn a_host_without_tools_names_its_scopes_itself() -> Result<()> {
    let google = provider(GOOGLE)?.with_scopes(&OAuthScopes::parse("profile")?);
    assert_eq!(begin(&google, "").await?.requested.as_str(), "email openid profile");
    Ok(())
}

#[tokio::test]
async fn an_optional_scope_is_asked_for_where_it_was_granted_and_in_our_spelling() -> Result<()> {
    let google = provider(GOOGLE)?;
    assert_eq!(begin(&google, "").await?.requested.as_str(), "email openid");
    let before = "https://www.googleapis.com/auth/userinfo.profile";
    assert_eq!(begin(&google, before).await?.requested.as_str(), "email openid profile");
    Ok(())
}
