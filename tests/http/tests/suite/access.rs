//! Who may: sessions, organizations, other people's ids, and agents.

use axum::body::Body;
use http::{Method, Request, StatusCode};
use http_tests::{Host, handed_over, organization, returning, send};
use serde_json::{Value, json};

const UNKNOWN: &str = "0199aaaa-0000-7000-8000-000000000000";

/// Every documented operation as a request that would reach it.
fn operations(document: &Value) -> Vec<(Method, String, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(path, item)| {
        let target = path
            .replace("{organization_id}", "acme")
            .replace("{service}", "mail")
            .replace("{provider}", "mail")
            .replace("{thread_id}", "ada_t")
            .replace("{id}", UNKNOWN);
        item.as_object()
            .into_iter()
            .flatten()
            .map(move |(method, operation)| (method, target.clone(), operation))
    });
    operations
        .filter_map(|(method, path, operation)| Some((method.to_uppercase().parse().ok()?, path, operation)))
        .collect()
}

#[tokio::test]
async fn every_route_that_is_not_open_wants_a_session() -> anyhow::Result<()> {
    let host = Host::new()?;
    let document = host.browser("").visit("/openapi.json").await?.json()?;
    let mut closed = 0;
    for (method, target, operation) in operations(&document) {
        let open = operation.get("security").is_some();
        for credential in ["", "Bearer nobody"] {
            let mut request = Request::builder().method(&method).uri(&target);
            if !credential.is_empty() {
                request = request.header("authorization", credential);
            }
            let answer = send(&host.app, request.body(Body::empty())?).await?;
            assert_eq!(answer.status == StatusCode::UNAUTHORIZED, !open, "{method} {target}");
            if !open {
                if operation["tags"] == json!(["pages"]) {
                    assert!(answer.text().contains("You are not signed in"), "{method} {target}");
                } else {
                    assert_eq!(answer.problem()?, (401, "unauthenticated".to_owned()));
                }
                assert_eq!(answer.header("www-authenticate"), "Bearer");
            }
        }
        closed += usize::from(!open);
    }
    assert!(closed > 20, "{closed}");
    Ok(())
}

#[tokio::test]
async fn the_id_of_somebody_else_is_answered_like_the_id_of_nothing() -> anyhow::Result<()> {
    let host = Host::new()?;
    host.sign_in.admit("bob_at_acme", bailee_core::Owner::member("acme", "bob")?, bailee_core::Actor::Human);
    let row = host.connect(&host.browser("ada"), "account-1").await?;
    let id = row["id"].as_str().unwrap_or_default();
    let nothing = "0199aaaa-0000-7000-8000-000000000000";
    let org = organization("acme");
    for (method, target) in [
        ("DELETE", "/v1/integrations/ID".to_owned()),
        ("POST", "/v1/integrations/ID/validate".to_owned()),
        ("POST", "/v1/integrations/ID/test".to_owned()),
        ("GET", format!("/v1/integrations/mail/authorize?challenge={}&integration_id=ID", "0".repeat(64))),
        ("POST", format!("{org}/mail?integration_id=ID")),
        ("DELETE", format!("{org}/mail?integration_id=ID")),
        ("GET", format!("{org}/mail/auth_link?challenge={}&integration_id=ID", "0".repeat(64))),
    ] {
        let foreign = host.bearer("bob_at_acme", method, &target.replace("ID", id), None).await?;
        let unknown = host.bearer("bob_at_acme", method, &target.replace("ID", nothing), None).await?;
        assert_eq!(foreign.problem()?, (404, "not_found".to_owned()), "{method} {target}");
        assert_eq!((foreign.status, foreign.body), (unknown.status, unknown.body), "{method} {target}");
    }
    for id in ["x", "%00", "0199aaaa00007000800000000000000a"] {
        let answer = host.bearer("ada", "DELETE", &format!("/v1/integrations/{id}"), None).await?;
        assert_eq!(answer.problem()?, (404, "not_found".to_owned()), "{id}");
    }
    assert_eq!(host.mail.revocations(), 0);
    Ok(())
}

#[tokio::test]
async fn a_foreign_and_an_unknown_organization_are_answered_alike() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    host.connect(&ada, "account-1").await?;
    let long = "x".repeat(129);
    for (method, path) in [
        ("GET", ""),
        ("POST", "/mail"),
        ("DELETE", "/mail"),
        ("GET", "/mail/auth_link"),
        ("POST", "/mail/callback"),
        ("POST", "/nothing"),
    ] {
        let body = path.ends_with("callback").then(|| json!({}));
        let foreign = ada.fetch(method, &format!("{}{path}", organization("evil")), body.clone()).await?;
        assert_eq!(foreign.problem()?, (404, "no_such_organization".to_owned()), "{method} {path}");
        for id in ["unknown", "%00", "%FF", &long] {
            let unknown = ada.fetch(method, &format!("{}{path}", organization(id)), body.clone()).await?;
            assert_eq!(
                (foreign.status, &foreign.body),
                (unknown.status, &unknown.body),
                "{method} {path} {id}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn integrations_of_one_organization_do_not_show_in_another() -> anyhow::Result<()> {
    let host = Host::new()?;
    let (ada, bob) = (host.browser("ada"), host.browser("bob"));
    host.connect(&ada, "account-1").await?;
    for (browser, id) in [(&ada, "second"), (&bob, "acme")] {
        let list = browser.fetch("GET", &organization(id), None).await?.json()?;
        assert_eq!(list["integrations"], json!([]), "{id}");
        let verdict = browser.fetch("POST", &format!("{}/mail", organization(id)), None).await?;
        assert_eq!(verdict.problem()?, (404, "not_found".to_owned()));
    }
    Ok(())
}

#[tokio::test]
async fn a_removed_member_is_refused_at_the_next_call() -> anyhow::Result<()> {
    let host = Host::new()?;
    host.sign_in.admit("ada_at_acme", bailee_core::Owner::member("acme", "ada")?, bailee_core::Actor::Human);
    let ada = host.browser("ada");
    host.connect(&ada, "account-1").await?;
    host.sign_in.leave("acme", "ada");
    assert_eq!(ada.fetch("GET", &organization("acme"), None).await?.status, StatusCode::NOT_FOUND);
    let listed = host.bearer("ada_at_acme", "GET", "/v1/integrations", None).await?;
    assert_eq!(listed.problem()?, (404, "no_such_organization".to_owned()), "a session inside it, too");
    Ok(())
}

#[tokio::test]
async fn a_sign_in_that_cannot_tell_is_no_yes() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    host.sign_in.set_down(true);
    for target in [organization("acme"), "/v1/integrations".to_owned()] {
        let answer = ada.fetch("GET", &target, None).await?;
        assert_eq!(answer.problem()?, (503, "sign_in_unavailable".to_owned()), "{target}");
    }
    Ok(())
}

#[tokio::test]
async fn an_agent_widens_nothing_on_any_route_that_widens() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let document = ada.visit("/openapi.json").await?.json()?;
    let mut widening = 0;
    for (method, target, operation) in operations(&document) {
        if operation["x-bailee-widens"] != true || !target.ends_with("/callback") {
            continue;
        }
        widening += 1;
        for name in ["agent_of_ada", "service_of_ada"] {
            let begun = host.begin(&ada, "mail").await?;
            let code = host.mail.consent("account-1");
            let (target, body) = if method == Method::GET {
                (returning("mail", &begun.state, &code), None)
            } else {
                let arrived = host.browser("").visit(&returning("mail", &begun.state, &code)).await?;
                (target.clone(), Some(handed_over(&arrived)?))
            };
            ada.sign_in(name);
            let answer = match &body {
                None => ada.visit(&target).await?,
                Some(body) => ada.fetch("POST", &target, Some(body.clone())).await?,
            };
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {target}");
            assert!(answer.text().contains("Only a signed-in person may do this"), "{}", answer.text());
            assert_eq!(host.mail.exchanges(), 0);
            ada.sign_in("ada");
        }
    }
    assert_eq!(widening, 3);
    let before = host.refusals().await?;
    let mut refused = 0;
    for (method, target, _) in
        operations(&document).into_iter().filter(|(_, _, it)| it["x-bailee-widens"] == true)
    {
        let answer = host.bearer("agent_of_ada", method.as_str(), &target, None).await?;
        // Where providers return to is open, and this client brings nothing that it could finish.
        if method != Method::GET {
            assert_eq!(
                answer.status,
                StatusCode::FORBIDDEN,
                "{method} {target}: before anything else is read"
            );
            refused += 1;
        }
    }
    assert_eq!(refused, 7);
    assert_eq!(host.refusals().await?, before + refused, "each refusal is in the ledger");
    Ok(())
}

/// What widens where a body can do both, and what narrows.
fn widening_and_narrowing(operation: &Value) -> anyhow::Result<(Value, Value)> {
    let flags = |on| {
        json!({
            "can_post_on_my_behalf": on, "can_query_availability": false,
            "can_request_meetings": false, "can_view_full_profile": false,
        })
    };
    Ok(match operation["operationId"].as_str() {
        Some("update") => (json!({ "enabled": true }), json!({ "enabled": false })),
        Some("update_secret") => (json!({ "value": "new" }), json!({ "scope": "agents", "profile_ids": [] })),
        Some("set_thread_permissions") => (flags(true), flags(false)),
        other => anyhow::bail!("say what widens on {other:?}"),
    })
}

#[tokio::test]
async fn an_agent_narrows_and_does_not_widen_on_the_routes_that_do_both() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ids = host.things_of_ada().await?;
    let document = host.browser("").visit("/openapi.json").await?.json()?;
    let mut both = 0;
    for (method, target, operation) in operations(&document) {
        if operation["x-bailee-widens"] != "sometimes" {
            continue;
        }
        both += 1;
        let target = ids.in_place_of(&target, UNKNOWN);
        let (widening, narrowing) = widening_and_narrowing(operation)?;
        let ask = |name, body: &Value| {
            let (body, target, method) = (body.clone(), target.clone(), method.clone());
            let host = &host;
            async move { host.bearer(name, method.as_str(), &target, Some(body)).await }
        };
        assert_eq!(ask("agent_of_ada", &narrowing).await?.status, StatusCode::OK, "{method} {target}");
        let before = host.refusals().await?;
        assert_eq!(
            ask("agent_of_ada", &widening).await?.problem()?,
            (403, "human_needed".to_owned()),
            "{target}"
        );
        assert_eq!(host.refusals().await?, before + 1);
        assert_eq!(ask("ada", &widening).await?.status, StatusCode::OK, "{method} {target}");
    }
    assert_eq!(both, 3);
    Ok(())
}

#[tokio::test]
async fn on_every_route_with_an_id_another_users_is_answered_like_an_unknown_one() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ids = host.things_of_ada().await?;
    let document = host.browser("").visit("/openapi.json").await?.json()?;
    let mut swept = 0;
    for (method, target, operation) in operations(&document) {
        if !target.starts_with("/v1") || !(target.contains(UNKNOWN) || target.contains("ada_t")) {
            continue;
        }
        swept += 1;
        let body = (method != Method::GET && method != Method::DELETE)
            .then(|| widening_and_narrowing(operation).map_or(json!({}), |(_, narrowing)| narrowing));
        let theirs = ids.in_place_of(&target, UNKNOWN);
        let nothing = target.replace("ada_t", "nobody_t");
        let foreign = host.bearer("bob", method.as_str(), &theirs, body.clone()).await?;
        let unknown = host.bearer("bob", method.as_str(), &nothing, body).await?;
        assert_eq!(foreign.problem()?, (404, "not_found".to_owned()), "{method} {target}");
        assert_eq!((foreign.status, foreign.body), (unknown.status, unknown.body), "{method} {target}");
    }
    assert_eq!(swept, 12);
    Ok(())
}

#[tokio::test]
async fn an_agent_may_narrow() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    host.connect(&ada, "account-1").await?;
    let service = format!("{}/mail", organization("acme"));
    let verdict = host.bearer("agent_of_ada", "POST", &service, None).await?;
    assert_eq!(verdict.json()?["is_valid"], true);
    let gone = host.bearer("agent_of_ada", "DELETE", &service, None).await?;
    assert_eq!(gone.json()?, json!({ "revocation": "revoked" }));
    Ok(())
}
