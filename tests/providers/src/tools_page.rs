//! The page `docs/tools.md`, made from the catalogue.

use std::{collections::BTreeSet, fmt::Write as _, sync::Arc};

use anyhow::Result;
use bailee_core::{Effect, PermissionFlag, Tool};
use bailee_engine::Bailee;
use bailee_providers::reference::{self, ToolReference};
use bailee_testkit::{GlassVault, MemoryStore, MockClock};

/// The variables of every provider that is configured by some; what is in them is not looked at.
const VARIABLES: [&str; 11] = [
    "GOOGLE_CLIENT_ID",
    "GOOGLE_CLIENT_SECRET",
    "LINKEDIN_CLIENT_ID",
    "LINKEDIN_CLIENT_SECRET",
    "NOTION_CLIENT_ID",
    "NOTION_CLIENT_SECRET",
    "SLACK_CLIENT_ID",
    "SLACK_CLIENT_SECRET",
    "TELEGRAM_BOT_TOKEN",
    "TWITTER_CLIENT_ID",
    "TWITTER_CLIENT_SECRET",
];

const HEAD: &str = "# Tools

All tools of all providers, with the requests that stand behind each. This page is made from the catalogue: change the code,
then run `cargo run -p provider-tests --bin tools-page > docs/tools.md`.

A counterpart in a thread gets a tool only with the flag that is named here; `–` is never theirs. Of several sets of OAuth
scopes one is enough, and the first is what a consent asks for. Tools that stand last are hidden unless the host says that
the provider approved it for them.

| provider | tool | effect | flag | OAuth scopes | requests | described at |
|---|---|---|---|---|---|---|
";

/// The page as it should be.
///
/// # Errors
/// When the catalogue cannot be made.
pub fn page() -> Result<String> {
    let offered = offered()?;
    let (mut page, mut hidden) = (HEAD.to_owned(), String::new());
    for tool in reference::tools() {
        let row = row(&tool);
        let listed = offered.contains(tool.tool) || ["email", "teller", "webhook"].contains(&tool.provider);
        if listed { page.push_str(&row) } else { hidden.push_str(&row) }
    }
    page.push_str(&hidden);
    for tool in ours()? {
        let (effect, flag) = (effect(tool.effect), flag(tool.flag));
        writeln!(page, "| bailee | `{}` | {effect} | {flag} | none | none | this repository |", tool.name)?;
    }
    Ok(page)
}

fn row(tool: &ToolReference) -> String {
    let scopes: Vec<String> = tool.scopes.iter().map(|set| format!("`{set}`")).collect();
    let scopes = if scopes.is_empty() { "none".to_owned() } else { scopes.join(" or ") };
    let requests: Vec<String> = tool.requests.iter().map(|request| format!("`{request}`")).collect();
    format!(
        "| {} | `{}` | {} | {} | {scopes} | {} | <{}> |\n",
        tool.provider,
        tool.tool,
        effect(tool.effect),
        flag(tool.flag),
        requests.join("<br>"),
        tool.page
    )
}

const fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Read => "read",
        Effect::Write => "write",
    }
}

fn flag(flag: Option<PermissionFlag>) -> String {
    flag.map_or_else(|| "–".to_owned(), |flag| format!("`{}`", flag.as_str()))
}

/// The names of the tools that the providers offer as they are configured by nothing but their variables.
fn offered() -> Result<BTreeSet<String>> {
    let set = |name: &str| {
        let value = if name == "TELEGRAM_BOT_TOKEN" {
            "781700368:AAEdemoDemoDemoDemoDemoDemoDemoDemo1"
        } else {
            "set"
        };
        VARIABLES.contains(&name).then(|| value.to_owned())
    };
    let providers = bailee_providers::registry::from_lookup(set)?;
    Ok(providers.iter().flat_map(|provider| provider.tools()).map(|tool| tool.name.to_string()).collect())
}

/// The tools that belong to no provider.
fn ours() -> Result<Vec<Tool>> {
    let store = MemoryStore::new(Arc::new(MockClock::new()));
    let bailee =
        Bailee::builder(store, GlassVault::default()).base_url("https://backend.example".parse()?).build()?;
    Ok(bailee.catalogue().cloned().collect())
}
