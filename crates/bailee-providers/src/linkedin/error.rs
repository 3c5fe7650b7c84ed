//! From LinkedIn's errors to [`ProviderError`], by known words only.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use bailee_core::{ProviderError, ScopeSets};
use bailee_oauth::Response;

/// In seconds.
const DAY: i64 = 24 * 60 * 60;

/// Reads an error answer of the API. `needs` is what a missing permission is reported as; `now` tells the hour where the
/// answer does not.
pub(super) fn classify(response: &Response, needs: &ScopeSets, now: DateTime<Utc>) -> ProviderError {
    let status = response.status().as_u16();
    let retry_after = response.retry_after();
    match status {
        401 => ProviderError::TokenRejected,
        403 => ProviderError::MissingGrant { scopes: needs.preferred().cloned().unwrap_or_default() },
        408 | 500..=599 => ProviderError::Unavailable { retry_after },
        429 => {
            let until_tomorrow = || until_midnight(response.date().unwrap_or(now));
            ProviderError::RateLimited { retry_after: retry_after.or_else(until_tomorrow) }
        }
        _ => ProviderError::Rejected { status, code: code(status, response.body()) },
    }
}

/// Quotas are of a day, which begins at midnight UTC.
fn until_midnight(now: DateTime<Utc>) -> Option<Duration> {
    let rest = DAY - now.timestamp().rem_euclid(DAY);
    u64::try_from(rest).ok().map(Duration::from_secs)
}

fn code(status: u16, body: &[u8]) -> &'static str {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let inputs = body.pointer("/errorDetails/inputErrors").and_then(Value::as_array);
    let words = inputs.into_iter().flatten().filter_map(|input| input.get("code")).chain(body.get("code"));
    let known = words.filter_map(Value::as_str).find_map(|word| match word {
        "DUPLICATE_POST" => Some("duplicate"),
        "NONEXISTENT_VERSION" => Some("NONEXISTENT_VERSION"),
        _ => None,
    });
    known.unwrap_or(match status {
        404 => "not_found",
        426 => "NONEXISTENT_VERSION",
        _ => "other",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_utc() {
        let wait =
            |second| DateTime::from_timestamp(second, 0).and_then(until_midnight).map(|wait| wait.as_secs());
        assert_eq!(wait(0), Some(86_400));
        assert_eq!(wait(86_399), Some(1));
        assert_eq!(wait(1_763_900_000), Some(42_400));
        assert_eq!(wait(-1), Some(1));
    }
}
