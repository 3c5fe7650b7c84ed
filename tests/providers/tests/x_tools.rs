//! The tools of X: what every one of them does, what they send, and what they make of the answers.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use bailee_core::ProviderError;
use bailee_testkit::{
    mock_provider::{Endpoint, Fault},
    mock_x::{ACCOUNT_ID, ALL_MESSAGES, CONVERSATION, CREATE_POST, HOME_TIMELINE, SEND_MESSAGE, XAccount},
};
use provider_tests::{
    table::{Case, every_tool_answers},
    x, x_at,
};

const BO: &str = "12";

#[tokio::test]
async fn every_tool_succeeds_and_fails_as_it_should() -> Result<()> {
    let stage = x().await?;
    stage.mock.add_message(BO, ACCOUNT_ID, "Hi");
    let conversation = format!("{BO}-{ACCOUNT_ID}");
    let case = |tool, arguments, endpoint| Case { tool, arguments, endpoint };
    every_tool_answers(
        &stage,
        &[
            case("post_tweet", json!({ "text": "Release 0.3 is out." }), CREATE_POST),
            case("read_timeline", json!({}), HOME_TIMELINE),
            case("send_twitter_dm", json!({ "recipient_id": BO, "text": "Meeting at 3?" }), SEND_MESSAGE),
            case("read_twitter_dms", json!({}), ALL_MESSAGES),
            case("read_twitter_dms", json!({ "conversation_id": conversation }), CONVERSATION),
        ],
    )
    .await
}

#[tokio::test]
async fn a_post_is_sent_as_it_is_and_answered_with_its_link() -> Result<()> {
    let stage = x().await?;
    let grant = stage.connect().await?;
    let text = "Tea & \"biscuits\" <at> 5\r\nX-Injected: 1 \\ {\"text\":\"no\"}";
    let posted = stage.call(&grant, "post_tweet", &json!({ "text": text })).await?;
    let post = stage.mock.posts().pop().context("a post")?;
    assert_eq!(post.text, text);
    assert_eq!(posted["id"], post.id.as_str());
    assert_eq!(posted["url"], format!("https://x.com/ada_demo/status/{}", post.id));
    let request = stage.last_request()?;
    assert_eq!(request.json, Some(json!({ "text": text })));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("x-injected"), None);

    let reply = json!({ "text": "Yes", "reply_to_id": post.id });
    stage.call(&grant, "post_tweet", &reply).await?;
    let expected = json!({ "text": "Yes", "reply": { "in_reply_to_tweet_id": post.id } });
    assert_eq!(stage.last_request()?.json, Some(expected));
    Ok(())
}

#[tokio::test]
async fn a_text_is_as_long_as_x_counts_it() -> Result<()> {
    let stage = x().await?;
    let grant = stage.connect().await?;
    let url = format!("https://example.com/{}", "a".repeat(300));
    for fits in ["a".repeat(280), "\u{6771}".repeat(140), format!("{url} {}", "b".repeat(256))] {
        stage.call(&grant, "post_tweet", &json!({ "text": fits })).await?;
    }
    let before = stage.mock.requests().len();
    for too_long in
        ["a".repeat(281), "\u{6771}".repeat(141), format!("{url} {}", "b".repeat(257)), " \n".to_owned()]
    {
        let answer = stage.call(&grant, "post_tweet", &json!({ "text": too_long })).await;
        let pointed =
            matches!(&answer, Err(ProviderError::InvalidArguments { pointer, .. }) if pointer == "/text");
        assert!(pointed, "{answer:?}");
    }
    assert_eq!(stage.mock.requests().len(), before, "requests");
    Ok(())
}

#[tokio::test]
async fn what_is_no_id_reaches_no_address() -> Result<()> {
    let stage = x().await?;
    let grant = stage.connect().await?;
    let before = stage.mock.requests().len();
    let odd = [
        "..",
        ".",
        "1/../2",
        "1%2F..",
        "1?a=b",
        "1#",
        "1 ",
        "1\r\nX: y",
        "-1",
        "\u{661}",
        "12345678901234567890",
        "me",
    ];
    for id in odd {
        for (tool, arguments) in [
            ("send_twitter_dm", json!({ "recipient_id": id, "text": "Hi" })),
            ("read_twitter_dms", json!({ "conversation_id": id })),
            ("read_twitter_dms", json!({ "conversation_id": format!("1-{id}") })),
            ("post_tweet", json!({ "text": "Hi", "reply_to_id": id })),
        ] {
            let answer = stage.call(&grant, tool, &arguments).await;
            assert!(matches!(answer, Err(ProviderError::InvalidArguments { .. })), "{arguments}: {answer:?}");
        }
    }
    let mut other = grant.clone();
    other.account.id = bailee_core::AccountId::new("1/../2")?;
    let answer = stage.call(&other, "read_timeline", &json!({})).await;
    assert!(matches!(answer, Err(ProviderError::Malformed { .. })), "{answer:?}");
    assert_eq!(stage.mock.requests().len(), before, "requests");
    Ok(())
}

#[tokio::test]
async fn a_cursor_stays_one_parameter() -> Result<()> {
    let stage = x().await?;
    let grant = stage.connect().await?;
    let cursor = "mocktoken00000000&max_results=100&expansions=#";
    let refused = stage.call(&grant, "read_timeline", &json!({ "cursor": cursor })).await;
    assert_eq!(refused, Err(ProviderError::Rejected { status: 400, code: "invalid-request" }));
    let request = stage.last_request()?;
    assert_eq!(request.query("pagination_token"), Some(cursor));
    let sizes: Vec<&str> = request
        .query
        .iter()
        .filter(|(name, _)| name == "max_results")
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(sizes, ["20"]);
    let blank = stage.call(&grant, "read_timeline", &json!({ "cursor": "a\nb" })).await;
    assert!(matches!(blank, Err(ProviderError::InvalidArguments { .. })), "{blank:?}");
    Ok(())
}

fn texts(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().map_or(&[][..], Vec::as_slice);
    items.iter().filter_map(|item| item["text"].as_str()).collect()
}

#[tokio::test]
async fn the_timeline_is_read_in_pages() -> Result<()> {
    let stage = x().await?;
    let grant = stage.connect().await?;
    let empty = stage.call(&grant, "read_timeline", &json!({})).await?;
    assert_eq!(empty, json!({ "items": [], "truncated": false }));
    stage.mock.add_account(XAccount::new(BO, "bo"));
    for text in ["one", "two", "three\u{202E}\u{200B}"] {
        stage.mock.add_post(BO, text);
    }
    let first = stage.call(&grant, "read_timeline", &json!({ "limit": 2 })).await?;
    assert_eq!(texts(&first), ["three", "two"]);
    assert_eq!(first["truncated"], true);
    let post = stage.mock.posts().pop().context("a post")?;
    let expected = json!({
        "id": post.id, "text": "three", "author_id": BO, "author_username": "bo",
        "created_at": "2025-11-23T00:00:00.000Z", "url": format!("https://x.com/bo/status/{}", post.id),
    });
    assert_eq!(first["items"][0], expected);
    let rest =
        stage.call(&grant, "read_timeline", &json!({ "limit": 2, "cursor": first["next_cursor"] })).await?;
    assert_eq!(texts(&rest), ["one"]);
    assert_eq!((&rest["truncated"], rest.get("next_cursor")), (&json!(false), None));
    Ok(())
}

#[tokio::test]
async fn fields_are_asked_for_by_the_name_that_the_host_chooses() -> Result<()> {
    let mut stage = x().await?;
    let grant = stage.connect().await?;
    stage.mock.add_post(BO, "hi");
    for (other, absent) in [("tweet.fields", "post.fields"), ("post.fields", "tweet.fields")] {
        let list = stage.call(&grant, "read_timeline", &json!({})).await?;
        let request = stage.last_request()?;
        assert_eq!((request.query(other), request.query(absent)), (Some("created_at"), None));
        assert_eq!(request.query("expansions"), Some("author_id"));
        assert!(list["items"][0]["created_at"].is_string());
        stage.provider = stage.provider.with_post_fields();
    }
    Ok(())
}

#[tokio::test]
async fn messages_are_sent_and_read() -> Result<()> {
    let stage = x().await?;
    stage.mock.add_account(XAccount::new(BO, "bo"));
    stage.mock.add_message(BO, ACCOUNT_ID, "Hi");
    stage.mock.add_message("7", "8", "not mine");
    let grant = stage.connect().await?;
    let sent = stage
        .call(&grant, "send_twitter_dm", &json!({ "recipient_id": BO, "text": "Meeting at 3?" }))
        .await?;
    assert_eq!(sent["conversation_id"], format!("{BO}-{ACCOUNT_ID}"));
    let request = stage.last_request()?;
    assert_eq!(request.path, "/2/dm_conversations/with/12/messages");
    assert_eq!(request.json, Some(json!({ "text": "Meeting at 3?" })));
    let all = stage.call(&grant, "read_twitter_dms", &json!({})).await?;
    assert_eq!(texts(&all), ["Meeting at 3?", "Hi"]);
    assert_eq!(all["items"][0]["id"], sent["id"]);
    assert_eq!(all["items"][1]["sender_id"], BO);
    assert_eq!(all["items"][1]["sender_username"], "bo");
    assert_eq!(stage.last_request()?.query("event_types"), Some("MessageCreate"));
    let one = json!({ "conversation_id": sent["conversation_id"], "limit": 1 });
    let one = stage.call(&grant, "read_twitter_dms", &one).await?;
    assert_eq!((texts(&one), &one["truncated"]), (vec!["Meeting at 3?"], &json!(true)));
    Ok(())
}

#[tokio::test]
async fn an_answer_is_bounded_and_says_what_it_lacks() -> Result<()> {
    let stage = x().await?;
    let grant = stage.connect().await?;
    for number in 0..50 {
        stage.mock.add_post(BO, &format!("{number} {}", "\"\n".repeat(4_000)));
    }
    let long = stage.call(&grant, "read_timeline", &json!({ "limit": 50 })).await?;
    assert_eq!(texts(&long).len(), 50);
    assert!(long.to_string().chars().count() <= 40_000);
    assert_eq!((&long["truncated"], long.get("next_cursor")), (&json!(true), None));

    let error =
        json!({ "type": "https://api.x.com/2/problems/resource-not-found", "title": "Not Found Error" });
    let partial = json!({
        "data": [{ "id": "1", "text": "hi" }], "errors": [error], "meta": { "result_count": 1 },
    });
    stage.mock.fault(HOME_TIMELINE, Fault::Answer { status: 200, json: partial }).once();
    let list = stage.call(&grant, "read_timeline", &json!({})).await?;
    assert_eq!((texts(&list), &list["truncated"]), (vec!["hi"], &json!(true)));
    stage.mock.fault(HOME_TIMELINE, Fault::Answer { status: 200, json: json!({ "errors": [error] }) }).once();
    let nothing = stage.call(&grant, "read_timeline", &json!({})).await;
    assert_eq!(nothing, Err(ProviderError::Rejected { status: 200, code: "resource-not-found" }));
    Ok(())
}

#[tokio::test]
async fn a_limit_ends_when_x_says_so() -> Result<()> {
    let stage = x().await?;
    let grant = stage.connect().await?;
    stage.mock.limit(CREATE_POST, 37);
    stage.mock.limit(Endpoint::UserInfo, 37);
    let limited = ProviderError::RateLimited { retry_after: Some(Duration::from_secs(37)) };
    let posted = stage.call(&grant, "post_tweet", &json!({ "text": "hi" })).await;
    assert_eq!(posted, Err(limited.clone()));
    assert_eq!(stage.validate(&grant).await.map(drop), Err(limited));
    Ok(())
}

#[tokio::test]
async fn a_refusal_is_told_by_known_words() -> Result<()> {
    let stage = x().await?;
    let grant = stage.connect().await?;
    let problem =
        |kind: &str| json!({ "type": format!("https://api.twitter.com/2/problems/{kind}"), "title": "No" });
    let flat = json!({ "errors": [{ "code": 88, "message": "Rate limit exceeded" }] });
    for (status, json, expected) in [
        (402, problem("credits-depleted"), ProviderError::Rejected { status: 402, code: "credits-depleted" }),
        (402, json!({}), ProviderError::Rejected { status: 402, code: "credits-depleted" }),
        (403, problem("client-forbidden"), ProviderError::Rejected { status: 403, code: "client-forbidden" }),
        (403, problem("what-is-this"), ProviderError::Rejected { status: 403, code: "forbidden" }),
        (429, problem("usage-capped"), ProviderError::RateLimited { retry_after: None }),
        (429, flat, ProviderError::RateLimited { retry_after: None }),
        (500, problem("client-forbidden"), ProviderError::OutcomeUnknown),
    ] {
        stage.mock.fault(CREATE_POST, Fault::Answer { status, json: json.clone() }).once();
        let answer = stage.call(&grant, "post_tweet", &json!({ "text": "hi" })).await;
        assert_eq!(answer, Err(expected), "{status} {json}");
    }
    stage.call(&grant, "post_tweet", &json!({ "text": "twice" })).await?;
    let again = stage.call(&grant, "post_tweet", &json!({ "text": "twice" })).await;
    assert_eq!(again, Err(ProviderError::Rejected { status: 403, code: "duplicate" }));
    Ok(())
}

#[tokio::test]
async fn a_token_without_the_scope_is_forbidden_and_not_dead() -> Result<()> {
    let mut stage = x().await?;
    stage.provider = stage.provider.with_tools(["read_timeline"])?;
    let grant = stage.connect().await?;
    stage.provider = x_at(&stage.mock)?;
    let answer = stage.call(&grant, "read_twitter_dms", &json!({})).await;
    assert_eq!(answer, Err(ProviderError::Rejected { status: 403, code: "forbidden" }));
    assert!(stage.validate(&grant).await.is_ok());
    Ok(())
}
