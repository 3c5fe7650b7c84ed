//! What is there before a test begins, and what other windows do: without a browser.

use anyhow::Context as _;
use bailee::{
    Integration, IntegrationChange, JoinOptions, PermissionFlag, ProfileId, ProfileIds, Scope, ThreadId,
    ThreadPermissions,
};
use bailee_testkit::{connected, connected_by, mock_smtp, mock_telegram};
use serde_json::{Value, json};

use super::Host;
use crate::Person;

impl Host {
    /// Connects somebody's Google account.
    ///
    /// # Errors
    /// When it cannot be connected.
    pub async fn connect_google(&self, person: Person) -> anyhow::Result<Integration> {
        let connected = connected(&self.bailee, &self.mocks.google, &person.owner()?, "google").await;
        connected.map_err(anyhow::Error::from_boxed)
    }

    /// Connects somebody's Google account, of which they allow less: without these scopes.
    ///
    /// # Errors
    /// When it cannot be connected.
    pub async fn connect_google_without(
        &self,
        person: Person,
        scopes: &[&str],
    ) -> anyhow::Result<Integration> {
        let owner = person.owner()?;
        let connected = connected_by(&self.bailee, &owner, "google", |page| {
            let consent = self.mocks.google.consent(page);
            Ok(scopes.iter().fold(consent, |consent, scope| consent.without(scope)).allow()?)
        });
        connected.await.map_err(anyhow::Error::from_boxed)
    }

    /// Joins somebody's mail server.
    ///
    /// # Errors
    /// When it cannot be joined.
    pub async fn join_email(&self, person: Person) -> anyhow::Result<Integration> {
        let fields = json!({
            "host": "127.0.0.1", "port": self.mocks.smtp.port(), "security": "implicit_tls",
            "username": mock_smtp::USERNAME, "password": mock_smtp::PASSWORD,
            "from_address": "alerts@example.test", "recipients": ["ada@example.test"],
        });
        self.join(person, "email", fields).await
    }

    /// Joins somebody's webhook.
    ///
    /// # Errors
    /// When it cannot be joined.
    pub async fn join_webhook(&self, person: Person) -> anyhow::Result<Integration> {
        let fields = json!({ "url": self.mocks.receiver.url("/hooks/of-ada")? });
        self.join(person, "webhook", fields).await
    }

    /// Joins somebody's own bot of Telegram.
    ///
    /// # Errors
    /// When it cannot be joined.
    pub async fn join_bot(&self, person: Person) -> anyhow::Result<Integration> {
        self.join(person, "telegram", json!({ "bot_token": mock_telegram::OWN_BOT })).await
    }

    async fn join(&self, person: Person, provider: &str, fields: Value) -> anyhow::Result<Integration> {
        let joined = self
            .bailee
            .join(&person.session()?, JoinOptions::new(provider, fields.to_string().into()))
            .await?;
        Ok(joined.integration)
    }

    /// The integrations of somebody, as they are now.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn integrations(&self, person: Person) -> anyhow::Result<Vec<Integration>> {
        Ok(self.bailee.integrations(&person.owner()?, None, 100).await?.items)
    }

    /// The one integration of somebody with this provider, as it is now.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub async fn integration(&self, person: Person, provider: &str) -> anyhow::Result<Integration> {
        let mut all = self.integrations(person).await?;
        all.retain(|integration| integration.provider.as_str() == provider);
        anyhow::ensure!(all.len() == 1, "{} integrations with {provider}", all.len());
        all.pop().context("no integration")
    }

    /// Limits an integration to some agents, as in another window.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn limit_to(
        &self,
        person: Person,
        integration: &Integration,
        profiles: &[&str],
    ) -> anyhow::Result<()> {
        let profiles: Vec<_> = profiles.iter().map(|id| ProfileId::new(*id)).collect::<Result<_, _>>()?;
        let scope = Some(Scope::Agents(ProfileIds::new(profiles)?));
        self.change(person, integration, IntegrationChange { scope, ..IntegrationChange::default() }).await
    }

    /// Turns an integration on or off, as in another window.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn set_enabled(
        &self,
        person: Person,
        integration: &Integration,
        enabled: bool,
    ) -> anyhow::Result<()> {
        let enabled = Some(enabled);
        self.change(person, integration, IntegrationChange { enabled, ..IntegrationChange::default() }).await
    }

    async fn change(
        &self,
        person: Person,
        integration: &Integration,
        change: IntegrationChange,
    ) -> anyhow::Result<()> {
        self.bailee.update(&person.session()?, integration.id, None, change).await?;
        Ok(())
    }

    /// Turns flags of a thread on, and the others off, as in another window.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn allow(&self, person: Person, thread: &str, flags: &[PermissionFlag]) -> anyhow::Result<()> {
        let permissions: ThreadPermissions = flags.iter().copied().collect();
        let thread = ThreadId::new(thread)?;
        self.bailee.set_thread_permissions(&person.session()?, &thread, permissions, None).await?;
        Ok(())
    }
}
