//! What a URL that does not work is answered with.

use std::time::Duration;

use bailee_core::ErrorKind;
use bailee_storage::{OpenError, SqlOptions, SqlStore};
use test_support::{Engine, variable};
use tokio::net::TcpListener;

/// In every URL below; in no error.
const SECRET: &str = "hunter2";

async fn refusal(url: &str) -> anyhow::Result<OpenError> {
    let options = SqlOptions::default().with_acquire_timeout(Duration::from_millis(300));
    let Err(error) = SqlStore::open_with(url, options).await else {
        anyhow::bail!("it opened");
    };
    let said = format!("{error} {error:?}");
    assert!(!said.contains(SECRET) && !said.contains("127.0.0.1"), "{said}");
    Ok(error)
}

#[tokio::test]
async fn an_unknown_engine_is_called_so() -> anyhow::Result<()> {
    for url in ["oracle://u:hunter2@127.0.0.1/db", "file:hunter2.db", "SQLITE://hunter2.db", "://hunter2"] {
        let error = refusal(url).await?;
        assert_eq!(error, OpenError::UnknownEngine, "{url}");
        assert_eq!(error.kind(), ErrorKind::Config);
    }
    Ok(())
}

#[tokio::test]
async fn a_malformed_url_is_called_so() -> anyhow::Result<()> {
    for url in [
        "",
        "hunter2",
        "postgres://u:hunter2@127.0.0.1:port/db",
        "postgres://u:hunter2@127.0.0.1/db?sslmode=hunter2",
        "mysql://u:hunter2@127.0.0.1:99999/db",
        "sqlite://hunter2.db?mode=hunter2",
    ] {
        assert_eq!(refusal(url).await?, OpenError::MalformedUrl, "{url}");
    }
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_down_is_unavailable() -> anyhow::Result<()> {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
    for scheme in ["postgres", "mysql"] {
        let error = refusal(&format!("{scheme}://u:{SECRET}@127.0.0.1:{port}/db")).await?;
        assert_eq!(error, OpenError::Unavailable, "{scheme}");
        assert!(error.is_temporary());
    }
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_not_there_is_refused_with_its_code() -> anyhow::Result<()> {
    for (name, code) in [("TEST_POSTGRES_URL", "3D000"), ("TEST_MYSQL_URL", "1049")] {
        let Some(url) = variable(name) else {
            let engine = if code == "1049" { Engine::MySql } else { Engine::Postgres };
            engine.fresh().await?;
            continue;
        };
        let (server, _) = url.rsplit_once('/').unwrap_or((&url, ""));
        let error = refusal(&format!("{server}/{SECRET}")).await?;
        assert_eq!(error, OpenError::Refused { code: code.to_owned() });
    }
    Ok(())
}

#[tokio::test]
async fn a_missing_file_is_created_and_a_missing_directory_is_not() -> anyhow::Result<()> {
    let Some(database) = Engine::SqliteFile.fresh().await? else {
        anyhow::bail!("SQLite is always there");
    };
    SqlStore::open(database.url()).await?;
    let file = database.url().trim_start_matches("sqlite://").to_owned();
    assert!(std::path::Path::new(&file).exists());
    let nowhere = format!("{}/{SECRET}/test.db", database.url());
    assert_eq!(refusal(&nowhere).await?, OpenError::Refused { code: "14".to_owned() });
    Ok(())
}

#[tokio::test]
async fn a_store_prints_its_engine_and_no_address() -> anyhow::Result<()> {
    let store = SqlStore::open("sqlite::memory:").await?;
    assert_eq!(format!("{store:?}"), "SqlStore { pool: SqlPool(\"SQLite\"), .. }");
    Ok(())
}
