//! What pages say of each provider before anything is connected.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use bailee_core::{
    Access, Begin, ClientId, ClientRegistration, ConnectKind, OAuthScopes, Provider, SecretString,
};
use bailee_providers::{Google, LinkedIn, Notion, Slack, X, registry};

fn registration() -> Result<ClientRegistration> {
    Ok(ClientRegistration::new(ClientId::new("client")?, "secret".to_owned().into()))
}

/// Every provider that variables can offer.
fn all() -> Result<Vec<Arc<dyn Provider>>> {
    Ok(registry::from_lookup(|name| {
        let value = match name {
            "TELEGRAM_BOT_TOKEN" => "781700368:AAEdemoDemoDemoDemoDemoDemoDemoDemo1",
            name if name.ends_with("_CLIENT_ID") || name.ends_with("_CLIENT_SECRET") => "set",
            _ => return None,
        };
        Some(value.to_owned())
    })?)
}

fn access(provider: &dyn Provider) -> Option<Access> {
    let descriptor = provider.descriptor();
    Access::of(&descriptor.requested, &descriptor.reading, provider.tools().iter().map(|tool| tool.effect))
}

#[tokio::test]
async fn what_a_provider_is_said_to_ask_for_is_what_a_connect_asks_for() -> Result<()> {
    let (state, verifier) = (SecretString::from("s".repeat(64)), SecretString::from("v".repeat(64)));
    let mut asked = 0;
    for provider in all()? {
        let descriptor = provider.descriptor();
        if descriptor.connect != ConnectKind::OAuth {
            ensure!(descriptor.requested.is_empty(), "{}", descriptor.key);
            continue;
        }
        let request = Begin {
            client_id: &ClientId::new("client")?,
            redirect_uri: &"https://backend.example/callback".parse()?,
            state: &state,
            pkce_verifier: &verifier,
            alias: None,
            already_granted: &OAuthScopes::default(),
            account: None,
        };
        let begun = provider.begin(request).await?;
        ensure!(begun.requested == descriptor.requested, "{}: {begun:?}", descriptor.key);
        asked += 1;
    }
    ensure!(asked == 5, "{asked}");
    Ok(())
}

#[test]
fn scopes_that_a_host_adds_are_asked_for_too() -> Result<()> {
    let further = OAuthScopes::parse("chat:write.public")?;
    let slack = Slack::new(registration()?)?.with_scopes(&further);
    ensure!(slack.descriptor().requested.contains_all(&further));
    ensure!(!slack.descriptor().capabilities.is_empty() && slack.descriptor().settings.is_some());
    Ok(())
}

#[test]
fn a_provider_reads_only_while_no_enabled_tool_could_write() -> Result<()> {
    let google = |tools: &[&'static str]| {
        anyhow::Ok(access(&Google::new(registration()?)?.with_tools(tools.iter().copied())?))
    };
    ensure!(google(&["search_emails", "get_email_details", "list_recent_threads"])? == Some(Access::Read));
    ensure!(google(&["list_events"])? == Some(Access::ReadWrite), "it reads, and consent asks for more");
    ensure!(google(&["send_email"])? == Some(Access::ReadWrite));
    ensure!(access(&Google::new(registration()?)?) == Some(Access::ReadWrite));
    let x = |tools: &[&'static str]| {
        anyhow::Ok(access(&X::new(registration()?)?.with_tools(tools.iter().copied())?))
    };
    ensure!(x(&["read_timeline", "read_twitter_dms"])? == Some(Access::Read));
    ensure!(x(&["read_timeline", "post_tweet"])? == Some(Access::ReadWrite));
    ensure!(x(&[])?.is_none(), "without tools there is nothing to say");
    let notion = Notion::new(registration()?)?;
    ensure!(access(&notion) == Some(Access::ReadWrite));
    ensure!(
        access(&notion.with_tools(["search_notion"])?) == Some(Access::Read),
        "by its tools: it asks no scope"
    );
    let nothing = LinkedIn::new(registration()?)?.with_tools([])?;
    ensure!(access(&nothing) == Some(Access::ReadWrite), "its consent allows posts whatever the tools are");
    Ok(())
}

#[test]
fn a_description_is_a_clause_and_an_account_page_is_one_of_the_provider() -> Result<()> {
    let providers = all()?;
    for provider in &providers {
        let descriptor = provider.descriptor();
        let clause = descriptor.description;
        ensure!(clause.starts_with("Connect ") && !clause.ends_with('.') && clause.len() <= 80, "{clause}");
        ensure!(!clause.contains("read") && !clause.contains("write"), "{clause}: how far is said elsewhere");
        let secure = descriptor.account_url.as_ref().is_none_or(|url| url.scheme() == "https");
        ensure!(secure, "{}", descriptor.key);
    }
    let google = providers.iter().find(|provider| provider.descriptor().key.as_str() == "google");
    let google = google.context("Google is there")?.descriptor();
    ensure!(google.description == "Connect Gmail, Calendar, and Drive");
    ensure!(google.account_url.as_ref().and_then(|url| url.host_str()) == Some("myaccount.google.com"));
    Ok(())
}
