//! An agent of somebody who uses the quickstart host: `cargo run -p quickstart` in one terminal, then
//! `cargo run -p mcp-agent` in another one.
//!
//! It comes to the host's `/mcp` with the credential of one run, as three parties one after the other: as the owner's
//! assistant, as the owner's coding agent, and as the agent of somebody else in a thread. What each may do is decided by
//! the host; the agent sees it in its list of tools, and is refused when it asks all the same.
#![expect(clippy::print_stdout, reason = "an example that tells what it does")]
#![expect(clippy::indexing_slicing, reason = "a JSON value answers null where it has no such member")]

mod agent;
mod owner;

use std::sync::Arc;

use anyhow::Context as _;
use serde_json::json;

use crate::{agent::Agent, owner::Owner};

const USAGE: &str = "usage: mcp-agent [URL]

  URL   where the quickstart host is (default http://localhost:8080)";

const DEFAULT: &str = "http://localhost:8080";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args().nth(1);
    if address.as_deref().is_some_and(|argument| argument.starts_with('-')) {
        println!("{USAGE}");
        return Ok(());
    }
    let client = client()?;
    let owner = Owner::at(address.as_deref().unwrap_or(DEFAULT), client)?;
    let integration = owner.integration().await.with_context(|| {
        format!(
            "no host with a connected account answers: start it with `cargo run -p quickstart`\n\n{USAGE}"
        )
    })?;
    as_assistant(&owner).await?;
    as_coding(&owner, &integration).await?;
    as_another_party(&owner).await
}

fn client() -> anyhow::Result<reqwest::Client> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Ok(reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build()?)
}

async fn as_assistant(owner: &Owner) -> anyhow::Result<()> {
    println!("The assistant of the owner");
    let assistant = Agent::arrive(owner.run("assistant", None).await?).await?;
    assistant.list().await?;
    let chess = json!({
        "summary": "Chess",
        "start": "2027-05-06T18:00:00+02:00",
        "end": "2027-05-06T19:00:00+02:00",
        "idempotency_key": "chess of the sixth of May",
    });
    let first = assistant.call("create_event", &chess).await?;
    println!("  create_event  -> {}", first["event"]["id"]);
    let again = assistant.call("create_event", &chess).await?;
    println!("  the same key  -> {}", again["event"]["id"]);
    let window = json!({ "time_min": "2027-05-06T00:00:00Z", "time_max": "2027-05-07T00:00:00Z" });
    let events = assistant.call("list_events", &window).await?;
    println!("  list_events   -> {}", events["items"][0]["summary"]);
    let bad = json!({ "summary": "Chess", "start": "at six", "end": "2027-05-06T19:00:00Z" });
    println!("  bad arguments -> {}", assistant.refusal("create_event", &bad).await?);
    assistant.leave().await
}

async fn as_coding(owner: &Owner, integration: &str) -> anyhow::Result<()> {
    println!("\nThe coding agent, after the owner kept the calendar for the assistant");
    owner.keep_for(integration, &["assistant"]).await?;
    let coding = Agent::arrive(owner.run("coding", None).await?).await?;
    coding.list().await?;
    println!("  create_event  -> {}", coding.refusal("create_event", &json!({})).await?);
    println!("  no_such_tool  -> {}", coding.refusal("no_such_tool", &json!({})).await?);
    owner.share(integration).await?;
    coding.leave().await
}

async fn as_another_party(owner: &Owner) -> anyhow::Result<()> {
    println!("\nThe agent of Bob, in a thread with the assistant");
    let bob = Agent::arrive(owner.run("assistant", Some("thread_with_bob")).await?).await?;
    bob.list().await?;
    println!("  after the owner allowed it to see when they are busy:");
    owner.allow("thread_with_bob", &["can_query_availability"]).await?;
    bob.list().await?;
    let window = json!({ "time_min": "2027-05-06T00:00:00Z", "time_max": "2027-05-07T00:00:00Z" });
    println!("  busy          -> {}", bob.call("list_calendar_events", &window).await?["busy"]);
    println!("  list_events   -> {}", bob.refusal("list_events", &window).await?);
    owner.allow("thread_with_bob", &[]).await?;
    println!("  after the owner took that back:");
    println!("  busy          -> {}", bob.refusal("list_calendar_events", &window).await?);
    bob.leave().await
}
