//! What a host looks up in its own tables: agents, conversations, people. Here everybody has the same.

use async_trait::async_trait;
use bailee::{
    Counterpart, DirectoryError, Owner, OwnerCard, OwnerDirectory, Profile, ProfileDirectory, ProfileId,
    ThreadDirectory, ThreadId,
};

/// The one organization of the demo, and its one member.
pub(crate) const ORGANIZATION: &str = "demo";
pub(crate) const USER: &str = "ada";

/// The agents, with their names for people.
const PROFILES: [(&str, &str); 3] =
    [("vzfinance", "VZFinance"), ("coding", "Coding"), ("assistant", "Assistant")];

/// The conversation with somebody else's agent, whom nobody checked.
pub(crate) const THREAD: &str = "thread_with_bob";
/// The conversation with one whom the host knows.
pub(crate) const VERIFIED_THREAD: &str = "thread_with_acme";

/// Who is at the other end of each conversation, and whether the host checked that.
const THREADS: [(&str, &str, bool); 2] =
    [(VERIFIED_THREAD, "Acme Scheduler", true), (THREAD, "Bob's agent", false)];

#[derive(Clone, Copy, Debug)]
pub(crate) struct Demo;

#[async_trait]
impl ProfileDirectory for Demo {
    async fn owns(&self, _: &Owner, profile: &ProfileId) -> Result<bool, DirectoryError> {
        Ok(PROFILES.iter().any(|(id, _)| *id == profile.as_str()))
    }

    async fn list(&self, _: &Owner) -> Result<Vec<ProfileId>, DirectoryError> {
        Ok(PROFILES.into_iter().filter_map(|(id, _)| ProfileId::new(id).ok()).collect())
    }

    async fn profiles(&self, _: &Owner) -> Result<Vec<Profile>, DirectoryError> {
        let profile = |(id, name): (_, &str)| {
            Some(Profile { id: ProfileId::new(id).ok()?, name: name.to_owned(), avatar_url: None })
        };
        Ok(PROFILES.into_iter().filter_map(profile).collect())
    }
}

#[async_trait]
impl ThreadDirectory for Demo {
    async fn owns(&self, _: &Owner, thread: &ThreadId) -> Result<bool, DirectoryError> {
        Ok(THREADS.iter().any(|(id, ..)| *id == thread.as_str()))
    }

    async fn counterpart(&self, _: &Owner, thread: &ThreadId) -> Result<Option<Counterpart>, DirectoryError> {
        let known = THREADS.into_iter().find(|(id, ..)| *id == thread.as_str());
        Ok(known.map(|(_, name, verified)| Counterpart { name: name.to_owned(), verified }))
    }
}

#[async_trait]
impl OwnerDirectory for Demo {
    async fn card(&self, _: &Owner) -> Result<Option<OwnerCard>, DirectoryError> {
        Ok(Some(OwnerCard {
            email: Some("ada@example.test".to_owned()),
            organization: Some("Example".to_owned()),
            interests: vec!["tea".to_owned(), "chess".to_owned()],
        }))
    }
}
