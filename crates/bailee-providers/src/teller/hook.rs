//! What Teller tells by itself (<https://teller.io/docs/api/webhooks>).

use chrono::TimeDelta;
use ring::hmac;
use serde::Deserialize;

use super::encoding::hex;
use bailee_core::{AccountId, DateTime, Delivery, ProviderError, Received, ReceivedEvent, StatusReason};

/// How old a delivery may be.
const OLDEST: TimeDelta = TimeDelta::minutes(3);
/// How many signatures are looked at: one for each secret while they change.
const SIGNATURES: usize = 5;
const LONGEST_ID: usize = 200;

#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    payload: Payload,
}

#[derive(Default, Deserialize)]
struct Payload {
    enrollment_id: Option<String>,
}

/// Reads a delivery: that a bank login has to be repaired is passed on, the rest left out.
pub(super) fn receive(key: &hmac::Key, delivery: &Delivery<'_>) -> Result<Vec<Received>, ProviderError> {
    if !is_genuine(key, delivery) {
        return Err(ProviderError::TokenRejected);
    }
    let malformed = ProviderError::Malformed { problem: "the event is not of the described shape" };
    let event: Event = serde_json::from_slice(delivery.body).map_err(|_| malformed.clone())?;
    if event.id.is_empty() || event.id.len() > LONGEST_ID {
        return Err(malformed);
    }
    if event.kind != "enrollment.disconnected" {
        return Ok(Vec::new());
    }
    let account = event.payload.enrollment_id.and_then(|id| AccountId::new(id).ok()).ok_or(malformed)?;
    let event_of = ReceivedEvent::Ended { account, reason: StatusReason::Revoked };
    Ok(vec![Received { id: event.id, event: event_of }])
}

/// `Teller-Signature: t=<seconds>,v1=<hexadecimal>[,v1=…]`, HMAC-SHA256 over the time, a full stop and the body.
fn is_genuine(key: &hmac::Key, delivery: &Delivery<'_>) -> bool {
    let header = delivery.headers.get("teller-signature").and_then(|value| value.to_str().ok());
    let Some(header) = header else {
        return false;
    };
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let Some((_, time)) = parts().find(|(name, _)| *name == "t") else {
        return false;
    };
    let sent = time.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let fresh = sent.is_some_and(|sent| (delivery.now - sent).abs() <= OLDEST);
    let message = [time.as_bytes(), b".", delivery.body].concat();
    let signatures = parts().filter(|(name, _)| *name == "v1").take(SIGNATURES);
    fresh
        && signatures
            .filter_map(|(_, signature)| hex(signature))
            // In constant time.
            .any(|signature| hmac::verify(key, &message, &signature).is_ok())
}
