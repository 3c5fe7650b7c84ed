use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use bailee::{
    Actor, Counterpart, DirectoryError, InvalidId, OrganizationId, Owner, OwnerCard, OwnerDirectory, Profile,
    ProfileDirectory, ProfileId, Session, ThreadDirectory, ThreadId, Transport,
    http::{AuthenticateError, SignedIn},
};

use crate::host::ORGANIZATION;

/// Who uses the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// As in the cookie.
    pub user: &'static str,
    profiles: &'static [(&'static str, &'static str)],
    threads: &'static [(&'static str, &'static str, bool)],
}

/// With three agents and two conversations.
pub const ADA: Person = Person {
    user: "ada",
    profiles: &[(VZFINANCE, "VZFinance"), (CODING, "Coding"), (ORGANIZER, "Organizer")],
    threads: &[(ACME, "Acme Scheduler", true), (GROCER, "Corner Grocer", false)],
};
/// With one agent, and nothing else.
pub const BOB: Person = Person { user: "bob", profiles: &[("prof_bob", "Bob's agent")], threads: &[] };

const EVERYBODY: [Person; 2] = [ADA, BOB];

/// An agent of Ada's.
pub const VZFINANCE: &str = "prof_vzfin";
/// An agent of Ada's.
pub const CODING: &str = "prof_coding";
/// An agent of Ada's.
pub const ORGANIZER: &str = "prof_organizer";
/// Ada's conversation with Acme Scheduler, who is verified.
pub const ACME: &str = "th_acme";
/// Ada's conversation with a grocer.
pub const GROCER: &str = "th_grocer";

impl Person {
    /// Whose accounts they are: a member of the one organization.
    ///
    /// # Errors
    /// None, as all ids here fit.
    pub fn owner(&self) -> Result<Owner, InvalidId> {
        Owner::member(ORGANIZATION, self.user)
    }

    /// Signed in by the cookie.
    ///
    /// # Errors
    /// As [`Person::owner`].
    pub fn session(&self) -> Result<Session, InvalidId> {
        Ok(Session { owner: self.owner()?, actor: Actor::Human, transport: Transport::Cookie })
    }

    /// By the name in a cookie.
    pub(crate) fn named(user: &str) -> Option<Self> {
        EVERYBODY.into_iter().find(|person| person.user == user)
    }

    fn of(owner: &Owner) -> Option<Self> {
        Self::named(owner.user_id().as_str())
    }
}

/// Signed in, as the host's middleware found.
#[derive(Clone)]
pub(crate) struct Visitor(pub(crate) Session);

#[async_trait]
impl SignedIn for Visitor {
    fn session(&self) -> Session {
        self.0.clone()
    }

    async fn may_act_in(&self, organization: &OrganizationId) -> Result<bool, AuthenticateError> {
        Ok(organization.as_str() == ORGANIZATION)
    }
}

/// The tables of the host.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    /// Profiles that were deleted.
    forgotten: Arc<Mutex<BTreeSet<String>>>,
}

impl Tables {
    pub(crate) fn forget(&self, profile: &str) {
        self.forgotten.lock().unwrap_or_else(PoisonError::into_inner).insert(profile.to_owned());
    }

    fn profiles(&self, owner: &Owner) -> Vec<(&'static str, &'static str)> {
        let forgotten = self.forgotten.lock().unwrap_or_else(PoisonError::into_inner);
        let all = Person::of(owner).into_iter().flat_map(|person| person.profiles);
        all.filter(|(id, _)| !forgotten.contains(*id)).copied().collect()
    }
}

#[async_trait]
impl ProfileDirectory for Tables {
    async fn owns(&self, owner: &Owner, profile: &ProfileId) -> Result<bool, DirectoryError> {
        Ok(self.profiles(owner).iter().any(|(id, _)| *id == profile.as_str()))
    }

    async fn list(&self, owner: &Owner) -> Result<Vec<ProfileId>, DirectoryError> {
        Ok(self.profiles(owner).into_iter().filter_map(|(id, _)| ProfileId::new(id).ok()).collect())
    }

    async fn profiles(&self, owner: &Owner) -> Result<Vec<Profile>, DirectoryError> {
        let named = |(id, name): (&str, &str)| {
            Some(Profile { id: ProfileId::new(id).ok()?, name: name.to_owned(), avatar_url: None })
        };
        Ok(self.profiles(owner).into_iter().filter_map(named).collect())
    }
}

#[async_trait]
impl ThreadDirectory for Tables {
    async fn owns(&self, owner: &Owner, thread: &ThreadId) -> Result<bool, DirectoryError> {
        Ok(threads(owner).any(|(id, _, _)| *id == thread.as_str()))
    }

    async fn counterpart(
        &self,
        owner: &Owner,
        thread: &ThreadId,
    ) -> Result<Option<Counterpart>, DirectoryError> {
        let found = threads(owner).find(|(id, _, _)| *id == thread.as_str());
        Ok(found.map(|(_, name, verified)| Counterpart { name: (*name).to_owned(), verified: *verified }))
    }
}

#[async_trait]
impl OwnerDirectory for Tables {
    async fn card(&self, owner: &Owner) -> Result<Option<OwnerCard>, DirectoryError> {
        Ok(Person::of(owner).map(|person| OwnerCard {
            email: Some(format!("{}@example.test", person.user)),
            organization: Some("Analytical Engines".to_owned()),
            interests: vec!["tea".to_owned()],
        }))
    }
}

fn threads(owner: &Owner) -> impl Iterator<Item = &'static (&'static str, &'static str, bool)> {
    Person::of(owner).into_iter().flat_map(|person| person.threads)
}
