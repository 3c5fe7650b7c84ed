//! What opens at a deep link: the chat with a bot, as far as a person needs it to press *Start*.

use http::{Method, StatusCode};

use super::{
    deliver,
    people::{Person, start},
    state::State,
};
use crate::mock_provider::{Answer, Choice, RecordedRequest, dead_end, escape, page, radios};

const DIRECTIVES: &str = "frame-ancestors 'none'; form-action 'self'";

/// The token of the bot whose name the path is.
pub(super) fn bot<'a>(state: &'a State, path: &str) -> Option<&'a str> {
    let name = path.strip_prefix('/')?;
    state.bots.iter().find(|(_, bot)| bot.username == name).map(|(token, _)| token.as_str())
}

/// `GET` and `POST /<name>?start=<word>`.
pub(super) fn answer(state: &mut State, request: &RecordedRequest) -> Answer {
    let name = escape(request.path.trim_start_matches('/'));
    let people = [Person::ada(), Person::mallory()];
    if request.method != Method::POST {
        let choices = people.map(|person| Choice::new(person.id.to_string(), person.first_name));
        let body = format!(
            "<main><h1>Chat with @{name}</h1><p>This is a chat of a mock: nothing is sent to Telegram.</p>\
             <form method=\"post\"><fieldset><legend>Who are you?</legend>{people}</fieldset>\
             <p><button type=\"submit\">Start</button></p></form></main>",
            people = radios("person", &choices, 0),
        );
        return page(StatusCode::OK, "Chat - Mock of Telegram", &body, DIRECTIVES);
    }
    let sender = people.into_iter().find(|person| request.form("person") == Some(&person.id.to_string()));
    let token = bot(state, &request.path).map(str::to_owned);
    let (Some(person), Some(token)) = (sender, token) else {
        return dead_end("no such person");
    };
    deliver::in_background(start(state, &token, &person, request.query("start").unwrap_or_default()));
    let body = format!(
        "<main><h1>Chat with @{name}</h1><p role=\"status\">You pressed Start. You can close this page.</p></main>"
    );
    page(StatusCode::OK, "Started - Mock of Telegram", &body, DIRECTIVES)
}
