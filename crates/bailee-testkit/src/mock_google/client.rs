use std::fmt;

/// An OAuth client of the mock.
#[derive(Clone)]
pub struct GoogleClient {
    /// Its public id.
    pub client_id: String,
    /// The secrets it may present.
    pub secrets: Vec<String>,
    /// Its registered redirect URIs, compared to the letter; empty: any loopback or HTTPS URI.
    pub redirect_uris: Vec<String>,
    /// Its Cloud project: a revocation reaches all clients of one project.
    pub project: String,
    pub(super) deleted: bool,
}

impl GoogleClient {
    /// A client with one secret in the project `mock-project`, which takes any redirect URI.
    #[must_use]
    pub fn new(client_id: &str, secret: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            secrets: vec![secret.to_owned()],
            redirect_uris: Vec::new(),
            project: "mock-project".to_owned(),
            deleted: false,
        }
    }

    /// Takes this redirect URI, and no other that was not named too.
    #[must_use]
    pub fn with_redirect_uri(mut self, redirect_uri: &str) -> Self {
        self.redirect_uris.push(redirect_uri.to_owned());
        self
    }

    /// Belongs to this Cloud project.
    #[must_use]
    pub fn in_project(mut self, project: &str) -> Self {
        project.clone_into(&mut self.project);
        self
    }
}

/// Without the secrets.
impl fmt::Debug for GoogleClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoogleClient")
            .field("client_id", &self.client_id)
            .field("redirect_uris", &self.redirect_uris)
            .field("project", &self.project)
            .finish_non_exhaustive()
    }
}
