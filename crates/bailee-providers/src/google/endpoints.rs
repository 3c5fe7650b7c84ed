use std::fmt;

use url::Url;

use super::definition;
use crate::ConfigError;
use bailee_oauth::OAuthAddresses;

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
    /// The base of Gmail API version 1.
    pub gmail: Url,
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
            .field("gmail", &self.gmail.host_str())
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
        let parse = |text: &'static str| Url::parse(text).map_err(|_| ConfigError::Invalid { what: text });
        let oauth = definition()?.addresses();
        let there = |url: Option<Url>| url.ok_or(ConfigError::Invalid { what: "the definition of Google" });
        Ok(Self {
            authorize: oauth.authorize,
            token: oauth.token,
            revoke: there(oauth.revoke)?,
            userinfo: there(oauth.userinfo)?,
            calendar: parse("https://www.googleapis.com/calendar/v3")?,
            docs: parse("https://docs.googleapis.com/v1")?,
            drive: parse("https://www.googleapis.com/drive/v3")?,
            gmail: parse("https://gmail.googleapis.com/gmail/v1")?,
            sheets: parse("https://sheets.googleapis.com/v4")?,
        })
    }

    /// The same paths, all on one origin: what a mock or a gateway serves.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] when `origin` cannot have paths.
    pub fn at(origin: &Url) -> Result<Self, ConfigError> {
        let at = |url: &Url| {
            origin.join(url.path()).map_err(|_| ConfigError::Invalid { what: "the origin of the endpoints" })
        };
        let public = Self::public()?;
        Ok(Self {
            authorize: at(&public.authorize)?,
            token: at(&public.token)?,
            revoke: at(&public.revoke)?,
            userinfo: at(&public.userinfo)?,
            calendar: at(&public.calendar)?,
            docs: at(&public.docs)?,
            drive: at(&public.drive)?,
            gmail: at(&public.gmail)?,
            sheets: at(&public.sheets)?,
        })
    }

    /// Those of OAuth.
    pub(super) fn oauth(&self) -> OAuthAddresses {
        OAuthAddresses {
            authorize: self.authorize.clone(),
            introspection: None,
            refresh: None,
            revoke: Some(self.revoke.clone()),
            token: self.token.clone(),
            userinfo: Some(self.userinfo.clone()),
        }
    }

    /// The hosts of the APIs, which receive tokens as those of OAuth do.
    pub(super) fn api_hosts(&self) -> impl Iterator<Item = &str> {
        let apis = [&self.calendar, &self.docs, &self.drive, &self.gmail, &self.sheets];
        apis.into_iter().filter_map(Url::host_str)
    }
}
