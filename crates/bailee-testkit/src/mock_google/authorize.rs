use url::Url;

use super::{
    GoogleAccount, GoogleClient, Time,
    scope::{Scopes, canonical, in_callback, in_plain_words},
    state::{Code, Grant, State},
};
use crate::mock_provider::{Answer, Choice, Decision, Question, RecordedRequest, dead_end, token};

/// What stands in the query of the consent page.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) client_id: String,
    project: String,
    redirect_uri: Url,
    /// As it was spelt: a code is exchanged with the same letters.
    redirect_text: String,
    /// In the order of the request, each once.
    pub(super) scopes: Vec<String>,
    state: Option<String>,
    challenge: Option<String>,
    offline: bool,
    prompt: Option<String>,
    include_granted: bool,
    pub(super) login_hint: Option<String>,
    nonce: Option<String>,
}

/// Why the page shows an error instead of a question. Nothing is sent to the redirect URI then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageError(pub(super) &'static str);

/// `GET` and `POST /o/oauth2/v2/auth`.
pub(super) fn consent(state: &mut State, time: &Time, request: &RecordedRequest) -> Answer {
    let asked = match read(state, &request.query) {
        Ok(asked) => asked,
        Err(PageError(word)) => return dead_end(word),
    };
    let name = |account: &GoogleAccount| format!("{} ({})", account.name, account.email);
    let accounts = state.accounts.iter().filter(|account| !account.deleted);
    let accounts = accounts.map(|account| Choice::new(&account.sub, name(account))).collect();
    let hinted = asked.login_hint.as_deref().and_then(|hint| state.account(hint));
    let hinted = hinted.map(|account| account.sub.clone());
    let words = |scope: &String| Choice::new(scope, in_plain_words(scope).unwrap_or(scope));
    let question = Question {
        provider: "Google",
        app: &asked.client_id,
        accounts,
        hinted: hinted.as_deref(),
        scopes: asked.scopes.iter().map(words).collect(),
        granular: true,
        redirect_uri: &asked.redirect_uri,
    };
    question.answer(request, |decision| decide(state, time, &asked, decision).map_err(|PageError(word)| word))
}

/// Reads the query, as strictly as Google does.
pub(super) fn read(state: &State, query: &[(String, String)]) -> Result<Asked, PageError> {
    let one = |name: &str| single(query, name);
    let client_id = one("client_id")?.ok_or(PageError("invalid_request"))?;
    let client = match state.client(client_id) {
        None => return Err(PageError("invalid_client")),
        Some(client) if client.deleted => return Err(PageError("deleted_client")),
        Some(client) => client,
    };
    let redirect_text = one("redirect_uri")?.ok_or(PageError("invalid_request"))?;
    let redirect_uri = registered(client, redirect_text).ok_or(PageError("redirect_uri_mismatch"))?;
    if one("response_type")? != Some("code") {
        return Err(PageError("unsupported_response_type"));
    }
    let scopes = asked_scopes(one("scope")?.unwrap_or_default())?;
    let challenge = one("code_challenge")?;
    let method = one("code_challenge_method")?;
    if challenge.is_some_and(|challenge| method != Some("S256") || challenge.len() != 43) {
        return Err(PageError("invalid_request"));
    }
    let prompt = one("prompt")?;
    let known = |word: &str| matches!(word, "consent" | "select_account");
    if prompt.is_some_and(|prompt| !prompt.split(' ').all(known)) {
        return Err(PageError("invalid_request"));
    }
    let offline = match one("access_type")? {
        Some("offline") => true,
        None | Some("online") => false,
        Some(_) => return Err(PageError("invalid_request")),
    };
    Ok(Asked {
        client_id: client_id.to_owned(),
        project: client.project.clone(),
        redirect_uri,
        redirect_text: redirect_text.to_owned(),
        scopes,
        state: one("state")?.map(str::to_owned),
        challenge: challenge.map(str::to_owned),
        offline,
        prompt: prompt.map(str::to_owned),
        include_granted: one("include_granted_scopes")? == Some("true"),
        login_hint: one("login_hint")?.map(str::to_owned),
        nonce: one("nonce")?.map(str::to_owned),
    })
}

/// The value of a parameter that may stand there once (RFC 6749 §3.1).
fn single<'a>(query: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, PageError> {
    let mut values = query.iter().filter(|(mine, _)| mine == name);
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(PageError("invalid_request")),
        (first, None) => Ok(first.map(|(_, value)| value.as_str())),
    }
}

fn registered(client: &GoogleClient, text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let any = client.redirect_uris.is_empty()
        && (url.scheme() == "https" || matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")));
    (any || client.redirect_uris.iter().any(|registered| registered == text)).then_some(url)
}

fn asked_scopes(text: &str) -> Result<Vec<String>, PageError> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in text.split_ascii_whitespace() {
        if in_plain_words(scope).is_none() {
            return Err(PageError("invalid_scope"));
        }
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    if scopes.is_empty() {
        return Err(PageError("invalid_request"));
    }
    Ok(scopes)
}

/// The address that the browser is sent to. A person who ticks nothing has denied.
pub(super) fn decide(
    state: &mut State,
    time: &Time,
    asked: &Asked,
    decision: &Decision,
) -> Result<Url, PageError> {
    let issuer = state.settings.callback_issuer.clone();
    let mut callback = asked.redirect_uri.clone();
    let mut answer = Vec::new();
    answer.extend(asked.state.as_deref().map(|state| ("state", state.to_owned())));
    answer.extend(issuer.map(|issuer| ("iss", issuer)));
    match decision {
        Decision::Allow { account, scopes } if !scopes.is_empty() => {
            let position = state.accounts.iter().position(|known| known.sub == *account && !known.deleted);
            let (index, account) = position
                .and_then(|index| Some((index, state.accounts.get(index)?.clone())))
                .ok_or(PageError("invalid_request"))?;
            let (code, granted) = new_code(state, time, asked, &account, scopes)?;
            answer.push(("code", code));
            answer.push(("scope", in_callback(&granted)));
            answer.push(("authuser", index.to_string()));
            answer.extend(account.hosted_domain.map(|domain| ("hd", domain)));
            answer.push(("prompt", asked.prompt.clone().unwrap_or_else(|| "none".to_owned())));
        }
        Decision::Allow { .. } | Decision::Deny => answer.push(("error", "access_denied".to_owned())),
    }
    callback.query_pairs_mut().extend_pairs(answer);
    Ok(callback)
}

fn new_code(
    state: &mut State,
    time: &Time,
    asked: &Asked,
    account: &GoogleAccount,
    ticked: &[String],
) -> Result<(String, Scopes), PageError> {
    if ticked.iter().any(|scope| !asked.scopes.contains(scope)) {
        return Err(PageError("invalid_scope"));
    }
    let mut scopes: Scopes = ticked.iter().map(|scope| canonical(scope).to_owned()).collect();
    if asked.include_granted {
        scopes.extend(state.granted_before(&account.sub, &asked.project));
    }
    let asked_anew =
        asked.prompt.as_deref().is_some_and(|prompt| prompt.split(' ').any(|word| word == "consent"));
    let first = !state.has_consented(&account.sub, &asked.client_id);
    let grant = Grant {
        sub: account.sub.clone(),
        client_id: asked.client_id.clone(),
        project: asked.project.clone(),
        scopes: scopes.clone(),
        alive: true,
        offline: asked.offline && (asked_anew || first),
        nonce: asked.nonce.clone(),
    };
    let code = Code {
        grant,
        redirect_uri: asked.redirect_text.clone(),
        challenge: asked.challenge.clone(),
        issued: time.elapsed(),
        expired: false,
        used: None,
    };
    let text = token("4/0Amock-code-");
    state.codes.insert(text.clone(), code);
    Ok((text, scopes))
}
