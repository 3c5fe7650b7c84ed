//! What only a real database can do wrong.

use std::time::Duration;

use anyhow::Context as _;
use bailee_core::{
    AccountId, Action, ClientId, CredentialStore, IntegrationStore, Ledger, OrganizationId, Owner, ProfileId,
    ProfileIds, ProviderKey, Scope, SecretStore, StoreError, TaskStore, ThreadId, ThreadPermissions,
    ThreadStore, ToolName, UserId,
    store::{LeaseRequest, LedgerFilter, NewIntegration, Selector},
};
use bailee_storage::{SqlOptions, SqlStore};
use bailee_testkit::suite::storage::sample;
use test_support::{Engine, Raw, each_engine, each_of};

fn new(owner: &Owner) -> anyhow::Result<NewIntegration> {
    sample::integration(owner, &ProviderKey::new("google")?).map_err(anyhow::Error::from_boxed)
}

fn lease(lifecycle: bailee_core::Lifecycle) -> LeaseRequest {
    LeaseRequest {
        secret_epoch: 1,
        lease_owner: sample::holder(),
        duration: Duration::from_secs(45),
        longest: Duration::from_mins(3),
        lifecycle,
        ignore_gate: false,
    }
}

#[tokio::test]
async fn case_and_blanks_make_another_owner() -> anyhow::Result<()> {
    each_engine(async |database| {
        let store = database.store().await?;
        let names = ["u1", "U1", "u1 ", " u1", "ü1", "u\u{308}1", "u1\u{200b}"];
        for name in names {
            store.insert(new(&Owner::user(name)?)?).await.with_context(|| format!("{name:?}"))?;
        }
        for name in names {
            let owner = Owner::user(name)?;
            let found = store.list(&owner, None, 100).await?;
            assert_eq!(found.len(), 1, "{name:?}");
            assert!(found.iter().all(|integration| integration.owner == owner), "{name:?}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_longest_ids_fit() -> anyhow::Result<()> {
    each_engine(async |database| {
        let store = database.store().await?;
        // Every slash becomes three bytes of the owner key.
        let owner = Owner::member(OrganizationId::new("/".repeat(128))?, UserId::new("/".repeat(128))?)?;
        let mut new = new(&owner)?;
        new.provider = ProviderKey::new("p".repeat(32))?;
        new.connection.account.id = AccountId::new("ä".repeat(127))?;
        new.connection.client = Some(ClientId::new("c".repeat(255))?);
        new.bound_profile = Some(ProfileId::new("b".repeat(128))?);
        new.slot = new.connection.account.id.to_string();
        let written = store.insert(new).await?;
        assert_eq!(store.find(&owner, written.id).await?, Some(written));

        let (name, thread) = ("s".repeat(128), ThreadId::new("/".repeat(128))?);
        let mut secret = sample::secret(&owner, &name).map_err(anyhow::Error::from_boxed)?;
        secret.scope = Scope::Agents(ProfileIds::new([ProfileId::new("b".repeat(128))?])?);
        let secret = store.insert_secret(secret).await?;
        assert_eq!(store.find_secret(&owner, secret.id).await?, Some(secret));
        let grant = store.set_thread_grant(&owner, &thread, ThreadPermissions::NONE, None, None).await?;
        assert_eq!(grant, Some(store.thread_grant(&owner, &thread).await?));
        let mut task = sample::task(&owner).map_err(anyhow::Error::from_boxed)?;
        task.profile = ProfileId::new("ä".repeat(64))?;
        task.thread = Some(thread.clone());
        let task = store.insert_task(task).await?;
        assert_eq!(store.find_task(&owner, task.id).await?, Some(task));
        let mut entry = sample::entry(&owner, Action::ThreadPermissions);
        entry.profile = Some(ProfileId::new("ä".repeat(64))?);
        entry.thread = Some(thread);
        entry.tool = Some(ToolName::new("t".repeat(128))?);
        entry.provider = Some(ProviderKey::new("p".repeat(32))?);
        store.append(entry.clone()).await?;
        let found = store.entries(&owner, &LedgerFilter::default(), None, 10).await?.pop();
        let found = found.context("the entry")?;
        assert_eq!((found.thread, found.tool, found.profile), (entry.thread, entry.tool, entry.profile));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_unreadable_value_names_its_column_and_row() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let store = database.store().await?;
        let owner = Owner::user("u1")?;
        let id = store.insert(new(&owner)?).await?.id;
        let raw = Raw::open(database).await?;
        for (column, value, back) in [
            ("status", "'Wobbly'", "'Valid'"),
            ("profile_ids", "'{'", "'[]'"),
            ("provider", "'GOOGLE'", "'google'"),
        ] {
            raw.run(&format!("UPDATE user_integrations SET {column} = {value}")).await?;
            let inconsistent =
                StoreError::Inconsistent { table: "user_integrations", column, id: id.to_string() };
            assert_eq!(store.read(id).await.map(drop), Err(inconsistent.clone()));
            assert_eq!(store.find(&owner, id).await.map(drop), Err(inconsistent));
            raw.run(&format!("UPDATE user_integrations SET {column} = {back}")).await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_unreadable_record_names_its_column_and_row() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let store = database.store().await?;
        let owner = Owner::user("u1")?;
        let thread = ThreadId::new("t1")?;
        store.set_thread_grant(&owner, &thread, ThreadPermissions::NONE, None, None).await?;
        let secret = sample::secret(&owner, "key").map_err(anyhow::Error::from_boxed)?;
        let secret = store.insert_secret(secret).await?.id;
        let task = sample::task(&owner).map_err(anyhow::Error::from_boxed)?;
        let task = store.insert_task(task).await?.id;
        let entry = sample::entry(&owner, Action::Call);
        let line = entry.id;
        store.append(entry).await?;
        let raw = Raw::open(database).await?;
        for (table, column, value, id) in [
            ("thread_permissions", "flags", "16", thread.to_string()),
            ("user_secrets", "scope", "'some'", secret.to_string()),
            ("agent_tasks", "proposal", "'{}'", task.to_string()),
            ("ledger", "provider_status", "70000", line.to_string()),
        ] {
            raw.run(&format!("UPDATE {table} SET {column} = {value}")).await?;
            let read = match table {
                "thread_permissions" => store.thread_grant(&owner, &thread).await.map(drop),
                "user_secrets" => store.find_secret(&owner, secret).await.map(drop),
                "agent_tasks" => store.find_task(&owner, task).await.map(drop),
                _ => store.entries(&owner, &LedgerFilter::default(), None, 10).await.map(drop),
            };
            assert_eq!(read, Err(StoreError::Inconsistent { table, column, id }));
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_busy_file_is_unavailable_until_it_is_free() -> anyhow::Result<()> {
    let Some(database) = Engine::SqliteFile.fresh().await? else {
        anyhow::bail!("SQLite is always there");
    };
    // Stays open: the last connection that closes locks the file once more.
    let _open = database.store().await?;
    let options = database.url().parse::<sqlx::sqlite::SqliteConnectOptions>()?.busy_timeout(Duration::ZERO);
    let store = SqlStore::from_pool(sqlx::SqlitePool::connect_with(options.clone()).await?);
    let other = sqlx::SqlitePool::connect_with(options).await?;
    let owner = Owner::user("u1")?;
    let written = store.insert(new(&owner)?).await?;

    let writing = other.begin_with("BEGIN IMMEDIATE").await?;
    assert_eq!(store.acquire(written.id, lease(written.lifecycle)).await, Err(StoreError::Unavailable));
    assert_eq!(store.find(&owner, written.id).await?, Some(written.clone()), "readers do not wait");
    writing.rollback().await?;
    assert_eq!(store.acquire(written.id, lease(written.lifecycle)).await, Ok(true));
    Ok(())
}

#[tokio::test]
async fn connections_that_the_server_ended_are_replaced() -> anyhow::Result<()> {
    each_of(&[Engine::Postgres, Engine::MySql], async |database| {
        let store = database.store_with(SqlOptions::default().with_max_connections(4)).await?;
        let owner = Owner::user("u1")?;
        let written = store.insert(new(&owner)?).await?;
        let raw = Raw::open(database).await?;
        let list = || store.list(&owner, None, 10);
        for _ in 0..2 {
            let all = tokio::join!(list(), list(), list(), list());
            assert_eq!(all.0?.len() + all.1?.len() + all.2?.len() + all.3?.len(), 4);
            assert!(raw.end_other_connections().await? > 1);
            assert_eq!(list().await?.len(), 1, "a read runs again");
        }
        raw.end_other_connections().await?;
        assert_eq!(store.acquire(written.id, lease(written.lifecycle)).await, Ok(true));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_closed_store_is_unavailable() -> anyhow::Result<()> {
    each_engine(async |database| {
        let store = database.store().await?;
        store.close().await;
        assert_eq!(store.list(&Owner::user("u1")?, None, 10).await, Err(StoreError::Unavailable));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn times_are_those_of_the_database_in_any_time_zone() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        database.store().await?;
        let raw = Raw::open(database).await?;
        let store = SqlStore::from_pool(raw.pool_in_another_time_zone().await?);
        let owner = Owner::user("u1")?;

        let before = raw.clock().await?;
        let written = store.insert(new(&owner)?).await?;
        let rows = store.credentials(&owner, &Selector::Id(written.id)).await?;
        let after = raw.clock().await?;

        let row = rows.first().context("the row")?;
        // The other spelling of the clock may round to the next millisecond.
        let during = before - 1..=after + 1;
        assert!(during.contains(&row.now_ms), "{} in {during:?}", row.now_ms);
        let created = written.created_at.timestamp_millis();
        assert!(during.contains(&created), "{created} in {during:?}");
        assert_eq!(row.access_expires_ms, Some(created + 3_600_000));
        assert_eq!(row.access_lifetime_ms, Some(3_600_000));
        Ok(())
    })
    .await
}
