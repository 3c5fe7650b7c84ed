//! Teller under the engine: one of several enrollments dies.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use bailee_core::{
    Actor, Caller, Integration, IntegrationId, Owner, Session, Status, StatusReason, Transport,
};
use bailee_engine::{Bailee, ConnectOptions, WidgetCallback};
use bailee_testkit::{
    GlassVault, MemoryStore, MockClock,
    mock_provider::Fault,
    mock_teller::{BALANCES_GET, CHASE, PNC, TRANSACTIONS_LIST},
};
use provider_tests::teller::TellerKit;

const LIST: &str = "teller_list_accounts";

struct Host {
    kit: TellerKit,
    bailee: Bailee,
    owner: Owner,
    pnc: IntegrationId,
    chase: IntegrationId,
}

impl Host {
    /// With two enrollments.
    async fn new() -> Result<Self> {
        let (kit, clock) = (TellerKit::open().await?, MockClock::new());
        // What reads is tried again after a moment: the host's own waits are real.
        let bailee = Bailee::builder(MemoryStore::new(Arc::new(clock)), GlassVault::default())
            .base_url("https://app.example.test".parse()?)
            .provider(kit.teller.clone())
            .build()?;
        let owner = Owner::user("u1")?;
        let pnc = join(&kit, &bailee, &owner, PNC).await?;
        let chase = join(&kit, &bailee, &owner, CHASE).await?;
        Ok(Self { kit, bailee, owner, pnc, chase })
    }

    async fn call(&self, tool: &str, arguments: Value) -> Result<Value> {
        let permit = self.bailee.authorize(&Caller::own(self.owner.clone(), "p1")?, tool).await?;
        Ok(permit.call(arguments).await?.content)
    }

    async fn row(&self, id: IntegrationId) -> Result<Integration> {
        self.bailee.integration(&self.owner, id).await?.context("an integration")
    }

    async fn verdict(&self, id: IntegrationId) -> Result<(Status, Option<StatusReason>)> {
        let row = self.row(id).await?;
        Ok((row.status, row.status_reason))
    }

    /// Those that a tool may be called with.
    async fn offered(&self, tool: &str) -> Result<Vec<IntegrationId>> {
        let tools = self.bailee.tools(&Caller::own(self.owner.clone(), "p1")?).await?;
        let tool = tools.iter().find(|granted| granted.tool().name.as_str() == tool).context("a tool")?;
        Ok(tool.integrations().to_vec())
    }
}

async fn join(kit: &TellerKit, bailee: &Bailee, owner: &Owner, enrollment: &str) -> Result<IntegrationId> {
    let nonce = bailee.nonce()?;
    let link = bailee.connect(owner, ConnectOptions::with_nonce("teller", nonce.clone())).await?;
    let widget = link.widget.context("a widget")?;
    let word = widget.get("nonce").and_then(Value::as_str).context("a word")?;
    let fields = kit.mock.enroll(enrollment, word).context("an enrollment")?;
    let callback = WidgetCallback {
        provider: "teller".to_owned(),
        word: word.to_owned().into(),
        fields: fields.to_string().into(),
        nonce: Some(nonce),
        verifier: None,
    };
    let session = Session { owner: owner.clone(), actor: Actor::Human, transport: Transport::Cookie };
    Ok(bailee.widget_callback(&session, callback).await?.integration.id)
}

const ALIVE: (Status, Option<StatusReason>) = (Status::Valid, None);
const REVOKED: (Status, Option<StatusReason>) = (Status::Invalid, Some(StatusReason::Revoked));
const REJECTED: (Status, Option<StatusReason>) = (Status::Invalid, Some(StatusReason::Rejected));

#[tokio::test]
async fn an_enrollment_that_dies_beside_a_living_one_is_told_and_noted() -> Result<()> {
    for tool in [LIST, "teller_get_balances"] {
        let host = Host::new().await?;
        host.kit.mock.disconnect(PNC, ".user_action.mfa_required");
        let output = host.call(tool, json!({})).await?;
        let dead = json!([{ "integration_id": host.pnc.to_string(), "problem": "needs_reconnect" }]);
        ensure!(output["failures"] == dead && output.get("rejected").is_none(), "{output}");
        let list = if tool == LIST { "accounts" } else { "balances" };
        ensure!(output[list][0]["integration_id"] == host.chase.to_string(), "{output}");
        ensure!(host.verdict(host.pnc).await? == REVOKED && host.verdict(host.chase).await? == ALIVE);
        ensure!(host.offered(tool).await? == [host.chase], "the dead one is offered");
        let output = host.call(tool, json!({})).await?;
        ensure!(output["failures"] == json!([]), "{output}");
    }
    Ok(())
}

#[tokio::test]
async fn an_enrollment_whose_token_is_refused_is_noted_and_no_other() -> Result<()> {
    let host = Host::new().await?;
    host.kit.mock.delete_enrollment(CHASE);
    let output = host.call(LIST, json!({})).await?;
    ensure!(output["failures"][0]["integration_id"] == host.chase.to_string(), "{output}");
    ensure!(host.verdict(host.chase).await? == REJECTED && host.verdict(host.pnc).await? == ALIVE);
    Ok(())
}

#[tokio::test]
async fn an_account_of_a_dead_enrollment_is_told_by_the_failure_and_noted() -> Result<()> {
    let host = Host::new().await?;
    host.kit.mock.disconnect(CHASE, "");
    let arguments = json!({ "account_id": "acc_chase_card" });
    let output = host.call("teller_list_transactions", arguments).await?;
    ensure!(output["transactions"] == json!([]) && output.get("integration_id").is_none(), "{output}");
    ensure!(output["failures"][0]["integration_id"] == host.chase.to_string(), "{output}");
    ensure!(host.verdict(host.chase).await? == REVOKED && host.verdict(host.pnc).await? == ALIVE);
    Ok(())
}

#[tokio::test]
async fn an_enrollment_that_dies_in_the_middle_of_a_call_is_the_one_that_is_noted() -> Result<()> {
    let gone = json!({ "error": { "code": "enrollment.disconnected", "message": "" } });
    for (endpoint, tool) in
        [(BALANCES_GET, "teller_get_balances"), (TRANSACTIONS_LIST, "teller_list_transactions")]
    {
        let host = Host::new().await?;
        host.kit.mock.fault(endpoint, Fault::Answer { status: 404, json: gone.clone() }).once();
        let output = host.call(tool, json!({ "account_id": "acc_chase_card" })).await?;
        ensure!(host.verdict(host.chase).await? == REVOKED, "{tool}: {output}");
        ensure!(host.verdict(host.pnc).await? == ALIVE, "{tool}: {output}");
    }
    Ok(())
}

#[tokio::test]
async fn all_enrollments_that_die_at_once_are_noted_and_so_is_a_single_one() -> Result<()> {
    let host = Host::new().await?;
    host.kit.mock.disconnect(PNC, "");
    host.kit.mock.disconnect(CHASE, "");
    ensure!(host.call(LIST, json!({})).await.is_err());
    ensure!(host.verdict(host.pnc).await? == REVOKED && host.verdict(host.chase).await? == REVOKED);
    let host = Host::new().await?;
    host.kit.mock.disconnect(PNC, "");
    ensure!(host.call(LIST, json!({ "integration_id": host.pnc.to_string() })).await.is_err());
    ensure!(host.verdict(host.pnc).await? == REVOKED && host.verdict(host.chase).await? == ALIVE);
    Ok(())
}

#[tokio::test]
async fn a_bank_that_is_down_is_no_verdict_on_anybody() -> Result<()> {
    let host = Host::new().await?;
    host.kit.plant_everywhere(&Fault::Unavailable { retry_after: None });
    ensure!(host.call(LIST, json!({})).await.is_err());
    ensure!(host.verdict(host.pnc).await? == ALIVE && host.verdict(host.chase).await? == ALIVE);
    Ok(())
}

#[tokio::test]
async fn validating_a_broken_bank_login_says_that_it_is_invalid() -> Result<()> {
    let host = Host::new().await?;
    host.kit.mock.disconnect(PNC, "");
    ensure!(!host.bailee.validate(&host.owner, host.pnc).await?.is_valid);
    ensure!(host.verdict(host.pnc).await? == REVOKED);
    host.kit.mock.repair(PNC);
    ensure!(host.bailee.validate(&host.owner, host.pnc).await?.is_valid);
    Ok(())
}
