use anyhow::Result;
use serde_json::{Value, json};

use super::Document;

fn run(text: &str, style: &Value) -> Value {
    json!({ "textRun": { "content": text, "textStyle": style } })
}

fn paragraph(text: &str) -> Value {
    json!({ "paragraph": { "elements": [run(text, &json!({}))], "paragraphStyle": { "namedStyleType": "NORMAL_TEXT" } } })
}

fn tab(title: &str, content: &Value, children: &Value) -> Value {
    json!({
        "tabProperties": { "tabId": title, "title": title },
        "documentTab": { "body": { "content": content }, "lists": {} },
        "childTabs": children,
    })
}

fn markdown(tabs: &Value) -> Result<(String, bool)> {
    let document: Document = serde_json::from_value(json!({ "title": "T", "tabs": tabs }))?;
    let written = document.write();
    Ok((written.text, written.incomplete))
}

#[test]
fn every_tab_is_read_whatever_tab_it_is_in() -> Result<()> {
    let inner = tab("Inner", &json!([paragraph("deep\n")]), &json!([]));
    let tabs = json!([
        tab("First", &json!([{ "sectionBreak": {} }, paragraph("one\n")]), &json!([inner])),
        tab("Second", &json!([paragraph("two\n")]), &json!([])),
    ]);
    let (text, incomplete) = markdown(&tabs)?;
    assert_eq!(text, "# Tab: First\n\none\n\n# Tab: Inner\n\ndeep\n\n# Tab: Second\n\ntwo");
    assert!(!incomplete);
    Ok(())
}

#[test]
fn a_table_is_a_table_and_its_bars_do_not_end_cells() -> Result<()> {
    let cell = |text: &str| json!({ "content": [paragraph(text)] });
    let table = json!({ "table": { "tableRows": [
        { "tableCells": [cell("a\n"), cell("b | c\n")] },
        { "tableCells": [cell("1\u{b}2\n"), cell("\n")] },
    ] } });
    let contents = json!({ "tableOfContents": { "content": [paragraph("Chapter\n")] } });
    let (text, _) = markdown(&json!([tab("Only", &json!([contents, table]), &json!([]))]))?;
    assert_eq!(text, "Chapter\n\n| a | b \\| c |\n| --- | --- |\n| 1 2 |  |");
    Ok(())
}

#[test]
fn styles_stand_around_words_and_not_around_blanks() -> Result<()> {
    let elements = json!([
        run("so ", &json!({})),
        run("very ", &json!({ "bold": true })),
        run("good", &json!({ "bold": true })),
        run(" and", &json!({ "italic": true, "bold": true })),
        run(" ", &json!({ "italic": true })),
        run("linked", &json!({ "link": { "url": "https://x.test/" } })),
        run("\n", &json!({})),
    ]);
    let content = json!([{ "paragraph": { "elements": elements, "paragraphStyle": {} } }]);
    let (text, _) = markdown(&json!([tab("Only", &content, &json!([]))]))?;
    assert_eq!(text, "so **very good** ***and*** [linked](https://x.test/)");
    Ok(())
}

#[test]
fn what_is_no_text_is_told() -> Result<()> {
    for element in
        [json!({ "inlineObjectElement": {} }), run("a\u{e907}b", &json!({})), json!({ "person": {} })]
    {
        let content = json!([{ "paragraph": { "elements": [element, run("x\n", &json!({}))] } }]);
        let (text, incomplete) = markdown(&json!([tab("Only", &content, &json!([]))]))?;
        assert!(incomplete && !text.contains('\u{e907}'), "{text}");
    }
    Ok(())
}
