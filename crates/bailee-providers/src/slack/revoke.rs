use secrecy::{ExposeSecret, SecretString};

use super::{Slack, person};
use bailee_core::{ClientCredentials, Credential, Provider as _, ProviderError, Refresh, Revoke};

/// Takes the installation back.
///
/// A token that never expires ends when it is revoked. Where tokens rotate, revoking one leaves the others alive, so the
/// app is uninstalled; where Slack does not let it, the tokens at hand are revoked.
pub(super) async fn revoke(slack: &Slack, request: &Revoke<'_>) -> Result<(), ProviderError> {
    if let (Some(client), Some(_)) = (request.client, &request.credential.refresh_token) {
        match uninstall(slack, client, request.credential).await {
            Err(ProviderError::Rejected { code: "no_permission", .. }) => {}
            other => return other,
        }
    }
    let user_token = request.credential.extra.get(person::TOKEN);
    let mut outcome = Err(ProviderError::AlreadyDone);
    for token in [Some(&request.credential.access_token), user_token].into_iter().flatten() {
        let credential = Credential::new(token.clone());
        match slack.oauth.revoke(Revoke { client: request.client, credential: &credential }).await {
            Ok(()) => outcome = Ok(()),
            Err(ProviderError::AlreadyDone) => {}
            Err(error) => return Err(error),
        }
    }
    outcome
}

/// `apps.uninstall`, for which the token has to be alive: an expired one is renewed first.
async fn uninstall(
    slack: &Slack,
    client: ClientCredentials<'_>,
    credential: &Credential,
) -> Result<(), ProviderError> {
    match uninstall_with(slack, client, &credential.access_token).await {
        Err(ProviderError::TokenRejected) => {}
        other => return other,
    }
    let renewed = match slack.oauth.refresh(Refresh { client, credential }).await {
        Err(ProviderError::GrantRevoked { .. }) => return Err(ProviderError::AlreadyDone),
        other => other?,
    };
    match uninstall_with(slack, client, &renewed.access_token).await {
        Err(ProviderError::TokenRejected) => Err(ProviderError::AlreadyDone),
        other => other,
    }
}

async fn uninstall_with(
    slack: &Slack,
    client: ClientCredentials<'_>,
    token: &SecretString,
) -> Result<(), ProviderError> {
    let secret = client.secret.ok_or(ProviderError::Client)?;
    let fields = [
        ("client_id", client.client_id.as_str()),
        ("client_secret", secret.expose_secret()),
        ("token", token.expose_secret()),
    ];
    slack.post_form("apps.uninstall", &fields).await
}
