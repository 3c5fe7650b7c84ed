use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue};
use ring::hmac;
use serde_json::{Value, json};

use super::{MockTeller, WEBHOOK_SECRET, state::handed_over};
use crate::mock_provider::{Endpoint, Fault, PlantedFault, RecordedRequest};

/// What went over the wire.
impl MockTeller {
    /// Every request since the start or the last [`MockTeller::clear_requests`], in order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.hub.log.requests()
    }

    /// Forgets the requests, and nothing else.
    pub fn clear_requests(&self) {
        self.hub.log.clear();
    }

    /// Plants a fault: a standing rule, unless the returned value narrows it.
    pub fn fault(&self, endpoint: Endpoint, fault: Fault) -> PlantedFault<'_> {
        self.hub.faults.plant(endpoint, fault)
    }

    /// Removes all faults.
    pub fn heal(&self) {
        self.hub.faults.clear();
    }
}

/// What Teller Connect and the dashboard give.
impl MockTeller {
    /// The token signing key of the dashboard, in base64.
    #[must_use]
    pub fn token_signing_key(&self) -> String {
        STANDARD.encode(self.hub.site.state().public_key())
    }

    /// What `onSuccess` hands over when the user goes through an enrollment under this nonce; `None` without such an
    /// enrollment.
    #[must_use]
    pub fn enroll(&self, enrollment: &str, nonce: &str) -> Option<Value> {
        self.hub.site.state().signed(enrollment, Some(nonce), "sandbox")
    }

    /// Such a payload of any parts, with a true signature of the sandbox.
    #[must_use]
    pub fn signed(&self, nonce: &str, token: &str, user: &str, enrollment: &str, institution: &str) -> Value {
        let signature = self.hub.site.state().signature([nonce, token, user, enrollment, "sandbox"]);
        handed_over(token, user, enrollment, institution, Some(&signature))
    }

    /// A webhook as Teller sends it at this time (seconds since the epoch): its headers and its body.
    #[must_use]
    pub fn webhook(&self, id: &str, kind: &str, payload: &Value, at: i64) -> (HeaderMap, Vec<u8>) {
        let event =
            json!({ "id": id, "type": kind, "payload": payload, "timestamp": "2026-01-01T00:00:00Z" });
        let body = event.to_string().into_bytes();
        let key = hmac::Key::new(hmac::HMAC_SHA256, WEBHOOK_SECRET.as_bytes());
        let tag = hmac::sign(&key, &[at.to_string().as_bytes(), b".", &body].concat());
        let tag = tag.as_ref().iter().fold(String::new(), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        let mut headers = HeaderMap::new();
        // As while secrets change: one signature of another secret before the true one.
        let other = "0".repeat(tag.len());
        if let Ok(value) = HeaderValue::from_str(&format!("t={at},v1={other},v1={tag}")) {
            headers.insert("teller-signature", value);
        }
        (headers, body)
    }
}

/// What happens at Teller behind everybody's back.
impl MockTeller {
    /// Adds an enrollment without accounts.
    pub fn add_enrollment(&self, id: &str, institution: &str) {
        self.hub.site.state().add(id, institution);
    }

    /// Adds an account with balances and transactions to an enrollment.
    pub fn add_account(&self, enrollment: &str, id: &str, last_four: &str) {
        self.hub.site.state().add_account(enrollment, id, "depository", "checking", last_four, true);
    }

    /// Breaks the bank login of an enrollment, for a reason such as `.user_action.mfa_required`, or none.
    pub fn disconnect(&self, enrollment: &str, reason: &str) {
        if let Some(enrollment) = self.hub.site.state().enrollments.get_mut(enrollment) {
            enrollment.disconnected = Some(format!("enrollment.disconnected{reason}"));
        }
    }

    /// The user repairs it; the token stays.
    pub fn repair(&self, enrollment: &str) {
        if let Some(enrollment) = self.hub.site.state().enrollments.get_mut(enrollment) {
            enrollment.disconnected = None;
        }
    }

    /// Closes an account.
    pub fn close_account(&self, id: &str) {
        for enrollment in self.hub.site.state().enrollments.values_mut() {
            for account in enrollment.accounts.iter_mut().filter(|account| account.id == id) {
                account.closed = true;
            }
        }
    }

    /// Ends an enrollment: its token is refused.
    pub fn delete_enrollment(&self, id: &str) {
        let mut state = self.hub.site.state();
        if let Some(gone) = state.enrollments.remove(id) {
            state.dead.push(gone.token);
        }
    }

    /// Whether there is such an enrollment.
    #[must_use]
    pub fn has_enrollment(&self, id: &str) -> bool {
        self.hub.site.state().enrollments.contains_key(id)
    }

    /// Every token, live and dead, and the secret of the webhook. For searching logs.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let state = self.hub.site.state();
        let live = state.enrollments.values().map(|enrollment| enrollment.token.clone());
        live.chain(state.dead.iter().cloned()).chain([WEBHOOK_SECRET.to_owned()]).collect()
    }
}
