use anyhow::Context as _;
use bailee_core::{Actor, ExposeSecret as _, Owner, ProviderError, SecretString, Session, Transport};
use bailee_engine::{ConnectOptions, Error, WidgetCallback};
use serde_json::{Value, json};

use crate::rig::Rig;

struct Begun {
    nonce: SecretString,
    word: String,
}

async fn begin(rig: &Rig, options: impl FnOnce(ConnectOptions) -> ConnectOptions) -> anyhow::Result<Begun> {
    let nonce = rig.bailee.nonce()?;
    let options = options(ConnectOptions::with_nonce("bank", nonce.clone()));
    let link = rig.bailee.connect(&rig.owner, options).await?;
    assert_eq!(link.url.as_str(), "https://backend.example/integrations/bank/widget");
    let widget = link.widget.context("a widget")?;
    let word = widget.get("nonce").and_then(Value::as_str).context("a nonce")?.to_owned();
    Ok(Begun { nonce, word })
}

fn done(begun: &Begun, signed: &str) -> WidgetCallback {
    let fields = json!({ "address": "enrollment", "secret": "t0ken", "word": signed });
    WidgetCallback {
        provider: "bank".to_owned(),
        word: SecretString::from(begun.word.as_str()),
        fields: SecretString::from(fields.to_string()),
        nonce: Some(begun.nonce.clone()),
        verifier: None,
    }
}

#[tokio::test]
async fn what_the_widget_hands_over_joins_the_account_once() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let begun = begin(&rig, |options| options).await?;
    let connected = rig.bailee.widget_callback(&rig.human(), done(&begun, &begun.word)).await?;
    assert_eq!(connected.integration.account.id.as_str(), "enrollment");
    let again = rig.bailee.widget_callback(&rig.human(), done(&begun, &begun.word)).await;
    assert_eq!(again.err(), Some(Error::LinkInvalid));
    Ok(())
}

#[tokio::test]
async fn another_browser_another_actor_and_another_word_finish_nothing() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let begun = begin(&rig, |options| options).await?;
    let good = || done(&begun, &begun.word);
    let stranger = WidgetCallback { nonce: Some(rig.bailee.nonce()?), ..good() };
    let nobody = WidgetCallback { nonce: None, ..good() };
    let unknown = WidgetCallback { word: SecretString::from("w0rd"), ..good() };
    let elsewhere = WidgetCallback { provider: "bot".to_owned(), ..good() };
    for callback in [stranger, nobody, unknown] {
        let refused = rig.bailee.widget_callback(&rig.human(), callback).await;
        assert_eq!(refused.err(), Some(Error::LinkInvalid));
    }
    let refused = rig.bailee.widget_callback(&rig.human(), elsewhere).await;
    assert_eq!(refused.err(), Some(Error::Provider(ProviderError::Unsupported)));
    let refused = rig.bailee.widget_callback(&rig.session(Actor::Agent), good()).await;
    assert_eq!(refused.err(), Some(Error::HumanNeeded));
    assert!(rig.rows().await?.is_empty());
    assert!(rig.bailee.widget_callback(&rig.human(), good()).await.is_ok(), "nothing was used up");
    Ok(())
}

#[tokio::test]
async fn what_was_signed_for_another_word_is_refused() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let (mine, other) = (begin(&rig, |options| options).await?, begin(&rig, |options| options).await?);
    let refused = rig.bailee.widget_callback(&rig.human(), done(&mine, &other.word)).await;
    assert!(matches!(refused, Err(Error::Provider(ProviderError::Rejected { .. }))), "{refused:?}");
    assert!(rig.rows().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_repair_lands_on_the_same_record() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let begun = begin(&rig, |options| options).await?;
    let first = rig.bailee.widget_callback(&rig.human(), done(&begun, &begun.word)).await?;
    let begun = begin(&rig, |options| options.integration(first.integration.id)).await?;
    let again = rig.bailee.widget_callback(&rig.human(), done(&begun, &begun.word)).await?;
    assert!(again.reconnected);
    assert_eq!(again.integration.id, first.integration.id);
    assert_eq!(rig.rows().await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn the_form_does_not_take_what_only_a_widget_may_hand_over() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let refused = rig.join("bank", "enrollment").await;
    assert!(refused.is_err() && rig.rows().await?.is_empty());
    let nonce = rig.bailee.nonce()?;
    assert!(nonce.expose_secret().len() == 64);
    Ok(())
}

#[tokio::test]
async fn the_server_of_the_widget_page_learns_what_each_widget_is_made_of() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let widgets = rig.bailee.widgets();
    let told: Vec<(&str, &str)> =
        widgets.iter().map(|(key, sources)| (key.as_str(), sources.script.as_str())).collect();
    assert_eq!(told, [("bank", "https://cdn.bank.example/widget.js")]);
    assert!(widgets.iter().all(|(_, sources)| sources.setup.contains("export default function")));
    Ok(())
}

#[tokio::test]
async fn what_does_not_fit_the_form_uses_nothing_up() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let begun = begin(&rig, |options| options).await?;
    let good = || done(&begun, &begun.word);
    let fields = json!({ "secret": "t0ken", "word": begun.word });
    let incomplete = WidgetCallback { fields: SecretString::from(fields.to_string()), ..good() };
    let refused = rig.bailee.widget_callback(&rig.human(), incomplete).await;
    let named = matches!(&refused, Err(Error::Provider(ProviderError::InvalidArguments { .. })));
    assert!(named, "{refused:?}");
    assert!(rig.bailee.widget_callback(&rig.human(), good()).await.is_ok());
    Ok(())
}

#[tokio::test]
async fn another_owner_in_the_same_browser_finishes_nothing() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let begun = begin(&rig, |options| options).await?;
    let other = Session { owner: Owner::user("u2")?, actor: Actor::Human, transport: Transport::Bearer };
    let refused = rig.bailee.widget_callback(&other, done(&begun, &begun.word)).await;
    assert_eq!(refused.err(), Some(Error::LinkInvalid));
    assert!(rig.bailee.integrations(&other.owner, None, 10).await?.items.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_repair_of_what_was_let_go_meanwhile_is_a_new_record() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let begun = begin(&rig, |options| options).await?;
    let first = rig.bailee.widget_callback(&rig.human(), done(&begun, &begun.word)).await?;
    let begun = begin(&rig, |options| options.integration(first.integration.id)).await?;
    rig.bank.refuse_to_revoke();
    rig.bailee.disconnect(&rig.owner, first.integration.id).await?;
    let again = rig.bailee.widget_callback(&rig.human(), done(&begun, &begun.word)).await?;
    assert!(!again.reconnected && again.integration.id != first.integration.id);
    Ok(())
}
