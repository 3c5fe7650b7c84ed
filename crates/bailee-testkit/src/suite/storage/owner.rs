#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use std::time::Duration;

use bailee_core::{
    Integration, Lifecycle, Owner, Status,
    store::{Selector, Verdict},
};

use super::{
    Stores,
    sample::{self, HOUR, row},
};
use crate::suite::{SuiteError, SuiteResult};

/// Owners that a database with a forgiving collation, or a store with a forgiving key, would take for one another.
pub(super) fn lookalikes() -> Result<Vec<Owner>, SuiteError> {
    Ok(vec![
        Owner::user("u1")?,
        Owner::user("U1")?,
        Owner::user("u1 ")?,
        Owner::user(" u1")?,
        Owner::user("ü1")?,
        Owner::user("u\u{308}1")?,
        Owner::user("u/1")?,
        Owner::user("u%2F1")?,
        Owner::user("org/u1")?,
        Owner::user("🦀")?,
        Owner::user("🦁")?,
        Owner::member("org", "u1")?,
        Owner::member("Org", "u1")?,
        Owner::member("org ", "u1")?,
        Owner::member("org", "U1")?,
        Owner::member("org/u1", "u1")?,
        Owner::member("u1", "org")?,
    ])
}

async fn one_each(stores: &dyn Stores) -> Result<Vec<Integration>, SuiteError> {
    let mut all = Vec::new();
    for owner in lookalikes()? {
        all.push(stores.insert(sample::integration(&owner, &sample::google()?)?).await?);
    }
    Ok(all)
}

/// No owner reads a row of another, however alike their ids are.
pub async fn lookalike_owners_never_read_one_another(stores: &dyn Stores) -> SuiteResult {
    let all = one_each(stores).await?;
    for mine in &all {
        let owner = &mine.owner;
        assert_eq!(stores.list(owner, None, 100).await?, std::slice::from_ref(mine), "{owner}");
        let google = sample::google()?;
        assert_eq!(stores.of_provider(owner, &google).await?, std::slice::from_ref(mine), "{owner}");
        let rows = stores.credentials(owner, &Selector::Provider(google)).await?;
        assert!(matches!(rows.as_slice(), [row] if row.id == mine.id && row.owner == *owner), "{owner}");
        for other in &all {
            let foreign = other.id != mine.id;
            assert_eq!(stores.find(owner, other.id).await?.is_none(), foreign, "{owner} and {}", other.owner);
            let rows = stores.credentials(owner, &Selector::Id(other.id)).await?;
            assert_eq!(rows.is_empty(), foreign, "{owner} and {}", other.owner);
        }
    }
    Ok(())
}

/// No owner changes a row of another, however alike their ids are.
pub async fn lookalike_owners_never_write_one_another(stores: &dyn Stores) -> SuiteResult {
    let all = one_each(stores).await?;
    let [mine, others @ ..] = all.as_slice() else {
        return Err("no rows".into());
    };
    let verdict = Verdict { status: Status::Invalid, reason: None, secret_epoch: 1 };
    for other in others {
        let owner = &other.owner;
        assert!(!stores.reconnect(owner, mine.id, 1, sample::connection()?).await?, "{owner}");
        assert!(!stores.set_status(owner, mine.id, verdict, None).await?, "{owner}");
        let message = sample::disconnect(mine.id);
        assert!(!stores.begin_disconnect(owner, mine.id, message, Duration::ZERO, None).await?, "{owner}");
    }
    assert_eq!(stores.find(&mine.owner, mine.id).await?.as_ref(), Some(mine));
    assert_eq!(row(stores, mine.id).await?.lifecycle, Lifecycle::Connected);
    assert!(stores.claim(100, sample::holder(), HOUR).await?.is_empty(), "no message was written");
    Ok(())
}

/// A flow is taken by its own owner alone, and a lookalike's try uses nothing up.
pub async fn lookalike_owners_never_take_a_flow_of_one_another(stores: &dyn Stores) -> SuiteResult {
    let owners = lookalikes()?;
    for mine in &owners {
        let flow = sample::flow(mine)?;
        stores.put(flow.clone(), HOUR, sample::MANY_FLOWS).await?;
        for other in owners.iter().filter(|other| *other != mine) {
            let mut take = sample::take(&flow);
            take.owner = other;
            assert!(stores.take(take).await?.is_none(), "{other} took the flow of {mine}");
        }
        let taken = stores.take(sample::take(&flow)).await?;
        assert_eq!(taken.map(|taken| taken.owner).as_ref(), Some(mine));
    }
    Ok(())
}
