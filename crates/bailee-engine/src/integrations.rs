use bailee_core::{
    Access, Capabilities, ConnectKind, Integration, IntegrationId, Owner, ProviderKey, WidgetSources,
};
use url::Url;

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
    /// What it is connected for, for people: one clause.
    pub description: &'static str,
    /// What a connect that begins just now would allow; `None` where nothing can be said.
    pub access: Option<Access>,
    /// Where people manage at the provider which apps have access.
    pub account_url: Option<Url>,
    /// Other keys that start a connect of it.
    pub aliases: Vec<ProviderKey>,
    /// How an account is joined.
    pub connect: ConnectKind,
    /// Whether [`Bailee::test`] sends a message.
    pub notifies: bool,
    /// Whether an owner may connect several accounts.
    pub several: bool,
    /// JSON Schema of what [`Bailee::join`] takes; `None` where nothing is entered.
    pub form: Option<serde_json::Value>,
    /// JSON Schema of the settings that an owner may change with [`Bailee::update`]; `None` where there are none.
    pub settings: Option<serde_json::Value>,
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
                let effects = provider.tools().iter().map(|tool| tool.effect);
                ProviderSummary {
                    key: descriptor.key.clone(),
                    name: descriptor.name,
                    description: descriptor.description,
                    access: Access::of(&descriptor.requested, &descriptor.reading, effects),
                    account_url: descriptor.account_url.clone(),
                    aliases: descriptor.aliases.iter().map(|alias| alias.key.clone()).collect(),
                    connect: descriptor.connect,
                    notifies: descriptor.capabilities.contains(Capabilities::NOTIFY),
                    several: self.inner().several(provider),
                    form: descriptor.form.clone(),
                    settings: descriptor.settings.clone(),
                }
            })
            .collect()
    }

    /// The widgets of the providers that have one, for the server of the page that shows them.
    #[must_use]
    pub fn widgets(&self) -> Vec<(ProviderKey, WidgetSources)> {
        let descriptors = self.inner().providers.iter().map(|provider| provider.descriptor());
        let widgets =
            descriptors.filter_map(|descriptor| Some((descriptor.key.clone(), descriptor.widget.clone()?)));
        widgets.collect()
    }
}
