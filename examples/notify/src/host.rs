use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use async_trait::async_trait;
use bailee::{
    Actor, Bailee, Caller, DirectoryError, Integration, IntegrationId, JoinOptions, KeyRing, Notification,
    NotifyResult, Owner, ProfileDirectory, ProfileId, ProfileIds, Scope, SecretString, Session, SqlStore,
    Target, Timings, Transport, vault::RingEntropy,
};
use serde_json::Value;

use crate::services::Services;

/// The agents of Ada.
const PROFILES: [&str; 2] = ["assistant", "researcher"];

/// A host over an embedded database file, with one user.
pub(crate) struct Host {
    pub(crate) bailee: Bailee,
    pub(crate) owner: Owner,
}

impl Host {
    pub(crate) async fn open(services: &Services, directory: &Path) -> Result<Self> {
        let store = SqlStore::open(&format!("sqlite://{}", directory.join("host.db").display())).await?;
        store.migrate().await?;
        let (keys, _) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
        let bailee = Bailee::builder(store, keys)
            // Telegram delivers to https alone.
            .base_url("https://backend.example".parse()?)
            .profiles(Agents)
            .provider(services.webhook()?)
            .provider(services.telegram()?)
            .provider(services.email()?)
            // What failed is due at once, for whoever does not want to watch an example wait.
            .timings(Timings::default().with_backoff(Duration::ZERO))
            .build()?;
        Ok(Self { bailee, owner: Owner::user("ada")? })
    }

    /// Ada, signed in.
    pub(crate) fn session(&self) -> Session {
        Session { owner: self.owner.clone(), actor: Actor::Human, transport: Transport::Cookie }
    }

    /// Joins with what Ada enters, for one profile or for all.
    pub(crate) async fn join(
        &self,
        provider: &str,
        fields: &Value,
        profile: Option<&str>,
    ) -> Result<IntegrationId> {
        let mut options = JoinOptions::new(provider, SecretString::from(fields.to_string()));
        if let Some(profile) = profile {
            options = options.scope(Scope::Agents(ProfileIds::new([ProfileId::new(profile)?])?));
        }
        Ok(self.bailee.join(&self.session(), options).await?.integration.id)
    }

    pub(crate) async fn channels(&self) -> Result<Vec<Integration>> {
        Ok(self.bailee.integrations(&self.owner, None, 10).await?.items)
    }

    /// Notifies on behalf of a profile, tells what became of it, and fails where that is not what was expected.
    pub(crate) async fn notify(
        &self,
        profile: &str,
        target: Target,
        news: &Notification,
        expected: &[(&str, &str)],
    ) -> Result<()> {
        let to = match &target {
            Target::All => "all channels",
            Target::Default => "its first choices",
            _ => "these channels",
        };
        println!("\n{profile} says {:?} through {to}:", news.title());
        let caller = Caller::own(self.owner.clone(), profile)?;
        let told = self.bailee.notify(&caller, target, news).await?;
        let names: BTreeMap<_, _> =
            self.channels().await?.into_iter().map(|row| (row.id, row.provider)).collect();
        let mut outcomes = BTreeMap::new();
        for one in &told {
            let name = names.get(&one.integration).map_or("?", |name| name.as_str());
            outcomes.insert(name, outcome(&one.result));
        }
        for (name, outcome) in &outcomes {
            println!("  {name:<9} {outcome}");
        }
        let seen: Vec<_> = outcomes.iter().map(|(name, outcome)| (*name, outcome.as_str())).collect();
        ensure!(seen == expected, "expected {expected:?}");
        Ok(())
    }
}

fn outcome(result: &NotifyResult) -> String {
    match result {
        NotifyResult::Delivered(_) => "delivered".to_owned(),
        NotifyResult::Failed(error) => format!("failed: {error}"),
        NotifyResult::Queued => "queued".to_owned(),
        NotifyResult::Refused(refusal) => format!("refused ({})", refusal.as_str()),
        other => format!("{other:?}"),
    }
}

/// For whom a channel is.
pub(crate) fn who(scope: &Scope) -> String {
    match scope {
        Scope::Agents(profiles) => profiles.iter().map(ProfileId::as_str).collect::<Vec<_>>().join(" and "),
        Scope::All => "all".to_owned(),
    }
}

/// Which profiles are whose, as a host looks them up in its own tables.
#[derive(Clone, Copy, Debug)]
struct Agents;

#[async_trait]
impl ProfileDirectory for Agents {
    async fn owns(&self, _: &Owner, profile: &ProfileId) -> Result<bool, DirectoryError> {
        Ok(PROFILES.contains(&profile.as_str()))
    }

    async fn list(&self, _: &Owner) -> Result<Vec<ProfileId>, DirectoryError> {
        Ok(PROFILES.into_iter().filter_map(|id| ProfileId::new(id).ok()).collect())
    }
}
