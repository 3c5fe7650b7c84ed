use std::fmt;

use url::Url;

use crate::ConfigError;

/// Where Google is asked.
#[derive(Clone, PartialEq, Eq)]
pub struct GoogleEndpoints {
    /// The consent page.
    pub authorize: Url,
    /// The token endpoint.
    pub token: Url,
    /// The revocation endpoint.
    pub revoke: Url,
    /// OpenID Connect's userinfo.
    pub userinfo: Url,
    /// The base of Calendar API version 3.
    pub calendar: Url,
    /// The base of Docs API version 1.
    pub docs: Url,
    /// The base of Drive API version 3.
    pub drive: Url,
    /// The base of Sheets API version 4.
    pub sheets: Url,
}

/// Hosts only: a gateway may have its key in the address.
impl fmt::Debug for GoogleEndpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoogleEndpoints")
            .field("authorize", &self.authorize.host_str())
            .field("token", &self.token.host_str())
            .field("revoke", &self.revoke.host_str())
            .field("userinfo", &self.userinfo.host_str())
            .field("calendar", &self.calendar.host_str())
            .field("docs", &self.docs.host_str())
            .field("drive", &self.drive.host_str())
            .field("sheets", &self.sheets.host_str())
            .finish()
    }
}

impl GoogleEndpoints {
    /// Google's own, as its OpenID Connect metadata and the descriptions of its APIs name them.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] never happens for these addresses.
    pub fn public() -> Result<Self, ConfigError> {
        Ok(Self {
            authorize: parse("https://accounts.google.com/o/oauth2/v2/auth")?,
            token: parse("https://oauth2.googleapis.com/token")?,
            revoke: parse("https://oauth2.googleapis.com/revoke")?,
            userinfo: parse("https://openidconnect.googleapis.com/v1/userinfo")?,
            calendar: parse("https://www.googleapis.com/calendar/v3")?,
            docs: parse("https://docs.googleapis.com/v1")?,
            drive: parse("https://www.googleapis.com/drive/v3")?,
            sheets: parse("https://sheets.googleapis.com/v4")?,
        })
    }

    /// The same paths, all on one origin: what a mock or a gateway serves.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] when `origin` cannot have paths.
    pub fn at(origin: &Url) -> Result<Self, ConfigError> {
        let join = |path| {
            origin.join(path).map_err(|_| ConfigError::Invalid { what: "the origin of the endpoints" })
        };
        Ok(Self {
            authorize: join("/o/oauth2/v2/auth")?,
            token: join("/token")?,
            revoke: join("/revoke")?,
            userinfo: join("/v1/userinfo")?,
            calendar: join("/calendar/v3")?,
            docs: join("/v1")?,
            drive: join("/drive/v3")?,
            sheets: join("/v4")?,
        })
    }

    /// The hosts that receive tokens, each once.
    pub(super) fn token_hosts(&self) -> Vec<String> {
        let apis = [&self.calendar, &self.docs, &self.drive, &self.sheets];
        let mut hosts: Vec<String> = [&self.token, &self.revoke, &self.userinfo]
            .into_iter()
            .chain(apis)
            .filter_map(Url::host_str)
            .map(str::to_owned)
            .collect();
        hosts.sort_unstable();
        hosts.dedup();
        hosts
    }
}

fn parse(text: &'static str) -> Result<Url, ConfigError> {
    Url::parse(text).map_err(|_| ConfigError::Invalid { what: text })
}
