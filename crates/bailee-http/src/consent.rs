//! What the connect page says.

use std::fmt::Write as _;

use axum::response::Response;
use bailee_core::{ExposeSecret, SecretString};
use bailee_engine::ConnectLink;
use http::StatusCode;

use crate::{
    connects::Asked,
    page::{Page, Stylesheet, escape},
};

/// Whether to connect what an agent wants to use, with a form that shows `proof`;
/// `profile` is the name of the agent that asks.
///
/// What others wrote is in `bdi` elements, so that its direction changes nothing around it.
pub(crate) fn question(style: &Stylesheet, asked: &Asked, profile: &str, proof: &SecretString) -> Response {
    let provider = escape(asked.name);
    let (who, said) = match &asked.request.client {
        Some(client) => (
            format!("<bdi>{}</bdi>", escape(client)),
            "This is the name that the agent's program gives itself. ",
        ),
        None => ("An agent".to_owned(), ""),
    };
    let main = format!(
        "<h1>{who} wants to use {provider} for you</h1>\n<p>{said}Continue only if you have just asked for something \
         that needs {provider}.</p>\n\
         <h2>What it asks for</h2>\n{access}<h2>Account</h2>\n<p>{account}</p>\n\
         <h2>Agent</h2>\n<p><bdi>{profile}</bdi>. You can change later which of your agents may use the account.</p>\n\
         <form method=\"post\">\n<input type=\"hidden\" name=\"proof\" value=\"{proof}\">\n\
         <button type=\"submit\" name=\"answer\" value=\"continue\">Continue</button>\n\
         <button type=\"submit\" name=\"answer\" value=\"not_now\">Not now</button>\n</form>\n",
        access = access(asked),
        account = account(asked),
        profile = escape(profile),
        proof = escape(proof.expose_secret()),
    );
    let title = format!("Connect {}", asked.name);
    Page { title: &title, head: "", main: &main }.answer(style, StatusCode::OK)
}

/// The page that leads on to the provider. Not a redirect: `form-action 'self'` holds for those that follow a form too.
pub(crate) fn leading_on(style: &Stylesheet, provider: &str, link: &ConnectLink) -> Response {
    let title = format!("Continue to {provider}");
    let url = escape(link.url.as_str());
    let head = format!("<meta http-equiv=\"refresh\" content=\"0;url={url}\">\n");
    let heading = escape(&title);
    let main = format!("<h1>{heading}</h1>\n<p><a href=\"{url}\">{heading}</a></p>\n");
    Page { title: &title, head: &head, main: &main }.answer(style, StatusCode::OK)
}

fn access(asked: &Asked) -> String {
    let provider = escape(asked.name);
    if asked.request.scopes.is_empty() {
        return format!("<p>Access to {provider}. Its own page lists it before you agree.</p>\n");
    }
    let mut list = String::from("<ul>\n");
    for scope in asked.request.scopes.iter() {
        // Writing into a string does not fail.
        let _ = writeln!(
            list,
            "<li><bdi>{}</bdi> (<code>{}</code>)</li>",
            escape(&in_words(scope)),
            escape(scope)
        );
    }
    list + "</ul>\n"
}

fn account(asked: &Asked) -> String {
    match &asked.account {
        Some(account) => format!("<bdi>{}</bdi>, which is connected again.", escape(account)),
        None => format!("You choose it at {}.", escape(asked.name)),
    }
}

/// `https://host/auth/mail.read_only` → `mail read only`.
fn in_words(scope: &str) -> String {
    let name = scope.trim_end_matches('/');
    let name = if name.contains("://") { name.rsplit('/').next().unwrap_or(name) } else { name };
    let words: Vec<&str> = name.split(['.', '_', ':', '-', '/']).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_told_in_words() {
        for (scope, words) in [
            ("https://host.example/auth/mail.read_only", "mail read only"),
            ("https://mail.example/", "mail example"),
            ("tweet.read", "tweet read"),
            ("chat:write", "chat write"),
            ("openid", "openid"),
        ] {
            assert_eq!(in_words(scope), words);
        }
    }
}
