//! What the tools of Teller ask and answer.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use bailee_core::{Provider as _, ProviderError};
use bailee_testkit::{
    mock_provider::{Endpoint, Fault},
    mock_teller::{ACCOUNTS_LIST, BALANCES_GET, CHASE, PNC, TRANSACTIONS_LIST},
};
use provider_tests::teller::{TellerKit, integration};

const CHECKING: &str = "acc_pnc_checking";

fn cases() -> [(&'static str, Value, Endpoint); 3] {
    [
        ("teller_list_accounts", json!({}), ACCOUNTS_LIST),
        ("teller_get_balances", json!({ "account_id": CHECKING }), BALANCES_GET),
        ("teller_list_transactions", json!({ "account_id": CHECKING }), TRANSACTIONS_LIST),
    ]
}

/// The template of a request, such as `GET /accounts/{account_id}/balances`.
fn template(request: &bailee_testkit::mock_provider::RecordedRequest) -> String {
    let segments: Vec<&str> = request.path.split('/').collect();
    let named: Vec<&str> = (0..)
        .zip(segments)
        .map(|(place, segment)| if place == 2 { "{account_id}" } else { segment })
        .collect();
    format!("{} {}", request.method, named.join("/"))
}

#[tokio::test]
async fn each_tool_succeeds_and_fails_as_it_says() -> Result<()> {
    let kit = TellerKit::open().await?;
    let grant = kit.join(PNC).await?;
    let references = bailee_providers::reference::tools();
    let wait = Some(Duration::from_secs(9));
    ensure!(kit.teller.tools().len() == cases().len(), "a tool without a case");
    for (tool, arguments, endpoint) in cases() {
        kit.mock.clear_requests();
        let output = kit.call(&[&grant], tool, &arguments).await?;
        ensure!(output.is_object(), "{tool}");
        let made: Vec<String> = kit.mock.requests().iter().map(template).collect();
        let named = references.iter().find(|reference| reference.tool == tool).context("a reference")?;
        ensure!(made == named.requests, "{tool} made {made:?}");
        for (fault, expected) in [
            (Fault::Status(401), ProviderError::TokenRejected),
            (Fault::Status(403), ProviderError::TokenRejected),
            (
                Fault::TooManyRequests { retry_after: Some(9) },
                ProviderError::RateLimited { retry_after: wait },
            ),
            (Fault::Status(502), ProviderError::Unavailable { retry_after: None }),
            (Fault::DropAfterProcessing, ProviderError::Unavailable { retry_after: None }),
        ] {
            kit.mock.fault(endpoint, fault.clone()).once();
            let answer = kit.call(&[&grant], tool, &arguments).await;
            ensure!(answer.as_ref() == Err(&expected), "{tool} {fault:?}: {answer:?}");
        }
        for fault in [Fault::Html, Fault::Body("[{}]".into()), Fault::Body("{\"a\":".into())] {
            kit.mock.fault(endpoint, fault.clone()).once();
            let answer = kit.call(&[&grant], tool, &arguments).await;
            let malformed = matches!(answer, Err(ProviderError::Malformed { .. }));
            // A balance may lack both amounts.
            let empty =
                endpoint == BALANCES_GET && matches!(&fault, Fault::Body(body) if body.starts_with(b"["));
            ensure!(malformed || empty, "{tool} {fault:?}: {answer:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn requests_carry_the_token_as_user_name_and_the_version() -> Result<()> {
    let kit = TellerKit::open().await?;
    let grant = kit.join(PNC).await?;
    kit.call(&[&grant], "teller_get_balances", &json!({})).await?;
    for request in kit.mock.requests() {
        ensure!(request.header("teller-version") == Some("2020-10-12"), "{request:?}");
        ensure!(
            request.header("authorization").is_some_and(|value| value.starts_with("Basic ")),
            "{request:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_broken_bank_login_is_told_from_what_is_missing() -> Result<()> {
    let kit = TellerKit::open().await?;
    let grant = kit.join(PNC).await?;
    let dead = ProviderError::GrantRevoked { reason: "enrollment_disconnected" };
    for reason in ["", ".account_locked", ".user_action.mfa_required", ".a_new_reason"] {
        kit.mock.disconnect(PNC, reason);
        for (tool, arguments, _) in cases() {
            let answer = kit.call(&[&grant], tool, &arguments).await;
            ensure!(answer.as_ref() == Err(&dead), "{tool}: {answer:?}");
        }
        ensure!(kit.validate(&grant).await.as_ref() == Err(&dead), "validate");
    }
    kit.mock.repair(PNC);
    let missing = json!({ "error": { "code": "not_found", "message": "" } });
    kit.mock.fault(BALANCES_GET, Fault::Answer { status: 404, json: missing }).once();
    let answer = kit.call(&[&grant], "teller_get_balances", &json!({ "account_id": CHECKING })).await;
    ensure!(answer == Err(ProviderError::Rejected { status: 404, code: "not_found" }), "{answer:?}");
    kit.mock.close_account(CHECKING);
    let answer = kit.call(&[&grant], "teller_get_balances", &json!({ "account_id": CHECKING })).await;
    ensure!(answer == Err(ProviderError::Rejected { status: 410, code: "account.closed" }), "{answer:?}");
    let certificate = json!({ "error": { "code": "bad_request", "message": "Missing certificate: …" } });
    kit.mock.fault(ACCOUNTS_LIST, Fault::Answer { status: 400, json: certificate }).once();
    let answer = kit.call(&[&grant], "teller_list_accounts", &json!({})).await;
    ensure!(answer == Err(ProviderError::Client), "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn every_granted_enrollment_is_asked_and_one_that_fails_is_told_beside_the_others() -> Result<()> {
    let kit = TellerKit::open().await?;
    let (pnc, chase) = (kit.join(PNC).await?, kit.join(CHASE).await?);
    let output = kit.call(&[&pnc, &chase], "teller_list_accounts", &json!({})).await?;
    let of = |output: &Value, name: &str| -> Vec<(String, String)> {
        let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        let list = output[name].as_array().cloned().unwrap_or_default();
        list.iter().map(|entry| (text(entry, "integration_id"), text(entry, "account_id"))).collect()
    };
    let (one, two) = (integration(1).to_string(), integration(2).to_string());
    let pair = |integration: &str, account: &str| (integration.to_owned(), account.to_owned());
    let expected = [pair(&one, CHECKING), pair(&one, "acc_pnc_savings"), pair(&two, "acc_chase_card")];
    ensure!(of(&output, "accounts") == expected && output["failures"] == json!([]), "{output}");
    kit.mock.disconnect(PNC, "");
    let output = kit.call(&[&pnc, &chase], "teller_list_accounts", &json!({})).await?;
    ensure!(of(&output, "accounts") == expected[2..], "{output}");
    ensure!(
        output["failures"] == json!([{ "integration_id": one, "problem": "needs_reconnect" }]),
        "{output}"
    );
    let output = kit.call(&[&pnc, &chase], "teller_get_balances", &json!({})).await?;
    ensure!(
        of(&output, "balances") == expected[2..] && output["balances"][0]["ledger"] == "1203.55",
        "{output}"
    );
    kit.mock.disconnect(CHASE, "");
    let answer = kit.call(&[&pnc, &chase], "teller_list_accounts", &json!({})).await;
    ensure!(matches!(answer, Err(ProviderError::GrantRevoked { .. })), "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn an_account_of_an_enrollment_that_was_not_granted_is_no_account() -> Result<()> {
    let kit = TellerKit::open().await?;
    let pnc = kit.join(PNC).await?;
    for tool in ["teller_get_balances", "teller_list_transactions"] {
        let answer = kit.call(&[&pnc], tool, &json!({ "account_id": "acc_chase_card" })).await;
        let Err(ProviderError::InvalidArguments { pointer, .. }) = &answer else {
            anyhow::bail!("{tool}: {answer:?}");
        };
        ensure!(pointer == "/account_id");
    }
    ensure!(kit.mock.requests().iter().all(|request| !request.path.contains("chase")), "it was asked for");
    Ok(())
}

#[tokio::test]
async fn money_stays_text_and_a_bank_without_balances_is_not_asked() -> Result<()> {
    let kit = TellerKit::open().await?;
    let grant = kit.join(PNC).await?;
    kit.mock.clear_requests();
    let output = kit.call(&[&grant], "teller_get_balances", &json!({})).await?;
    ensure!(output["balances"][0]["available"] == "1100.00", "{output}");
    ensure!(
        output["balances"][1]["problem"] == "not_offered" && output["balances"][1]["ledger"] == Value::Null
    );
    let paths: Vec<String> = kit.mock.requests().into_iter().map(|request| request.path).collect();
    ensure!(paths == ["/accounts", "/accounts/acc_pnc_checking/balances"], "{paths:?}");
    let arguments = json!({ "account_id": CHECKING, "limit": 1 });
    let output = kit.call(&[&grant], "teller_list_transactions", &arguments).await?;
    let transaction = &output["transactions"][0];
    ensure!(transaction["amount"] == "-02.10" && transaction["running_balance"] == "1203.55", "{output}");
    ensure!(transaction["counterparty"] == "COFFEE BAR" && transaction["category"] == "dining", "{output}");
    Ok(())
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repetition() -> Result<()> {
    let kit = TellerKit::open().await?;
    let (pnc, chase) = (kit.join(PNC).await?, kit.join(CHASE).await?);
    let cases = [
        ("teller_list_transactions", json!({ "account_id": CHECKING, "limit": 3 }), "transactions", "id", 7),
        ("teller_list_accounts", json!({ "limit": 2 }), "accounts", "account_id", 3),
        ("teller_get_balances", json!({ "limit": 1 }), "balances", "account_id", 3),
    ];
    for (tool, mut arguments, list, id, expected) in cases {
        let mut seen = Vec::new();
        loop {
            let output = kit.call(&[&pnc, &chase], tool, &arguments).await?;
            for entry in output[list].as_array().context("a list")? {
                seen.push(entry[id].as_str().context("an id")?.to_owned());
            }
            ensure!(output["truncated"] == json!(output.get("next_cursor").is_some()), "{output}");
            let Some(cursor) = output.get("next_cursor") else { break };
            arguments["cursor"] = cursor.clone();
        }
        let all = seen.len();
        seen.sort();
        seen.dedup();
        ensure!(seen.len() == expected && all == expected, "{tool}: {seen:?}");
    }
    Ok(())
}

#[tokio::test]
async fn days_and_cursor_go_to_teller_as_they_are() -> Result<()> {
    let kit = TellerKit::open().await?;
    let grant = kit.join(PNC).await?;
    let arguments = json!({
        "account_id": CHECKING, "limit": 5, "start_date": "2026-11-15", "end_date": "2026-11-18",
        "cursor": "txn_acc_pnc_checking_2",
    });
    let output = kit.call(&[&grant], "teller_list_transactions", &arguments).await?;
    let requests = kit.mock.requests();
    let request = requests.last().context("a request")?;
    let query: Vec<(&str, &str)> =
        request.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let expected = [
        ("count", "5"),
        ("from_id", "txn_acc_pnc_checking_2"),
        ("start_date", "2026-11-15"),
        ("end_date", "2026-11-18"),
    ];
    ensure!(query == expected, "{query:?}");
    ensure!(output["transactions"].as_array().map(Vec::len) == Some(3), "{output}");
    Ok(())
}

#[tokio::test]
async fn nothing_that_is_no_id_comes_into_an_address() -> Result<()> {
    let kit = TellerKit::open().await?;
    let grant = kit.join(PNC).await?;
    kit.mock.clear_requests();
    for id in ["..", ".", "a/../b", "acc?x=1", "acc#x", "acc%2f", "a\r\nb", "a b", "acc/../../identity"] {
        for (arguments, expected) in [
            (json!({ "account_id": id }), "/account_id"),
            (json!({ "account_id": CHECKING, "cursor": id }), "/cursor"),
        ] {
            let answer = kit.call(&[&grant], "teller_list_transactions", &arguments).await;
            let Err(ProviderError::InvalidArguments { pointer, .. }) = &answer else {
                anyhow::bail!("{id}: {answer:?}");
            };
            ensure!(pointer == expected, "{id}");
        }
    }
    for (name, value) in
        [("start_date", "2026-13-01"), ("end_date", "yesterday!"), ("start_date", "2026-1-010")]
    {
        let arguments = json!({ "account_id": CHECKING, name: value });
        let answer = kit.call(&[&grant], "teller_list_transactions", &arguments).await;
        ensure!(matches!(answer, Err(ProviderError::InvalidArguments { .. })), "{value}: {answer:?}");
    }
    ensure!(kit.mock.requests().is_empty(), "Teller was asked");
    // An id in an answer is no better.
    let hostile = json!([{ "id": "../identity", "enrollment_id": PNC, "links": { "balances": "https://evil.example/" } }]);
    kit.mock.fault(ACCOUNTS_LIST, Fault::Answer { status: 200, json: hostile }).once();
    let answer = kit.call(&[&grant], "teller_get_balances", &json!({})).await;
    ensure!(matches!(answer, Err(ProviderError::Malformed { .. })), "{answer:?}");
    ensure!(kit.mock.requests().len() == 1, "an address was built of it");
    Ok(())
}
