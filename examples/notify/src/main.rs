//! News for a user through webhook, chat and mail: `cargo run -p notify`.
//!
//! The receiver of the webhook, Telegram and the mail server are mocks on this machine; nothing leaves it. The program fails
//! when anything is not as it says.
#![expect(clippy::print_stdout, reason = "an example that tells what it does")]

mod host;
mod services;

use anyhow::{Result, ensure};
use bailee::{Action, IntegrationId, LedgerFilter, Notification, Outcome, Target};
use bailee_testkit::mock_provider::Fault;

use crate::{host::Host, services::Services};

#[tokio::main]
async fn main() -> Result<()> {
    let services = Services::start().await?;
    let directory = tempfile::tempdir()?;
    let host = Host::open(&services, directory.path()).await?;

    println!("Ada joins three channels:");
    let webhook = join(&host, &services).await?;

    granted_channels(&host, &services, webhook).await?;
    a_channel_that_is_down(&host, &services).await?;
    ledger(&host).await?;
    Ok(())
}

/// Gives the webhook, which is for one profile alone.
async fn join(host: &Host, services: &Services) -> Result<IntegrationId> {
    let webhook = host.join("webhook", &services.webhook_fields()?, Some("assistant")).await?;
    host.join("email", &services.email_fields(), None).await?;
    // A word in a link tells the bot who it is that presses Start; the host would get this update over HTTP.
    let link = host.bailee.pair(&host.session(), "telegram").await?;
    let update = services.press_start(&link.url)?;
    host.bailee.receive("telegram", "shared", &update.headers, &update.body()).await?;
    let channels = host.channels().await?;
    for row in &channels {
        let label = row.account.label.as_deref().unwrap_or_default();
        println!("  {:<9} {label:<22} for {}", row.provider.as_str(), host::who(&row.scope));
    }
    ensure!(channels.len() == 3, "three channels were joined");
    Ok(webhook)
}

async fn granted_channels(host: &Host, services: &Services, webhook: IntegrationId) -> Result<()> {
    let news = Notification::new("backup.finished", "Backup", "All 12 steps are done.")?
        .with_url("https://app.example/runs/12".parse()?)?;
    let to_all = [("email", "delivered"), ("telegram", "delivered"), ("webhook", "delivered")];
    host.notify("assistant", Target::Default, &news, &to_all).await?;
    let to_granted = [("email", "delivered"), ("telegram", "delivered")];
    host.notify("researcher", Target::All, &news, &to_granted).await?;
    // To this profile the webhook is not there.
    let refused = [("webhook", "refused (not_connected)")];
    host.notify("researcher", Target::Only(vec![webhook]), &news, &refused).await?;
    let arrived = services.arrived();
    ensure!(arrived == (1, 2, 2), "webhook, chat and mail took {arrived:?} messages");
    Ok(())
}

/// What a channel cannot take now is kept, and the background worker tries again: `bailee.start()` in a host, one turn by
/// hand here.
async fn a_channel_that_is_down(host: &Host, services: &Services) -> Result<()> {
    println!("\nThe receiver of the webhook goes down.");
    services.receiver.fault(Fault::Unavailable { retry_after: None });
    let news = Notification::new("ticket.waits", "Ticket 7", "Somebody has to approve it.")?;
    let outcomes = [("email", "delivered"), ("telegram", "delivered"), ("webhook", "queued")];
    host.notify("assistant", Target::All, &news, &outcomes).await?;
    println!("\nIt comes back, and the background worker has a turn.");
    services.receiver.heal();
    let tick = host.bailee.tick().await?;
    ensure!(tick.done == 1 && tick.postponed == 0, "the worker sent what was queued: {tick:?}");
    println!("  {:<9} delivered", "webhook");
    let ids = services.webhook_ids();
    ensure!(ids.len() == 3 && ids.get(1) == ids.get(2), "the receiver recognises a repetition: {ids:?}");
    let arrived = services.arrived();
    ensure!(arrived == (3, 3, 3), "webhook, chat and mail took {arrived:?} messages");
    Ok(())
}

/// Every attempt is recorded, and every refusal.
async fn ledger(host: &Host) -> Result<()> {
    println!("\nThe ledger of it, the oldest first:");
    let filter = LedgerFilter { action: Some(Action::Notify), ..LedgerFilter::default() };
    let mut lines = host.bailee.ledger(&host.owner, &filter, None, 100).await?;
    lines.reverse();
    for line in &lines {
        let profile = line.profile.as_ref().map_or("", |profile| profile.as_str());
        let provider = line.provider.as_ref().map_or("", |provider| provider.as_str());
        let refusal = line.refusal.as_deref().unwrap_or_default();
        println!("  {profile:<11} {provider:<9} {:<10} {refusal}", format!("{:?}", line.outcome));
    }
    let count = |outcome| lines.iter().filter(|line| line.outcome == outcome).count();
    let counted = (count(Outcome::Ok), count(Outcome::Denied), count(Outcome::ToolError));
    ensure!(counted == (8, 1, 1), "the ledger has {counted:?} lines");
    Ok(())
}
