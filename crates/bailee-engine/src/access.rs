//! What a caller may use just now: state that is read afresh, and the one pure function asked about it.

use bailee_core::{
    Caller, Integration, Lifecycle, Owner, Refusal, Status, StoreError, Subject, ThreadPermissions, Wanted,
    decide, store::ThreadGrant,
};

use crate::{catalogue::Entry, engine::Inner};

/// The most integrations of one owner that are looked at.
const MOST: usize = 1000;
const PAGE: u32 = 100;

/// The state of an owner that decides about tools.
pub(crate) struct Snapshot {
    pub(crate) rows: Vec<Integration>,
    pub(crate) thread: ThreadGrant,
    /// The caller as a whole is refused: neither a profile nor a thread of the owner.
    pub(crate) refusal: Option<Refusal>,
}

impl Inner {
    /// Reads what decides about a caller. Nothing of it is kept.
    pub(crate) async fn snapshot(&self, caller: &Caller) -> Result<Snapshot, StoreError> {
        if let Some(refusal) = self.stranger(caller).await? {
            return Ok(Snapshot { rows: Vec::new(), thread: ThreadGrant::default(), refusal: Some(refusal) });
        }
        // The thread first: a flag that is turned off while the rows are read is noticed by the next look.
        let thread = match caller.thread() {
            Some(thread) => self.stores.threads.thread_grant(caller.owner(), thread).await?,
            None => ThreadGrant::default(),
        };
        Ok(Snapshot { rows: self.rows(caller.owner()).await?, thread, refusal: None })
    }

    /// The owner's integrations, disconnecting ones left out.
    pub(crate) async fn rows(&self, owner: &Owner) -> Result<Vec<Integration>, StoreError> {
        let mut rows: Vec<Integration> = Vec::new();
        while rows.len() < MOST {
            let page = self.stores.integrations.list(owner, rows.last().map(|row| row.id), PAGE).await?;
            let end = page.len() < PAGE as usize;
            rows.extend(page);
            if end {
                break;
            }
        }
        Ok(rows)
    }

    /// Whether the host knows profile and thread as the owner's.
    pub(crate) async fn stranger(&self, caller: &Caller) -> Result<Option<Refusal>, StoreError> {
        if let Some(profiles) = &self.profiles
            && !profiles.owns(caller.owner(), caller.profile()).await.map_err(|_| StoreError::Unavailable)?
        {
            return Ok(Some(Refusal::NotYourProfile));
        }
        let Some(thread) = caller.thread() else { return Ok(None) };
        let known = self.knows_thread(caller.owner(), thread).await?;
        Ok((!known).then_some(Refusal::UnknownTool))
    }
}

impl Snapshot {
    /// The integrations that a tool may be called with; none for a tool that needs none.
    ///
    /// Of several, those that are known to be refused by their provider are left out, as long as another is there.
    pub(crate) fn resolve(&self, caller: &Caller, entry: &Entry) -> Result<Vec<&Integration>, Refusal> {
        let mut rows = self.allowed(caller, entry)?;
        if rows.iter().any(|row| is_usable(row)) {
            rows.retain(|row| is_usable(row));
        }
        Ok(rows)
    }

    /// As [`Snapshot::resolve`], with those that are known to be refused by their provider: each would do without the
    /// others.
    pub(crate) fn allowed(&self, caller: &Caller, entry: &Entry) -> Result<Vec<&Integration>, Refusal> {
        if let Some(refusal) = self.refusal {
            return Err(refusal);
        }
        let wanted = Wanted::Tool(&entry.tool);
        let decision = |subject| match decide(caller, self.thread.permissions, wanted, subject) {
            bailee_core::Decision::Allow => Ok(()),
            bailee_core::Decision::Refuse(refusal) => Err(refusal),
            // A third answer of a later version is not a yes.
            _ => Err(Refusal::UnknownTool),
        };
        let Some(provider) = entry.provider() else {
            return decision(None).map(|()| Vec::new());
        };
        let key = &provider.descriptor().key;
        let mut refusal: Option<Refusal> = None;
        let mut rows = Vec::new();
        for row in self.rows.iter().filter(|row| row.provider == *key) {
            match decision(Some(Subject::from(row))) {
                Ok(()) => rows.push(row),
                Err(other) => refusal = Some(refusal.map_or(other, |before| before.nearer(other))),
            }
        }
        if rows.is_empty() {
            return Err(refusal.or_else(|| decision(None).err()).unwrap_or(Refusal::NotConnected));
        }
        Ok(rows)
    }
}

/// Whether a row is the caller's to know of, whatever its state: by the rules for a raw token.
pub(crate) fn reaches(caller: &Caller, row: &Integration) -> bool {
    decide(caller, ThreadPermissions::NONE, Wanted::Token, Some(Subject::from(row))).is_allowed()
}

fn is_usable(row: &Integration) -> bool {
    row.lifecycle == Lifecycle::Connected && row.status != Status::Invalid
}
