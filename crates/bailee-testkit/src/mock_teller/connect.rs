//! Teller Connect: the script that hosts load, and the page that it opens in a frame.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use url::Url;

use super::state::State;
use crate::mock_provider::{Answer, Choice, RecordedRequest, dead_end, escape, page, radios};

const SCRIPT: &str = include_str!("connect.js");
const FRAME_SCRIPT: &str = include_str!("frame.js");

/// What is below `/connect`.
pub(super) fn answer(state: &mut State, request: &RecordedRequest) -> Answer {
    let script = |text: &'static str| Answer::typed(StatusCode::OK, "text/javascript; charset=utf-8", text);
    match (&request.method, request.path.as_str()) {
        (&Method::GET, "/connect/connect.js") => script(SCRIPT),
        (&Method::GET, "/connect/frame.js") => script(FRAME_SCRIPT),
        (_, "/connect/frame") => frame(state, request),
        _ => Answer::empty(StatusCode::NOT_FOUND),
    }
}

/// The page in the frame: the person chooses a bank, or repairs the enrollment that is named.
fn frame(state: &mut State, request: &RecordedRequest) -> Answer {
    let origin = request.query("page").and_then(|page| Url::parse(page).ok()).map(|page| page.origin());
    let Some(origin) = origin.filter(url::Origin::is_tuple).map(|origin| origin.ascii_serialization()) else {
        return dead_end("page");
    };
    if request.query("applicationId") != Some(super::APPLICATION_ID) {
        return dead_end("applicationId");
    }
    if request.method != Method::POST {
        return show(&origin, &json!({ "event": "init" }), &question(state, request));
    }
    if request.form("decision") == Some("close") {
        return show(&origin, &json!({ "event": "exit" }), "<h1>Closed</h1>");
    }
    match enroll(state, request) {
        Some(enrollment) => {
            let done = json!({ "event": "success", "enrollment": enrollment });
            show(&origin, &done, "<h1>Connected</h1>")
        }
        None => dead_end("no such bank"),
    }
}

fn question(state: &State, request: &RecordedRequest) -> String {
    let close = "<button type=\"submit\" name=\"decision\" value=\"close\" formnovalidate>Close</button>";
    let connect = "<button type=\"submit\" name=\"decision\" value=\"connect\">Connect</button>";
    let note = "<p>This is a stand-in for Teller Connect: no real bank is involved.</p>";
    let products = escape(&request.query("products").unwrap_or_default().replace(',', ", "));
    let repaired = request.query("enrollmentId").map(|id| state.enrollments.get(id));
    match repaired {
        Some(None) => format!(
            "<h1>This bank is not connected any more</h1>{note}<form method=\"post\"><p>{close}</p></form>"
        ),
        Some(Some(enrollment)) => format!(
            "<h1>Sign in at {bank} again</h1>{note}<form method=\"post\"><p>{connect} {close}</p></form>",
            bank = escape(&enrollment.institution),
        ),
        None => {
            let banks: Vec<Choice> =
                state.institutions().iter().map(|name| Choice::new(*name, *name)).collect();
            let asked = request.query("institution").unwrap_or_default();
            let chosen = banks.iter().position(|bank| bank.value.eq_ignore_ascii_case(asked));
            format!(
                "<h1>Connect your bank</h1>{note}<p>The app asks for: {products}.</p><form method=\"post\">\
                 <fieldset><legend>Choose a bank</legend>{banks}</fieldset><p>{connect} {close}</p></form>",
                banks = radios("institution", &banks, chosen.unwrap_or_default()),
            )
        }
    }
}

/// What `onSuccess` gets.
fn enroll(state: &mut State, request: &RecordedRequest) -> Option<Value> {
    let id = match request.query("enrollmentId") {
        Some(id) => {
            state.enrollments.get_mut(id)?.disconnected = None;
            id.to_owned()
        }
        None => state.enroll_at(request.form("institution")?)?,
    };
    state.signed(&id, request.query("nonce"), request.query("environment").unwrap_or("production"))
}

/// A page of the frame, with its message to the page around it.
fn show(origin: &str, message: &Value, body: &str) -> Answer {
    let (origin, message) = (escape(origin), escape(&message.to_string()));
    let body = format!(
        "<main data-page=\"{origin}\" data-message=\"{message}\">{body}</main>\
         <script src=\"/connect/frame.js\"></script>"
    );
    // Whose page is around it is for the messages to check: the true one stands in the pages of all its customers too.
    page(StatusCode::OK, "Mock of Teller Connect", &body, "script-src 'self'; form-action 'self'")
}
