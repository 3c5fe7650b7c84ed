//! Telegram under the engine: from the link to the message.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use serde_json::{Value, json};
use url::Url;

use bailee_core::{
    Actor, Caller, DirectoryError, Inbound, InboundMessage, Integration, Owner, Session, Status, Transport,
};
use bailee_engine::{Bailee, Disconnected, HookError, JoinOptions, Which};
use bailee_testkit::{
    GlassVault, MemoryStore, MockClock,
    mock_telegram::{OWN_BOT, Person, SHARED_BOT, Update},
};
use provider_tests::{TelegramKit, parameter, telegram};

/// What the host was handed.
#[derive(Clone, Debug, Default)]
struct Inbox(Arc<Mutex<Vec<Value>>>);

#[async_trait]
impl Inbound for Inbox {
    async fn receive(&self, _: &Integration, message: &InboundMessage) -> Result<(), DirectoryError> {
        let mut inbox = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inbox.push(message.content.get("text").cloned().unwrap_or_default());
        Ok(())
    }
}

impl Inbox {
    fn texts(&self) -> Vec<Value> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

struct Host {
    kit: TelegramKit,
    bailee: Bailee,
    inbox: Inbox,
    session: Session,
}

async fn host() -> Result<Host> {
    let kit = telegram().await?;
    let (clock, inbox) = (MockClock::new(), Inbox::default());
    let bailee = Bailee::builder(MemoryStore::new(Arc::new(clock.clone())), GlassVault::default())
        .base_url("https://app.example.test".parse()?)
        .clock(clock)
        .inbound(inbox.clone())
        .provider(kit.telegram.clone())
        .build()?;
    let owner = Owner::user("u1")?;
    let session = Session { owner, actor: Actor::Human, transport: Transport::Cookie };
    Ok(Host { kit, bailee, inbox, session })
}

impl Host {
    /// Delivers to where the webhook of the bot says.
    async fn deliver(&self, update: &Update) -> Result<Result<(), HookError>> {
        let url: Url = update.url.parse()?;
        let opaque = url.path_segments().and_then(Iterator::last).context("a hook")?;
        Ok(self.bailee.receive("telegram", opaque, &update.headers, &update.body()).await)
    }

    async fn only(&self) -> Result<Integration> {
        let mut items = self.bailee.integrations(&self.session.owner, None, 10).await?.items;
        anyhow::ensure!(items.len() == 1, "{} integrations", items.len());
        items.pop().context("an integration")
    }

    async fn send(&self, text: &str) -> Result<Value> {
        let caller = Caller::own(self.session.owner.clone(), "p1")?;
        let permit = self.bailee.authorize(&caller, "send_telegram_message").await?;
        Ok(permit.call(json!({ "text": text })).await?.content)
    }
}

#[tokio::test]
async fn a_chat_is_paired_written_to_heard_and_let_go() -> Result<()> {
    let host = host().await?;
    let link = host.bailee.pair(&host.session, "telegram").await?.url;
    let word = parameter(&link, "start").context("a word")?;
    let stranger = host.kit.mock.press_start(SHARED_BOT, &Person::mallory(), "no-such-word");
    host.deliver(&stranger).await??;
    let start = host.kit.mock.press_start(SHARED_BOT, &Person::ada(), &word);
    host.deliver(&start).await??;
    host.deliver(&start).await??;
    let replayed = host.kit.mock.press_start(SHARED_BOT, &Person::mallory(), &word);
    host.deliver(&replayed).await??;
    let paired = host.only().await?;
    assert_eq!(paired.account.id.as_str(), "5550001", "whoever sends the word first");
    assert_eq!(host.send("Backup finished").await?, json!({ "message_id": 1 }));
    let chats: Vec<i64> = host.kit.mock.messages().into_iter().map(|(_, chat, _)| chat).collect();
    assert_eq!(chats, [Person::ada().id]);
    for person in [Person::ada(), Person::mallory()] {
        host.deliver(&host.kit.mock.write(SHARED_BOT, &person, &person.first_name)).await??;
    }
    assert_eq!(host.inbox.texts(), ["Ada"]);
    host.deliver(&host.kit.mock.block(SHARED_BOT, &Person::ada())).await??;
    assert_eq!(host.only().await?.status, Status::Invalid);
    let outcome = host.bailee.disconnect(&host.session.owner, Which::Id(paired.id)).await?;
    assert_eq!(outcome, Disconnected::Unsupported);
    Ok(())
}

#[tokio::test]
async fn a_bot_of_ones_own_is_joined_paired_tested_and_let_go() -> Result<()> {
    let host = host().await?;
    let fields = json!({ "bot_token": OWN_BOT }).to_string().into();
    let joined = host.bailee.join(&host.session, JoinOptions::new("telegram", fields)).await?;
    let link = joined.link.context("a link")?.url;
    let word = parameter(&link, "start").context("a word")?;
    let id = joined.integration.id;
    let unpaired = host.bailee.test(&host.session.owner, id).await?;
    assert_eq!(unpaired.status, Status::Invalid, "nobody pressed Start");
    host.deliver(&host.kit.mock.press_start(OWN_BOT, &Person::ada(), &word)).await??;
    assert_eq!(host.only().await?.config.get("chat_id"), Some(&json!(5_550_001)));
    assert_eq!(host.bailee.test(&host.session.owner, id).await?.status, Status::Valid);
    let late = host.kit.mock.press_start(OWN_BOT, &Person::mallory(), &word);
    host.deliver(&late).await??;
    host.deliver(&host.kit.mock.write(OWN_BOT, &Person::mallory(), "mine now")).await??;
    host.send("hello").await?;
    let chats: Vec<i64> = host.kit.mock.messages().into_iter().map(|(_, chat, _)| chat).collect();
    assert_eq!(chats, [Person::ada().id, Person::ada().id]);
    assert_eq!(host.inbox.texts(), [Value::Null; 0]);
    host.bailee.disconnect(&host.session.owner, Which::Id(id)).await?;
    assert_eq!(host.kit.mock.webhook(OWN_BOT), None);
    Ok(())
}

#[tokio::test]
async fn a_delivery_without_the_secret_is_no_delivery() -> Result<()> {
    let host = host().await?;
    let link = host.bailee.pair(&host.session, "telegram").await?.url;
    let word = parameter(&link, "start").context("a word")?;
    let mut forged = host.kit.mock.press_start(SHARED_BOT, &Person::mallory(), &word);
    forged.headers.clear();
    assert_eq!(host.deliver(&forged).await?, Err(HookError::NotFound));
    assert_eq!(host.bailee.integrations(&host.session.owner, None, 10).await?.items.len(), 0);
    Ok(())
}
