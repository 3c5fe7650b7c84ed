//! What an operator does: a look at the health, another key, and an incident.

use std::{num::NonZeroU32, sync::Arc};

use anyhow::ensure;
use bailee_core::{ExposeSecret as _, ProviderKey, store::RevokeFilter};
use bailee_testkit::{
    connected,
    mock_provider::{Endpoint, Fault},
};
use bailee_vault::{KeyRing, RingEntropy};
use serde_json::json;

use crate::rig::{Rig, person, registration};

pub(crate) async fn all(rig: &mut Rig<'_>) -> anyhow::Result<()> {
    for user in ["ada", "bob"] {
        let again = connected(&rig.bailee, &rig.mock, &person(user)?, "google").await;
        again.map_err(anyhow::Error::from_boxed)?;
    }
    let (_, key) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
    rig.key("a newer key", &key)?;
    let keys = KeyRing::parse(&format!("{},{}", key.expose_secret(), rig.key.expose_secret()))?;
    let host = rig.host(keys, registration()?).await?;
    let mut progress = Vec::new();
    let told = host.rewrap_with(NonZeroU32::new(1_000), |so_far| progress.push(format!("{so_far:?}"))).await;
    rig.tell(&told);
    let told = host.records_by_key().await;
    rig.tell(&told);
    rig.told.value(&serde_json::to_string(&host.health().await)?);

    // The provider answers with what it was sent.
    let token = host.token(&person("ada")?, "google").await?.token().expose_secret().to_owned();
    let down = Fault::Answer { status: 503, json: json!({ "error": "down", "token": token }) };
    rig.mock.fault(Endpoint::Revoke, down).once();
    let all = RevokeFilter { provider: Some(ProviderKey::new("google")?), ..RevokeFilter::default() };
    let told = host.revoke_all(&all, None, |so_far| progress.push(format!("{so_far:?}"))).await;
    rig.tell(&told);
    ensure!(told?.hidden == 2 && progress.len() > 2, "{progress:?}");
    rig.told.value(&progress);
    rig.told.value(&host.gates());
    rig.raw.run("UPDATE outbox SET due_ms = 0").await?;
    let told = host.tick().await;
    rig.tell(&told);
    Ok(())
}
