use bailee_core::{
    Actor, ErrorKind, ExposeSecret as _, OAuthScopes, Owner, SecretString, Session, Status, Transport,
};
use bailee_engine::{Arrival, Callback, ConnectOptions, Error};
use bailee_testkit::{connected_by, mock_google::GoogleAccount, returned};
use futures_util::future::join_all;
use test_support::person;

use crate::rig::{Rig, ok, query};

#[tokio::test]
async fn a_connect_that_was_allowed_is_one_valid_integration() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let integration = rig.connect().await?;
    assert_eq!(integration.status, Status::Valid);
    assert_eq!(integration.account.label.as_deref(), Some("ada@example.test"));
    assert!(integration.missing().is_empty());
    assert_eq!(rig.only().await?, integration);
    Ok(())
}

#[tokio::test]
async fn two_parallel_first_connects_make_one_row() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let connects = join_all((0..8).map(|_| rig.connect())).await;
    let ids = connects.into_iter().map(|row| row.map(|row| row.id)).collect::<anyhow::Result<Vec<_>>>()?;
    let row = rig.only().await?;
    assert!(ids.iter().all(|id| *id == row.id), "{ids:?}");
    let live = rig.bailee.token(&rig.owner, "google").await?;
    assert!(rig.mock.is_live(live.token().expose_secret()));
    Ok(())
}

#[tokio::test]
async fn a_narrower_grant_is_kept_as_it_was_given() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let calendar = "https://www.googleapis.com/auth/calendar";
    let untick = |page: &url::Url| Ok(rig.mock.consent(page).without(calendar).allow()?);
    let integration = ok(connected_by(&rig.bailee, &rig.owner, "google", untick).await)?;
    assert_eq!(integration.missing(), OAuthScopes::parse(calendar)?);
    let live = rig.bailee.token(&rig.owner, "google").await?;
    assert_eq!(live.missing(), OAuthScopes::parse(calendar)?);
    Ok(())
}

#[tokio::test]
async fn a_reconnect_asks_for_all_that_was_granted_before() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let granted = rig.connect().await?.granted.unwrap_or_default();
    let link =
        rig.bailee.connect(&rig.owner, ConnectOptions::with_nonce("google", rig.bailee.nonce()?)).await?;
    let asked = OAuthScopes::parse(&query(&link.url, "scope").unwrap_or_default())?;
    assert!(asked.contains_all(&granted), "{asked:?}");
    Ok(())
}

#[tokio::test]
async fn a_reconnect_keeps_the_record_and_replaces_the_credential() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let before = rig.connect().await?;
    let old = rig.bailee.token(&rig.owner, "google").await?;
    let after = rig.connect().await?;
    let new = rig.bailee.token(&rig.owner, "google").await?;
    assert_eq!(after.id, before.id);
    assert!(after.version > before.version);
    assert_ne!(new.token().expose_secret(), old.token().expose_secret());
    Ok(())
}

#[tokio::test]
async fn another_account_is_refused_and_its_grant_given_back() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.mock.add_account(GoogleAccount::new("2222", "bob@example.test"));
    let before = rig.connect().await?;
    let choose_bob = |page: &url::Url| Ok(rig.mock.consent(page).account("bob@example.test").allow()?);
    let refused = connected_by(&rig.bailee, &rig.owner, "google", choose_bob).await;
    let error = refused.map_err(|error| error.downcast_ref::<Error>().cloned());
    assert_eq!(error.map(drop), Err(Some(Error::AccountMismatch)));
    assert_eq!(rig.only().await?, before);
    let live = rig.bailee.token(&rig.owner, "google").await?;
    assert!(rig.mock.is_live(live.token().expose_secret()), "the old token still works");
    assert_eq!(rig.mock.live_grants(), 1, "nothing of the other account stays alive");
    Ok(())
}

#[tokio::test]
async fn an_account_that_another_owner_lives_on_is_not_revoked_by_a_refused_exchange() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.mock.add_account(GoogleAccount::new("2222", "bob@example.test"));
    let choose = |who: &'static str| {
        let mock = &rig.mock;
        move |page: &url::Url| Ok(mock.consent(page).account(who).allow()?)
    };
    let bob = Owner::user("u2")?;
    ok(connected_by(&rig.bailee, &bob, "google", choose("bob@example.test")).await)?;
    rig.connect().await?;
    assert!(connected_by(&rig.bailee, &rig.owner, "google", choose("bob@example.test")).await.is_err());
    let live = rig.bailee.token(&bob, "google").await?;
    assert!(rig.mock.is_live(live.token().expose_secret()), "the other owner's token still works");
    Ok(())
}

#[tokio::test]
async fn a_denial_is_told_in_our_words_and_uses_the_flow_up() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let nonce = rig.bailee.nonce()?;
    let link = rig.bailee.connect(&rig.owner, ConnectOptions::with_nonce("google", nonce.clone())).await?;
    let mut back = returned("google", &rig.mock.consent(&link.url).deny()?);
    back.error = Some("<script>alert(1)</script>".to_owned());
    let session = person(rig.owner.clone());
    let denied = rig.bailee.arrived(back.clone(), Some(&session), Some(&nonce)).await;
    assert_eq!(denied.map(drop), Err(Error::ConsentDenied { code: "other" }));
    let again = rig.bailee.arrived(back, Some(&session), Some(&nonce)).await;
    assert_eq!(again.map(drop), Err(Error::LinkInvalid));
    Ok(())
}

#[tokio::test]
async fn an_answer_of_another_issuer_is_refused_before_anything_is_sent() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let nonce = rig.bailee.nonce()?;
    let link = rig.bailee.connect(&rig.owner, ConnectOptions::with_nonce("google", nonce.clone())).await?;
    let mut back = returned("google", &rig.mock.approve(&link.url)?);
    let session = person(rig.owner.clone());
    for iss in ["https://accounts.google.com/", "https://ACCOUNTS.google.com", "https://evil.example", ""] {
        back.iss = Some(iss.to_owned());
        let refused = rig.bailee.arrived(back.clone(), Some(&session), Some(&nonce)).await;
        assert_eq!(refused.map(drop), Err(Error::LinkInvalid), "{iss}");
    }
    assert_eq!(rig.mock.count("/token", None), 0);
    Ok(())
}

#[tokio::test]
async fn only_a_person_finishes_a_connect() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    for actor in [Actor::Agent, Actor::Service] {
        let nonce = rig.bailee.nonce()?;
        let link =
            rig.bailee.connect(&rig.owner, ConnectOptions::with_nonce("google", nonce.clone())).await?;
        let back = returned("google", &rig.mock.approve(&link.url)?);
        let session = Session { owner: rig.owner.clone(), actor, transport: Transport::Bearer };
        let refused = rig.bailee.arrived(back, Some(&session), Some(&nonce)).await;
        assert_eq!(refused.map(drop), Err(Error::HumanNeeded));
    }
    assert_eq!(rig.mock.count("/token", None), 0);
    Ok(())
}

#[tokio::test]
async fn a_flow_of_the_page_is_handed_over_with_a_handle_of_ours_and_finishes_once() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let verifier = "a-page-verifier-of-forty-three-characters-1";
    let challenge = "85d13d8ccb79c0a2b2c4d3bca5e5b1ba2e5d4b5d8f4a0a4fb0a3fbd0aa1c8f11";
    let link = rig.bailee.connect(&rig.owner, ConnectOptions::with_challenge("google", challenge)).await?;
    let code_of_provider = rig.mock.approve(&link.url)?;
    let session = person(rig.owner.clone());
    let arrival = rig.bailee.arrived(returned("google", &code_of_provider), Some(&session), None).await?;
    let Arrival::HandedOver { location } = arrival else { anyhow::bail!("it finished without proof") };
    assert_eq!(location.path(), "/integrations/google/callback");
    assert_ne!(
        query(&location, "code"),
        query(&code_of_provider, "code"),
        "the provider's code is in no URL of ours"
    );
    let wrong = Callback {
        provider: "google".to_owned(),
        state: SecretString::from(query(&location, "state").unwrap_or_default()),
        handle: SecretString::from(query(&location, "code").unwrap_or_default()),
        nonce: None,
        verifier: Some(SecretString::from(verifier)),
    };
    assert_eq!(rig.bailee.callback(&session, wrong).await.map(drop), Err(Error::LinkInvalid));
    assert_eq!(rig.mock.count("/token", None), 0, "a wrong verifier sends nothing");
    Ok(())
}

#[tokio::test]
async fn an_exchange_whose_answer_is_lost_is_not_repeated_and_leaves_nothing() -> anyhow::Result<()> {
    use bailee_testkit::mock_provider::{Endpoint, Fault};
    let rig = Rig::new().await?;
    rig.mock.fault(Endpoint::Token, Fault::DropAfterProcessing).once();
    let connect = connected_by(&rig.bailee, &rig.owner, "google", |page| Ok(rig.mock.approve(page)?)).await;
    let error = connect.map(drop).map_err(|error| error.downcast_ref::<Error>().map(Error::kind));
    assert_eq!(error, Err(Some(ErrorKind::Unavailable)));
    assert_eq!(rig.mock.count("/token", None), 1);
    assert!(rig.bailee.integrations(&rig.owner, None, 10).await?.items.is_empty());
    Ok(())
}

#[tokio::test]
async fn an_unknown_provider_and_an_unknown_page_are_named() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let nonce = rig.bailee.nonce()?;
    let unknown = rig.bailee.connect(&rig.owner, ConnectOptions::with_nonce("nowhere", nonce.clone())).await;
    assert_eq!(unknown.map(drop), Err(Error::UnknownProvider));
    let request = ConnectOptions::with_nonce("google", nonce).return_to("//evil.example");
    let error = rig.bailee.connect(&rig.owner, request).await.map(drop).map_err(|error| error.to_string());
    assert_eq!(error, Err("return_to names nothing that is registered".to_owned()));
    Ok(())
}
