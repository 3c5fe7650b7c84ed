use std::fmt::Write as _;

use http::StatusCode;
use url::form_urlencoded;

use super::{
    authorize::{Asked, PageError},
    scope::in_plain_words,
    state::State,
};
use crate::mock_provider::Answer;

/// The page that asks a person. Plain HTML: it works with a keyboard, a screen reader, and without scripts.
pub(super) fn question(state: &State, asked: &Asked, query: &[(String, String)]) -> Answer {
    let chosen = asked
        .login_hint
        .as_deref()
        .and_then(|hint| state.account(hint))
        .or_else(|| state.accounts.iter().find(|account| !account.deleted))
        .map(|account| account.sub.clone());
    let mut accounts = String::new();
    for (index, account) in state.accounts.iter().filter(|account| !account.deleted).enumerate() {
        let checked = if chosen.as_deref() == Some(account.sub.as_str()) { " checked" } else { "" };
        let (sub, name, email) = (escape(&account.sub), escape(&account.name), escape(&account.email));
        let _ = write!(
            accounts,
            "<p><input type=\"radio\" name=\"account\" id=\"account-{index}\" value=\"{sub}\" required{checked}>\
             <label for=\"account-{index}\">{name} ({email})</label></p>"
        );
    }
    let mut scopes = String::new();
    for (index, scope) in asked.scopes.iter().enumerate() {
        let (value, words) = (escape(scope), escape(in_plain_words(scope).unwrap_or(scope)));
        let _ = write!(
            scopes,
            "<p><input type=\"checkbox\" name=\"scope\" id=\"scope-{index}\" value=\"{value}\" checked>\
             <label for=\"scope-{index}\">{words}</label> <small>{value}</small></p>"
        );
    }
    let action = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let client = escape(&asked.client_id);
    let body = format!(
        "<h1>{client} wants to access your account</h1>\
         <p>This is the consent page of a mock: no real account is involved.</p>\
         <form method=\"post\" action=\"{path}?{action}\">\
         <fieldset><legend>Choose an account</legend>{accounts}</fieldset>\
         <fieldset><legend>Select what {client} can access</legend>{scopes}</fieldset>\
         <p><button type=\"submit\" name=\"decision\" value=\"allow\">Allow</button> \
         <button type=\"submit\" name=\"decision\" value=\"deny\" formnovalidate>Deny</button></p></form>",
        path = super::AUTHORIZE_PATH,
        action = escape(&action),
    );
    Answer::html(StatusCode::OK, document("Sign in - Mock Accounts", &body))
}

/// The page that Google shows instead of a redirect.
pub(super) fn error(error: PageError) -> Answer {
    let word = escape(error.0);
    let body =
        format!("<h1>Access blocked: this request is invalid</h1><p>Error 400: <strong>{word}</strong></p>");
    Answer::html(StatusCode::BAD_REQUEST, document("Error - Mock Accounts", &body))
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>\
         <style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}}\
         small{{color:#555;overflow-wrap:anywhere}}button{{font:inherit;padding:.5rem 1.5rem}}</style>\
         </head><body><main>{body}</main></body></html>"
    )
}

/// For text and for quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
