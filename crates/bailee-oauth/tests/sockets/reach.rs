//! How far a request may go whose target a user chose.

use std::{net::IpAddr, sync::Arc};

use anyhow::Result;
use async_trait::async_trait;
use tokio::net::TcpListener;
use url::{Host, Url};

use bailee_oauth::{HttpClient, HttpError, HttpOptions, Proxy, Reach, ReachError, Request, Resolver};

/// Every name has these addresses.
#[derive(Debug)]
struct Fixed(Vec<IpAddr>);

#[async_trait]
impl Resolver for Fixed {
    async fn resolve(&self, _name: &str) -> Result<Vec<IpAddr>, ReachError> {
        Ok(self.0.clone())
    }
}

fn reach(addresses: &[&str]) -> Result<Reach> {
    let addresses = addresses.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    Ok(Reach::new([443]).with_resolver(Arc::new(Fixed(addresses))))
}

#[tokio::test]
async fn each_address_of_a_name_must_be_allowed() -> Result<()> {
    let host = Host::parse("hooks.example.com")?;
    let public = ["1.1.1.1", "2606:4700::1111"];
    assert_eq!(reach(&public)?.addresses(&host).await?.len(), 2);
    assert_eq!(reach(&[])?.addresses(&host).await, Err(ReachError::Unresolved));
    for inside in ["127.0.0.1", "10.1.2.3", "::1", "::ffff:10.1.2.3", "64:ff9b::a00:1", "fd00::1"] {
        let mixed = [public[0], inside, public[1]];
        assert_eq!(reach(&mixed)?.addresses(&host).await, Err(ReachError::Blocked), "{inside}");
    }
    let allowed = reach(&["10.1.2.3"])?.with_network("10.1.0.0/16")?;
    assert!(allowed.addresses(&host).await.is_ok());
    assert!(allowed.with_network("10.1.0.0/33").is_err(), "no prefix");
    Ok(())
}

#[tokio::test]
async fn a_client_within_a_reach_asks_nobody_beyond_it() -> Result<()> {
    let inside = TcpListener::bind("127.0.0.1:0").await?;
    let port = inside.local_addr()?.port();
    let reach = reach(&["127.0.0.1"])?.with_port(port);
    let client = HttpClient::within(&HttpOptions::default(), reach)?;
    for (host, expected) in [
        ("hooks.example.com", HttpError::RefusedAddress),
        ("127.0.0.1", HttpError::RefusedAddress),
        ("[::1]", HttpError::RefusedAddress),
        ("localhost", HttpError::RefusedAddress),
        ("user@hooks.example.com", HttpError::RefusedUrl),
    ] {
        let url = Url::parse(&format!("https://{host}:{port}/"))?;
        assert_eq!(client.send(Request::get(url)).await.err(), Some(expected), "{host}");
    }
    for other in [format!("http://1.1.1.1:{port}/"), "https://1.1.1.1:22/".to_owned()] {
        let error = client.send(Request::get(Url::parse(&other)?)).await.err();
        assert_eq!(error, Some(HttpError::RefusedUrl), "{other}");
    }
    let inside = inside.into_std()?;
    inside.set_nonblocking(true)?;
    assert!(inside.accept().is_err(), "nobody may have come");
    Ok(())
}

#[test]
fn there_is_no_reach_behind_a_proxy() -> Result<()> {
    let options = HttpOptions::default().with_proxy(Proxy::new("http://127.0.0.1:3128/".parse()?));
    assert!(HttpClient::within(&options, Reach::new([443])).is_err());
    Ok(())
}
