use bailee_core::{ConnectKind, Integration, IntegrationId, Owner, ProviderKey};

use crate::{Bailee, Error};

/// Part of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The items in the order of their ids.
    pub items: Vec<T>,
    /// What to pass as `after` for the next part; `None` at the end.
    pub next: Option<IntegrationId>,
}

/// A provider that can be connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderSummary {
    /// Its key.
    pub key: ProviderKey,
    /// Its name for people.
    pub name: &'static str,
    /// Other keys that start a connect of it.
    pub aliases: Vec<ProviderKey>,
    /// How an account is joined.
    pub connect: ConnectKind,
    /// Whether an owner may connect several accounts.
    pub several: bool,
    /// JSON Schema of what [`Bailee::join`] takes; `None` where nothing is entered.
    pub form: Option<serde_json::Value>,
}

impl Bailee {
    /// The largest page of a list.
    pub const MAX_PAGE: u32 = 100;

    /// The owner's integrations in the order of their ids, those that are being disconnected left out. Settings that are to
    /// be kept to themselves show their ends at most.
    ///
    /// `limit` is cut to 1 ..= [`Bailee::MAX_PAGE`].
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn integrations(
        &self,
        owner: &Owner,
        after: Option<IntegrationId>,
        limit: u32,
    ) -> Result<Page<Integration>, Error> {
        let limit = limit.clamp(1, Self::MAX_PAGE);
        let mut items = self.inner().stores.integrations.list(owner, after, limit + 1).await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| more).map(|last| last.id);
        let items = items.into_iter().map(|row| self.inner().settings.shown(row)).collect();
        Ok(Page { items, next })
    }

    /// One integration, as in [`Bailee::integrations`]; `None` for an unknown, a foreign or an erased one, and while it is being disconnected.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn integration(&self, owner: &Owner, id: IntegrationId) -> Result<Option<Integration>, Error> {
        let row = self.inner().stores.integrations.find(owner, id).await?;
        let row = row.filter(|row| row.lifecycle != bailee_core::Lifecycle::Disconnecting);
        Ok(row.map(|row| self.inner().settings.shown(row)))
    }

    /// What can be connected, in the order in which the host added it.
    #[must_use]
    pub fn providers(&self) -> Vec<ProviderSummary> {
        self.inner()
            .providers
            .iter()
            .map(|provider| {
                let descriptor = provider.descriptor();
                ProviderSummary {
                    key: descriptor.key.clone(),
                    name: descriptor.name,
                    aliases: descriptor.aliases.iter().map(|alias| alias.key.clone()).collect(),
                    connect: descriptor.connect,
                    several: self.inner().several(provider),
                    form: descriptor.form.clone(),
                }
            })
            .collect()
    }
}
