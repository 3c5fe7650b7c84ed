use bailee::{
    ClientId, ClientRegistration,
    oauth::{HttpClient, HttpOptions},
    providers::{Google, GoogleEndpoints},
};
use bailee_testkit::mock_google::{CLIENT_ID, CLIENT_SECRET, GoogleClient, MockGoogle};

/// Which Google the host talks to.
pub(crate) enum Upstream {
    Mock(Box<MockGoogle>),
    Real(Box<Google>),
}

impl Upstream {
    /// The real one where it is configured, else a mock on this machine.
    pub(crate) async fn choose(base_url: &str) -> anyhow::Result<Self> {
        if let Some(google) = Google::from_env()? {
            return Ok(Self::Real(Box::new(google)));
        }
        let client = GoogleClient::new(CLIENT_ID, CLIENT_SECRET)
            .with_redirect_uri(&format!("{base_url}/api/oauth/google/callback"));
        Ok(Self::Mock(Box::new(MockGoogle::builder().client(client).start().await?)))
    }

    pub(crate) fn provider(&self) -> anyhow::Result<Google> {
        match self {
            Self::Real(google) => Ok(google.as_ref().clone()),
            Self::Mock(mock) => {
                let registration =
                    ClientRegistration::new(ClientId::new(CLIENT_ID)?, CLIENT_SECRET.to_owned().into());
                let google = Google::new(registration)?
                    .with_endpoints(GoogleEndpoints::at(mock.url())?)
                    .with_http(HttpClient::allow_loopback_http(&HttpOptions::default())?);
                Ok(google)
            }
        }
    }
}
