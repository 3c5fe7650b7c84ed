use std::fmt;

use rustls::{
    ClientConfig, ConfigBuilder,
    client::WantsClientCert,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use secrecy::{ExposeSecret, SecretString};

use super::HttpClientError;

/// A certificate with its private key, by which this host proves to a server who it is.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    /// Reads both as PEM: the certificate first in its chain, the key as PKCS #8, SEC 1 or PKCS #1.
    ///
    /// # Errors
    /// [`HttpClientError`] when one of them is missing or damaged.
    pub fn from_pem(certificates: &str, private_key: &SecretString) -> Result<Self, HttpClientError> {
        let chain = CertificateDer::pem_slice_iter(certificates.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| HttpClientError { problem: "the client certificate is not PEM" })?;
        if chain.is_empty() {
            return Err(HttpClientError { problem: "the client certificate is missing" });
        }
        let key = PrivateKeyDer::from_pem_slice(private_key.expose_secret().as_bytes())
            .map_err(|_| HttpClientError { problem: "the private key is not PEM" })?;
        Ok(Self { chain, key })
    }

    pub(super) fn present(
        &self,
        config: ConfigBuilder<ClientConfig, WantsClientCert>,
    ) -> Result<ClientConfig, HttpClientError> {
        config
            .with_client_auth_cert(self.chain.clone(), self.key.clone_key())
            .map_err(|_| HttpClientError { problem: "certificate and private key do not belong together" })
    }
}

/// No key.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("chain", &self.chain.len()).finish_non_exhaustive()
    }
}
