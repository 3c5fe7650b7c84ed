use std::collections::BTreeSet;

/// The scopes that the mock's consent page knows, in plain words. Others are refused, as Google does.
const KNOWN: &[(&str, &str)] = &[
    ("openid", "Associate you with your personal info on Google"),
    (EMAIL, "See your primary Google Account email address"),
    (PROFILE, "See your personal info, including any you have made publicly available"),
    ("https://www.googleapis.com/auth/calendar", "See, edit, share and delete all your calendars"),
    ("https://www.googleapis.com/auth/calendar.events", "View and edit events on all your calendars"),
    (
        "https://www.googleapis.com/auth/calendar.events.freebusy",
        "See the free and busy times of your calendars and events",
    ),
    (
        "https://www.googleapis.com/auth/calendar.events.owned",
        "See, create, change and delete events on calendars you own",
    ),
    ("https://www.googleapis.com/auth/calendar.events.owned.readonly", "See the events on calendars you own"),
    ("https://www.googleapis.com/auth/calendar.events.readonly", "View events on all your calendars"),
    ("https://www.googleapis.com/auth/calendar.freebusy", "View your availability in your calendars"),
    ("https://www.googleapis.com/auth/calendar.readonly", "See and download any calendar you can access"),
    ("https://www.googleapis.com/auth/documents", "See, edit, create and delete all your documents"),
    ("https://www.googleapis.com/auth/documents.readonly", "See all your documents"),
    ("https://www.googleapis.com/auth/drive", "See, edit, create and delete all your files"),
    (
        "https://www.googleapis.com/auth/drive.file",
        "See, edit, create and delete only the files you use with this app",
    ),
    ("https://www.googleapis.com/auth/drive.metadata.readonly", "See information about your files"),
    ("https://www.googleapis.com/auth/drive.readonly", "See and download all your files"),
    (
        "https://www.googleapis.com/auth/gmail.metadata",
        "View your email message metadata such as labels and headers, but not the body",
    ),
    ("https://www.googleapis.com/auth/gmail.modify", "Read, compose and send emails from your account"),
    ("https://www.googleapis.com/auth/gmail.readonly", "View your email messages and settings"),
    ("https://www.googleapis.com/auth/gmail.send", "Send email on your behalf"),
    ("https://www.googleapis.com/auth/spreadsheets", "See, edit, create and delete all your spreadsheets"),
    ("https://www.googleapis.com/auth/spreadsheets.readonly", "See all your spreadsheets"),
];

pub(super) const EMAIL: &str = "https://www.googleapis.com/auth/userinfo.email";
pub(super) const PROFILE: &str = "https://www.googleapis.com/auth/userinfo.profile";

/// Scopes in the form in which Google grants them.
pub(super) type Scopes = BTreeSet<String>;

/// The form in which Google grants a scope: `email` and `profile` become URLs.
pub(super) fn canonical(scope: &str) -> &str {
    match scope {
        "email" => EMAIL,
        "profile" => PROFILE,
        other => other,
    }
}

/// What the consent page says of a scope; `None` for one that Google does not have.
pub(super) fn in_plain_words(scope: &str) -> Option<&'static str> {
    KNOWN.iter().find(|(known, _)| *known == canonical(scope)).map(|(_, words)| *words)
}

/// The scopes of a token answer: in URL form, in an order that differs from answer to answer.
pub(super) fn shuffled(scopes: &Scopes, serial: u64) -> String {
    let mut list: Vec<&str> = scopes.iter().map(String::as_str).collect();
    let places = u64::try_from(list.len()).unwrap_or(1).max(1);
    list.rotate_left(usize::try_from(serial % places).unwrap_or(0));
    list.join(" ")
}

/// The `scope` of a callback: the short names beside the URLs.
pub(super) fn in_callback(scopes: &Scopes) -> String {
    let short = |name: &'static str, url: &str| scopes.contains(url).then_some(name);
    short("email", EMAIL)
        .into_iter()
        .chain(short("profile", PROFILE))
        .chain(scopes.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join(" ")
}
