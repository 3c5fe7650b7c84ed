use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde_json::Value;

use super::text;

/// An instant with its offset, as `timeMin` and `timeMax` demand (RFC 3339).
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.to_utc())
}

/// The start or end of an event: `date`, or `dateTime` with an offset, or `dateTime` without one and a `timeZone`.
///
/// The mock knows no time zones: a local time is read as UTC, and so is the midnight of a date.
pub(super) fn bound(event: &Value, name: &str) -> Option<DateTime<Utc>> {
    let bound = event.get(name)?;
    if let Some(date) = text(bound, "date") {
        let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?;
        return Some(date.and_time(NaiveTime::MIN).and_utc());
    }
    let time = text(bound, "dateTime")?;
    instant(time).or_else(|| {
        text(bound, "timeZone")?;
        let local = NaiveDateTime::parse_from_str(time, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
        Some(local.and_utc())
    })
}
