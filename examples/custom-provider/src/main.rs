//! A provider of one's own at work in a host: `cargo run -p custom-provider`.
//!
//! Nothing leaves this process: the service is a fake, the database is in memory.
#![expect(clippy::print_stdout, reason = "an example that tells what it does")]

use std::sync::Arc;

use anyhow::{Result, ensure};
use bailee::{
    Actor, Bailee, Caller, Disconnected, JoinOptions, KeyRing, Owner, SecretString, Session, SqlStore,
    Transport, vault::RingEntropy,
};
use custom_provider::{Corkboard, FakeCorkboard};
use serde_json::json;

const KEY: &str = "cork_adas-key";

#[tokio::main]
async fn main() -> Result<()> {
    let service = FakeCorkboard::default();
    service.add_board(KEY, "b-17");

    let store = SqlStore::open("sqlite::memory:").await?;
    store.migrate().await?;
    let (keys, _) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
    let bailee = Bailee::builder(store, keys)
        .base_url("http://localhost:8080".parse()?)
        .provider(Corkboard::new(service.clone())?)
        .build()?;

    let ada = Owner::user("ada")?;
    let session = Session { owner: ada.clone(), actor: Actor::Human, transport: Transport::Cookie };
    let fields = SecretString::from(json!({ "api_key": KEY }).to_string());
    let joined = bailee.join(&session, JoinOptions::new("corkboard", fields)).await?;
    println!("Ada joined {}.", joined.integration.account.label.unwrap_or_default());

    let agent = Caller::own(ada.clone(), "assistant")?;
    let permit = bailee.authorize(&agent, "pin_note").await?;
    let output = permit.call(json!({ "text": "Milk is out." })).await?;
    println!("Her agent called pin_note: {}", output.content);
    ensure!(service.notes("b-17") == ["Milk is out."], "the note is not on the board");

    let disconnected = bailee.disconnect(&ada, "corkboard").await?;
    ensure!(matches!(disconnected, Disconnected::Revoked), "the key was not taken back: {disconnected:?}");
    println!("She disconnected, and her key was taken back at the service.");
    let refused = bailee.authorize(&agent, "pin_note").await.map(drop);
    ensure!(refused.is_err(), "the tool is still there");
    println!("Her agent asked again: {}", refused.err().map(|error| error.to_string()).unwrap_or_default());
    Ok(())
}
