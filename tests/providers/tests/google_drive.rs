//! Google Drive at its mock: searches that stay searches, folders, and files that the app may not see.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use bailee_core::{Grant, ProviderError};
use bailee_testkit::{
    mock_google::{ACCOUNT_EMAIL, api_error, drive},
    mock_provider::Fault,
};
use provider_tests::{GoogleKit, conformance::requests_conform};

async fn folder(kit: &GoogleKit, grant: &Grant, name: &str, parent: Option<&str>) -> Result<String> {
    // Null is absent.
    let arguments = json!({ "name": name, "parent_id": parent });
    let made = kit.call(grant, "create_folder", &arguments, None).await?;
    let text = |member| made.get(member).and_then(Value::as_str);
    let id = text("id").context("an id")?.to_owned();
    assert_eq!(text("name"), Some(name));
    assert_eq!(text("url"), Some(format!("https://drive.google.com/drive/folders/{id}").as_str()));
    Ok(id)
}

async fn list(kit: &GoogleKit, grant: &Grant, arguments: Value) -> Result<Value, ProviderError> {
    kit.call(grant, "list_files", &arguments, None).await
}

fn names(list: &Value) -> Vec<&str> {
    let items = list.get("items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    items.iter().filter_map(|file| file.get("name")?.as_str()).collect()
}

#[tokio::test]
async fn a_document_is_moved_into_a_folder_and_found_there() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let outer = folder(&kit, &grant, "Outer", None).await?;
    let inner = folder(&kit, &grant, "Inner", Some(&outer)).await?;
    let made = kit.call(&grant, "create_document", &json!({ "title": "Notes" }), None).await?;
    let which = json!({ "file_id": made["id"], "folder_id": inner });
    for _ in 0..2 {
        let moved = kit.call(&grant, "move_file_to_folder", &which, None).await?;
        assert_eq!(moved, json!({ "id": made["id"], "name": "Notes", "folder_id": inner }));
    }
    assert_eq!(kit.mock.count_of(drive::FILES_UPDATE), 1, "what is there already is not moved again");
    let there = list(&kit, &grant, json!({ "folder_id": inner })).await?;
    assert_eq!(names(&there), ["Notes"]);
    assert_eq!(there["items"][0]["folder_id"], json!(inner));
    assert_eq!(names(&list(&kit, &grant, json!({ "folder_id": outer })).await?), ["Inner"]);
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn only_files_of_the_app_are_listed_and_the_answer_says_so() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let hidden = kit.mock.add_document(ACCOUNT_EMAIL, "By hand", "x");
    let hidden_folder = kit.mock.add_folder(ACCOUNT_EMAIL, "By hand too");
    let own = folder(&kit, &grant, "Own", None).await?;
    let seen = list(&kit, &grant, json!({})).await?;
    assert_eq!(names(&seen), ["Own"]);
    ensure!(seen["notice"].as_str().is_some_and(|notice| notice.contains("may still exist")), "{seen}");
    for (file, to) in [(&hidden, &own), (&own, &hidden_folder)] {
        let which = json!({ "file_id": file, "folder_id": to });
        let refused = kit.call(&grant, "move_file_to_folder", &which, None).await;
        assert_eq!(refused, Err(ProviderError::Rejected { status: 404, code: "notFound" }));
    }
    let refused =
        api_error(403, "global", "appNotAuthorizedToFile", "The user has not granted the app access");
    kit.mock.fault(drive::FILES_GET, refused).once();
    let which = json!({ "file_id": hidden, "folder_id": own });
    let refused = kit.call(&grant, "move_file_to_folder", &which, None).await;
    assert_eq!(refused, Err(ProviderError::Rejected { status: 403, code: "appNotAuthorizedToFile" }));
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn what_is_in_the_bin_is_not_listed() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let binned = folder(&kit, &grant, "Old", None).await?;
    folder(&kit, &grant, "New", None).await?;
    kit.mock.trash_file(ACCOUNT_EMAIL, &binned);
    assert_eq!(names(&list(&kit, &grant, json!({})).await?), ["New"]);
    Ok(())
}

#[tokio::test]
async fn words_of_a_search_stay_words() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let odd = [
        r"it's",
        r"back\slash",
        r"\'",
        r"' or trashed=true or name contains '",
        r"\' or trashed=true or name contains \'",
        r"x' and 'root' in parents and not name='",
        r"trailing\",
        "ünï 🫖 \"quoted\" (and) = %27 & q=1 + 2",
    ];
    let binned = folder(&kit, &grant, "binned", None).await?;
    kit.mock.trash_file(ACCOUNT_EMAIL, &binned);
    for name in odd {
        folder(&kit, &grant, name, None).await?;
    }
    for name in odd {
        let found = list(&kit, &grant, json!({ "query": name })).await?;
        ensure!(names(&found).contains(&name) && !names(&found).contains(&"binned"), "{name}: {found}");
        kit.call(&grant, "search_google_docs", &json!({ "query": name }), None).await?;
        let sent =
            kit.mock.requests().into_iter().rfind(|request| request.endpoint == Some(drive::FILES_LIST));
        let quoted = name.replace('\\', "\\\\").replace('\'', "\\'");
        let expected = format!(
            "mimeType='application/vnd.google-apps.document' and trashed=false and (name contains '{quoted}' or fullText \
             contains '{quoted}')"
        );
        let sent = sent.context("a search")?;
        assert_eq!(sent.query("q"), Some(expected.as_str()));
        assert_eq!(sent.query.iter().filter(|(name, _)| name == "q").count(), 1);
    }
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn an_id_is_neither_a_search_nor_an_address() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    kit.mock.clear_requests();
    for id in [
        "..",
        ".",
        "a/../b",
        "x' in parents or trashed=true or 'y",
        "a,b",
        "a%2e%2e",
        "a?b",
        "a b",
        "a\n",
        "ü",
    ] {
        for (tool, arguments, pointer) in [
            ("list_files", json!({ "folder_id": id }), "/folder_id"),
            ("create_folder", json!({ "name": "x", "parent_id": id }), "/parent_id"),
            ("move_file_to_folder", json!({ "file_id": id, "folder_id": "abc" }), "/file_id"),
            ("move_file_to_folder", json!({ "file_id": "abc", "folder_id": id }), "/folder_id"),
        ] {
            let answer = kit.call(&grant, tool, &arguments, None).await;
            let told = matches!(&answer, Err(ProviderError::InvalidArguments { pointer: told, .. }) if told == pointer);
            ensure!(told, "{tool} {id}: {answer:?}");
        }
    }
    for query in ["a\nb", "a\u{0}"] {
        for tool in ["list_files", "search_google_docs"] {
            let answer = kit.call(&grant, tool, &json!({ "query": query }), None).await;
            ensure!(matches!(answer, Err(ProviderError::InvalidArguments { .. })), "{tool}: {answer:?}");
        }
    }
    assert_eq!(kit.mock.requests().len(), 0);
    Ok(())
}

#[tokio::test]
async fn parents_that_are_no_ids_are_not_sent_back() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let odd = json!({ "id": "abc", "parents": ["x,root&addParents=evil"] });
    kit.mock.fault(drive::FILES_GET, Fault::Body(odd.to_string().into())).once();
    let which = json!({ "file_id": "abc", "folder_id": "def" });
    let answer = kit.call(&grant, "move_file_to_folder", &which, None).await;
    ensure!(matches!(answer, Err(ProviderError::Malformed { .. })), "{answer:?}");
    assert_eq!(kit.mock.count_of(drive::FILES_UPDATE), 0);
    Ok(())
}

#[tokio::test]
async fn pages_of_files_follow_one_another() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    for number in 0..5 {
        folder(&kit, &grant, &format!("Folder {number}"), None).await?;
    }
    kit.mock.set_page_size(2);
    let (mut seen, mut arguments) = (Vec::new(), json!({ "query": "folder" }));
    loop {
        let page = list(&kit, &grant, arguments.clone()).await?;
        seen.extend(names(&page).into_iter().map(str::to_owned));
        assert_eq!(page["truncated"], json!(page.get("next_cursor").is_some()));
        match page.get("next_cursor") {
            Some(cursor) => arguments["cursor"] = cursor.clone(),
            None => break,
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, ["Folder 0", "Folder 1", "Folder 2", "Folder 3", "Folder 4"]);
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn an_incomplete_search_says_that_there_is_more() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let long = "x".repeat(4_000);
    let file = |number: usize| {
        json!({
            "id": format!("id{number}"), "name": long, "mimeType": "text/plain", "size": "12",
            "modifiedTime": "2026-03-01T10:00:00.000+01:00", "webViewLink": format!("https://x.test/{}", "y".repeat(400)),
            "owners": [{ "emailAddress": "bob@example.test" }], "parents": ["p1"],
        })
    };
    let page = json!({ "incompleteSearch": true, "files": (0..50).map(file).collect::<Vec<_>>() });
    kit.mock.fault(drive::FILES_LIST, Fault::Body(page.to_string().into())).once();
    let found = list(&kit, &grant, json!({ "limit": 50 })).await?;
    assert_eq!((found["items"].as_array().map(Vec::len), &found["truncated"]), (Some(50), &json!(true)));
    assert_eq!(
        (&found["items"][0]["modified"], &found["items"][0]["size"]),
        (&json!("2026-03-01T09:00:00Z"), &json!(12))
    );
    ensure!(found.to_string().chars().count() <= 40_000, "the answer is too long");
    Ok(())
}

#[tokio::test]
async fn a_lost_folder_leaves_the_outcome_open_and_a_lost_move_can_be_repeated() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let (from, to) = (folder(&kit, &grant, "From", None).await?, folder(&kit, &grant, "To", None).await?);
    kit.mock.fault(drive::FILES_CREATE, Fault::DropAfterProcessing).once();
    let lost = kit.call(&grant, "create_folder", &json!({ "name": "Lost" }), None).await;
    assert_eq!(lost, Err(ProviderError::OutcomeUnknown));
    kit.mock.fault(drive::FILES_UPDATE, Fault::DropAfterProcessing).once();
    let which = json!({ "file_id": from, "folder_id": to });
    let lost = kit.call(&grant, "move_file_to_folder", &which, None).await;
    ensure!(lost.is_err_and(|error| error.is_temporary() && error != ProviderError::OutcomeUnknown));
    let moved = kit.call(&grant, "move_file_to_folder", &which, None).await?;
    assert_eq!(moved["folder_id"], json!(to));
    Ok(())
}
