//! The token of the person who connects, beside that of the bot.

use std::{collections::BTreeMap, time::Duration};

use super::Slack;
use bailee_core::{
    Credential, OAuthScope, OAuthScopes, Provider as _, ProviderError, Refresh, Renewal, Validate, Validation,
};

/// Its name among the further secrets of a credential.
pub(super) const TOKEN: &str = "user_token";
/// That of what obtains the next one.
const REFRESH_TOKEN: &str = "user_refresh_token";

/// How its scopes begin here, and not at Slack: the same word may be of both.
const PREFIX: &str = "user:";

/// When both tokens are tried again, after the bot's was renewed and the person's was not.
const AGAIN: Duration = Duration::from_mins(5);

/// Scopes of the person as they are spelt here; `None` when one is none.
pub(super) fn as_ours(scopes: &OAuthScopes) -> Option<OAuthScopes> {
    let ours = scopes.iter().map(|scope| OAuthScope::new(format!("{PREFIX}{scope}")).ok());
    ours.collect::<Option<Vec<_>>>().map(OAuthScopes::new)
}

/// Renews the token of the bot, then that of the person where there is one: each has a refresh token of its own, which
/// works once. When the second fails, the first is a success all the same, and both are tried again soon.
pub(super) async fn refresh(slack: &Slack, request: Refresh<'_>) -> Result<Renewal, ProviderError> {
    let person = request.credential.extra.get(TOKEN).zip(request.credential.extra.get(REFRESH_TOKEN));
    let Some((token, refresh_token)) = person else {
        return slack.oauth.refresh(request).await;
    };
    // What takes the time of one is not cut off in the middle, where the first answer would be lost.
    let http = slack.oauth.http().clone();
    let share = http.timeouts().token / 3;
    let oauth = slack.oauth.clone().with_http(http.with_token_deadline(share));
    let bot = oauth.refresh(request).await?;
    let credential = Credential::new(token.clone()).with_refresh_token(refresh_token.clone());
    let person = oauth.refresh(Refresh { client: request.client, credential: &credential }).await;
    Ok(both(bot, person))
}

fn both(bot: Renewal, person: Result<Renewal, ProviderError>) -> Renewal {
    match person {
        Ok(person) => {
            let mut extra = BTreeMap::from([(TOKEN.to_owned(), Some(person.access_token))]);
            if let Some(next) = person.refresh_token {
                extra.insert(REFRESH_TOKEN.to_owned(), Some(next));
            }
            let granted = person.granted.as_ref().and_then(as_ours);
            Renewal {
                extra,
                expires_in: [bot.expires_in, person.expires_in].into_iter().flatten().min(),
                // One that is not told may be as it was.
                granted: bot.granted.zip(granted).map(|(bot, person)| bot.union(&person)),
                ..bot
            }
        }
        // Its scopes are no longer granted, which the owner sees.
        Err(ProviderError::GrantRevoked { .. }) => {
            let names = [TOKEN, REFRESH_TOKEN].map(str::to_owned);
            Renewal { extra: names.into_iter().map(|name| (name, None)).collect(), ..bot }
        }
        Err(_) => Renewal {
            expires_in: Some(bot.expires_in.map_or(AGAIN, |lifetime| lifetime.min(AGAIN))),
            granted: None,
            ..bot
        },
    }
}

/// Both tokens have to work.
pub(super) async fn validate(slack: &Slack, request: Validate<'_>) -> Result<Validation, ProviderError> {
    let validation = slack.oauth.validate(request).await?;
    if let Some(token) = request.further.get(TOKEN) {
        slack.oauth.validate(Validate { access_token: token, ..request }).await?;
    }
    Ok(validation)
}
