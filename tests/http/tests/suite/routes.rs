//! What every route does when all is well, and its plain refusals.

use http::StatusCode;
use http_tests::{BASE, Fault, Host, handed_over, organization, returning};
use serde_json::json;

#[tokio::test]
async fn an_account_is_connected_listed_validated_reconnected_and_disconnected() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let row = host.connect(&ada, "account-1").await?;
    assert_eq!(row["provider"], "mail");
    assert_eq!(row["status"], "Valid");
    assert_eq!(row["lifecycle"], "connected");
    assert_eq!(row["scope"], "all");
    assert_eq!(row["granted_scopes"], json!(["calendar", "mail"]));

    let service = format!("{}/mail", organization("acme"));
    let valid = ada.fetch("POST", &service, None).await?.json()?;
    assert_eq!(valid["is_valid"], true);
    assert_eq!(valid["integration"]["id"], row["id"]);
    assert!(valid["integration"]["validated_at"].is_string());

    let again = host.connect(&ada, "account-1").await?;
    assert_eq!(again["id"], row["id"], "the same record");
    assert_eq!(
        again["version"].as_i64(),
        row["version"].as_i64().map(|version| version + 1),
        "a verdict that says nothing new counts for nothing"
    );

    let gone = ada.fetch("DELETE", &service, None).await?;
    assert_eq!((gone.status, gone.json()?), (StatusCode::OK, json!({ "revocation": "revoked" })));
    assert_eq!(host.mail.revocations(), 1);
    let repeated = ada.fetch("DELETE", &service, None).await?;
    assert_eq!((repeated.status, repeated.json()?), (StatusCode::OK, json!({ "revocation": "none" })));
    let list = ada.fetch("GET", &organization("acme"), None).await?.json()?;
    assert_eq!(list["integrations"], json!([]));
    Ok(())
}

#[tokio::test]
async fn the_list_of_an_organization_names_the_providers_that_can_be_connected() -> anyhow::Result<()> {
    let host = Host::new()?;
    let list = host.browser("ada").fetch("GET", &organization("acme"), None).await?.json()?;
    assert_eq!(list["integrations"], json!([]));
    assert_eq!(list["next_cursor"], json!(null));
    let provider = |key: &str, name: &str, connect: &str, several: bool| {
        let aliases = [format!("{key}_mail")];
        json!({
            "provider": key, "name": name, "description": "Connect messages", "access": "read",
            "account_url": format!("https://{key}.example/apps"), "aliases": aliases, "connect": connect,
            "notifies": false, "several": several, "form": null, "settings": null,
        })
    };
    let mut mail = provider("mail", "Mail", "oauth", false);
    mail["settings"] = json!({
        "type": "object",
        "properties": {
            "address": { "type": "string", "maxLength": 200, "writeOnly": true },
            "channel": { "type": "string", "maxLength": 40 },
        },
        "additionalProperties": false,
    });
    let expected = [
        mail,
        provider("other", "<i>Other</i>", "oauth", false),
        provider("bank", "Bank", "oauth", true),
        provider("form", "Form", "form", false),
    ];
    assert_eq!(list["providers"], json!(expected));
    Ok(())
}

#[tokio::test]
async fn validation_tells_that_the_provider_took_the_access_away() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    host.connect(&ada, "account-1").await?;
    host.mail.forget();
    let verdict = ada.fetch("POST", &format!("{}/mail", organization("acme")), None).await?;
    assert_eq!(verdict.status, StatusCode::OK);
    let verdict = verdict.json()?;
    assert_eq!(verdict["is_valid"], false);
    assert_eq!(verdict["integration"]["status"], "Invalid");
    Ok(())
}

#[tokio::test]
async fn several_accounts_of_a_service_are_told_apart_by_their_id() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let first = host.connect_to(&ada, &host.bank, "bank", "checking").await?;
    let second = host.connect_to(&ada, &host.bank, "bank", "savings").await?;
    let service = format!("{}/bank", organization("acme"));
    for method in ["POST", "DELETE"] {
        let answer = ada.fetch(method, &service, None).await?;
        assert_eq!(answer.problem()?, (409, "ambiguous".to_owned()));
        assert_eq!(answer.json()?["field"], "integration_id");
        assert_eq!(answer.json()?["choices"], json!([first["id"], second["id"]]), "{method}");
    }
    let picked = format!("{service}?integration_id={}", second["id"].as_str().unwrap_or_default());
    let valid = ada.fetch("POST", &picked, None).await?.json()?;
    assert_eq!(valid["integration"]["id"], second["id"]);
    let gone = ada.fetch("DELETE", &picked, None).await?.json()?;
    assert_eq!(gone["revocation"], "revoked");
    let left = ada.fetch("POST", &service, None).await?.json()?;
    assert_eq!(left["integration"]["id"], first["id"]);
    Ok(())
}

#[tokio::test]
async fn an_integration_of_another_service_is_not_there() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let row = host.connect(&ada, "account-1").await?;
    let id = row["id"].as_str().unwrap_or_default();
    for (method, path) in [("POST", "other"), ("DELETE", "other"), ("GET", "other/auth_link")] {
        let target = format!("{}/{path}?integration_id={id}", organization("acme"));
        let answer = ada.fetch(method, &target, None).await?;
        assert_eq!(answer.problem()?, (404, "not_found".to_owned()), "{method} {path}");
    }
    let alias = format!("{}/mail_mail?integration_id={id}", organization("acme"));
    assert_eq!(
        ada.fetch("POST", &alias, None).await?.status,
        StatusCode::OK,
        "an alias names the provider too"
    );
    Ok(())
}

#[tokio::test]
async fn a_provider_that_is_not_offered_is_told_so() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    for (method, path) in [("POST", ""), ("DELETE", ""), ("GET", "/auth_link")] {
        for service in ["nothing", "No-Such", "%00"] {
            let target = format!("{}/{service}{path}", organization("acme"));
            let answer = ada.fetch(method, &target, None).await?;
            assert_eq!(answer.problem()?, (404, "unknown_provider".to_owned()), "{method} {service}");
        }
        let no_text = format!("{}/%FF{path}", organization("acme"));
        let answer = ada.fetch(method, &no_text, None).await?;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method}");
    }
    Ok(())
}

#[tokio::test]
async fn an_alias_asks_for_its_own_access_and_for_what_is_granted() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let begun = host.begin(&ada, "mail_mail").await?;
    assert_eq!(http_tests::parameter(&begun.url, "scope").as_deref(), Some("mail"));
    host.connect(&ada, "account-1").await?;
    let begun = host.begin(&ada, "mail_mail").await?;
    assert_eq!(http_tests::parameter(&begun.url, "scope").as_deref(), Some("calendar mail"));
    let answer = ada.visit(&returning("mail_mail", &begun.state, &host.mail.consent("account-1"))).await?;
    assert_eq!(answer.location()?.path(), "/integrations", "the alias answers at the callback too");
    Ok(())
}

#[tokio::test]
async fn the_owner_of_a_session_has_own_integrations_under_v1() -> anyhow::Result<()> {
    let host = Host::new()?;
    host.sign_in.admit("ada_at_acme", bailee_core::Owner::member("acme", "ada")?, bailee_core::Actor::Human);
    let browser = host.browser("ada");
    let row = host.connect(&browser, "account-1").await?;
    let id = row["id"].as_str().unwrap_or_default();

    let alone = host.bearer("ada", "GET", "/v1/integrations", None).await?.json()?;
    assert_eq!(alone, json!({ "integrations": [], "next_cursor": null }), "never across organizations");
    let member = host.bearer("ada_at_acme", "GET", "/v1/integrations", None).await?.json()?;
    assert_eq!(member["integrations"], json!([row]));

    let target = format!("/v1/integrations/{id}/validate");
    assert_eq!(host.bearer("ada_at_acme", "POST", &target, None).await?.json()?["is_valid"], true);
    let target = format!("/v1/integrations/{id}");
    let gone = host.bearer("ada_at_acme", "DELETE", &target, None).await?;
    assert_eq!(gone.json()?, json!({ "revocation": "revoked" }));
    let repeated = host.bearer("ada_at_acme", "DELETE", &target, None).await?;
    assert_eq!(repeated.problem()?, (404, "not_found".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_list_comes_in_parts() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    for account in ["a", "b", "c"] {
        host.connect_to(&ada, &host.bank, "bank", account).await?;
    }
    let mut seen = Vec::new();
    let mut target = format!("{}?limit=2", organization("acme"));
    loop {
        let page = ada.fetch("GET", &target, None).await?.json()?;
        seen.extend(
            page["integrations"].as_array().into_iter().flatten().map(|row| row["oauth_user_id"].clone()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        target = format!("{}?limit=2&cursor={cursor}", organization("acme"));
    }
    assert_eq!(json!(seen), json!(["a", "b", "c"]));
    for wrong in ["limit=0", "limit=101", "limit=x", "limit=1&limit=2", "cursor=x"] {
        let answer = ada.fetch("GET", &format!("{}?{wrong}", organization("acme")), None).await?;
        assert_eq!(answer.problem()?, (400, "invalid".to_owned()), "{wrong}");
        assert_eq!(answer.json()?["field"], wrong.split('=').next().unwrap_or_default());
    }
    Ok(())
}

#[tokio::test]
async fn the_page_finishes_a_connect_at_either_route() -> anyhow::Result<()> {
    let organization_route = format!("{}/mail/callback", organization("acme"));
    for route in ["/v1/integrations/mail/callback", organization_route.as_str()] {
        let host = Host::new()?;
        let ada = host.browser("ada");
        let begun = host.begin(&ada, "mail").await?;
        // Signed out while away: the answer is handed over to the page.
        ada.sign_in("");
        let answer = ada.visit(&returning("mail", &begun.state, &host.mail.consent("account-1"))).await?;
        assert_eq!(answer.location()?.path(), "/integrations/mail/callback");
        ada.sign_in("ada");
        let finished = ada.fetch("POST", route, Some(handed_over(&answer)?)).await?;
        assert_eq!(finished.status, StatusCode::OK, "{route} {finished:?}");
        assert_eq!(finished.json()?["integration"]["oauth_user_id"], "account-1");
        assert_eq!(finished.json()?["reconnected"], false);
    }
    Ok(())
}

#[tokio::test]
async fn a_connect_returns_to_the_registered_page_that_was_asked_for() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let target = format!("{}/mail/auth_link?return_to=settings", organization("acme"));
    let begun = http_tests::begun(&ada.fetch("GET", &target, None).await?)?;
    let answer = ada.visit(&returning("mail", &begun.state, &host.mail.consent("account-1"))).await?;
    assert_eq!(answer.location()?.as_str(), "https://backend.example.com/settings/accounts");
    Ok(())
}

#[tokio::test]
async fn a_return_target_that_is_no_registered_name_is_refused() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    for target in [
        "//evil.example",
        "/%5Cevil.example",
        "%5C%5Cevil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/integrations",
        "",
    ] {
        let target = format!("{}/mail/auth_link?return_to={target}", organization("acme"));
        let answer = ada.fetch("GET", &target, None).await?;
        assert_eq!(answer.problem()?, (400, "invalid".to_owned()), "{target}");
        assert_eq!(answer.json()?["field"], "return_to");
        assert!(!answer.text().contains("evil"), "{}", answer.text());
    }
    assert_eq!(host.store.flows(), 0);
    Ok(())
}

#[tokio::test]
async fn forged_host_headers_leave_the_redirect_uri_alone() -> anyhow::Result<()> {
    let host = Host::new()?;
    let request = http::Request::get(format!("{}/mail/auth_link", organization("acme")))
        .header("x-bailee-request", "1")
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "http")
        .header("forwarded", "host=evil.example");
    let answer = host.browser("ada").request(request, axum::body::Body::empty()).await?;
    let redirect = http_tests::parameter(&http_tests::begun(&answer)?.url, "redirect_uri");
    assert_eq!(redirect.as_deref(), Some("https://backend.example.com/api/oauth/mail/callback"));
    Ok(())
}

#[tokio::test]
async fn a_reconnect_with_another_account_is_refused_and_the_old_one_works_on() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let row = host.connect(&ada, "account-1").await?;
    let begun = host.begin(&ada, "mail").await?;
    let answer = ada.visit(&returning("mail", &begun.state, &host.mail.consent("account-2"))).await?;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.text().contains("another account"), "{}", answer.text());
    assert_eq!(host.mail.revocations(), 1, "the new grant is given back");
    let verdict = ada.fetch("POST", &format!("{}/mail", organization("acme")), None).await?.json()?;
    assert_eq!(verdict["is_valid"], true);
    assert_eq!(verdict["integration"]["id"], row["id"]);
    assert_eq!(verdict["integration"]["oauth_user_id"], "account-1");
    Ok(())
}

#[tokio::test]
async fn a_provider_that_is_down_is_a_bad_gateway_that_says_when_to_come_back() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let begun = host.begin(&ada, "mail").await?;
    host.mail.fail(Fault::Down);
    let answer = ada.visit(&returning("mail", &begun.state, &host.mail.consent("account-1"))).await?;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    assert_eq!(answer.header("retry-after"), "7");
    assert_eq!(host.mail.exchanges(), 1, "an exchange is not repeated");
    Ok(())
}

#[tokio::test]
async fn a_user_has_at_most_five_pending_connects_of_a_provider() -> anyhow::Result<()> {
    let host = Host::without_limits_at(BASE)?;
    let ada = host.browser("ada");
    for _ in 0..1_000 {
        host.begin(&ada, "mail").await?;
    }
    assert_eq!(host.store.flows(), 5);
    host.connect(&ada, "account-1").await?;
    Ok(())
}
