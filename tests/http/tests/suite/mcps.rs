//! Servers of the Model Context Protocol, begun connects by name, and tests of a connection.

use http::StatusCode;
use http_tests::{Host, begun, parameter, verifier};
use serde_json::{Value, json};

const MCPS: &str = "/api/organizations/acme/mcps";

/// Key, whether it is connected, and what stands in the way.
fn told(list: &Value) -> Vec<(&str, bool, &str)> {
    let servers = list["mcps"].as_array().into_iter().flatten();
    let told = servers.map(|server| {
        let text = |name: &str| server[name].as_str().unwrap_or_default();
        (text("key"), server["connected"] == true, text("warning"))
    });
    told.collect()
}

#[tokio::test]
async fn all_servers_are_listed_and_the_unconnected_ones_marked() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let list = ada.fetch("GET", MCPS, None).await?.json()?;
    let nothing = "not_connected";
    let expected = [
        ("mail", false, nothing),
        ("other", false, nothing),
        ("bank", false, nothing),
        ("form", false, nothing),
    ];
    assert_eq!(told(&list), expected);
    assert_eq!(
        list["mcps"][0],
        json!({
            "key": "mail", "name": "Mail", "provider": "mail", "url": "https://backend.example.com/mcp/mail",
            "connected": false, "warning": "not_connected",
            "connect_url": "https://backend.example.com/integrations", "tools": ["list_mail", "send_mail"],
        })
    );
    host.connect(&ada, "account-1").await?;
    host.connect_to(&ada, &host.bank, "bank", "checking").await?;
    let list = ada.fetch("GET", MCPS, None).await?.json()?;
    assert_eq!(
        told(&list)[..3],
        [("mail", true, "missing_grant"), ("other", false, nothing), ("bank", true, "")]
    );
    assert_eq!(list["mcps"][2]["warning"], Value::Null);
    Ok(())
}

#[tokio::test]
async fn a_profile_sees_the_servers_that_are_granted_to_it() -> anyhow::Result<()> {
    let host = Host::new()?;
    host.sign_in.admit("ada_at_acme", bailee_core::Owner::member("acme", "ada")?, bailee_core::Actor::Human);
    let ada = host.browser("ada");
    let row = host.connect_to(&ada, &host.bank, "bank", "checking").await?;
    let of = async |profile: &str| {
        anyhow::Ok(ada.fetch("GET", &format!("{MCPS}?profile_id={profile}"), None).await?)
    };
    assert_eq!(told(&of("ada_1").await?.json()?), [("bank", true, "")]);
    let target = format!("/v1/integrations/{}", row["id"].as_str().unwrap_or_default());
    let only = json!({ "scope": "agents", "profile_ids": ["ada_2"] });
    let narrowed = host.bearer("ada_at_acme", "PATCH", &target, Some(only)).await?;
    assert_eq!(narrowed.status, StatusCode::OK, "{narrowed:?}");
    assert_eq!(told(&of("ada_1").await?.json()?), []);
    assert_eq!(told(&of("ada_2").await?.json()?), [("bank", true, "")]);
    for wrong in ["bob_1", "nobody", "", "a%00b"] {
        let refused = of(wrong).await?;
        assert_eq!(refused.problem()?, (400, "invalid".to_owned()), "{wrong}");
        assert_eq!(refused.json()?["field"], "profile_id");
    }
    let foreign = ada.fetch("GET", "/api/organizations/evil/mcps", None).await?;
    assert_eq!(foreign.problem()?, (404, "no_such_organization".to_owned()));
    Ok(())
}

#[tokio::test]
async fn authorize_begins_a_connect_for_the_sessions_owner() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let link = ada.fetch("GET", "/v1/integrations/mail_mail/authorize?return_to=settings", None).await?;
    let begun = begun(&link)?;
    assert_eq!(parameter(&begun.url, "scope").as_deref(), Some("mail"));
    assert!(link.header("set-cookie").starts_with("__Host-bailee-nonce="), "{link:?}");
    let back = http_tests::returning("mail", &begun.state, &host.mail.consent("account-1"));
    assert_eq!(ada.visit(&back).await?.location()?.path(), "/settings/accounts");

    let list = host.bearer("ada", "GET", "/v1/integrations", None).await?.member("integrations")?;
    let id = list[0]["id"].as_str().unwrap_or_default();
    let (_, challenge) = verifier();
    let target = format!("/v1/integrations/mail/authorize?challenge={challenge}&integration_id={id}");
    assert_eq!(host.bearer("ada", "GET", &target, None).await?.status, StatusCode::OK, "a reconnect");
    let other = target.replace("integrations/mail", "integrations/other");
    assert_eq!(host.bearer("ada", "GET", &other, None).await?.problem()?, (404, "not_found".to_owned()));
    Ok(())
}

#[tokio::test]
async fn authorize_is_as_strict_as_a_mutation() -> anyhow::Result<()> {
    let host = Host::new()?;
    let target = "/v1/integrations/mail/authorize";
    let navigated = host.browser("ada").visit(target).await?;
    assert_eq!(navigated.problem()?, (403, "cross_site".to_owned()));
    let bearer = host.bearer("ada", "GET", target, None).await?;
    assert_eq!(bearer.json()?["field"], "challenge");
    assert_eq!(host.store.flows(), 0);
    Ok(())
}

#[tokio::test]
async fn a_provider_that_is_joined_otherwise_says_that_it_has_no_consent_page() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    for target in ["/v1/integrations/form/authorize", "/api/organizations/acme/integrations/form/auth_link"] {
        let answer = ada.fetch("GET", target, None).await?;
        assert_eq!(answer.problem()?, (400, "unsupported".to_owned()), "{target}");
    }
    let unknown = ada.fetch("GET", "/v1/integrations/nothing/authorize", None).await?;
    assert_eq!(unknown.problem()?, (404, "unknown_provider".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_test_is_told_as_one_word() -> anyhow::Result<()> {
    let host = Host::new()?;
    host.sign_in.admit("ada_at_acme", bailee_core::Owner::member("acme", "ada")?, bailee_core::Actor::Human);
    let row = host.connect(&host.browser("ada"), "account-1").await?;
    let target = format!("/v1/integrations/{}/test", row["id"].as_str().unwrap_or_default());
    let test = async || anyhow::Ok(host.bearer("ada_at_acme", "POST", &target, None).await?.json()?);
    assert_eq!(test().await?, json!({ "status": "ok", "latency_ms": 0 }));
    host.mail.forget();
    assert_eq!(test().await?, json!({ "status": "refused", "latency_ms": 0 }));
    Ok(())
}
