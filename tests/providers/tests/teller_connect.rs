//! How an enrollment is joined and ends, and what Teller tells by itself.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result, ensure};
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use bailee_core::{
    Account, AccountId, DateTime, ExposeSecret as _, Provider as _, ProviderError, ReceivedEvent,
    SecretString, Start, Started, StatusReason, Utc,
};
use bailee_oauth::{HttpClient, HttpOptions, Identity};
use bailee_providers::{Teller, TellerEnvironment};
use bailee_testkit::{
    MockTeller,
    mock_teller::{CHASE, PNC},
    suite::provider::join::{join_text, word},
};
use provider_tests::teller::TellerKit;

fn at(seconds: i64) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0).context("a time")
}

#[tokio::test]
async fn an_enrollment_is_named_after_its_bank_and_the_last_digits() -> Result<()> {
    let kit = TellerKit::open().await?;
    let grant = kit.join(PNC).await?;
    ensure!(grant.account.id.as_str() == PNC);
    ensure!(grant.account.label.as_deref() == Some("PNC ••1234, ••5678"), "{:?}", grant.account.label);
    ensure!(grant.config.get("institution") == Some(&json!("PNC")) && grant.config.len() == 1);
    ensure!(grant.credential.refresh_token.is_none() && grant.expires_in.is_none());
    Ok(())
}

#[tokio::test]
async fn a_token_of_another_enrollment_is_refused_even_when_it_is_signed() -> Result<()> {
    let kit = TellerKit::open().await?;
    let word = word();
    let other = kit.mock.enroll(CHASE, word.expose_secret()).context("an enrollment")?;
    let token = other["accessToken"].as_str().context("a token")?;
    let mixed = kit.mock.signed(word.expose_secret(), token, "usr_1", PNC, "PNC");
    let answer = kit.join_with(&mixed).await.map(drop);
    let Err(ProviderError::InvalidArguments { pointer, .. }) = &answer else {
        anyhow::bail!("{answer:?}");
    };
    ensure!(pointer == "/enrollment/id");
    Ok(())
}

#[tokio::test]
async fn each_part_of_the_payload_is_signed() -> Result<()> {
    let kit = TellerKit::open().await?;
    let good = kit.mock.enroll(PNC, word().expose_secret()).context("an enrollment")?;
    for (pointer, value) in
        [("/accessToken", "test_token_other"), ("/user/id", "usr_other"), ("/enrollment/id", CHASE)]
    {
        let mut forged = good.clone();
        *forged.pointer_mut(pointer).context("a member")? = json!(value);
        let answer = kit.join_with(&forged).await.map(drop);
        ensure!(matches!(answer, Err(ProviderError::InvalidArguments { .. })), "{pointer}: {answer:?}");
    }
    ensure!(kit.mock.requests().is_empty(), "Teller was asked before the signature was checked");
    let mut rolled = good;
    rolled["signatures"] = json!(["AAAA", "not base64!", rolled["signatures"][0]]);
    ensure!(kit.join_with(&rolled).await.is_ok(), "one true signature is enough");
    Ok(())
}

#[tokio::test]
async fn another_environment_is_another_signature() -> Result<()> {
    let kit = TellerKit::open().await?;
    let live = Teller::new("app_mock", TellerEnvironment::Production, &kit.mock.token_signing_key())?
        .with_endpoints(kit.mock.url().clone())
        .with_http(HttpClient::allow_loopback_http(&HttpOptions::default())?);
    let fields = kit.mock.enroll(PNC, word().expose_secret()).context("an enrollment")?;
    let mut kit = kit;
    kit.teller = live;
    let answer = join_text(&kit, &SecretString::from(fields.to_string()), &word(), None).await.map(drop);
    ensure!(matches!(answer, Err(ProviderError::InvalidArguments { .. })), "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn the_start_of_a_reconnect_repairs_the_enrollment() -> Result<()> {
    let kit = TellerKit::open().await?;
    let hook = "https://app.example.test/api/hooks/teller/o".parse()?;
    let word = word();
    let account = Account { id: AccountId::new(PNC)?, label: None };
    let mut setups = Vec::new();
    for account in [None, Some(&account)] {
        let started = kit.teller.start(Start { word: &word, account, hook: &hook }).await?;
        ensure!(!format!("{started:?}").contains(word.expose_secret()), "the word is shown");
        let Started::Widget(setup) = started else { anyhow::bail!("no widget") };
        setups.push(Value::Object(setup));
    }
    let mut expected = json!({
        "application_id": "app_mock", "environment": "sandbox", "nonce": word.expose_secret(),
        "products": ["balance", "transactions"], "select_account": "multiple",
    });
    ensure!(setups[0] == expected, "{}", setups[0]);
    expected["enrollment_id"] = json!(PNC);
    ensure!(setups[1] == expected, "{}", setups[1]);
    Ok(())
}

#[tokio::test]
async fn disconnecting_deletes_the_enrollment_and_nothing_else() -> Result<()> {
    let kit = TellerKit::open().await?;
    let grant = kit.join(PNC).await?;
    kit.revoke(&grant.credential).await?;
    ensure!(!kit.mock.has_enrollment(PNC) && kit.mock.has_enrollment(CHASE));
    ensure!(kit.revoke(&grant.credential).await == Err(ProviderError::AlreadyDone));
    let chase = kit.join(CHASE).await?;
    kit.mock.disconnect(CHASE, ".account_locked");
    ensure!(kit.revoke(&chase.credential).await == Err(ProviderError::AlreadyDone));
    Ok(())
}

#[tokio::test]
async fn a_broken_bank_login_arrives_at_the_hook_once_proven() -> Result<()> {
    let kit = TellerKit::open().await?;
    let payload = json!({ "enrollment_id": PNC, "reason": "disconnected.user_action.mfa_required" });
    let (headers, body) = kit.mock.webhook("wh_1", "enrollment.disconnected", &payload, 1_000_000);
    for now in [1_000_000, 1_000_180, 999_820] {
        let received = kit.receive(&headers, &body, at(now)?).await?;
        let [received] = received.as_slice() else { anyhow::bail!("{received:?}") };
        ensure!(received.id == "wh_1");
        let ReceivedEvent::Ended { account, reason } = &received.event else { anyhow::bail!("{received:?}") };
        ensure!(account.as_str() == PNC && *reason == StatusReason::Revoked);
    }
    for now in [1_000_181, 999_819, 0] {
        let late = kit.receive(&headers, &body, at(now)?).await.map(|_| ());
        ensure!(late == Err(ProviderError::TokenRejected), "{now}: {late:?}");
    }
    let mut other = body.clone();
    other.push(b' ');
    let altered = kit.receive(&headers, &other, at(1_000_000)?).await.map(|_| ());
    ensure!(altered == Err(ProviderError::TokenRejected), "{altered:?}");
    Ok(())
}

#[tokio::test]
async fn what_else_teller_tells_is_left_out() -> Result<()> {
    let kit = TellerKit::open().await?;
    let now = at(1_000_000)?;
    for kind in
        ["webhook.test", "transactions.processed", "account.number_verification.processed", "a.new.one"]
    {
        let (headers, body) = kit.mock.webhook("wh_2", kind, &json!({}), 1_000_000);
        ensure!(kit.receive(&headers, &body, now).await?.is_empty(), "{kind}");
    }
    for (id, payload) in [("", json!({ "enrollment_id": PNC })), ("wh_3", json!({})), ("wh_3", json!([]))] {
        let (headers, body) = kit.mock.webhook(id, "enrollment.disconnected", &payload, 1_000_000);
        let answer = kit.receive(&headers, &body, now).await.map(|_| ());
        ensure!(matches!(answer, Err(ProviderError::Malformed { .. })), "{id} {payload}: {answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn no_half_of_a_signature_is_one() -> Result<()> {
    let kit = TellerKit::open().await?;
    let (headers, body) = kit.mock.webhook("wh_4", "webhook.test", &json!({}), 1_000_000);
    let genuine = headers.get("teller-signature").context("a header")?.to_str()?.to_owned();
    let tag = genuine.rsplit('=').next().context("a signature")?.to_owned();
    for header in [
        String::new(),
        "t=1000000".to_owned(),
        format!("v1={tag}"),
        format!("t=,v1={tag}"),
        format!("t=1000000,v1={}", &tag[..32]),
        format!("t=1000000,v0={tag}"),
        format!("t=999999,v1={tag}"),
        "t=1000000,v1=".to_owned(),
        format!("t=1000000{}", ",v1=00".repeat(9) + &format!(",v1={tag}")),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert("teller-signature", HeaderValue::from_str(&header)?);
        let answer = kit.receive(&headers, &body, at(1_000_000)?).await.map(|_| ());
        ensure!(answer == Err(ProviderError::TokenRejected), "{header}: {answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_certificate_of_the_application_is_shown_in_each_handshake() -> Result<()> {
    let mock = MockTeller::start_mtls().await?;
    let root = mock.root_certificate_der().context("a root")?.to_vec();
    let options = HttpOptions::default().with_root_certificate_der(root);
    let (certificate, key) = mock.client_identity_pem().context("an identity")?;
    let identity = Identity::from_pem(certificate, &SecretString::from(key))?;
    ensure!(!format!("{identity:?}").contains("PRIVATE"), "the key is shown");
    let stranger = HttpClient::new(&options)?;
    let ours = HttpClient::new(&options.with_identity(identity))?;
    let mut kit = TellerKit::with(mock, stranger)?;
    let fields = kit.mock.enroll(PNC, word().expose_secret()).context("an enrollment")?;
    let refused = kit.join_with(&fields).await.map(drop);
    ensure!(refused.as_ref().is_err_and(ProviderError::is_temporary), "{refused:?}");
    ensure!(kit.mock.requests().is_empty(), "a request without a certificate arrived");
    kit.teller = kit.teller.with_http(ours);
    ensure!(kit.join_with(&fields).await.is_ok());
    Ok(())
}

#[tokio::test]
async fn the_vectors_beside_the_workspace_hold() -> Result<()> {
    let file: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "../../../shared/specs/teller/teller-signature-vectors-own.json"]
            .iter()
            .collect();
    let Ok(text) = fs::read_to_string(file) else {
        println!("skipped: no vectors of Teller beside the workspace");
        return Ok(());
    };
    let vectors: Value = serde_json::from_str(&text)?;
    let vector = &vectors["webhook"];
    let text = |value: &Value| value.as_str().map(str::to_owned).context("a text");
    let mut kit = TellerKit::open().await?;
    let mut headers = HeaderMap::new();
    headers.insert("teller-signature", HeaderValue::from_str(&text(&vector["header"])?)?);
    for secret in ["secret_new", "secret_old"] {
        kit.teller = kit.teller.with_webhook_secret(&SecretString::from(text(&vector[secret])?));
        let now = at(vector["timestamp"].as_i64().context("a time")?)?;
        ensure!(kit.receive(&headers, text(&vector["body"])?.as_bytes(), now).await?.len() == 1, "{secret}");
    }
    let (vector, fields) = (&vectors["connect_signature"], &vectors["connect_signature"]["fields"]);
    let http = HttpClient::allow_loopback_http(&HttpOptions::default())?;
    kit.teller = Teller::new("app_1", TellerEnvironment::Sandbox, &text(&vector["public_key_base64"])?)?
        .with_endpoints(kit.mock.url().clone())
        .with_http(http);
    let payload = json!({
        "accessToken": fields["accessToken"], "user": { "id": fields["userId"] },
        "enrollment": { "id": fields["enrollmentId"], "institution": { "name": "Demo" } },
        "signatures": [vector["signature_over_sha256_digest_base64"]],
    });
    let nonce = SecretString::from(text(&fields["nonce"])?);
    let answer = join_text(&kit, &SecretString::from(payload.to_string()), &nonce, None).await.map(drop);
    // The signature holds; the mock does not know the token.
    ensure!(matches!(answer, Err(ProviderError::GrantRevoked { .. })), "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn the_widget_gets_every_word_of_its_setup_under_tellers_name() -> Result<()> {
    let kit = TellerKit::open().await?;
    let setup = kit.teller.descriptor().widget.as_ref().context("a widget")?.setup;
    let account = Account { id: AccountId::new(PNC)?, label: None };
    let hook = "https://backend.example/hook".parse()?;
    let start = Start { word: &word(), account: Some(&account), hook: &hook };
    let Started::Widget(widget) = kit.teller.start(start).await? else { anyhow::bail!("no widget") };
    for ours in widget.keys() {
        let (first, rest) = ours.split_once('_').unwrap_or((ours, ""));
        let rest: String =
            rest.chars().take(1).flat_map(char::to_uppercase).chain(rest.chars().skip(1)).collect();
        let pair = format!("[\"{ours}\", \"{first}{rest}\"],");
        ensure!(setup.contains(&pair), "{pair}");
    }
    ensure!(widget.len() == setup.matches("\"],").count(), "and no other word");
    ensure!(setup.contains("export default function open({ widget, onDone, onClosed })"));
    Ok(())
}
