//! The page of the tools tells what the code does.

use anyhow::{Context as _, ensure};
use provider_tests::tools_page::page;

#[test]
fn the_page_of_the_tools_is_of_the_tools_that_there_are() -> anyhow::Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/tools.md");
    let written = std::fs::read_to_string(path).context("docs/tools.md")?;
    ensure!(
        written == page()?,
        "docs/tools.md is not of these tools: cargo run -p provider-tests --bin tools-page > docs/tools.md"
    );
    Ok(())
}

#[test]
fn every_tool_of_the_seeds_is_there() -> anyhow::Result<()> {
    let page = page()?;
    let tools = [
        "append_to_document append_to_notion_page append_to_sheet call_webhook connect_integration create_document",
        "create_event create_folder create_notion_database create_notion_page create_spreadsheet delete_event",
        "get_email_details get_notion_database get_notion_page_content list_calendar_events list_events list_files",
        "list_integrations list_recent_threads move_file_to_folder post_to_linkedin post_tweet propose_meeting",
        "query_database read_document read_linkedin_dms read_sheet_values read_timeline read_twitter_dms",
        "search_emails search_google_docs search_notion send_email send_email_notification send_linkedin_dm",
        "send_slack_message send_telegram_message send_twitter_dm teller_get_balances teller_list_accounts",
        "teller_list_transactions update_notion_page",
    ];
    let tools: Vec<&str> = tools.iter().flat_map(|line| line.split(' ')).collect();
    assert_eq!(tools.len(), 43);
    let missing: Vec<_> = tools.iter().filter(|tool| !page.contains(&format!("| `{tool}` |"))).collect();
    ensure!(missing.is_empty(), "{missing:?}");
    assert_eq!(page.lines().filter(|line| line.contains("| `")).count(), 43, "and no other");
    Ok(())
}
