//! What the integrations page asks for besides the integrations themselves.

use http::StatusCode;
use http_tests::Host;
use serde_json::{Value, json};

async fn read(host: &Host, user: &str, target: &str) -> anyhow::Result<Value> {
    host.bearer(user, "GET", target, None).await?.json()
}

fn tool(name: &str) -> Value {
    json!({ "name": name, "title": "A tool", "effect": "read" })
}

#[tokio::test]
async fn the_providers_are_the_same_wherever_they_are_listed() -> anyhow::Result<()> {
    let host = Host::new()?;
    let alone = read(&host, "ada", "/v1/providers").await?;
    let connections = host.browser("ada").fetch("GET", "/api/organizations/acme/integrations", None).await?;
    assert_eq!(alone["providers"], connections.json()?["providers"]);
    assert_eq!(alone["providers"].as_array().map(Vec::len), Some(4));
    Ok(())
}

#[tokio::test]
async fn profiles_have_a_name_also_where_the_host_gives_none() -> anyhow::Result<()> {
    let host = Host::new()?;
    let expected = json!([
        { "id": "ada_1", "name": "ada_1", "avatar_url": null },
        { "id": "ada_2", "name": "ada_2", "avatar_url": null },
    ]);
    assert_eq!(read(&host, "ada", "/v1/profiles").await?["profiles"], expected);
    Ok(())
}

#[tokio::test]
async fn the_page_learns_what_each_profile_and_thread_has_of_an_integration() -> anyhow::Result<()> {
    let host = Host::new()?;
    host.things_of_ada().await?;
    let row = read(&host, "ada", "/v1/integrations").await?["integrations"][0].take();
    let target = format!("/v1/integrations/{}", row["id"].as_str().unwrap_or_default());
    let narrow = json!({ "scope": "agents", "profile_ids": ["ada_1"] });
    let changed = host.bearer("ada", "PATCH", &target, Some(narrow)).await?;
    assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
    let expected = json!({ "integrations": [{
        "id": row["id"],
        "access": "read",
        "tools": [tool("list_mail")],
        "lacking": [{ "name": "send_mail", "title": "A tool" }],
        "profiles": [
            { "id": "ada_1", "granted": true, "tools": ["list_mail"] },
            { "id": "ada_2", "granted": false, "tools": ["list_mail"] },
        ],
        "threads": [],
    }] });
    assert_eq!(read(&host, "ada", "/v1/access").await?, expected);
    assert_eq!(read(&host, "bob", "/v1/access").await?, json!({ "integrations": [] }));
    Ok(())
}

#[tokio::test]
async fn the_page_learns_what_a_thread_allows_and_could_allow() -> anyhow::Result<()> {
    let host = Host::new()?;
    let shown = read(&host, "ada", "/v1/threads/ada_t?profile_id=ada_1").await?;
    assert_eq!(shown["thread_id"], "ada_t");
    assert_eq!(shown["counterpart"], json!({ "name": "Bob's agent", "verified": true }));
    assert_eq!(shown["permissions"], read(&host, "ada", "/v1/threads/ada_t/permissions").await?);
    let meetings = json!({
        "tools": [{ "name": "propose_meeting", "title": "Propose a meeting", "provider": null }], "missing": [],
    });
    assert_eq!(shown["flags"]["can_request_meetings"], meetings);
    for flag in ["can_post_on_my_behalf", "can_query_availability", "can_view_full_profile"] {
        assert_eq!(shown["flags"][flag], json!({ "tools": [], "missing": [] }), "{flag}");
    }
    assert_eq!(shown["flags"].as_object().map(serde_json::Map::len), Some(4));
    Ok(())
}

#[tokio::test]
async fn a_thread_of_somebody_else_is_answered_like_one_that_is_not_there() -> anyhow::Result<()> {
    let host = Host::new()?;
    let foreign = host.bearer("bob", "GET", "/v1/threads/ada_t", None).await?;
    let unknown = host.bearer("bob", "GET", "/v1/threads/nothing", None).await?;
    assert_eq!(foreign.problem()?, (404, "not_found".to_owned()));
    assert_eq!((foreign.status, foreign.body), (unknown.status, unknown.body));
    for profile in ["bob_1", "nothing"] {
        let answer =
            host.bearer("ada", "GET", &format!("/v1/threads/ada_t?profile_id={profile}"), None).await?;
        assert_eq!(answer.problem()?, (400, "invalid".to_owned()), "{profile}");
        assert_eq!(answer.json()?["field"], "profile_id");
    }
    Ok(())
}

#[tokio::test]
async fn every_page_leads_to_the_stylesheet_below_the_path_of_the_base_url() -> anyhow::Result<()> {
    for (base, path) in
        [("https://backend.example.com", ""), ("https://backend.example.com/tea/api", "/tea/api")]
    {
        let host = Host::at(base)?;
        let style = format!("<link rel=\"stylesheet\" href=\"{path}/integrations/assets/page.css\">");
        for target in ["/integrations/connected", "/integrations/connect/nothing", "/api/oauth/mail/callback"]
        {
            let page = host.browser("ada").visit(target).await?;
            assert!(page.text().contains(&style), "{target}: {}", page.text());
            assert!(page.header("content-security-policy").contains("style-src 'self'"), "{target}");
        }
    }
    Ok(())
}
