use bailee_core::{
    Action, Actor, EventKind, Integration, IntegrationId, Lifecycle, Outcome, Owner, Profile, ProfileId,
    Scope, Session, StoreError, store::IntegrationChange,
};

use crate::{Bailee, Error, InputProblem, engine::Inner, journal::Line};

impl Bailee {
    /// The owner's profiles, as the host shows them; none where it names no directory.
    ///
    /// # Errors
    /// [`Error::Store`] when the host cannot tell.
    pub async fn profiles(&self, owner: &Owner) -> Result<Vec<Profile>, Error> {
        match &self.inner().profiles {
            Some(profiles) => profiles.profiles(owner).await.map_err(|_| StoreError::Unavailable.into()),
            None => Ok(Vec::new()),
        }
    }

    /// Changes what the owner may change of an integration; it counts from the next use on.
    ///
    /// # Behaviour
    /// - `version` is the one that was shown; `None` takes whatever is there.
    /// - Whatever lets more profiles use it, turns it on or changes its settings needs a person; narrowing does not.
    /// - Of its settings, what is given back as it was shown stays as it is.
    /// - Making it the first choice of its provider takes that from another one.
    ///
    /// # Errors
    /// - [`Error::Invalid`] names `profile_ids` or `bound_profile_id` when one of them is not a profile of the owner,
    ///   or `config` when the settings do not fit: nothing is changed then.
    /// - [`Error::HumanNeeded`]; it is in the ledger.
    /// - [`Error::Stale`] when it was changed meanwhile. [`Error::NotFound`], [`Error::Store`].
    pub async fn update(
        &self,
        session: &Session,
        id: IntegrationId,
        version: Option<i64>,
        mut change: IntegrationChange,
    ) -> Result<Integration, Error> {
        let inner = self.inner();
        let row = inner.stores.integrations.find(&session.owner, id).await?;
        let row = row.filter(|row| row.lifecycle != Lifecycle::Disconnecting).ok_or(Error::NotFound)?;
        if version.is_some_and(|version| version != row.version) {
            return Err(Error::Stale);
        }
        inner.known_scope(&session.owner, change.scope.as_ref()).await?;
        inner.known_bound(&session.owner, change.bound_profile.iter().flatten().next()).await?;
        if let Some(given) = change.config.take() {
            change.config = Some(inner.settings.kept(&row, given)?);
        }
        let mut line = Line::new(&session.owner, Action::Update, Outcome::Ok);
        line.provider = Some(row.provider.clone());
        line.integration = Some(id);
        line.details.changed = fields(&change);
        line.details.integration_version = Some(row.version);
        if session.actor != Actor::Human && widens(&row, &change) {
            inner.note(Line { outcome: Outcome::Denied, ..line }).await;
            return Err(Error::HumanNeeded);
        }
        let announcement = if rescopes(&row, &change) {
            inner.telling(EventKind::ScopeChanged, (&row).into(), None)?
        } else {
            None
        };
        let store = &inner.stores.integrations;
        let updated = store.update(&session.owner, id, row.version, change, announcement.as_ref()).await?;
        let updated = updated.ok_or(Error::Stale)?;
        line.details.integration_version = Some(updated.version);
        inner.note(line).await;
        inner.announce(&session.owner);
        Ok(inner.settings.shown(updated))
    }
}

impl Inner {
    /// Whether every profile of a scope is one of the owner.
    pub(crate) async fn known_scope(&self, owner: &Owner, scope: Option<&Scope>) -> Result<(), Error> {
        let Some(Scope::Agents(profiles)) = scope else { return Ok(()) };
        for profile in profiles.iter() {
            if !self.owns_profile(owner, profile).await? {
                return Err(Error::invalid("profile_ids", InputProblem::Unknown));
            }
        }
        Ok(())
    }

    /// Whether a bound profile is one of the owner.
    pub(crate) async fn known_bound(&self, owner: &Owner, bound: Option<&ProfileId>) -> Result<(), Error> {
        let Some(bound) = bound else { return Ok(()) };
        if self.owns_profile(owner, bound).await? {
            Ok(())
        } else {
            Err(Error::invalid("bound_profile_id", InputProblem::Unknown))
        }
    }

    async fn owns_profile(&self, owner: &Owner, profile: &ProfileId) -> Result<bool, Error> {
        match &self.profiles {
            Some(profiles) => profiles.owns(owner, profile).await.map_err(|_| StoreError::Unavailable.into()),
            None => Ok(true),
        }
    }
}

/// Whether a change alters which profiles may use an integration, or turns it on or off.
fn rescopes(row: &Integration, change: &IntegrationChange) -> bool {
    change.enabled.is_some_and(|enabled| enabled != row.enabled)
        || change.scope.as_ref().is_some_and(|scope| *scope != row.scope)
        || change.bound_profile.as_ref().is_some_and(|bound| *bound != row.bound_profile)
}

/// Whether agents can do more after a change than before.
fn widens(row: &Integration, change: &IntegrationChange) -> bool {
    let enabled = change.enabled == Some(true) && !row.enabled;
    let settings = change.config.as_ref().is_some_and(|config| *config != row.config);
    let scope = change.scope.as_ref().unwrap_or(&row.scope);
    let bound = change.bound_profile.as_ref().unwrap_or(&row.bound_profile);
    enabled || settings || reaches_more((&row.scope, row.bound_profile.as_ref()), (scope, bound.as_ref()))
}

/// Whether some profile is granted afterwards that was not before.
pub(crate) fn reaches_more(
    (scope, bound): (&Scope, Option<&ProfileId>),
    (new_scope, new_bound): (&Scope, Option<&ProfileId>),
) -> bool {
    let newly = |profile: &ProfileId| new_scope.grants(new_bound, profile) && !scope.grants(bound, profile);
    let listed = match new_scope {
        Scope::All => new_bound.is_none() && (*scope != Scope::All || bound.is_some()),
        Scope::Agents(profiles) => profiles.iter().any(newly),
    };
    listed || new_bound.is_some_and(newly)
}

/// The fields of a change, as the wire names them.
fn fields(change: &IntegrationChange) -> Vec<String> {
    [
        ("bound_profile_id", change.bound_profile.is_some()),
        ("config", change.config.is_some()),
        ("enabled", change.enabled.is_some()),
        ("is_default", change.is_default.is_some()),
        ("scope", change.scope.is_some()),
    ]
    .into_iter()
    .filter(|(_, changed)| *changed)
    .map(|(name, _)| name.to_owned())
    .collect()
}

#[cfg(test)]
mod tests {
    use bailee_core::ProfileIds;

    use super::*;

    #[test]
    fn a_change_widens_exactly_when_some_profile_is_granted_that_was_not() -> anyhow::Result<()> {
        let (a, b) = (ProfileId::new("a")?, ProfileId::new("b")?);
        let agents = |profiles: &[&ProfileId]| -> anyhow::Result<Scope> {
            Ok(Scope::Agents(ProfileIds::new(profiles.iter().map(|profile| (*profile).clone()))?))
        };
        let states = [
            (Scope::All, None),
            (Scope::All, Some(a.clone())),
            (agents(&[])?, None),
            (agents(&[&a])?, None),
            (agents(&[&a, &b])?, None),
            (agents(&[])?, Some(b.clone())),
        ];
        // One that nobody lists stands for all the others.
        let everybody = [a, b, ProfileId::new("other")?];
        for before in &states {
            for after in &states {
                let granted = |state: &(Scope, Option<ProfileId>), profile: &ProfileId| {
                    state.0.grants(state.1.as_ref(), profile)
                };
                let more =
                    everybody.iter().any(|profile| granted(after, profile) && !granted(before, profile));
                let told = reaches_more((&before.0, before.1.as_ref()), (&after.0, after.1.as_ref()));
                assert_eq!(told, more, "{before:?} to {after:?}");
            }
        }
        Ok(())
    }
}
