use std::time::Duration;

use anyhow::Context as _;
use bailee_core::{Actor, ProviderError};
use bailee_engine::{ConnectLink, Error};
use serde_json::{Value, json};

use crate::{pigeon::SHARED_SECRET, rig::Rig};

const SHARED: (&str, &str) = ("bot", "shared");

fn word(link: &ConnectLink) -> anyhow::Result<String> {
    let mut pairs = link.url.query_pairs();
    let (_, word) = pairs.find(|(name, _)| name == "start").context("a word")?;
    Ok(word.into_owned())
}

fn said(id: &str, account: &str, word: &str) -> Value {
    json!([{ "id": id, "kind": "word", "account": account, "word": word }])
}

#[tokio::test]
async fn whoever_sends_the_word_first_is_joined_and_nobody_after_them() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let link = rig.bailee.pair(&rig.human(), "bot").await?;
    assert_eq!(rig.bot.hooks(), ["https://backend.example/api/hooks/bot/shared"]);
    let word = word(&link)?;
    rig.deliver(SHARED, SHARED_SECRET, &said("1", "ada", &word)).await?;
    rig.deliver(SHARED, SHARED_SECRET, &said("2", "eve", &word)).await?;
    let rows = rig.rows().await?;
    let accounts: Vec<_> = rows.iter().map(|row| row.account.id.as_str()).collect();
    assert_eq!(accounts, ["ada"]);
    Ok(())
}

#[tokio::test]
async fn a_word_that_nobody_was_given_or_that_is_too_old_changes_nothing() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    rig.deliver(SHARED, SHARED_SECRET, &said("1", "eve", "anything")).await?;
    let link = rig.bailee.pair(&rig.human(), "bot").await?;
    rig.later(Duration::from_secs(601)).await?;
    rig.deliver(SHARED, SHARED_SECRET, &said("2", "ada", &word(&link)?)).await?;
    assert!(rig.rows().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_word_of_one_provider_is_none_of_another() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let link = rig.bailee.pair(&rig.human(), "bot").await?;
    rig.deliver(("bank", "shared"), SHARED_SECRET, &said("1", "eve", &word(&link)?)).await?;
    assert!(rig.rows().await?.is_empty());
    rig.deliver(SHARED, SHARED_SECRET, &said("1", "ada", &word(&link)?)).await?;
    assert_eq!(rig.rows().await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn only_a_person_begins_a_pairing_and_only_where_there_is_one() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let refused = rig.bailee.pair(&rig.session(Actor::Agent), "bot").await;
    assert_eq!(refused.err(), Some(Error::HumanNeeded));
    for provider in ["mail", "bank"] {
        let refused = rig.bailee.pair(&rig.human(), provider).await;
        assert_eq!(refused.err(), Some(Error::Provider(ProviderError::Unsupported)), "{provider}");
    }
    Ok(())
}

#[tokio::test]
async fn a_bot_of_the_users_own_learns_whom_it_speaks_to_from_its_word() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let joined = rig.join("bot", "robot").await?;
    let hook = rig.bot.hooks().pop().context("a hook")?;
    let opaque = hook.rsplit('/').next().context("an opaque part")?;
    let secret = joined.shown_once.context("the secret of its hook")?;
    let secret = bailee_core::ExposeSecret::expose_secret(&secret);
    let word = word(&joined.link.context("a link")?)?;
    let shared = rig.deliver(SHARED, SHARED_SECRET, &said("1", "eve", &word)).await;
    assert!(shared.is_ok() && rig.rows().await?.len() == 1, "the word is of this bot alone");
    rig.deliver(("bot", opaque), secret, &said("2", "ada", &word)).await?;
    let row = rig.row(&joined.integration).await?;
    assert_eq!(row.config.get("chat"), Some(&json!(7)));
    assert_eq!(row.account.id.as_str(), "robot");
    Ok(())
}

#[tokio::test]
async fn a_bot_that_is_joined_a_second_time_is_heard_where_it_is() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let first = rig.join("bot", "robot").await?;
    let again = rig.join("bot", "robot").await?;
    assert_eq!(again.integration.id, first.integration.id);
    let hook = rig.bot.hooks().pop().context("a hook")?;
    assert!(hook.ends_with(&first.integration.id.to_string()), "{hook}");
    Ok(())
}
