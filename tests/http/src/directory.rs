use async_trait::async_trait;
use bailee_core::{
    Counterpart, DirectoryError, Owner, ProfileDirectory, ProfileId, ThreadDirectory, ThreadId,
};

/// Every user has the profiles `<user>_1` and `<user>_2` and the thread `<user>_t`.
#[derive(Clone, Copy, Debug)]
pub struct Directory;

#[async_trait]
impl ProfileDirectory for Directory {
    async fn owns(&self, owner: &Owner, profile: &ProfileId) -> Result<bool, DirectoryError> {
        Ok(self.list(owner).await?.contains(profile))
    }

    async fn list(&self, owner: &Owner) -> Result<Vec<ProfileId>, DirectoryError> {
        let ids = ["1", "2"].map(|number| ProfileId::new(format!("{}_{number}", owner.user_id())));
        Ok(ids.into_iter().filter_map(Result::ok).collect())
    }
}

#[async_trait]
impl ThreadDirectory for Directory {
    async fn owns(&self, owner: &Owner, thread: &ThreadId) -> Result<bool, DirectoryError> {
        Ok(thread.as_str() == format!("{}_t", owner.user_id()))
    }

    async fn counterpart(&self, _: &Owner, _: &ThreadId) -> Result<Option<Counterpart>, DirectoryError> {
        Ok(Some(Counterpart { name: "Bob's agent".to_owned(), verified: true }))
    }
}
