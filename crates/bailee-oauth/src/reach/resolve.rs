use std::{
    fmt::Debug,
    net::{IpAddr, SocketAddr},
};

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{Reach, ReachError, host_of};

/// How names become addresses.
#[async_trait]
pub trait Resolver: Debug + Send + Sync {
    /// The addresses of a name.
    ///
    /// # Errors
    /// [`ReachError::Unresolved`] when there are none, or nobody could be asked.
    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, ReachError>;
}

/// As the operating system resolves them. Runs on a tokio runtime.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, ReachError> {
        let found = tokio::net::lookup_host((name, 0)).await.map_err(|_| ReachError::Unresolved)?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// The resolver of a client's own connections. IP addresses in an address of the web never come here.
pub(crate) struct Guarded(pub(crate) Reach);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0.clone();
        Box::pin(async move {
            let addresses = reach.addresses(&host_of(name.as_str())?).await?;
            let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}
