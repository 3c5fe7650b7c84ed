//! From where requests may come.

use http::StatusCode;
use mcp_tests::{Names, Raw, Rig};
use serde_json::json;

fn list() -> Raw {
    Raw::modern("tools/list", json!({})).of("ada_1")
}

#[tokio::test]
async fn a_page_of_another_origin_is_refused() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let port = rig.base.port().unwrap_or_default();
    let own = format!("http://127.0.0.1:{port}");
    assert_eq!(list().header("origin", &own).send(&rig).await?.status, StatusCode::OK);
    assert_eq!(list().send(&rig).await?.status, StatusCode::OK);
    let (other_scheme, other_port) = (format!("https://127.0.0.1:{port}"), "http://127.0.0.1:1".to_owned());
    for origin in ["https://evil.example", "http://localhost", "null", &other_scheme, &other_port, "nonsense"]
    {
        let answer = list().header("origin", origin).send(&rig).await?;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin}");
    }
    Ok(())
}

#[tokio::test]
async fn a_request_to_another_host_is_refused() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "localhost"] {
        let answer = list().header("host", host).send(&rig).await?;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{host}");
    }
    Ok(())
}

#[tokio::test]
async fn an_option_adds_an_origin_and_a_host() -> anyhow::Result<()> {
    let mut rig = Rig::new().await?;
    let page = "https://app.example".parse()?;
    rig.app = bailee_mcp::Mcp::new(&rig.bailee, Names)
        .allow_host("inner.example")
        .allow_origin(&page)
        .router("/mcp");
    let answer =
        list().header("host", "inner.example").header("origin", "https://app.example").send(&rig).await?;
    assert_eq!(answer.status, StatusCode::OK);
    let answer = list()
        .header("host", "inner.example")
        .header("origin", "https://app.example:8443")
        .send(&rig)
        .await?;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    Ok(())
}
