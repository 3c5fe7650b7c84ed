//! Without a valid credential nobody is anybody.

use std::time::Duration;

use bailee_core::{ExposeSecret as _, Owner};
use bailee_mcp::{FromExtension, RunTokens};
use http::StatusCode;
use mcp_tests::{Raw, Rig, caller};
use serde_json::json;

fn list() -> Raw {
    Raw::modern("tools/list", json!({}))
}

#[tokio::test]
async fn a_request_without_a_credential_is_nobodys() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect("ada").await?;
    for raw in [
        list(),
        list().header("authorization", "Basic YWRhXzE6"),
        list().to("/mcp?access_token=ada_1"),
        list().to("/mcp?token=ada_1&authorization=Bearer%20ada_1"),
        list().header("cookie", "token=ada_1"),
        list().param("profile", json!("ada_1")).header("x-profile", "ada_1"),
    ] {
        let answer = raw.send(&rig).await?;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{answer:?}");
        assert!(answer.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Bearer")));
        assert!(!answer.body.contains("create_event"));
    }
    Ok(())
}

#[tokio::test]
async fn nothing_but_the_credential_says_who_asks() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect("ada").await?;
    let claims = json!({ "owner": "ada", "profile": "ada_1", "thread": null });
    let list = list().param("caller", claims).header("x-user", "ada").of("bob_1").send(&rig).await?;
    assert!(!list.body.contains("create_event"), "{}", list.body);
    Ok(())
}

#[tokio::test]
async fn a_run_token_is_good_for_its_run() -> anyhow::Result<()> {
    let rig = Rig::with(|_| RunTokens).await?;
    rig.connect("ada").await?;
    let run = rig.bailee.run_token(&caller("ada_1")?, Duration::from_mins(15)).await?;
    let token = run.token.expose_secret().to_owned();
    assert!(list().of(&token).send(&rig).await?.body.contains("create_event"));
    for wrong in ["bailee_run_", "bailee_run_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "ada_1"] {
        assert_eq!(list().of(wrong).send(&rig).await?.status, StatusCode::UNAUTHORIZED, "{wrong}");
    }
    let short = rig.bailee.run_token(&caller("ada_1")?, Duration::from_mins(1)).await?;
    rig.clock.advance(Duration::from_mins(1));
    let expired = list().of(short.token.expose_secret()).send(&rig).await?;
    assert_eq!(expired.status, StatusCode::UNAUTHORIZED);
    rig.bailee.end_run(&Owner::user("ada")?, run.id).await?;
    assert_eq!(list().of(&token).send(&rig).await?.status, StatusCode::UNAUTHORIZED, "it was ended");
    Ok(())
}

#[tokio::test]
async fn a_run_of_a_counterpart_has_what_its_thread_allows() -> anyhow::Result<()> {
    let rig = Rig::with(|_| RunTokens).await?;
    rig.connect("ada").await?;
    let run = rig.bailee.run_token(&caller("ada_t")?, Duration::from_mins(5)).await?;
    let answer = list().of(run.token.expose_secret()).send(&rig).await?;
    assert_eq!(answer.message()?.pointer("/result/tools"), Some(&json!([])));
    Ok(())
}

#[tokio::test]
async fn the_hosts_own_middleware_can_say_who_asks() -> anyhow::Result<()> {
    let mut rig = Rig::with(|_| FromExtension::<bailee_core::Caller>::new()).await?;
    assert_eq!(list().send(&rig).await?.status, StatusCode::UNAUTHORIZED);
    rig.app = rig.app.clone().layer(axum::Extension(caller("ada_1")?));
    assert_eq!(list().send(&rig).await?.status, StatusCode::OK);
    Ok(())
}
