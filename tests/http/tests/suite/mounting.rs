//! Inside the router of a host.

use axum::{Router, body::Body, routing};
use bailee_core::{Actor, OrganizationId, Owner, Session, Transport};
use bailee_http::{AuthenticateError, FromExtension, SignedIn};
use http::{Request, StatusCode};
use http_tests::{Host, begun, organization, returning, send};

#[derive(Clone)]
struct CurrentUser(Owner);

#[async_trait::async_trait]
impl SignedIn for CurrentUser {
    fn session(&self) -> Session {
        Session { owner: self.0.clone(), actor: Actor::Human, transport: Transport::Cookie }
    }

    async fn may_act_in(&self, organization: &OrganizationId) -> Result<bool, AuthenticateError> {
        Ok(organization.as_str() == "acme")
    }
}

#[derive(Clone)]
struct Nowhere(Owner);

impl SignedIn for Nowhere {
    fn session(&self) -> Session {
        Session { owner: self.0.clone(), actor: Actor::Human, transport: Transport::Bearer }
    }
}

#[tokio::test]
async fn the_routes_and_the_fallback_of_the_host_are_left_alone() -> anyhow::Result<()> {
    let host = Host::new()?;
    let own = Router::new()
        .route("/hello", routing::get(|| async { "hello" }))
        .fallback(|| async { (StatusCode::IM_A_TEAPOT, "the host's") });
    for app in [own.clone().merge(host.app.clone()), host.app.clone().merge(own)] {
        for (target, status) in [("/hello", 200), ("/nowhere", 418), ("/v1/nowhere", 418)] {
            let answer = send(&app, Request::get(target).body(Body::empty())?).await?;
            assert_eq!(answer.status.as_u16(), status, "{target}");
            for name in ["content-security-policy", "x-request-id", "cache-control", "referrer-policy"] {
                assert_eq!(answer.header(name), "", "{target} {name}");
            }
        }
        let ours = send(&app, Request::get("/v1/integrations").body(Body::empty())?).await?;
        assert_eq!(ours.problem()?, (401, "unauthenticated".to_owned()));
    }
    Ok(())
}

#[tokio::test]
async fn a_large_upload_to_the_host_is_the_hosts_matter() -> anyhow::Result<()> {
    let host = Host::new()?;
    let own = Router::new()
        .route("/upload", routing::post(|body: bytes::Bytes| async move { body.len().to_string() }));
    let app = own.merge(host.app.clone());
    let answer = send(&app, Request::post("/upload").body(Body::from(vec![0; 100_000]))?).await?;
    assert_eq!((answer.status, answer.text()), (StatusCode::OK, "100000".to_owned()));
    Ok(())
}

#[tokio::test]
async fn everything_works_under_a_prefix() -> anyhow::Result<()> {
    let host = Host::at("https://backend.example.com/connect")?;
    let app = Router::new().nest("/connect", host.app.clone());
    let ada = http_tests::Browser::new(&app, http_tests::BASE, "ada");
    let target = format!("/connect{}/mail/auth_link", organization("acme"));
    let begun = begun(&ada.fetch("GET", &target, None).await?)?;
    let redirect = http_tests::parameter(&begun.url, "redirect_uri").unwrap_or_default();
    assert_eq!(redirect, "https://backend.example.com/connect/api/oauth/mail/callback");
    let returning = format!("/connect{}", returning("mail", &begun.state, &host.mail.consent("account-1")));
    let finished = ada.visit(&returning).await?;
    assert_eq!(finished.location()?.as_str(), "https://backend.example.com/connect/integrations");
    Ok(())
}

#[tokio::test]
async fn a_prefix_may_have_parameters_of_its_own() -> anyhow::Result<()> {
    let host = Host::new()?;
    let app = Router::new().nest("/{tenant}/{id}", host.app.clone());
    let ada = http_tests::Browser::new(&app, http_tests::BASE, "ada");
    let answer = ada.fetch("GET", &format!("/t1/7{}", organization("acme")), None).await?;
    assert_eq!(answer.status, StatusCode::OK);
    let answer =
        ada.fetch("DELETE", "/t1/7/v1/integrations/0199aaaa-0000-7000-8000-000000000000", None).await?;
    assert_eq!(answer.problem()?, (404, "not_found".to_owned()));
    Ok(())
}

#[tokio::test]
async fn the_parts_mount_apart() -> anyhow::Result<()> {
    let host = Host::new()?;
    let sign_in = || host.sign_in.clone();
    let parts = [
        (bailee_http::organizations(&host.bailee, sign_in()), organization("acme")),
        (bailee_http::v1(&host.bailee, sign_in()), "/v1/integrations".to_owned()),
        (bailee_http::oauth_callback(&host.bailee, sign_in()), "/api/oauth/mail/callback".to_owned()),
        (bailee_http::connect_page(&host.bailee, sign_in()), "/integrations/connected".to_owned()),
        (bailee_http::openapi(&host.bailee), "/openapi.json".to_owned()),
    ];
    for (index, (app, _)) in parts.iter().enumerate() {
        for (other, (_, target)) in parts.iter().enumerate() {
            let answer = send(app, Request::get(target).body(Body::empty())?).await?;
            assert_eq!(answer.status != StatusCode::NOT_FOUND, index == other, "{target}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_user_in_the_extensions_of_a_request_is_signed_in() -> anyhow::Result<()> {
    let host = Host::new()?;
    let user = axum::Extension(CurrentUser(Owner::user("ada")?));
    let routes = bailee_http::router(&host.bailee, FromExtension::<CurrentUser>::new());
    let signed = routes.clone().layer(user);
    for (target, status) in
        [(organization("acme"), 200), (organization("evil"), 404), ("/v1/integrations".to_owned(), 200)]
    {
        let answer = send(&signed, Request::get(&target).body(Body::empty())?).await?;
        assert_eq!(answer.status.as_u16(), status, "{target}");
        let answer = send(&routes, Request::get(&target).body(Body::empty())?).await?;
        assert_eq!(answer.problem()?, (401, "unauthenticated".to_owned()), "{target}");
    }
    Ok(())
}

#[tokio::test]
async fn without_a_word_of_the_host_a_user_is_in_no_organization() -> anyhow::Result<()> {
    let host = Host::new()?;
    let routes = bailee_http::router(&host.bailee, FromExtension::<Nowhere>::new());
    let signed = routes.layer(axum::Extension(Nowhere(Owner::user("ada")?)));
    let answer = send(&signed, Request::get(organization("acme")).body(Body::empty())?).await?;
    assert_eq!(answer.problem()?, (404, "no_such_organization".to_owned()));
    let answer = send(&signed, Request::get("/v1/integrations").body(Body::empty())?).await?;
    assert_eq!(answer.status, StatusCode::OK);
    Ok(())
}
