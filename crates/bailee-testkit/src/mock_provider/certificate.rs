use std::{io, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
};

/// A certificate for one test, signed by an authority that lives as long as it.
#[derive(Debug)]
pub(crate) struct TestCertificate {
    pub(crate) root_der: Vec<u8>,
    pub(crate) root_pem: String,
    pub(crate) config: Arc<ServerConfig>,
}

impl TestCertificate {
    /// For these names or addresses.
    ///
    /// # Errors
    /// When a name is not one, or the primitive fails.
    pub(crate) fn for_names(names: &[String]) -> io::Result<Self> {
        Self::build(names, None)
    }

    /// As [`TestCertificate::for_names`], of a server that wants a certificate of its clients.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn for_clients(names: &[String], clients: &ClientIdentity) -> io::Result<Self> {
        Self::build(names, Some(clients))
    }

    fn build(names: &[String], clients: Option<&ClientIdentity>) -> io::Result<Self> {
        let root = authority()?;
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let leaf = CertificateParams::new(names.to_vec())
            .and_then(|params| params.signed_by(&key, &root))
            .map_err(io::Error::other)?;
        let chain: Vec<CertificateDer<'static>> = vec![leaf.der().clone()];
        let private = PrivateKeyDer::try_from(key.serialize_der()).map_err(io::Error::other)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?;
        let config = match clients {
            None => config.with_no_client_auth(),
            Some(clients) => {
                let roots = Arc::new(clients.roots.clone());
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider).build();
                config.with_client_cert_verifier(verifier.map_err(io::Error::other)?)
            }
        };
        let mut config = config.with_single_cert(chain, private).map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { root_der: root.der().to_vec(), root_pem: root.pem(), config: Arc::new(config) })
    }
}

/// A certificate of a client, signed by an authority that only the server of its test knows.
#[derive(Debug)]
pub(crate) struct ClientIdentity {
    pub(crate) certificate_pem: String,
    pub(crate) key_pem: String,
    roots: RootCertStore,
}

impl ClientIdentity {
    /// A new one.
    ///
    /// # Errors
    /// When the primitive fails.
    pub(crate) fn new() -> io::Result<Self> {
        let root = authority()?;
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let mut params = CertificateParams::new(Vec::new()).map_err(io::Error::other)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let leaf = params.signed_by(&key, &root).map_err(io::Error::other)?;
        let mut roots = RootCertStore::empty();
        roots.add(root.der().clone()).map_err(io::Error::other)?;
        Ok(Self { certificate_pem: leaf.pem(), key_pem: key.serialize_pem(), roots })
    }
}

fn authority() -> io::Result<CertifiedIssuer<'static, KeyPair>> {
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let mut params = CertificateParams::new(Vec::new()).map_err(io::Error::other)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    CertifiedIssuer::self_signed(params, key).map_err(io::Error::other)
}
