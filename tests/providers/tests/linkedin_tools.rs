//! The tools of LinkedIn: what every one of them does, what they send, and what they make of the answers.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use bailee_core::{AccountId, OAuthScopes, Provider as _, ProviderError};
use bailee_testkit::{
    mock_linkedin::{CREATE_POST, SEND_MESSAGE, SNAPSHOT, api_error},
    mock_provider::Fault,
};
use provider_tests::{
    linkedin, linkedin_for_partner,
    table::{Case, every_tool_answers},
};

/// Every character that means something in LinkedIn's "little text".
const RESERVED: &str = r"\|{}@[]()<>#*_~";

#[tokio::test]
async fn every_tool_succeeds_and_fails_as_it_should() -> Result<()> {
    let stage = linkedin_for_partner().await?;
    let message = json!({ "recipient_id": "b0_-B", "subject": "Tea", "text": "At 3?" });
    let case = |tool, arguments, endpoint| Case { tool, arguments, endpoint };
    every_tool_answers(
        &stage,
        &[
            case("post_to_linkedin", json!({ "text": "Release 0.3 is out" }), CREATE_POST),
            case("read_linkedin_dms", json!({}), SNAPSHOT),
            case("send_linkedin_dm", message, SEND_MESSAGE),
        ],
    )
    .await
}

#[tokio::test]
async fn a_post_is_sent_in_the_frame_that_linkedin_wants() -> Result<()> {
    let stage = linkedin().await?;
    let grant = stage.connect().await?;
    let arguments = json!({ "text": "Release 0.3 is out (finally)", "visibility": "connections" });
    let posted = stage.call(&grant, "post_to_linkedin", &arguments).await?;
    let urn = "urn:li:share:7100000000000000000";
    assert_eq!(posted, json!({ "urn": urn, "url": format!("https://www.linkedin.com/feed/update/{urn}/") }));
    let request = stage.last_request()?;
    assert_eq!(request.header("linkedin-version"), Some("202601"));
    assert_eq!(request.header("x-restli-protocol-version"), Some("2.0.0"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    let expected = json!({
        "author": "urn:li:person:782bbtaQ",
        "commentary": "Release 0.3 is out \\(finally\\)",
        "visibility": "CONNECTIONS",
        "distribution": { "feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": [] },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": false,
    });
    assert_eq!(request.json, Some(expected));
    let public = stage.call(&grant, "post_to_linkedin", &json!({ "text": "For all" })).await;
    assert!(public.is_ok());
    assert_eq!(stage.mock.posts().pop().map(|post| post.visibility).as_deref(), Some("PUBLIC"));
    Ok(())
}

#[tokio::test]
async fn a_post_reads_as_it_was_written_whatever_is_in_it() -> Result<()> {
    let stage = linkedin().await?;
    let grant = stage.connect().await?;
    for text in [
        RESERVED.to_owned(),
        RESERVED.chars().rev().collect(),
        format!("before {RESERVED}\r\nX-Injected: 1\n\nafter \u{1F389} \u{6771}"),
        r"\\( \( \".to_owned(),
        "@[Ada](urn:li:person:782bbtaQ) {hashtag|\\#|rust} #rust".to_owned(),
        r#"","visibility":"LOGGED_IN"#.to_owned(),
    ] {
        stage.call(&grant, "post_to_linkedin", &json!({ "text": text })).await?;
        let post = stage.mock.posts().pop().context("a post")?;
        assert_eq!((post.text, post.visibility.as_str()), (text, "PUBLIC"));
        assert_eq!(stage.last_request()?.header("x-injected"), None);
    }
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_posted_is_refused_before_any_request() -> Result<()> {
    let stage = linkedin_for_partner().await?;
    let grant = stage.connect().await?;
    let before = stage.mock.requests().len();
    let to = |recipient: &str| json!({ "recipient_id": recipient, "subject": "Tea", "text": "At 3?" });
    for (tool, arguments) in [
        ("post_to_linkedin", json!({ "text": "a".repeat(3001) })),
        ("post_to_linkedin", json!({ "text": " \n\t" })),
        ("post_to_linkedin", json!({ "text": "a", "visibility": "LOGGED_IN" })),
        ("send_linkedin_dm", to("b0,urn:li:person:x")),
        ("send_linkedin_dm", to("../b0")),
        ("send_linkedin_dm", to("b0\r\n")),
        ("read_linkedin_dms", json!({ "cursor": "1&count=9" })),
        ("read_linkedin_dms", json!({ "limit": 51 })),
    ] {
        let answer = stage.call(&grant, tool, &arguments).await;
        assert!(matches!(answer, Err(ProviderError::InvalidArguments { .. })), "{arguments}: {answer:?}");
    }
    let mut other = grant.clone();
    other.account.id = AccountId::new("782,urn:li:organization:1")?;
    let answer = stage.call(&other, "post_to_linkedin", &json!({ "text": "a" })).await;
    assert!(matches!(answer, Err(ProviderError::Malformed { .. })), "{answer:?}");
    assert_eq!(stage.mock.requests().len(), before, "requests");
    Ok(())
}

#[tokio::test]
async fn a_post_without_a_name_may_be_there_or_not() -> Result<()> {
    let stage = linkedin().await?;
    let grant = stage.connect().await?;
    stage.mock.fault(CREATE_POST, Fault::Answer { status: 201, json: json!({}) }).once();
    let nameless = stage.call(&grant, "post_to_linkedin", &json!({ "text": "a" })).await;
    assert_eq!(nameless, Err(ProviderError::OutcomeUnknown));
    stage.mock.fault(CREATE_POST, Fault::Status(500)).once();
    let broken = stage.call(&grant, "post_to_linkedin", &json!({ "text": "b" })).await;
    assert_eq!(broken, Err(ProviderError::OutcomeUnknown));
    Ok(())
}

#[tokio::test]
async fn a_refusal_is_told_by_known_words() -> Result<()> {
    let stage = linkedin().await?;
    let grant = stage.connect().await?;
    stage.call(&grant, "post_to_linkedin", &json!({ "text": "twice" })).await?;
    let again = stage.call(&grant, "post_to_linkedin", &json!({ "text": "twice" })).await;
    assert_eq!(again, Err(ProviderError::Rejected { status: 422, code: "duplicate" }));
    let needed = ProviderError::MissingGrant { scopes: OAuthScopes::parse("w_member_social")? };
    for (fault, expected) in [
        (api_error(403, "ACCESS_DENIED", "Not enough permissions to access: posts.CREATE"), needed),
        (api_error(401, "REVOKED_ACCESS_TOKEN", "The token was revoked"), ProviderError::TokenRejected),
        (
            api_error(404, "NOT_FOUND", "Not found"),
            ProviderError::Rejected { status: 404, code: "not_found" },
        ),
        (api_error(400, "A_NEW_WORD", "?"), ProviderError::Rejected { status: 400, code: "other" }),
    ] {
        stage.mock.fault(CREATE_POST, fault).once();
        let answer = stage.call(&grant, "post_to_linkedin", &json!({ "text": "c" })).await;
        assert_eq!(answer, Err(expected));
    }
    Ok(())
}

#[tokio::test]
async fn a_version_that_died_is_the_hosts_to_change() -> Result<()> {
    let mut stage = linkedin().await?;
    let grant = stage.connect().await?;
    stage.provider = stage.provider.with_version("202401")?;
    let dead = stage.call(&grant, "post_to_linkedin", &json!({ "text": "a" })).await;
    assert_eq!(dead, Err(ProviderError::Rejected { status: 426, code: "NONEXISTENT_VERSION" }));
    stage.provider = stage.provider.with_version("202605")?;
    assert!(stage.call(&grant, "post_to_linkedin", &json!({ "text": "a" })).await.is_ok());
    for odd in ["", "2026", "2026-1", "202601\r\nX: y"] {
        assert!(stage.provider.clone().with_version(odd).is_err(), "{odd:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_quota_is_back_at_midnight() -> Result<()> {
    let stage = linkedin().await?;
    let grant = stage.connect().await?;
    let fault = api_error(
        429,
        "TOO_MANY_REQUESTS",
        "Resource level throttle limit for calls to this resource is reached.",
    );
    stage.mock.fault(CREATE_POST, fault).once();
    let answer = stage.call(&grant, "post_to_linkedin", &json!({ "text": "a" })).await;
    let Err(ProviderError::RateLimited { retry_after: Some(wait) }) = answer else {
        anyhow::bail!("{answer:?}")
    };
    assert!((1..=86_400).contains(&wait.as_secs()), "{wait:?}");
    Ok(())
}

#[tokio::test]
async fn tools_for_messages_are_hidden_from_an_ordinary_app() -> Result<()> {
    let stage = linkedin().await?;
    let names: Vec<&str> = stage.provider.tools().iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(names, ["post_to_linkedin"]);
    let grant = stage.connect().await?;
    let before = stage.mock.requests().len();
    let message = json!({ "recipient_id": "b0", "subject": "Tea", "text": "At 3?" });
    for (tool, arguments) in [("send_linkedin_dm", message), ("read_linkedin_dms", json!({}))] {
        let answer = stage.call(&grant, tool, &arguments).await;
        assert_eq!(answer, Err(ProviderError::Unsupported));
        assert!(stage.provider.clone().with_tools([tool]).is_err());
    }
    assert_eq!(stage.mock.requests().len(), before, "requests");
    Ok(())
}

#[tokio::test]
async fn a_partner_writes_messages_and_reads_the_snapshot_in_parts() -> Result<()> {
    let stage = linkedin_for_partner().await?;
    let grant = stage.connect().await?;
    let message = json!({ "recipient_id": "b0_-B", "subject": "Tea", "text": "At 3? (or 4)" });
    let sent = stage.call(&grant, "send_linkedin_dm", &message).await?;
    assert_eq!(sent, json!({ "sent": true }));
    let expected = json!({
        "recipients": ["urn:li:person:b0_-B"], "subject": "Tea", "body": "At 3? (or 4)",
        "messageType": "MEMBER_TO_MEMBER",
    });
    assert_eq!(stage.last_request()?.json, Some(expected));

    stage
        .mock
        .set_snapshot((0..3).map(|number| json!({ "CONTENT": format!("m{number}\u{202E}") })).collect());
    let first = stage.call(&grant, "read_linkedin_dms", &json!({ "limit": 2 })).await?;
    assert_eq!(
        first["items"],
        json!([{ "content": "{\"CONTENT\":\"m0\"}" }, { "content": "{\"CONTENT\":\"m1\"}" }])
    );
    assert_eq!(first["truncated"], true);
    let rest = stage.call(&grant, "read_linkedin_dms", &json!({ "cursor": first["next_cursor"] })).await?;
    assert_eq!(rest["items"], json!([{ "content": "{\"CONTENT\":\"m2\"}" }]));
    assert_eq!((&rest["truncated"], rest.get("next_cursor")), (&json!(false), None));
    let request = stage.last_request()?;
    assert_eq!(request.header("linkedin-version"), Some("202312"));
    assert_eq!((request.query("q"), request.query("domain")), (Some("criteria"), Some("INBOX")));

    stage.mock.set_snapshot(vec![Value::from("\"\n".repeat(30_000)); 20]);
    let long = stage.call(&grant, "read_linkedin_dms", &json!({})).await?;
    assert!(long.to_string().chars().count() <= 40_000);
    assert_eq!(long["truncated"], true);
    Ok(())
}
