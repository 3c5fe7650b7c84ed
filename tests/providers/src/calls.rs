use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};

use bailee_core::{
    DateTime, Delivered, Grant, IntegrationId, Notification, Notify, Provider, ProviderError, ToolAccount,
    Uuid,
};
use bailee_providers::reference;
use bailee_testkit::mock_provider::RecordedRequest;

/// Checks that these requests, each of them and nothing else, are those that the reference says a tool makes.
///
/// # Errors
/// Which request is of no tool, or which is missing.
pub fn requests_are_as_referred(tool: &str, requests: &[RecordedRequest]) -> Result<()> {
    let all = reference::tools();
    let entry = all.iter().find(|entry| entry.tool == tool).context("the tool is in the reference")?;
    let mut missing: BTreeSet<&str> = entry.requests.iter().copied().collect();
    for request in requests {
        let of = entry.requests.iter().find(|named| is_of(request, named));
        missing.remove(*of.with_context(|| format!("{tool} makes another request: {}", request.method))?);
    }
    ensure!(missing.is_empty(), "{tool} did not make {missing:?}");
    Ok(())
}

/// `POST /base/{id}/method`, where a name in braces stands for the rest of its segment.
fn is_of(request: &RecordedRequest, named: &str) -> bool {
    let Some((method, path)) = named.split_once(' ') else { return false };
    let (mine, theirs): (Vec<&str>, Vec<&str>) =
        (path.split('/').collect(), request.path.split('/').collect());
    let same = |(named, asked): (&&str, &&str)| match named.split_once('{') {
        Some((prefix, _)) => asked.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty()),
        None => named == asked,
    };
    request.method.as_str() == method && mine.len() == theirs.len() && mine.iter().zip(&theirs).all(same)
}

/// Sends a notification through a channel.
///
/// # Errors
/// What the adapter answers.
pub async fn notify(
    provider: &dyn Provider,
    grant: &Grant,
    notification: &Notification,
) -> Result<Delivered, ProviderError> {
    let account = ToolAccount {
        integration: IntegrationId::from_parts(1, [7; 10]),
        account: &grant.account,
        access_token: &grant.credential.access_token,
        config: &grant.config,
    };
    let (id, now) = (Uuid::nil(), DateTime::UNIX_EPOCH);
    provider.notify(Notify { account: &account, notification, id, said_at: now, now }).await
}
