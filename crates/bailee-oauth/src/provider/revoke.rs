use secrecy::{ExposeSecret, SecretString};

use super::{OAuthProvider, send};
use crate::definition::{Revocation, RevocationProof, RevokedToken, Step, Verb};
use bailee_core::{ProviderError, Revoke};

pub(super) async fn revoke(provider: &OAuthProvider, request: &Revoke<'_>) -> Result<(), ProviderError> {
    let revocation = provider.definition.revoke.as_ref().ok_or(ProviderError::Unsupported)?;
    let credential = request.credential;
    let tokens = revocation.order.iter().filter_map(|kind| match kind {
        RevokedToken::AccessToken => Some((*kind, &credential.access_token)),
        RevokedToken::RefreshToken => credential.refresh_token.as_ref().map(|token| (*kind, token)),
    });
    let wanted = if revocation.each { revocation.order.len() } else { 1 };
    // Without any token to revoke there is nothing to do.
    let mut outcome = Err(ProviderError::AlreadyDone);
    for (kind, token) in tokens.take(wanted) {
        match one(provider, revocation, request, kind, token).await {
            Ok(()) => outcome = Ok(()),
            // The end of one token may have been the end of the other.
            Err(ProviderError::AlreadyDone) => {}
            Err(error) => return Err(error),
        }
    }
    outcome
}

async fn one(
    provider: &OAuthProvider,
    revocation: &Revocation,
    request: &Revoke<'_>,
    kind: RevokedToken,
    token: &SecretString,
) -> Result<(), ProviderError> {
    let template = &revocation.request;
    let client = match revocation.authentication {
        RevocationProof::Bearer => {
            let sent = send::with_bearer(provider, Step::Revoke, template, Verb::Post, token).await;
            return sent.map(drop);
        }
        RevocationProof::Client => Some(request.client.ok_or(ProviderError::Client)?),
        RevocationProof::None => None,
    };
    let mut parameters = vec![("token", token.expose_secret())];
    if revocation.hint {
        parameters.push(("token_type_hint", kind.hint()));
    }
    send::post(provider, Step::Revoke, template, &parameters, client).await.map(drop)
}

impl RevokedToken {
    /// RFC 7009 §2.1.
    const fn hint(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::RefreshToken => "refresh_token",
        }
    }
}
