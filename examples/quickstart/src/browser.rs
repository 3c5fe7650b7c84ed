use std::sync::{Arc, Mutex};

use anyhow::{Context as _, ensure};
use reqwest::{Method, Response, StatusCode, header};
use serde_json::Value;
use url::Url;

/// Just enough of a browser for the walk: cookies, and redirects that are followed by hand so that each can be shown.
pub(crate) struct Browser {
    client: reqwest::Client,
    cookies: Mutex<Vec<String>>,
    base_url: Url,
}

impl Browser {
    pub(crate) fn open(base_url: &str) -> anyhow::Result<Self> {
        Ok(Self { client: client()?, cookies: Mutex::default(), base_url: base_url.parse()? })
    }

    /// A fetch of the page that is open: same origin, with the header that no foreign page can send.
    pub(crate) async fn fetch(&self, method: Method, path: &str) -> anyhow::Result<Value> {
        self.ask(self.client.request(method, self.base_url.join(path)?), path).await
    }

    /// As [`Browser::fetch`], with something to post.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.ask(self.client.post(self.base_url.join(path)?).json(body), path).await
    }

    async fn ask(&self, request: reqwest::RequestBuilder, path: &str) -> anyhow::Result<Value> {
        let origin = self.base_url.origin().ascii_serialization();
        let request = request.header("X-Bailee-Request", "1").header(header::ORIGIN, origin);
        let response = self.send(request).await?;
        let status = response.status();
        let body = response.text().await?;
        ensure!(status.is_success(), "{path} answered {status}: {body}");
        serde_json::from_str(&body).with_context(|| format!("{path} answered no JSON"))
    }

    /// Goes to an address, and returns where it redirects to.
    pub(crate) async fn follow(&self, url: Url) -> anyhow::Result<Url> {
        let response = self.send(self.client.get(url.clone())).await?;
        let status = response.status();
        ensure!(status == StatusCode::SEE_OTHER, "{} answered {status}", url.path());
        let location = response.headers().get(header::LOCATION).context("a redirect without a location")?;
        Ok(url.join(location.to_str()?)?)
    }

    /// Opens a page.
    pub(crate) async fn visit(&self, path: &str) -> anyhow::Result<()> {
        let response = self.send(self.client.get(self.base_url.join(path)?)).await?;
        ensure!(response.status().is_success(), "{path} answered {}", response.status());
        Ok(())
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Response> {
        let cookies = self.cookies.lock().map(|cookies| cookies.join("; ")).unwrap_or_default();
        let response = request.header(header::COOKIE, cookies).send().await?;
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default().to_owned();
            if let Ok(mut cookies) = self.cookies.lock() {
                let name = pair.split('=').next().unwrap_or_default().to_owned();
                cookies.retain(|cookie| cookie.split('=').next() != Some(name.as_str()));
                cookies.push(pair);
            }
        }
        Ok(response)
    }
}

/// A client that stays on this machine.
pub(crate) fn client() -> anyhow::Result<reqwest::Client> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()?)
}
