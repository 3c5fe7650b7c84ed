//! Accounts that are connected in a widget of the provider, on a page of the host.

use anyhow::{Context as _, ensure};
use bailee_testkit::mock_teller::PNC;
use reqwest::Method;
use serde_json::{Value, json};

use super::Tour;

pub(super) async fn teller(tour: &mut Tour<'_>) -> anyhow::Result<()> {
    let mock = &tour.mocks.teller;
    tour.steps.step("Teller: a bank is chosen in a widget, two reads; there is nothing to write");
    let path = "/v1/integrations/teller/authorize";
    let link = tour.browser.fetch(Method::GET, path).await?;
    let word = link["widget"]["nonce"].as_str().context("no nonce in the answer")?;
    tour.steps.say(format!("GET {path} -> what Teller Connect is opened with, a nonce among it"));
    let fields = mock.enroll(PNC, word).context("no such bank")?;
    let done = json!({ "state": word, "fields": fields });
    tour.browser.post("/v1/integrations/teller/callback", &done).await?;
    tour.steps.say("The user signs in at the bank; Teller signs the result together with the nonce.");
    let again = tour.browser.post("/v1/integrations/teller/callback", &done).await;
    ensure!(again.is_err(), "a widget's result works once");
    tour.connected("teller").await?;
    let accounts = tour.call("teller_list_accounts", json!({}), "/accounts/0/name").await?;
    let account: &Value = &accounts["accounts"][0]["account_id"];
    tour.call("teller_get_balances", json!({ "account_id": account }), "/balances/0/available").await?;
    Ok(())
}
