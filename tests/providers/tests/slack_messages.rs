//! What Slack is sent: messages, notifications, and the end of an installation.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use bailee_core::{ExposeSecret as _, Notification, OAuthScopes, Provider as _, ProviderError};
use bailee_testkit::{
    mock_slack::{POST_MESSAGE, USER_ID},
    suite::{
        SuiteError,
        provider::{Flow, Kit as _},
    },
};
use provider_tests::{SlackStage, notify, parameter, slack, slack_rotating};

const TOOL: &str = "send_slack_message";

fn posted(stage: &SlackStage) -> Result<(String, Value)> {
    stage.mock.messages().pop().context("a message")
}

#[tokio::test]
async fn a_message_goes_out_as_json_with_the_token_in_the_header() -> Result<()> {
    let stage = slack().await?;
    let grant = stage.connect().await?;
    let text = "Playbook *nightly* finished";
    let answer = stage.call(&grant, TOOL, &json!({ "channel": "C0GEN", "text": text })).await?;
    assert_eq!(answer, json!({ "channel": "C0GEN", "ts": "1763700000.000001" }));
    let request = stage.last_request()?;
    assert_eq!(request.endpoint, Some(POST_MESSAGE));
    assert_eq!(request.bearer(), Some(grant.credential.access_token.expose_secret()));
    assert!(request.header("content-type").is_some_and(|kind| kind.starts_with("application/json")));
    let body = json!({
        "channel": "C0GEN", "text": text, "mrkdwn": true, "link_names": false, "parse": "none",
        "unfurl_links": false, "unfurl_media": false,
    });
    assert_eq!(request.json, Some(body));
    Ok(())
}

#[tokio::test]
async fn no_text_pings_people_or_hides_an_address() -> Result<()> {
    let stage = slack().await?;
    let grant = stage.connect().await?;
    for (text, sent) in [
        ("<!channel> hello", "&lt;!channel&gt; hello"),
        ("<@U0BOB>", "&lt;@U0BOB&gt;"),
        ("<https://evil.example|bank.example>", "&lt;https://evil.example|bank.example&gt;"),
        ("&lt;!here&gt;", "&amp;lt;!here&amp;gt;"),
        ("a & b", "a &amp; b"),
    ] {
        stage.call(&grant, TOOL, &json!({ "channel": "C0GEN", "text": text })).await?;
        assert_eq!(posted(&stage)?.1["text"], sent);
    }
    Ok(())
}

#[tokio::test]
async fn what_is_no_id_of_a_conversation_is_refused_unasked() -> Result<()> {
    let stage = slack().await?;
    let grant = stage.connect().await?;
    let before = stage.mock.requests().len();
    for channel in
        ["#general", "C", "general", "c0gen", "C0GEN\n", "C0GEN/../x", "https://evil.example", "T0DEMO"]
    {
        let answer = stage.call(&grant, TOOL, &json!({ "channel": channel, "text": "x" })).await;
        let Err(ProviderError::InvalidArguments { pointer, .. }) = &answer else {
            anyhow::bail!("{channel:?}: {answer:?}");
        };
        assert_eq!(pointer, "/channel");
    }
    for text in ["", "  \n", &"x".repeat(4001)] {
        let answer = stage.call(&grant, TOOL, &json!({ "channel": "C0GEN", "text": text })).await;
        assert!(matches!(answer, Err(ProviderError::InvalidArguments { .. })), "{answer:?}");
    }
    assert_eq!(stage.mock.requests().len(), before);
    Ok(())
}

#[tokio::test]
async fn a_bot_posts_where_it_is_and_to_people() -> Result<()> {
    let stage = slack().await?;
    let grant = stage.connect().await?;
    let say =
        async |channel: &str| stage.call(&grant, TOOL, &json!({ "channel": channel, "text": "x" })).await;
    assert_eq!(say("U0BOB").await?["channel"], "D0BOB");
    for (channel, code) in
        [("C0PUB", "not_in_channel"), ("G0SECRET", "channel_not_found"), ("C0OLD", "is_archived")]
    {
        assert_eq!(say(channel).await, Err(ProviderError::Rejected { status: 200, code }), "{channel}");
    }
    Ok(())
}

#[tokio::test]
async fn a_scope_that_was_taken_away_is_named() -> Result<()> {
    let stage = slack().await?;
    let grant = stage.connect().await?;
    stage.mock.take_scope("chat:write");
    let answer = stage.call(&grant, TOOL, &json!({ "channel": "C0GEN", "text": "x" })).await;
    let scopes = OAuthScopes::parse("chat:write")?;
    assert_eq!(answer, Err(ProviderError::MissingGrant { scopes }));
    Ok(())
}

#[tokio::test]
async fn a_notification_goes_to_the_person_who_connected_or_to_the_chosen_channel() -> Result<()> {
    let stage = slack().await?;
    let mut grant = stage.connect().await?;
    assert_eq!(grant.config.get("user_id"), Some(&json!(USER_ID)));
    let news = Notification::new("playbook.finished", "*Backup* <!here>", "All 12 steps & more")?
        .with_url("https://app.example.test/runs/1?a=b&c=<d>".parse()?)?;
    let delivered = notify(&stage.provider, &grant, &news).await?;
    assert_eq!(delivered.reference.as_deref(), Some("D0ADA/1763700000.000001"));
    let (conversation, body) = posted(&stage)?;
    assert_eq!(conversation, "D0ADA");
    assert_eq!(body["mrkdwn"], false);
    let text =
        "*Backup* &lt;!here&gt;\nAll 12 steps &amp; more\nhttps://app.example.test/runs/1?a=b&amp;c=%3Cd%3E";
    assert_eq!(body["text"], text);
    grant.config.insert("channel".to_owned(), json!("C0GEN"));
    notify(&stage.provider, &grant, &news).await?;
    assert_eq!(posted(&stage)?.0, "C0GEN");
    Ok(())
}

#[tokio::test]
async fn a_notification_without_a_usable_channel_is_refused_unasked() -> Result<()> {
    let stage = slack().await?;
    let mut grant = stage.connect().await?;
    let before = stage.mock.requests().len();
    let news = Notification::new("a", "b", "")?;
    grant.config.insert("channel".to_owned(), json!("#general"));
    let wrong = notify(&stage.provider, &grant, &news).await;
    grant.config.clear();
    let none = notify(&stage.provider, &grant, &news).await;
    for answer in [wrong, none] {
        assert_eq!(answer, Err(ProviderError::Rejected { status: 0, code: "no_channel" }));
    }
    assert_eq!(stage.mock.requests().len(), before);
    Ok(())
}

#[tokio::test]
async fn the_channel_is_a_setting_and_nothing_else_is() -> Result<()> {
    let stage = slack().await?;
    let settings = stage.provider.descriptor().settings.clone().context("settings")?;
    let names: Vec<&String> = settings["properties"].as_object().context("an object")?.keys().collect();
    assert_eq!(names, ["channel"]);
    assert_eq!(settings["additionalProperties"], false);
    Ok(())
}

#[tokio::test]
async fn consent_asks_for_the_least_and_joins_scopes_with_commas() -> Result<()> {
    let stage = slack().await?;
    let flow = Flow { already_granted: OAuthScopes::parse("chat:write.public")?, ..Flow::default() };
    let begun = flow.begin(&stage).await.map_err(|error| anyhow::anyhow!(error))?;
    assert_eq!(parameter(&begun.url, "scope").as_deref(), Some("chat:write,chat:write.public"));
    assert_eq!(parameter(&begun.url, "user_scope"), None);
    Ok(())
}

#[tokio::test]
async fn without_rotation_all_people_have_one_token_and_its_end_is_the_end_for_all() -> Result<()> {
    let stage = slack().await?;
    let (ada, bob) = (stage.connect().await?, stage.connect().await?);
    let token = ada.credential.access_token.expose_secret();
    assert_eq!(token, bob.credential.access_token.expose_secret());
    assert!(ada.credential.refresh_token.is_none() && ada.expires_in.is_none());
    stage.revoke(&ada.credential).await?;
    assert!(!stage.mock.is_live(token));
    assert!(stage.mock.is_installed(), "the app stays");
    assert_eq!(stage.revoke(&bob.credential).await, Err(ProviderError::AlreadyDone));
    Ok(())
}

#[tokio::test]
async fn with_rotation_the_app_is_uninstalled_also_with_a_token_that_expired() -> Result<()> {
    for expired in [false, true] {
        let stage = slack_rotating().await?;
        let grant = stage.connect().await?;
        if expired {
            stage.mock.expire_access_tokens();
        }
        stage.revoke(&grant.credential).await?;
        assert!(!stage.mock.is_installed(), "expired: {expired}");
        assert_eq!(stage.revoke(&grant.credential).await, Err(ProviderError::AlreadyDone));
    }
    Ok(())
}

#[tokio::test]
async fn where_the_app_may_not_uninstall_itself_its_tokens_are_revoked() -> Result<()> {
    let stage = slack_rotating().await?;
    stage.mock.refuse_uninstall();
    let grant = stage.connect().await?;
    stage.revoke(&grant.credential).await?;
    assert!(!stage.mock.is_live(grant.credential.access_token.expose_secret()));
    assert!(stage.mock.is_installed());
    Ok(())
}

#[tokio::test]
async fn the_token_of_a_person_is_sealed_and_revoked_beside_that_of_the_bot() -> Result<()> {
    let stage = slack().await?;
    let flow = Flow::default();
    let plain = |error: SuiteError| anyhow::anyhow!(error);
    let mut begun = flow.begin(&stage).await.map_err(plain)?;
    begun.url.query_pairs_mut().append_pair("user_scope", "users:read");
    let code = stage.approve(&begun.url).await.map_err(plain)?;
    let grant = flow.exchange(&stage, &begun.requested, &code).await.map_err(plain)??;
    let person = grant.credential.extra.get("user_token").context("a token of the person")?;
    assert!(stage.mock.is_live(person.expose_secret()));
    stage.revoke(&grant.credential).await?;
    assert!(!stage.mock.is_live(person.expose_secret()), "that of the person");
    assert!(!stage.mock.is_live(grant.credential.access_token.expose_secret()), "that of the bot");
    Ok(())
}
