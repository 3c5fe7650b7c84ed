use std::time::Duration;

use bailee::oauth::{HttpClient, HttpError, Request};
use http::Method;
use url::Url;

const DEADLINE: Duration = Duration::from_secs(10);

/// Whether anything answers there: any status counts, and a redirect, which is not followed. No secret is sent.
pub(crate) async fn is_reachable(http: &HttpClient, url: Url) -> bool {
    let request = Request::new(Method::HEAD, url).ignore_body().deadline(DEADLINE);
    matches!(http.send(request).await, Ok(_) | Err(HttpError::Redirected))
}

#[cfg(test)]
mod tests {
    use std::{error::Error, net::TcpListener};

    use bailee::oauth::HttpOptions;
    use bailee_testkit::{MockReceiver, MockTelegram};

    use super::*;

    #[tokio::test]
    async fn any_answer_is_one_and_no_secret_is_sent() -> Result<(), Box<dyn Error>> {
        let http = HttpClient::allow_loopback_http(&HttpOptions::default())?;
        let mock = MockTelegram::start().await?;
        assert!(is_reachable(&http, mock.url().clone()).await);
        let requests = mock.requests();
        assert_eq!(requests.len(), 1);
        for request in requests {
            assert!(request.body.is_empty() && request.header("authorization").is_none());
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_closed_port_and_a_stranger_with_another_certificate_are_not_the_provider()
    -> Result<(), Box<dyn Error>> {
        let http = HttpClient::allow_loopback_http(&HttpOptions::default())?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        assert!(!is_reachable(&http, format!("http://127.0.0.1:{port}/").parse()?).await);
        let stranger = MockReceiver::start().await?;
        assert!(!is_reachable(&http, stranger.url("/")?).await);
        Ok(())
    }
}
