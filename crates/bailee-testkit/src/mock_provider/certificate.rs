use std::{io, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
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
        let root_key = KeyPair::generate().map_err(io::Error::other)?;
        let mut params = CertificateParams::new(Vec::new()).map_err(io::Error::other)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let root = CertifiedIssuer::self_signed(params, root_key).map_err(io::Error::other)?;
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let leaf = CertificateParams::new(names.to_vec())
            .and_then(|params| params.signed_by(&key, &root))
            .map_err(io::Error::other)?;
        let chain: Vec<CertificateDer<'static>> = vec![leaf.der().clone()];
        let private = PrivateKeyDer::try_from(key.serialize_der()).map_err(io::Error::other)?;
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(io::Error::other)?
                .with_no_client_auth()
                .with_single_cert(chain, private)
                .map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { root_der: root.der().to_vec(), root_pem: root.pem(), config: Arc::new(config) })
    }
}
