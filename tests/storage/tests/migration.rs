//! Tables come and grow by `migrate` alone.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::Context as _;
use bailee_core::{
    Action, CredentialStore, EventOutbox, IncidentStore, IntegrationStore, Ledger, Maintenance, Outbox,
    Owner, PendingStore, ProviderKey, RunStore, SecretStore, SinkName, StoreError, TaskStore, ThreadId,
    ThreadPermissions, ThreadStore, VersionStore,
    store::{LedgerFilter, RevokeFilter, Selector},
};
use bailee_storage::SqlStore;
use bailee_testkit::suite::storage::sample;
use test_support::{Engine, Raw, each_engine, each_of};

#[tokio::test]
async fn eight_processes_migrate_at_once_and_all_succeed() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let processes = (0..8)
            .map(|_| {
                Command::new(env!("CARGO_BIN_EXE_migrate-once"))
                    .arg(database.url())
                    .stderr(Stdio::piped())
                    .spawn()
            })
            .collect::<Result<Vec<_>, _>>()?;
        for process in processes {
            let output = process.wait_with_output()?;
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{said}");
        }
        let store = SqlStore::open(database.url()).await?;
        assert!(store.list(&Owner::user("u1")?, None, 10).await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn opening_migrates_nothing_and_every_store_says_so() -> anyhow::Result<()> {
    each_engine(async |database| {
        let store = SqlStore::open(database.url()).await?;
        let (owner, google) = (Owner::user("u1")?, ProviderKey::new("google")?);
        let outdated = StoreError::SchemaOutdated { pending: 5 };
        let by_provider = Selector::Provider(google.clone());
        assert_eq!(store.list(&owner, None, 10).await, Err(outdated.clone()));
        assert_eq!(store.credentials(&owner, &by_provider).await.map(drop), Err(outdated.clone()));
        assert_eq!(store.read(sample::integration_id()).await.map(drop), Err(outdated.clone()));
        assert_eq!(store.erase(sample::integration_id(), None, None).await, Err(outdated.clone()));
        let sink = SinkName::new("sink")?;
        let none = store.claim_events(&sink, 1, [0; 16], Duration::ZERO).await;
        assert_eq!(none, Err(outdated.clone()));
        assert_eq!(store.peek(&[0; 32], &google).await.map(drop), Err(outdated.clone()));
        assert_eq!(Outbox::complete(&store, sample::outbox_id()).await, Err(outdated.clone()));
        assert_eq!(store.reap_expired(10).await, Err(outdated.clone()));
        let thread = ThreadId::new("t1")?;
        let permissions = ThreadPermissions::NONE;
        assert_eq!(store.thread_grant(&owner, &thread).await, Err(outdated.clone()));
        assert_eq!(
            store.set_thread_grant(&owner, &thread, permissions, None, None).await,
            Err(outdated.clone())
        );
        assert_eq!(store.delete_secret(&owner, sample::secret_id()).await, Err(outdated.clone()));
        assert_eq!(store.pending_tasks(&owner).await, Err(outdated.clone()));
        assert_eq!(store.append(sample::entry(&owner, Action::Call)).await, Err(outdated.clone()));
        assert_eq!(store.run(&[0; 32]).await, Err(outdated.clone()));
        assert_eq!(store.owner_versions(&[owner.key()]).await, Err(outdated));
        store.migrate().await?;
        assert!(store.list(&owner, None, 10).await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_a_migration_would_execute_is_told_and_running_it_is_as_good() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let (store, owner) = (SqlStore::open(database.url()).await?, Owner::user("u1")?);
        let statements = store.pending_sql().await?;
        let untouched = store.list(&owner, None, 10).await;
        assert_eq!(untouched, Err(StoreError::SchemaOutdated { pending: 5 }), "telling executes nothing");
        let raw = Raw::open(database).await?;
        for statement in &statements {
            raw.run(statement).await?;
        }
        assert!(store.list(&owner, None, 10).await?.is_empty());
        assert!(store.pending_sql().await?.is_empty());
        store.migrate().await?;
        let future =
            "SELECT COUNT(*) FROM bailee_migrations WHERE applied_at NOT BETWEEN 1700000000 AND 9999999999";
        assert_eq!(raw.count(future).await?, 0, "seconds since the epoch");
        raw.run("DELETE FROM bailee_migrations WHERE version LIKE '%agents_door'").await?;
        let rest = SqlStore::open(database.url()).await?.pending_sql().await?;
        assert!(!rest.is_empty() && rest.len() < statements.len(), "only what is pending");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn migrating_twice_changes_nothing() -> anyhow::Result<()> {
    each_engine(async |database| {
        let store = database.store().await?;
        let owner = Owner::user("u1")?;
        let new =
            sample::integration(&owner, &ProviderKey::new("google")?).map_err(anyhow::Error::from_boxed)?;
        let written = store.insert(new).await?;
        store.migrate().await?;
        assert_eq!(store.list(&owner, None, 10).await?, [written]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_older_schema_is_outdated_and_a_newer_one_is_accepted() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        database.store().await?;
        let raw = Raw::open(database).await?;
        let owner = Owner::user("u1")?;

        raw.run("INSERT INTO bailee_migrations (version, applied_at) VALUES ('m20990101_000001_later', 0)")
            .await?;
        let newer = SqlStore::open(database.url()).await?;
        assert!(newer.list(&owner, None, 10).await?.is_empty());
        newer.migrate().await?;

        raw.run("DELETE FROM bailee_migrations").await?;
        let older = SqlStore::open(database.url()).await?;
        assert_eq!(older.list(&owner, None, 10).await, Err(StoreError::SchemaOutdated { pending: 5 }));
        Ok(())
    })
    .await
}

/// Of every step after the first.
const LATER_TABLES: [&str; 8] = [
    "agent_runs",
    "agent_tasks",
    "connect_requests",
    "idempotency_keys",
    "ledger",
    "owner_versions",
    "thread_permissions",
    "user_secrets",
];

#[tokio::test]
async fn a_database_of_the_first_step_keeps_its_rows_and_gains_the_others() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let store = database.store().await?;
        let owner = Owner::user("u1")?;
        let new =
            sample::integration(&owner, &ProviderKey::new("google")?).map_err(anyhow::Error::from_boxed)?;
        let written = store.insert(new).await?;
        let created_at = written.created_at;
        let raw = Raw::open(database).await?;
        for table in LATER_TABLES {
            raw.run(&format!("DROP TABLE {table}")).await?;
        }
        raw.run("DELETE FROM bailee_migrations WHERE version <> 'm20261121_000001_first_tables'").await?;

        let store = SqlStore::open(database.url()).await?;
        assert_eq!(store.list(&owner, None, 10).await, Err(StoreError::SchemaOutdated { pending: 4 }));
        store.migrate().await?;
        assert_eq!(store.list(&owner, None, 10).await?, [written]);
        assert_eq!(store.owner_versions(&[owner.key()]).await?, [0]);
        // A row of before was connected when it was created.
        raw.run("UPDATE user_integrations SET connected_ms = NULL").await?;
        let later = Some(created_at + Duration::from_millis(1));
        for (connected_before, there) in [(later, 1), (Some(created_at), 0)] {
            let filter = RevokeFilter { connected_before, ..RevokeFilter::default() };
            assert_eq!(store.count_matching(&filter).await?.there, there);
        }
        store.append(sample::entry(&owner, Action::Update)).await?;
        assert_eq!(store.entries(&owner, &LedgerFilter::default(), None, 10).await?.len(), 1);
        Ok(())
    })
    .await
}

/// MySQL commits each table by itself, so a process that dies in a step leaves a part of it.
#[tokio::test]
async fn a_step_that_was_cut_off_is_finished_by_the_next_migration() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        database.store().await?;
        let raw = Raw::open(database).await?;
        raw.run("DELETE FROM bailee_migrations").await?;
        raw.run("DROP TABLE outbox").await?;
        raw.run("DROP TABLE ledger").await?;
        let store = database.store().await?;
        assert!(store.claim(10, [1; 16], sample::HOUR).await?.is_empty());
        let counters = raw.count("SELECT COUNT(*) FROM bailee_counters").await?;
        assert_eq!(counters, 1, "the counter is there once");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_history_stands_beside_the_hosts_own() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let raw = Raw::open(database).await?;
        raw.run("CREATE TABLE seaql_migrations (version VARCHAR(255) NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)")
            .await?;
        raw.run("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20200101_000001_host', 1)").await?;
        database.store().await.context("the host's steps are not ours")?;
        assert_eq!(raw.count("SELECT COUNT(*) FROM seaql_migrations").await?, 1);
        assert_eq!(raw.count("SELECT COUNT(*) FROM bailee_migrations").await?, 5);
        Ok(())
    })
    .await
}
