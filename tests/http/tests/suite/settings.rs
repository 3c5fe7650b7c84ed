//! What an owner sets: scopes, switches, secrets, flags, decisions.
#![expect(clippy::indexing_slicing, reason = "a JSON value answers null where it has no such member")]

use axum::body::Body;
use bailee_core::{Actor, Caller, Clock, IntegrationStore as _, Owner};
use http::{Request, StatusCode, header};
use http_tests::{Answer, Host, send};
use serde_json::{Value, json};

/// A request of ada's client that names the version that it saw.
async fn seen(
    host: &Host,
    method: &str,
    target: &str,
    version: &Value,
    body: &Value,
) -> anyhow::Result<Answer> {
    let request = Request::builder()
        .method(method)
        .uri(target)
        .header(header::AUTHORIZATION, "Bearer ada")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::IF_MATCH, format!("\"{version}\""));
    send(&host.app, request.body(Body::from(body.to_string()))?).await
}

/// Ada's integration, as it is.
async fn integration(host: &Host) -> anyhow::Result<Value> {
    let list = host.bearer("ada", "GET", "/v1/integrations", None).await?.member("integrations")?;
    Ok(list[0].clone())
}

async fn patch(host: &Host, body: Value) -> anyhow::Result<Answer> {
    let id = integration(host).await?["id"].as_str().unwrap_or_default().to_owned();
    host.bearer("ada", "PATCH", &format!("/v1/integrations/{id}"), Some(body)).await
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_nothing_else() -> anyhow::Result<()> {
    let host = Host::new()?;
    host.things_of_ada().await?;
    let before = integration(&host).await?;
    let changes = [
        (json!({ "enabled": false }), "enabled", json!(false)),
        (json!({ "scope": "agents", "profile_ids": ["ada_2", "ada_2"] }), "profile_ids", json!(["ada_2"])),
        (json!({ "scope": "agents", "profile_ids": [] }), "profile_ids", json!([])),
        (json!({ "bound_profile_id": "ada_1" }), "bound_profile_id", json!("ada_1")),
        (json!({ "bound_profile_id": null }), "bound_profile_id", json!(null)),
        (json!({ "is_default": true }), "is_default", json!(true)),
        (json!({ "scope": "all" }), "scope", json!("all")),
        (json!({ "enabled": true }), "enabled", json!(true)),
    ];
    for (change, member, expected) in changes {
        let answer = patch(&host, change.clone()).await?;
        assert_eq!(answer.status, StatusCode::OK, "{change}: {answer:?}");
        assert_eq!(answer.json()?[member], expected, "{change}");
        assert_eq!(integration(&host).await?, answer.json()?, "{change}");
    }
    let after = integration(&host).await?;
    for member in ["id", "provider", "oauth_user_id", "status", "granted_scopes", "created_at"] {
        assert_eq!(after[member], before[member], "{member}");
    }
    Ok(())
}

#[tokio::test]
async fn a_field_that_is_not_the_owners_to_set_is_refused_and_nothing_changes() -> anyhow::Result<()> {
    let host = Host::new()?;
    host.things_of_ada().await?;
    let before = integration(&host).await?;
    for (name, value) in [
        ("user_id", json!("bob")),
        ("owner", json!("u/bob")),
        ("organization_id", json!("acme")),
        ("status", json!("Valid")),
        ("lifecycle", json!("connected")),
        ("secret", json!("s")),
        ("access_token", json!("t")),
        ("provider", json!("bank")),
        ("oauth_user_id", json!("other")),
        ("granted_scopes", json!(["everything"])),
        ("version", json!(99)),
        ("base_url", json!("https://evil.example")),
        ("token_hosts", json!(["evil.example"])),
    ] {
        let mut body = json!({ "enabled": false });
        if let Some(members) = body.as_object_mut() {
            members.insert(name.to_owned(), value);
        }
        let refused = patch(&host, body).await?;
        // Its name is the client's own, and is not repeated.
        assert_eq!(refused.problem()?, (400, "invalid".to_owned()), "{name}");
    }
    assert_eq!(integration(&host).await?, before);
    Ok(())
}

#[tokio::test]
async fn a_profile_of_somebody_else_is_refused_and_nothing_changes() -> anyhow::Result<()> {
    let host = Host::new()?;
    host.things_of_ada().await?;
    let before = integration(&host).await?;
    let many: Vec<String> = (0..201).map(|number| format!("profile_{number}")).collect();
    for (body, field) in [
        (json!({ "scope": "agents", "profile_ids": ["bob_1"] }), "profile_ids"),
        (json!({ "scope": "agents", "profile_ids": ["ada_1", "bob_1"] }), "profile_ids"),
        (json!({ "scope": "agents", "profile_ids": ["ada_1", "nobody"] }), "profile_ids"),
        (json!({ "scope": "agents", "profile_ids": many }), "profile_ids"),
        (json!({ "scope": "agents", "profile_ids": [""] }), "profile_ids"),
        (json!({ "scope": "agents" }), "profile_ids"),
        (json!({ "profile_ids": ["ada_1"] }), "scope"),
        (json!({ "scope": "everybody" }), "scope"),
        (json!({ "bound_profile_id": "bob_1" }), "bound_profile_id"),
        (json!({ "enabled": "yes" }), "enabled"),
    ] {
        let refused = patch(&host, body.clone()).await?;
        assert_eq!(refused.problem()?, (400, "invalid".to_owned()), "{body}: {refused:?}");
        assert_eq!(refused.json()?["field"], field, "{body}");
        let secret = json!({ "name": "other", "value": "v" });
        let mut secret = secret.as_object().cloned().unwrap_or_default();
        let scopes = body.as_object().cloned().unwrap_or_default();
        if !scopes.contains_key("bound_profile_id") && !scopes.contains_key("enabled") {
            secret.extend(scopes);
            let refused = host.bearer("ada", "POST", "/v1/secrets", Some(Value::Object(secret))).await?;
            assert_eq!(refused.problem()?, (400, "invalid".to_owned()), "{body}: {refused:?}");
            assert_eq!(refused.json()?["field"], field, "{body}");
        }
    }
    assert_eq!(integration(&host).await?, before);
    let secrets = host.bearer("ada", "GET", "/v1/secrets", None).await?.member("secrets")?;
    assert_eq!(secrets.as_array().map(Vec::len), Some(1), "the one that was there");
    Ok(())
}

#[tokio::test]
async fn a_change_of_an_older_version_is_refused() -> anyhow::Result<()> {
    let host = Host::new()?;
    host.things_of_ada().await?;
    let row = integration(&host).await?;
    let target = format!("/v1/integrations/{}", row["id"].as_str().unwrap_or_default());
    let off = json!({ "enabled": false });
    let changed = seen(&host, "PATCH", &target, &row["version"], &off).await?;
    assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
    let stale = seen(&host, "PATCH", &target, &row["version"], &json!({ "enabled": true })).await?;
    assert_eq!(stale.problem()?, (412, "stale".to_owned()));
    assert_eq!(integration(&host).await?["enabled"], false);

    let flags = "/v1/threads/ada_t/permissions";
    let none = json!({
        "can_post_on_my_behalf": false, "can_query_availability": false, "can_request_meetings": false,
        "can_view_full_profile": false,
    });
    let first = host.bearer("ada", "GET", flags, None).await?;
    let version = first.member("version")?;
    let set = seen(&host, "PUT", flags, &version, &none).await?;
    assert_eq!(set.status, StatusCode::OK, "{set:?}");
    let stale = seen(&host, "PUT", flags, &version, &none).await?;
    assert_eq!(stale.problem()?, (412, "stale".to_owned()));
    Ok(())
}

#[tokio::test]
async fn the_flags_of_a_thread_are_set_all_at_once() -> anyhow::Result<()> {
    let host = Host::new()?;
    let flags = "/v1/threads/ada_t/permissions";
    let names =
        ["can_post_on_my_behalf", "can_query_availability", "can_request_meetings", "can_view_full_profile"];
    let shown = host.bearer("ada", "GET", flags, None).await?.json()?;
    assert!(names.iter().all(|name| shown[name] == false), "empty at first: {shown}");
    let meetings: serde_json::Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), json!(*name == "can_request_meetings"))).collect();
    let set = host.bearer("ada", "PUT", flags, Some(Value::Object(meetings.clone()))).await?;
    assert_eq!(set.status, StatusCode::OK, "{set:?}");
    let shown = host.bearer("ada", "GET", flags, None).await?.json()?;
    assert!(names.iter().all(|name| shown[name] == meetings[*name]), "{shown}");
    let mut partial = meetings.clone();
    partial.remove("can_view_full_profile");
    let refused = host.bearer("ada", "PUT", flags, Some(Value::Object(partial))).await?;
    assert_eq!(refused.problem()?, (400, "invalid".to_owned()), "what is left out is not guessed");
    let mut unknown = meetings;
    unknown.insert("can_do_anything".to_owned(), json!(true));
    let refused = host.bearer("ada", "PUT", flags, Some(Value::Object(unknown))).await?;
    assert_eq!(refused.problem()?, (400, "invalid".to_owned()));
    let foreign = host.bearer("bob", "GET", flags, None).await?;
    assert_eq!(foreign.problem()?.0, 404);
    Ok(())
}

#[tokio::test]
async fn the_value_of_a_secret_goes_in_and_never_comes_out() -> anyhow::Result<()> {
    let host = Host::new()?;
    let new =
        json!({ "name": "crm_key", "value": "hunter2hunter2", "scope": "agents", "profile_ids": ["ada_1"] });
    let created = host.bearer("ada", "POST", "/v1/secrets", Some(new.clone())).await?;
    assert_eq!(created.status, StatusCode::OK, "{created:?}");
    let taken = host.bearer("ada", "POST", "/v1/secrets", Some(new)).await?;
    assert_eq!(taken.problem()?.0, 409);
    let target = format!("/v1/secrets/{}", created.member("id")?.as_str().unwrap_or_default());
    let renewed = json!({ "value": "hunter3hunter3" });
    let changed = host.bearer("ada", "PATCH", &target, Some(renewed)).await?;
    assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
    let list = host.bearer("ada", "GET", "/v1/secrets", None).await?;
    for answer in [&created, &taken, &changed, &list] {
        let text = format!("{answer:?}");
        assert!(!text.contains("hunter2") && !text.contains("hunter3"), "{text}");
    }
    assert_eq!(list.member("secrets")?[0]["profile_ids"], json!(["ada_1"]), "the scope stayed");
    let erased = host.bearer("ada", "DELETE", &target, None).await?;
    assert_eq!(erased.status, StatusCode::OK, "{erased:?}");
    assert_eq!(host.bearer("ada", "DELETE", &target, None).await?.problem()?.0, 404);
    Ok(())
}

#[tokio::test]
async fn a_proposal_is_decided_once_by_a_person() -> anyhow::Result<()> {
    let host = Host::new()?;
    host.things_of_ada().await?;
    let tasks = host.bearer("ada", "GET", "/v1/tasks?status=pending", None).await?.member("tasks")?;
    let id = tasks[0]["id"].as_str().unwrap_or_default().to_owned();
    let accept = format!("/v1/tasks/{id}/accept");
    let agent = host.bearer("agent_of_ada", "POST", &accept, Some(json!({}))).await?;
    assert_eq!(agent.problem()?, (403, "human_needed".to_owned()));
    let accepted = host.bearer("ada", "POST", &accept, Some(json!({}))).await?;
    assert_eq!(accepted.status, StatusCode::OK, "{accepted:?}");
    let declined = host.bearer("ada", "POST", &format!("/v1/tasks/{id}/decline"), None).await?;
    assert_eq!(declined.problem()?.0, 409, "it was decided");
    let pending = host.bearer("ada", "GET", "/v1/tasks?status=pending", None).await?.member("tasks")?;
    assert_eq!(pending, json!([]));
    Ok(())
}

#[tokio::test]
async fn a_proposal_through_a_thread_is_listed_with_who_is_at_the_other_end() -> anyhow::Result<()> {
    let host = Host::new()?;
    host.things_of_ada().await?;
    let flags = json!({
        "can_post_on_my_behalf": false, "can_query_availability": false,
        "can_request_meetings": true, "can_view_full_profile": false,
    });
    let allowed = host.bearer("ada", "PUT", "/v1/threads/ada_t/permissions", Some(flags)).await?;
    assert_eq!(allowed.status, StatusCode::OK, "{allowed:?}");
    let bob = Caller::counterpart(Owner::user("ada")?, "ada_1", "ada_t")?;
    let start = Clock::now(&host.clock) + std::time::Duration::from_hours(24);
    let proposal = json!({ "title": "Tea", "slots": [start.to_rfc3339()], "duration_minutes": 30 });
    host.bailee.authorize(&bob, "propose_meeting").await?.call(proposal).await?;
    let tasks = host.bearer("ada", "GET", "/v1/tasks", None).await?.json()?;
    assert_eq!(tasks["tasks"][0]["thread_id"], "ada_t");
    assert_eq!(tasks["counterparts"], json!({ "ada_t": { "name": "Bob's agent", "verified": true } }));
    Ok(())
}

#[tokio::test]
async fn what_was_done_and_refused_is_told_newest_first_and_in_parts() -> anyhow::Result<()> {
    let host = Host::new()?;
    host.things_of_ada().await?;
    for enabled in [false, true] {
        patch(&host, json!({ "enabled": enabled })).await?;
    }
    host.bearer("agent_of_ada", "POST", "/v1/secrets", Some(json!({ "name": "n", "value": "v" }))).await?;
    let whole = host.bearer("ada", "GET", "/v1/ledger", None).await?.member("entries")?;
    let whole = whole.as_array().cloned().unwrap_or_default();
    assert_eq!(whole[0]["outcome"], "denied", "the newest one");
    let mut parts = Vec::new();
    let mut target = "/v1/ledger?limit=2".to_owned();
    loop {
        let part = host.bearer("ada", "GET", &target, None).await?;
        let entries = part.member("entries")?.as_array().cloned().unwrap_or_default();
        assert!(entries.len() <= 2);
        parts.extend(entries);
        match part.member("next_cursor")?.as_str() {
            Some(cursor) => target = format!("/v1/ledger?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(parts, whole);
    let bob = host.bearer("bob", "GET", "/v1/ledger", None).await?.member("entries")?;
    assert_eq!(bob, json!([]));
    Ok(())
}

#[tokio::test]
async fn the_page_learns_who_it_is_for() -> anyhow::Result<()> {
    let host = Host::new()?;
    let session = host.bearer("agent_of_ada", "GET", "/v1/session", None).await?.json()?;
    assert_eq!(session["actor"], "agent");
    assert_eq!(Owner::user(session["user_id"].as_str().unwrap_or_default())?, Owner::user("ada")?);
    let profiles = host.bearer("ada", "GET", "/v1/profiles", None).await?.member("profiles")?;
    assert_eq!(profiles.as_array().map(Vec::len), Some(2), "{profiles}");
    let tools = host.bearer("ada", "GET", "/v1/tools?profile_id=ada_1", None).await?.member("tools")?;
    let names: Vec<&str> =
        tools.as_array().into_iter().flatten().filter_map(|tool| tool["name"].as_str()).collect();
    assert!(names.contains(&"list_integrations"), "{names:?}");
    let thread = host.bearer("ada", "GET", "/v1/tools?profile_id=ada_1&thread_id=ada_t", None).await?;
    assert_eq!(thread.member("tools")?, json!([]), "a counterpart begins with nothing");
    Ok(())
}

#[tokio::test]
async fn a_setting_that_is_kept_to_itself_is_never_shown_whole_and_stays_when_given_back()
-> anyhow::Result<()> {
    let host = Host::new()?;
    host.things_of_ada().await?;
    let address = "https://hooks.example/canary/0042";
    let set = patch(&host, json!({ "config": { "channel": "#tea", "address": address } })).await?;
    assert_eq!(set.status, StatusCode::OK, "{set:?}");
    let shown = json!({ "channel": "#tea", "address": "••••42" });
    assert_eq!(set.json()?["config"], shown);
    assert_eq!(integration(&host).await?["config"], shown);
    let id = set.json()?["id"].as_str().unwrap_or_default().to_owned();
    let validated = host.bearer("ada", "POST", &format!("/v1/integrations/{id}/validate"), None).await?;
    assert_eq!(validated.json()?["integration"]["config"], shown);

    let moved = patch(&host, json!({ "config": { "channel": "#milk", "address": "••••42" } })).await?;
    assert_eq!(moved.json()?["config"]["channel"], "#milk");
    let rows = host.store.list(&Owner::user("ada")?, None, 10).await?;
    let kept: Vec<&Value> = rows.iter().filter_map(|row| row.config.get("address")).collect();
    assert_eq!(kept, [address], "what was shown is not taken for the setting");
    Ok(())
}

#[tokio::test]
async fn settings_that_do_not_fit_are_refused_and_nothing_changes() -> anyhow::Result<()> {
    let host = Host::new()?;
    host.things_of_ada().await?;
    patch(&host, json!({ "config": { "channel": "#tea" } })).await?;
    let before = integration(&host).await?;
    for config in [
        json!({ "channel": 7 }),
        json!({ "channel": "#tea", "base_url": "https://evil.example" }),
        json!({ "address": "a".repeat(201) }),
        json!([]),
        json!("text"),
    ] {
        let refused = patch(&host, json!({ "config": config })).await?;
        assert_eq!(refused.problem()?, (400, "invalid".to_owned()), "{config}");
        assert_eq!(refused.json()?["field"], "config");
    }
    assert_eq!(integration(&host).await?, before);
    let target = format!("/v1/integrations/{}", before["id"].as_str().unwrap_or_default());
    let by_agent = json!({ "config": { "channel": "#other" } });
    let refused = host.bearer("agent_of_ada", "PATCH", &target, Some(by_agent)).await?;
    assert_eq!(refused.problem()?, (403, "human_needed".to_owned()));

    host.sign_in.admit("ada_at_acme", Owner::member("acme", "ada")?, Actor::Human);
    let ada = host.browser("ada");
    let row = host.connect_to(&ada, &host.bank, "bank", "checking").await?;
    let target = format!("/v1/integrations/{}", row["id"].as_str().unwrap_or_default());
    let none = host.bearer("ada_at_acme", "PATCH", &target, Some(json!({ "config": {} }))).await?;
    assert_eq!(none.json()?["field"], "config", "it has no settings");
    Ok(())
}
