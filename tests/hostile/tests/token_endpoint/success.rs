//! Answers that are odd, and taken.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bailee_core::{ExposeSecret as _, OAuthScopes, Owner};
use bailee_testkit::{
    connected,
    mock_provider::{Endpoint, Fault},
};
use serde_json::{Value, json};

use crate::rig::{LIFETIME, Rig};

const CALENDAR: &str = "https://www.googleapis.com/auth/calendar";

const YEAR: Duration = Duration::from_hours(365 * 24);

/// A refresh and a connect whose answers say this of the lifetime: what is kept of it, and that nothing else suffers.
async fn lives(said: Option<Value>, expected: Option<Duration>) -> Result<()> {
    let rig = Rig::new().await?;
    rig.clock.advance(LIFETIME);
    rig.mock.fault(Endpoint::Token, Fault::ExpiresIn(said)).times(2);
    let renewed = rig.token(&rig.honest).await?;
    ensure!(rig.mock.is_live(renewed.token().expose_secret()), "a dead token");
    let newcomer = Owner::user("u2")?;
    let fresh = connected(&rig.honest, &rig.mock, &newcomer, "google").await;
    let fresh = fresh.map_err(anyhow::Error::from_boxed)?;
    let now = rig.row().await?.now_ms;
    for expires_at in [renewed.expires_at(), fresh.expires_at] {
        // Counted from the sending: early by as long as the test takes, and never late.
        let left = expires_at.map(|at| at.timestamp_millis() - now);
        match (left, expected) {
            (None, None) => {}
            (Some(left), Some(expected)) => {
                let latest = i64::try_from(expected.as_millis())?;
                ensure!((latest - 60_000..=latest).contains(&left), "{left} ms");
            }
            other => anyhow::bail!("{other:?}"),
        }
    }
    // No loop: the next caller has it as it is, and a refusal of it is answered by one refresh.
    rig.mock.clear_requests();
    let same = rig.token(&rig.honest).await?;
    ensure!(same.token().expose_secret() == renewed.token().expose_secret(), "another token");
    ensure!(rig.mock.requests().is_empty(), "asked again");
    let next = rig.honest.rejected(&same).await?;
    ensure!(rig.mock.is_live(next.token().expose_secret()), "a dead token");
    ensure!(rig.mock.count("/token", Some("refresh_token")) == 1);
    Ok(())
}

/// T22.
#[tokio::test]
async fn a_lifetime_may_be_a_text() -> Result<()> {
    for text in ["3600", " 3600 ", "3600.0"] {
        lives(Some(json!(text)), Some(Duration::from_hours(1))).await.context(text)?;
    }
    Ok(())
}

/// T23.
#[tokio::test]
async fn a_lifetime_that_cannot_be_is_unknown_and_none_is_longer_than_a_year() -> Result<()> {
    for unknown in [json!(-1), json!(0), json!(-1e30), json!("soon"), json!([3600]), json!(null)] {
        lives(Some(unknown.clone()), None).await.with_context(|| unknown.to_string())?;
    }
    lives(None, None).await.context("absent")?;
    for long in [json!(1e30), json!(u64::MAX), json!("1e300"), json!(YEAR.as_secs() + 1)] {
        lives(Some(long.clone()), Some(YEAR)).await.with_context(|| long.to_string())?;
    }
    Ok(())
}

/// T26.
#[tokio::test]
async fn a_narrower_grant_is_kept_as_what_was_granted() -> Result<()> {
    let narrow = || Fault::NarrowScope(vec!["openid".to_owned(), "email".to_owned()]);
    let (few, missing) = (OAuthScopes::parse("openid email")?, OAuthScopes::parse(CALENDAR)?);
    let rig = Rig::new().await?;
    ensure!(rig.token(&rig.honest).await?.missing().is_empty(), "all was granted at first");
    rig.clock.advance(LIFETIME);
    rig.mock.fault(Endpoint::Token, narrow()).once();
    let live = rig.token(&rig.honest).await?;
    ensure!(live.granted() == Some(&few) && live.missing() == missing, "{live:?}");
    ensure!(rig.row().await?.granted == Some(few.clone()), "and the next caller knows it");
    let shrunk = rig.honest.integration(&rig.owner, rig.id).await?.context("the integration")?;
    ensure!(shrunk.missing() == missing, "{:?}", shrunk.missing());
    rig.clock.advance(LIFETIME);
    ensure!(rig.token(&rig.honest).await?.missing().is_empty(), "what is given back is there again");

    rig.mock.fault(Endpoint::Token, narrow()).once();
    let newcomer = Owner::user("u2")?;
    let fresh = connected(&rig.honest, &rig.mock, &newcomer, "google").await;
    let fresh = fresh.map_err(anyhow::Error::from_boxed)?;
    ensure!(fresh.granted == Some(few) && fresh.missing() == missing, "{:?}", fresh.granted);
    Ok(())
}
