use std::error::Error;

use serde_json::json;

use bailee_core::ExposeSecret as _;

use super::{
    Connected, Kit,
    faults::{all, nonsense},
};
use crate::{
    mock_provider::{Endpoint, Fault, RecordedRequest},
    suite::SuiteResult,
};

/// Every request that carries a secret goes to a declared host, and none carries one in its address.
pub async fn tokens_go_to_the_declared_hosts_only(kit: &dyn Kit) -> SuiteResult {
    let connected = Connected::new(kit).await?;
    let _ = connected.validate().await;
    let _ = connected.refresh().await?;
    let _ = connected.revoke().await?;
    let hosts = &kit.provider().descriptor().token_hosts;
    let secrets = kit.secrets();
    let mut with_secret = 0_usize;
    for request in kit.requests() {
        let address = format!("{} {:?}", request.path, request.query);
        assert!(!holds(&address, &secrets), "{request:?} has a secret in its address");
        if carries(&request, &secrets) {
            with_secret += 1;
            let host = request.header("host").unwrap_or_default();
            let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
            assert!(hosts.iter().any(|known| known == host), "{request:?} went to {host}");
        }
    }
    assert!(with_secret > 0, "no request carried a secret");
    Ok(())
}

fn holds(text: &str, secrets: &[String]) -> bool {
    secrets.iter().any(|secret| text.contains(secret.as_str()))
}

fn carries(request: &RecordedRequest, secrets: &[String]) -> bool {
    request.header("authorization").is_some()
        || request.form.iter().any(|(_, value)| secrets.contains(value))
        || holds(&String::from_utf8_lossy(&request.body), secrets)
}

/// Neither an error nor the provider shows anything of a token, a code or a body, however it is printed.
pub async fn errors_hold_nothing_of_the_answer(kit: &dyn Kit) -> SuiteResult {
    let connected = Connected::new(kit).await?;
    let credential = &connected.grant.credential;
    let canary = "CANARY-in-the-body";
    let echo = json!({
        "error": canary,
        "error_description": format!("{canary} {}", credential.access_token.expose_secret()),
    });
    let mut faults = all(&kit.elsewhere());
    faults.extend(nonsense());
    faults.extend([200, 400, 401, 403, 500].map(|status| Fault::Answer { status, json: echo.clone() }));
    let mut secrets = kit.secrets();
    secrets.push(canary.to_owned());
    let assert_clean = |text: &str| assert!(!holds(text, &secrets), "a secret is shown: {text}");
    assert_clean(&format!("{:?} {:#?}", kit.provider(), connected.grant));
    for fault in faults {
        for endpoint in [Endpoint::Token, Endpoint::UserInfo, Endpoint::Revoke] {
            kit.plant(endpoint, fault.clone());
        }
        let refresh = connected.refresh().await?.map(drop);
        let validate = connected.validate().await.map(drop);
        let revoke = connected.revoke().await?;
        kit.heal();
        for error in [refresh, validate, revoke].into_iter().filter_map(Result::err) {
            assert_clean(&format!("{error} {error:?} {error:#?}"));
            let mut source = error.source();
            while let Some(inner) = source {
                assert_clean(&format!("{inner} {inner:?}"));
                source = inner.source();
            }
        }
    }
    Ok(())
}
