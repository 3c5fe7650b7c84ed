//! Tokens: refreshed, refused, checked, used.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use bailee_core::{Caller, ExposeSecret as _};
use bailee_testkit::mock_provider::{Endpoint, Fault, Gate};
use serde_json::json;

use crate::{
    connects::{dead, faults},
    rig::{ORGANIZATION, Rig, person},
};

pub(crate) async fn refreshes(rig: &mut Rig<'_>) -> anyhow::Result<()> {
    let owner = person("ada")?;
    let gate = Gate::new();
    let mut all = faults(&rig.newest_in_requests())?;
    // Longer than a request may take.
    all.push(Fault::Hold(gate.clone()));
    for fault in all {
        let live = rig.live("ada").await?;
        rig.mock.fault(Endpoint::Token, fault).once();
        let refused = rig.bailee.rejected(&live).await;
        rig.tell(&refused);
        // Neither gate nor kept lease: the next fault is to be met as well.
        rig.raw
            .run("UPDATE user_integrations SET next_refresh_ms = 0, lease_until_ms = 0, unknown_epoch = 0")
            .await?;
        rig.clock.skip();
    }
    gate.open();
    let live = rig.live("ada").await?;
    let renewed = rig.bailee.rejected(&live).await.context("nothing is wrong")?;
    for told in [
        rig.bailee.token(&owner, renewed.integration()).await,
        rig.bailee.token_for(&owner, "google", Duration::from_hours(48)).await,
        rig.bailee.token_as(&Caller::own(owner.clone(), "a-profile")?, "google").await,
        rig.bailee.token_as(&Caller::counterpart(owner.clone(), "a-profile", "a-thread")?, "google").await,
        rig.bailee.token(&owner, "unknown").await,
    ] {
        rig.tell(&told);
    }
    let told = rig.bailee.validate(&owner, "google").await;
    rig.tell(&told);
    let ada = rig.browser("ada");
    rig.fetch(&ada, "POST", &format!("{ORGANIZATION}/google"), None).await?;
    // Refused, and refused again once it was refreshed.
    rig.mock.expire_access_tokens();
    rig.fetch(&ada, "POST", &format!("{ORGANIZATION}/google"), None).await?;
    let live = rig.live("ada").await?;
    rig.mock.fault(Endpoint::Token, dead(&rig.newest_in_requests())).once();
    let told = rig.bailee.rejected(&live).await;
    ensure!(told.is_err(), "the grant is gone");
    rig.tell(&told);
    rig.fetch(&ada, "POST", &format!("{ORGANIZATION}/google"), None).await?;
    rig.connect("ada").await
}

pub(crate) async fn calls(rig: &mut Rig<'_>) -> anyhow::Result<()> {
    let event = json!({ "summary": "a", "start": "2030-01-01T10:00:00Z", "end": "2030-01-01T11:00:00Z" });
    let window = json!({ "time_min": "2030-01-01T00:00:00Z", "time_max": "2030-01-02T00:00:00Z" });
    rig.call("create_event", &event).await?.context("an event")?;
    rig.call("list_events", &window).await?.context("events")?;
    for event in rig.mock.events("ada") {
        let id = event.get("id").context("an id")?;
        rig.call("delete_event", &json!({ "event_id": id })).await?.context("it is there")?;
    }
    rig.call("delete_event", &json!({ "event_id": "unknown" })).await?;
    rig.call("list_events", &json!({})).await?;
    let token = rig.live("ada").await?.token().expose_secret().to_owned();
    for endpoint in [Endpoint::Api("calendar.events.list"), Endpoint::UserInfo] {
        for fault in [
            Fault::Answer { status: 400, json: json!({ "error": { "message": token, "status": token } }) },
            Fault::Answer { status: 401, json: json!({ "error": token }) },
            Fault::Answer { status: 403, json: json!({ "error": { "errors": [{ "reason": token }] } }) },
            Fault::Answer { status: 200, json: json!({ "sub": [token], "items": token }) },
            Fault::Body(token.clone().into_bytes().into()),
            Fault::Redirect(format!("https://elsewhere.example/?token={token}").parse()?),
            Fault::DropAfterProcessing,
            Fault::Status(500),
        ] {
            // What may be repeated is; a token that is refused twice would be the end of it.
            let times = if matches!(fault, Fault::Answer { status: 401, .. }) { 1 } else { 3 };
            rig.mock.fault(endpoint, fault).times(times);
            rig.call("list_events", &window).await?;
            let told = rig.bailee.validate(&person("ada")?, "google").await;
            rig.tell(&told);
            rig.mock.heal();
            rig.clock.skip();
        }
    }
    Ok(())
}
