//! The Gmail tools. What they send is checked against the official description of the API.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use bailee_core::{Grant, OAuthScopes, ProviderError};
use bailee_testkit::{
    mock_google::{ACCOUNT_EMAIL, api_error, gmail},
    mock_provider::Fault,
};
use provider_tests::{
    GoogleKit,
    conformance::requests_conform,
    mail::{header, html, letter},
};

const READ: &str = "https://www.googleapis.com/auth/gmail.readonly";

fn subjects(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().map_or(&[][..], Vec::as_slice);
    items.iter().filter_map(|item| item["subject"].as_str()).collect()
}

async fn open() -> Result<(GoogleKit, Grant)> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    Ok((kit, grant))
}

#[tokio::test]
async fn a_message_is_found_and_read() -> Result<()> {
    let (kit, grant) = open().await?;
    let id = kit.mock.deliver(ACCOUNT_EMAIL, &letter("Bob <bob@example.test>", "Tea on Friday", "At four?"));
    let other = letter("Eve <eve@example.test>", "Offer", "Buy!");
    let other = kit.mock.deliver(ACCOUNT_EMAIL, &other);
    let found = kit.call(&grant, "search_emails", &json!({ "query": "from:bob" }), None).await?;
    assert_eq!(
        found,
        json!({
            "items": [{
                "id": id,
                "thread_id": id,
                "from": "Bob <bob@example.test>",
                "to": "ada@example.test",
                "subject": "Tea on Friday",
                "date": "2026-03-02T09:00:00Z",
                "snippet": "At four?",
                "unread": true,
            }],
            "truncated": false,
        })
    );
    let whole = kit.call(&grant, "get_email_details", &json!({ "message_id": id }), None).await?;
    assert_eq!(whole["body_text"], "At four?");
    assert_eq!(whole["truncated"], false);
    let brief = json!({ "message_id": other, "include_body": false });
    let brief = kit.call(&grant, "get_email_details", &brief, None).await?;
    assert_eq!((brief.get("body_text"), &brief["subject"]), (None, &json!("Offer")));
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn a_search_is_one_parameter_whatever_stands_in_it() -> Result<()> {
    let (kit, grant) = open().await?;
    for query in ["a&labelIds=TRASH&q=b", "100% #1 +x=\u{e4}", "\"quoted\\\" \r\nq: x", "../../threads?x"] {
        kit.mock.clear_requests();
        let found = kit.call(&grant, "search_emails", &json!({ "query": query, "limit": 7 }), None).await?;
        assert_eq!(found, json!({ "items": [], "truncated": false }), "a list without entries is absent");
        let sent = kit.mock.requests();
        let [sent] = sent.as_slice() else { anyhow::bail!("{sent:?}") };
        let expected = [("q", query), ("maxResults", "7"), ("fields", "nextPageToken,messages(id)")];
        assert_eq!(sent.query, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(sent.path, "/gmail/v1/users/me/messages");
    }
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn pages_follow_one_another() -> Result<()> {
    let (kit, grant) = open().await?;
    for number in 1..=5 {
        let _ = kit.mock.deliver(ACCOUNT_EMAIL, &letter("bob@example.test", &format!("Tea {number}"), "x"));
    }
    kit.mock.set_page_size(2);
    for (tool, mut arguments) in
        [("search_emails", json!({ "query": "subject:tea" })), ("list_recent_threads", json!({}))]
    {
        let mut seen = Vec::new();
        loop {
            let page = kit.call(&grant, tool, &arguments, None).await?;
            seen.extend(subjects(&page).into_iter().map(str::to_owned));
            assert_eq!(page["truncated"], json!(page.get("next_cursor").is_some()));
            match page.get("next_cursor") {
                Some(cursor) => arguments["cursor"] = cursor.clone(),
                None => break,
            }
        }
        assert_eq!(seen, ["Tea 5", "Tea 4", "Tea 3", "Tea 2", "Tea 1"], "{tool}");
    }
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn a_message_that_vanishes_in_between_is_left_out() -> Result<()> {
    let (kit, grant) = open().await?;
    let first = kit.mock.deliver(ACCOUNT_EMAIL, &letter("bob@example.test", "First", "x"));
    let _ = kit.mock.deliver(ACCOUNT_EMAIL, &letter("bob@example.test", "Second", "x"));
    let gone = api_error(404, "global", "notFound", "Requested entity was not found.");
    kit.mock.fault(gmail::MESSAGES_GET, gone).once();
    let found = kit.call(&grant, "search_emails", &json!({ "query": "tea OR x" }), None).await?;
    assert_eq!(found["items"], json!([]), "no message has all of these words");
    let found = kit.call(&grant, "search_emails", &json!({ "query": "from:bob" }), None).await?;
    assert_eq!(subjects(&found).len(), 1);
    kit.mock.delete_message(ACCOUNT_EMAIL, &first);
    let answer = kit.call(&grant, "get_email_details", &json!({ "message_id": first }), None).await;
    assert_eq!(answer, Err(ProviderError::Rejected { status: 404, code: "notFound" }));
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn recent_threads_are_those_of_the_inbox_by_their_last_message() -> Result<()> {
    let (kit, grant) = open().await?;
    let first = kit.mock.deliver(ACCOUNT_EMAIL, &letter("bob@example.test", "Tea", "At four?"));
    let mut answer = letter("Eve <eve@example.test>", "Re: Tea", "At five.");
    answer["threadId"] = json!(first);
    let second = kit.mock.deliver(ACCOUNT_EMAIL, &answer);
    let mut old = letter("bob@example.test", "Archived", "x");
    old["labelIds"] = json!([]);
    let _ = kit.mock.deliver(ACCOUNT_EMAIL, &old);
    let threads = kit.call(&grant, "list_recent_threads", &json!({}), None).await?;
    assert_eq!(
        threads,
        json!({
            "items": [{
                "id": first,
                "subject": "Tea",
                "message_count": 2,
                "last_message_id": second,
                "last_from": "Eve <eve@example.test>",
                "last_date": "2026-03-02T09:01:00Z",
                "snippet": "At five.",
                "unread": true,
            }],
            "truncated": false,
        })
    );
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn the_text_of_a_message_is_its_plain_part_or_else_its_html_as_text() -> Result<()> {
    let (kit, grant) = open().await?;
    let both = html("<p>no</p>", Some("plain & simple"));
    let only = html("<style>p{}</style><p>One&nbsp;&amp; two</p><script>x</script><p>three</p>", None);
    for (message, text) in [(both, json!("plain & simple")), (only, json!("One & two\n\nthree"))] {
        let id = kit.mock.deliver(ACCOUNT_EMAIL, &message);
        let read = kit.call(&grant, "get_email_details", &json!({ "message_id": id }), None).await?;
        assert_eq!(read["body_text"], text);
        assert_eq!(
            read["attachments"],
            json!([{ "filename": "menu.pdf", "mime_type": "application/pdf", "size": 4096 }])
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_long_text_is_cut_and_what_is_hidden_in_it_goes() -> Result<()> {
    let (kit, grant) = open().await?;
    let long = format!("a\u{202e}b\u{e0041}\r\n{}", "x".repeat(9_000));
    let id = kit.mock.deliver(ACCOUNT_EMAIL, &letter("bob@example.test", "S\u{200b}ubject", &long));
    let read = kit.call(&grant, "get_email_details", &json!({ "message_id": id }), None).await?;
    let text = read["body_text"].as_str().context("a text")?;
    assert_eq!(text.chars().count(), 8_000);
    assert!(text.starts_with("ab\nxxx"), "{}", text.get(..9).unwrap_or_default());
    assert_eq!((&read["truncated"], &read["subject"]), (&json!(true), &json!("Subject")));
    Ok(())
}

#[tokio::test]
async fn fifty_messages_of_the_longest_kind_fit_into_an_answer() -> Result<()> {
    let (kit, grant) = open().await?;
    for _ in 0..50 {
        let long = "\"\u{1f375}".repeat(2_000);
        let _ = kit.mock.deliver(ACCOUNT_EMAIL, &letter(&long, &long, &long));
    }
    for (tool, arguments) in [
        ("search_emails", json!({ "query": "in:inbox", "limit": 50 })),
        ("list_recent_threads", json!({ "limit": 50 })),
    ] {
        let found = kit.call(&grant, tool, &arguments, None).await?;
        assert_eq!(subjects(&found).len(), 50, "{tool}");
        assert_eq!(found["truncated"], true, "{tool}");
        ensure!(found.to_string().chars().count() <= 40_000, "{tool}");
    }
    Ok(())
}

#[tokio::test]
async fn an_id_cannot_lead_to_another_address() -> Result<()> {
    let (kit, grant) = open().await?;
    for id in ["../drafts", "..", ".", "a/b", "a%2fb", "a?x=1", "a#b", "a b", "a\r\nb", "\u{e4}"] {
        let read = kit.call(&grant, "get_email_details", &json!({ "message_id": id }), None).await;
        let mail = json!({ "to": ["bob@example.test"], "body_text": "x", "reply_to_message_id": id });
        let sent = kit.call(&grant, "send_email", &mail, None).await;
        for (answer, place) in [(read, "/message_id"), (sent, "/reply_to_message_id")] {
            let told =
                matches!(&answer, Err(ProviderError::InvalidArguments { pointer, .. }) if pointer == place);
            ensure!(told, "{id:?}: {answer:?}");
        }
    }
    let hostile = json!({ "messages": [{ "id": "../../drafts" }], "threads": [{ "id": "../../drafts" }] });
    kit.mock.fault(gmail::MESSAGES_LIST, Fault::Body(hostile.to_string().into()));
    kit.mock.fault(gmail::THREADS_LIST, Fault::Body(hostile.to_string().into()));
    for (tool, arguments) in [("search_emails", json!({ "query": "x" })), ("list_recent_threads", json!({}))]
    {
        let answer = kit.call(&grant, tool, &arguments, None).await;
        assert!(matches!(answer, Err(ProviderError::Malformed { .. })), "{tool}: {answer:?}");
    }
    assert_eq!(kit.mock.count_of(gmail::MESSAGES_GET) + kit.mock.count_of(gmail::THREADS_GET), 0);
    Ok(())
}

#[tokio::test]
async fn an_answer_needs_the_right_to_read_and_says_so() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect_without(&[READ]).await?;
    let id = kit.mock.deliver(ACCOUNT_EMAIL, &letter("bob@example.test", "Tea", "At four?"));
    let missing = ProviderError::MissingGrant { scopes: OAuthScopes::parse(READ)? };
    let mail = json!({ "to": ["bob@example.test"], "body_text": "Yes", "reply_to_message_id": id });
    assert_eq!(kit.call(&grant, "send_email", &mail, None).await, Err(missing.clone()));
    assert_eq!(kit.call(&grant, "search_emails", &json!({ "query": "x" }), None).await, Err(missing));
    let mail = json!({ "to": ["bob@example.test"], "subject": "Tea", "body_text": "Yes" });
    kit.call(&grant, "send_email", &mail, None).await?;
    assert_eq!(
        header(kit.mock.sent(ACCOUNT_EMAIL).first().context("a message")?, "To"),
        Some("bob@example.test")
    );
    Ok(())
}

#[tokio::test]
async fn the_wait_that_stands_in_the_text_of_a_limit_is_told() -> Result<()> {
    let (kit, grant) = open().await?;
    // The call is made at the beginning of 1970.
    for (message, seconds) in [
        ("User-rate limit exceeded.  Retry after 1970-01-01T00:15:00.000Z", Some(900)),
        ("User-rate limit exceeded.  Retry after 1970-01-02T00:00:00.000Z (Mail sending)", Some(3_600)),
        ("User-rate limit exceeded.  Retry after 1969-12-31T00:00:00.000Z", None),
        ("User-rate limit exceeded.  Retry after tea", None),
        ("Too many concurrent requests for user", None),
    ] {
        for status in [403, 429] {
            let fault = api_error(status, "usageLimits", "userRateLimitExceeded", message);
            kit.mock.fault(gmail::MESSAGES_LIST, fault).once();
            let answer = kit.call(&grant, "search_emails", &json!({ "query": "x" }), None).await;
            let retry_after = seconds.map(std::time::Duration::from_secs);
            assert_eq!(answer, Err(ProviderError::RateLimited { retry_after }), "{status} {message}");
        }
    }
    Ok(())
}
