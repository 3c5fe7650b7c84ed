use url::Url;

/// The addresses of one [`MockGoogle`](super::MockGoogle).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoogleEndpoints {
    /// Its root, with a trailing slash.
    pub base: Url,
    /// The consent page.
    pub authorize: Url,
    /// Exchange and refresh.
    pub token: Url,
    /// Revocation.
    pub revoke: Url,
    /// Whose token it is.
    pub userinfo: Url,
    /// The base of the Calendar API, without a trailing slash: `…/calendar/v3`.
    pub calendar: Url,
    /// The base of the Docs API, without a trailing slash: `…/v1`.
    pub docs: Url,
    /// The base of the Drive API, without a trailing slash: `…/drive/v3`.
    pub drive: Url,
    /// The base of the Gmail API, without a trailing slash: `…/gmail/v1`.
    pub gmail: Url,
    /// The base of the Sheets API, without a trailing slash: `…/v4`.
    pub sheets: Url,
}

impl GoogleEndpoints {
    pub(super) fn under(base: &Url) -> Self {
        let at = |path: &str| {
            let mut url = base.clone();
            url.set_path(path);
            url
        };
        Self {
            base: base.clone(),
            authorize: at(super::AUTHORIZE_PATH),
            token: at(super::TOKEN_PATH),
            revoke: at(super::REVOKE_PATH),
            userinfo: at(super::USERINFO_PATH),
            calendar: at(super::calendar::BASE),
            docs: at(super::docs::BASE),
            drive: at(super::drive::BASE),
            gmail: at(super::gmail::BASE),
            sheets: at(super::sheets::BASE),
        }
    }
}
