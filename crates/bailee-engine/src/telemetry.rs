//! Every number that is told to the host's recorder of metrics, in one place. `docs/observability.md` says what each means;
//! labels have few values: words of ours, names of providers that the host offers, names of its sinks.

use std::time::Duration;

use bailee_core::{Outcome, ProviderKey, Refusal, SinkName, store::Backlog};

use crate::Limit;

/// The label of what belongs to no provider: tools of ours and of the host.
const NO_PROVIDER: &str = "none";

/// A provider is left alone for a while.
pub(crate) fn breaker_opened(provider: &ProviderKey, cause: &'static str) {
    metrics::counter!("bailee_breaker_opened_total", "provider" => provider.to_string(), "cause" => cause)
        .increment(1);
}

/// A provider is asked again.
pub(crate) fn breaker_closed(provider: &ProviderKey) {
    metrics::counter!("bailee_breaker_closed_total", "provider" => provider.to_string()).increment(1);
}

/// A request was not sent.
pub(crate) fn breaker_refused(provider: &ProviderKey, cause: &'static str) {
    metrics::counter!("bailee_breaker_refused_total", "provider" => provider.to_string(), "cause" => cause)
        .increment(1);
}

/// A request is sent once more.
pub(crate) fn retried(provider: &ProviderKey) {
    metrics::counter!("bailee_retries_total", "provider" => provider.to_string()).increment(1);
}

/// A sink was offered an event, with this outcome.
pub(crate) fn event(sink: &SinkName, outcome: &'static str) {
    metrics::counter!("bailee_events_total", "sink" => sink.to_string(), "outcome" => outcome).increment(1);
}

/// A refresh came to its end.
pub(crate) fn refreshed(provider: &ProviderKey, outcome: &'static str) {
    metrics::counter!("bailee_refreshes_total", "provider" => provider.to_string(), "outcome" => outcome)
        .increment(1);
}

/// A caller waited for a refresh.
pub(crate) fn waited(provider: &ProviderKey, took: Duration) {
    metrics::histogram!("bailee_refresh_wait_seconds", "provider" => provider.to_string()).record(took);
}

/// A refreshed credential could not be written.
pub(crate) fn unpersisted_write() {
    metrics::counter!("bailee_unpersisted_writes_total").increment(1);
}

/// So many refreshed credentials are held and not written yet.
pub(crate) fn unpersisted(count: usize) {
    metrics::gauge!("bailee_unpersisted_tokens").set(float(count as u64));
}

/// A sealed record did not open.
pub(crate) fn seal_error() {
    metrics::counter!("bailee_seal_errors_total").increment(1);
}

/// A line of the ledger was lost.
pub(crate) fn ledger_error() {
    metrics::counter!("bailee_ledger_errors_total").increment(1);
}

/// The rules said no.
pub(crate) fn refused(refusal: Refusal) {
    metrics::counter!("bailee_refusals_total", "rule" => refusal.rule().to_string(), "refusal" => refusal.as_str())
        .increment(1);
}

/// An owner asked for too much.
pub(crate) fn limited(limit: Limit) {
    metrics::counter!("bailee_limited_total", "limit" => limit.as_str()).increment(1);
}

/// A dispatched call of a tool ended.
pub(crate) fn called(provider: Option<&ProviderKey>, outcome: Outcome, took: Duration) {
    let provider = provider.map_or_else(|| NO_PROVIDER.to_owned(), ToString::to_string);
    metrics::histogram!("bailee_tool_call_seconds", "provider" => provider, "outcome" => outcome.as_str())
        .record(took);
}

/// A notification was tried.
pub(crate) fn notified(provider: Option<&ProviderKey>, outcome: Outcome) {
    let provider = provider.map_or_else(|| NO_PROVIDER.to_owned(), ToString::to_string);
    metrics::counter!("bailee_notifications_total", "provider" => provider, "outcome" => outcome.as_str())
        .increment(1);
}

/// A turn of the worker ended.
pub(crate) fn turned(took: Duration, done: bool) {
    let outcome = if done { "ok" } else { "failed" };
    metrics::histogram!("bailee_worker_turn_seconds", "outcome" => outcome).record(took);
}

/// What waits in the outbox.
pub(crate) fn outbox(backlog: Backlog) {
    metrics::gauge!("bailee_outbox_waiting").set(float(backlog.waiting));
    metrics::gauge!("bailee_outbox_overdue_seconds").set(backlog.overdue.unwrap_or_default().as_secs_f64());
}

/// A provider does not do what its definition says.
pub(crate) fn surprised(provider: &ProviderKey, fact: &'static str) {
    metrics::counter!("bailee_provider_surprises_total", "provider" => provider.to_string(), "fact" => fact)
        .increment(1);
}

fn float(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}
