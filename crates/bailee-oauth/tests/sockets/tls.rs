//! Who is trusted, against a TLS server on loopback.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::Arc,
    thread::{self, JoinHandle},
};

use anyhow::Result;
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use url::Url;

use bailee_oauth::{HttpClient, HttpError, HttpOptions, Request, Response};

/// A server for one connection whose certificate is for `name`; returns its port and its own authority.
fn serve(name: &str) -> Result<(u16, CertificateDer<'static>, JoinHandle<()>)> {
    let pair = rcgen::generate_simple_self_signed([name.to_owned()])?;
    let certificate = pair.cert.der().clone();
    let key = PrivateKeyDer::try_from(pair.signing_key.serialize_der()).map_err(anyhow::Error::msg)?;
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let connection = ServerConnection::new(Arc::new(config))?;
    let server = thread::spawn(move || {
        let Ok((socket, _)) = listener.accept() else {
            return;
        };
        let mut stream = StreamOwned::new(connection, socket);
        // A client that distrusts us leaves here.
        if stream.read(&mut [0; 1024]).is_ok() {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    Ok((port, certificate, server))
}

async fn get(options: &HttpOptions, port: u16) -> Result<Result<Response, HttpError>> {
    let url = Url::parse(&format!("https://localhost:{port}/"))?;
    Ok(HttpClient::new(options)?.send(Request::get(url)).await)
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused_before_anything_is_sent() -> Result<()> {
    let (port, _authority, _server) = serve("localhost")?;
    assert_eq!(get(&HttpOptions::default(), port).await?.err(), Some(HttpError::NotSent));
    Ok(())
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() -> Result<()> {
    let (port, authority, _server) = serve("other.example")?;
    let options = HttpOptions::default().with_root_certificate_der(authority.to_vec());
    assert_eq!(get(&options, port).await?.err(), Some(HttpError::NotSent));
    Ok(())
}

#[tokio::test]
async fn an_authority_of_the_options_is_trusted() -> Result<()> {
    let (port, authority, _server) = serve("localhost")?;
    let options = HttpOptions::default().with_root_certificate_der(authority.to_vec());
    assert_eq!(get(&options, port).await??.body(), b"{}");
    Ok(())
}

#[test]
fn a_text_without_certificates_is_no_authority() -> Result<()> {
    let pem = rcgen::generate_simple_self_signed(["localhost".to_owned()])?.cert.pem();
    assert!(HttpOptions::default().with_root_certificates_pem(pem.as_bytes()).is_ok());
    for wrong in ["", "nonsense", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
        assert!(HttpOptions::default().with_root_certificates_pem(wrong.as_bytes()).is_err(), "{wrong}");
    }
    Ok(())
}
