//! Google Docs at its mock: what agents write, what they read, and what stands in the requests.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use bailee_core::{Grant, ProviderError};
use bailee_testkit::{
    mock_google::{ACCOUNT_EMAIL, docs, drive, status_error},
    mock_provider::{Fault, RecordedRequest},
};
use provider_tests::{GoogleKit, conformance::requests_conform};

const DOCUMENTS: &str = "https://www.googleapis.com/auth/documents";

const NOTES: &str = "# Plan 🫖\n\nWe meet **on *Friday*** at [the café](https://cafe.example.test/a_(b)).\n\n- tea\n    - \
                     green\n    - black\n- cake\n\n1. eat\n2. go\n\n## Later\n\n2 * 3 * 4 stays_as_it is";
/// What is read of [`NOTES`]: the same, with numbers as Markdown counts them.
const READ: &str = "# Plan 🫖\n\nWe meet **on** ***Friday*** at [the café](https://cafe.example.test/a_(b)).\n\n- tea\n    - \
                    green\n    - black\n- cake\n1. eat\n1. go\n\n## Later\n\n2 * 3 * 4 stays_as_it is";

async fn create(kit: &GoogleKit, grant: &Grant, text: Option<&str>) -> Result<String> {
    // Null is absent.
    let arguments = json!({ "title": "Notes", "body_markdown": text });
    let made = kit.call(grant, "create_document", &arguments, None).await?;
    ensure!(made.get("notice").is_none(), "{made}");
    let text = |name| made.get(name).and_then(Value::as_str);
    let id = text("id").context("an id")?.to_owned();
    assert_eq!(text("url"), Some(format!("https://docs.google.com/document/d/{id}/edit").as_str()));
    Ok(id)
}

async fn read(kit: &GoogleKit, grant: &Grant, id: &str) -> Result<Value, ProviderError> {
    kit.call(grant, "read_document", &json!({ "document_id": id }), None).await
}

async fn append(kit: &GoogleKit, grant: &Grant, id: &str, text: &str) -> Result<Value, ProviderError> {
    kit.call(grant, "append_to_document", &json!({ "document_id": id, "text": text }), None).await
}

fn updates(kit: &GoogleKit) -> Vec<RecordedRequest> {
    let requests = kit.mock.requests().into_iter();
    requests.filter(|request| request.endpoint == Some(docs::DOCUMENTS_BATCH_UPDATE)).collect()
}

#[tokio::test]
async fn a_document_is_written_and_read_in_markdown() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let id = create(&kit, &grant, Some(NOTES)).await?;
    let document = read(&kit, &grant, &id).await?;
    assert_eq!(document["title"], "Notes");
    assert_eq!(document["markdown"], READ);
    assert_eq!((&document["incomplete"], &document["truncated"]), (&json!(false), &json!(false)));
    let text = kit.mock.document_text(ACCOUNT_EMAIL, &id).context("the document")?;
    assert!(text.starts_with("Plan 🫖\nWe meet on Friday at the café.\ntea\ngreen\n"), "{text}");
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn what_is_appended_takes_over_no_style_of_what_was_there() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let id = create(&kit, &grant, Some("# Head\n- **bold item**")).await?;
    append(&kit, &grant, &id, "plain\n\n1. one\n## Sub").await?;
    let document = read(&kit, &grant, &id).await?;
    assert_eq!(document["markdown"], "# Head\n\n- **bold item**\n\nplain\n\n1. one\n\n## Sub");
    append(&kit, &grant, &id, "**end**").await?;
    let document = read(&kit, &grant, &id).await?;
    assert!(
        document["markdown"].as_str().is_some_and(|text| text.ends_with("## Sub\n\n**end**")),
        "{document}"
    );
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn an_empty_document_gets_no_blank_line_before_its_first() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let id = create(&kit, &grant, None).await?;
    assert_eq!(kit.mock.count_of(docs::DOCUMENTS_BATCH_UPDATE), 0, "there was nothing to write");
    append(&kit, &grant, &id, "first\nsecond").await?;
    assert_eq!(kit.mock.document_text(ACCOUNT_EMAIL, &id).as_deref(), Some("first\nsecond"));
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn characters_that_docs_strips_do_not_shift_the_styles_after_them() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let id = create(&kit, &grant, Some("a\u{0}\u{e907}\u{b}b **bold** 🫖 *it*")).await?;
    let document = read(&kit, &grant, &id).await?;
    assert_eq!(document["markdown"], "ab **bold** 🫖 *it*");
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn an_append_goes_to_the_revision_that_was_read_and_to_no_other() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let id = create(&kit, &grant, Some("one")).await?;
    append(&kit, &grant, &id, "two").await?;
    let sent = updates(&kit);
    let control = sent.last().and_then(|request| request.json.as_ref()).context("an update")?;
    let revision = control.pointer("/writeControl/requiredRevisionId").and_then(Value::as_str);
    ensure!(revision.is_some_and(|revision| !revision.is_empty()), "{control}");

    // Somebody writes between the reading and the writing: the old revision is answered.
    let old = json!({ "revisionId": revision, "body": { "content": [{ "endIndex": 1 }, { "startIndex": 1, "endIndex": 5 }] } });
    kit.mock.fault(docs::DOCUMENTS_GET, Fault::Body(old.to_string().into())).once();
    let refused = append(&kit, &grant, &id, "three").await;
    assert_eq!(refused, Err(ProviderError::Rejected { status: 400, code: "badRequest" }));
    assert_eq!(kit.mock.document_text(ACCOUNT_EMAIL, &id).as_deref(), Some("one\ntwo"));
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn a_lost_append_is_not_called_failed() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let id = create(&kit, &grant, Some("one")).await?;
    for fault in [Fault::DropAfterProcessing, Fault::DropBeforeProcessing, Fault::Status(503)] {
        kit.mock.fault(docs::DOCUMENTS_BATCH_UPDATE, fault.clone()).once();
        assert_eq!(append(&kit, &grant, &id, "more").await, Err(ProviderError::OutcomeUnknown), "{fault:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_document_whose_text_was_not_written_is_told_and_not_made_twice() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let arguments = json!({ "title": "Notes", "body_markdown": "text" });
    for (fault, word) in [
        (status_error(429, "RESOURCE_EXHAUSTED", "Quota exceeded"), "has no text"),
        (status_error(401, "UNAUTHENTICATED", "Request had invalid credentials"), "has no text"),
        (Fault::DropAfterProcessing, "may have no text"),
    ] {
        kit.mock.fault(docs::DOCUMENTS_BATCH_UPDATE, fault).once();
        let made = kit.call(&grant, "create_document", &arguments, None).await?;
        ensure!(made["notice"].as_str().is_some_and(|notice| notice.contains(word)), "{made}");
        ensure!(made["id"].as_str().is_some_and(|id| !id.is_empty()), "{made}");
    }
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn a_long_document_is_read_in_parts() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let line = "\"quoted\" \\ and long ".repeat(40);
    let text = vec![line.trim(); 60].join("\n");
    let id = kit.mock.add_document(ACCOUNT_EMAIL, "Long", &text);
    let (mut parts, mut arguments) = (String::new(), json!({ "document_id": id }));
    loop {
        let part = kit.call(&grant, "read_document", &arguments, None).await?;
        ensure!(part.to_string().chars().count() <= 40_000, "a part is too long");
        parts.push_str(part["markdown"].as_str().unwrap_or_default());
        assert_eq!(part["truncated"], json!(part.get("next_offset").is_some()));
        match part.get("next_offset") {
            Some(offset) => arguments["offset"] = offset.clone(),
            None => break,
        }
    }
    assert_eq!(parts, text.replace('\n', "\n\n"));
    Ok(())
}

#[tokio::test]
async fn a_document_of_the_user_needs_the_scope_for_documents() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let narrow = kit.connect_without(&[DOCUMENTS]).await?;
    let by_hand = kit.mock.add_document(ACCOUNT_EMAIL, "Mine", "secret plan");
    let refused = ProviderError::Rejected { status: 403, code: "forbidden" };
    assert_eq!(read(&kit, &narrow, &by_hand).await, Err(refused.clone()));
    assert_eq!(append(&kit, &narrow, &by_hand, "x").await, Err(refused));
    // What the app makes itself, it may also read.
    let own = create(&kit, &narrow, Some("own")).await?;
    assert_eq!(read(&kit, &narrow, &own).await?["markdown"], "own");
    let wide = kit.connect().await?;
    assert_eq!(read(&kit, &wide, &by_hand).await?["markdown"], "secret plan");
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn an_id_reaches_no_other_address() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    kit.mock.clear_requests();
    for id in [
        "..",
        ".",
        "a/../b",
        "/../../drive/v3/files",
        "a%2F..%2Fb",
        "a:batchUpdate",
        "a?alt=media",
        "a#b",
        "a b",
        "a\r\nHost: x",
        "ä",
    ] {
        for answer in [read(&kit, &grant, id).await, append(&kit, &grant, id, "x").await] {
            let told = matches!(&answer, Err(ProviderError::InvalidArguments { pointer, .. }) if pointer == "/document_id");
            ensure!(told, "{id}: {answer:?}");
        }
    }
    assert_eq!(kit.mock.requests().len(), 0);
    Ok(())
}

#[tokio::test]
async fn a_link_leads_to_the_web_or_to_a_mailbox_and_nowhere_else() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let text = "[a](javascript:alert(1)) [b](data:text/html,x) [c](file:///etc/passwd) [d](https://x.test/)";
    create(&kit, &grant, Some(text)).await?;
    let sent = updates(&kit);
    let body = sent.last().and_then(|request| request.json.as_ref()).context("an update")?;
    let requests = body["requests"].as_array().context("requests")?;
    let links = requests.iter().filter_map(|request| request.pointer("/updateTextStyle/textStyle/link/url"));
    assert_eq!(links.collect::<Vec<_>>(), [&json!("https://x.test/")]);
    Ok(())
}

#[tokio::test]
async fn a_search_finds_titles_and_texts_and_says_what_it_cannot_see() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let plan = create(&kit, &grant, Some("the budget")).await?;
    let _hidden = kit.mock.add_document(ACCOUNT_EMAIL, "Budget by hand", "budget");
    kit.call(&grant, "create_folder", &json!({ "name": "budget" }), None).await?;
    let found = kit.call(&grant, "search_google_docs", &json!({ "query": "budget" }), None).await?;
    let ids: Vec<&str> =
        found["items"].as_array().into_iter().flatten().filter_map(|file| file["id"].as_str()).collect();
    assert_eq!(ids, [plan.as_str()]);
    ensure!(found["notice"].as_str().is_some_and(|notice| notice.contains("this app")), "{found}");
    let request =
        kit.mock.requests().into_iter().rfind(|request| request.endpoint == Some(drive::FILES_LIST));
    assert_eq!(request.context("a search")?.query("orderBy"), None, "Drive refuses an order beside fullText");
    requests_conform(&kit.mock)
}
