use url::Url;

use super::is_loopback;

/// The consent page shows an error, and the browser goes nowhere.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the consent page shows an error ({error})")]
pub struct ConsentRefused {
    /// The word for it, for example `invalid_request`.
    pub error: &'static str,
}

/// What stands in the query of a consent page.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: Url,
    /// As it was spelt: a code is exchanged with the same letters.
    pub(crate) redirect_text: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) state: Option<String>,
    /// One of method S256.
    pub(crate) challenge: Option<String>,
}

impl Asked {
    /// Reads the query, in which every parameter may stand once (RFC 6749 §3.1).
    pub(crate) fn read(query: &[(String, String)], client_id: &str) -> Result<Self, ConsentRefused> {
        let one = |name: &str| single(query, name);
        if one("client_id")? != Some(client_id) {
            return Err(ConsentRefused { error: "invalid_client" });
        }
        let redirect_text = one("redirect_uri")?.ok_or(INVALID)?;
        let redirect_uri = Url::parse(redirect_text).map_err(|_| INVALID)?;
        if redirect_uri.scheme() != "https" && !is_loopback(&redirect_uri) {
            return Err(INVALID);
        }
        if one("response_type")? != Some("code") {
            return Err(ConsentRefused { error: "unsupported_response_type" });
        }
        let challenge = one("code_challenge")?;
        let method = one("code_challenge_method")?;
        if challenge.is_some_and(|challenge| method != Some("S256") || challenge.len() != 43) {
            return Err(INVALID);
        }
        let scopes = one("scope")?.unwrap_or_default().split_ascii_whitespace();
        Ok(Self {
            client_id: client_id.to_owned(),
            redirect_uri,
            redirect_text: redirect_text.to_owned(),
            scopes: scopes.map(str::to_owned).collect(),
            state: one("state")?.map(str::to_owned),
            challenge: challenge.map(str::to_owned),
        })
    }

    /// Where the browser is sent, with these parameters and the state.
    pub(crate) fn callback(&self, parameters: &[(&str, &str)]) -> Url {
        let mut callback = self.redirect_uri.clone();
        callback
            .query_pairs_mut()
            .extend_pairs(parameters)
            .extend_pairs(self.state.as_deref().map(|state| ("state", state)));
        callback
    }
}

pub(crate) const INVALID: ConsentRefused = ConsentRefused { error: "invalid_request" };

fn single<'a>(query: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, ConsentRefused> {
    let mut values = query.iter().filter(|(mine, _)| mine == name);
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(INVALID),
        (first, None) => Ok(first.map(|(_, value)| value.as_str())),
    }
}
