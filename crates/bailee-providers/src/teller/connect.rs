//! How an enrollment is joined, probed and deleted.

use http::Method;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Teller,
    api::{TellerAccount, is_id},
};
use crate::{
    arguments::{invalid, schema},
    form,
    text::clean,
};
use bailee_core::{
    Account, AccountId, Credential, Grant, Join, Joined, ProviderError, Revoke, Start, Started, Validate,
    Validation,
};

/// What `onSuccess` hands over.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Fields {
    /// The token of the enrollment.
    #[serde(deserialize_with = "form::secret")]
    #[schemars(with = "String", length(min = 1, max = 200), extend("writeOnly" = true))]
    access_token: SecretString,
    /// Who enrolled, at Teller.
    user: User,
    /// The enrollment.
    enrollment: Enrollment,
    /// Signatures over the nonce and the rest, one of which must be true.
    #[schemars(length(max = 10), inner(length(max = 200)))]
    signatures: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
struct User {
    /// The id.
    #[schemars(length(min = 1, max = 128))]
    id: String,
}

#[derive(Deserialize, JsonSchema)]
struct Enrollment {
    /// The id.
    #[schemars(length(min = 1, max = 128))]
    id: String,
    /// The bank.
    institution: Institution,
}

#[derive(Deserialize, JsonSchema)]
struct Institution {
    /// The name.
    #[schemars(length(max = 200))]
    name: String,
}

pub(super) fn form() -> Value {
    schema::<Fields>()
}

/// The set-up of Teller Connect; with an account, the one that repairs its enrollment.
pub(super) fn start(teller: &Teller, start: &Start<'_>) -> Started {
    let mut setup = Map::from_iter([
        ("application_id".to_owned(), Value::from(teller.application_id.as_str())),
        ("environment".to_owned(), Value::from(teller.environment.as_str())),
        ("nonce".to_owned(), Value::from(start.word.expose_secret())),
        ("products".to_owned(), json!(teller.products)),
        ("select_account".to_owned(), Value::from("multiple")),
    ]);
    if let Some(account) = start.account {
        setup.insert("enrollment_id".to_owned(), Value::from(account.id.as_str()));
    }
    Started::Widget(setup)
}

pub(super) async fn join(teller: &Teller, join: &Join<'_>) -> Result<Joined, ProviderError> {
    let fields: Fields = form::read(join.fields, &form())?;
    check(teller, join.word, &fields)?;
    let accounts = teller.accounts(&fields.access_token).await.map_err(|error| match error {
        ProviderError::TokenRejected => ProviderError::GrantRevoked { reason: "token_rejected" },
        other => other,
    })?;
    if accounts.iter().any(|account| account.enrollment_id != fields.enrollment.id) {
        return Err(invalid("/enrollment/id", "is not the enrollment of the token"));
    }
    let institution = clean(&fields.enrollment.institution.name, 100).0;
    let account = Account {
        id: AccountId::new(fields.enrollment.id).map_err(|_| invalid("/enrollment/id", "is not an id"))?,
        label: Some(label(&institution, &accounts)),
    };
    let grant = Grant {
        credential: Credential::new(fields.access_token),
        account,
        expires_in: None,
        granted: None,
        config: Map::from_iter([("institution".to_owned(), Value::from(institution))]),
    };
    Ok(Joined { grant, shown_once: None, link: None })
}

/// Whether Teller signed it for this word. None of the parts holds a full stop, so that none can pass for two.
fn check(teller: &Teller, word: &SecretString, fields: &Fields) -> Result<(), ProviderError> {
    for (part, pointer) in [
        (fields.access_token.expose_secret(), "/accessToken"),
        (fields.user.id.as_str(), "/user/id"),
        (fields.enrollment.id.as_str(), "/enrollment/id"),
    ] {
        if !is_id(part) {
            return Err(invalid(pointer, "holds a character that is not allowed"));
        }
    }
    let parts = [
        word.expose_secret(),
        fields.access_token.expose_secret(),
        &fields.user.id,
        &fields.enrollment.id,
        teller.environment.as_str(),
    ];
    if teller.signing_key.accepts(parts, &fields.signatures) {
        Ok(())
    } else {
        Err(invalid("/signatures", "hold none of Teller over this connect"))
    }
}

/// The bank and the last digits of its first accounts.
fn label(institution: &str, accounts: &[TellerAccount]) -> String {
    let digits = accounts.iter().filter_map(|account| account.last_four.as_deref()).take(3);
    let digits: Vec<String> = digits.map(|digits| format!("••{}", clean(digits, 8).0)).collect();
    let bank = if institution.trim().is_empty() { "Bank" } else { institution };
    let more = if accounts.len() > digits.len() { ", …" } else { "" };
    if digits.is_empty() { bank.to_owned() } else { format!("{bank} {}{more}", digits.join(", ")) }
}

pub(super) async fn validate(teller: &Teller, request: &Validate<'_>) -> Result<Validation, ProviderError> {
    let accounts = teller.accounts(request.access_token).await?;
    let enrollment = accounts.into_iter().next().map(|account| account.enrollment_id);
    let id = enrollment.map(AccountId::new).transpose();
    let id = id.map_err(|_| ProviderError::Malformed { problem: "the enrollment has no id" })?;
    Ok(Validation { account: id.map(|id| Account { id, label: None }) })
}

/// Deletes the enrollment. What Teller no longer knows, or cannot reach, is as good as deleted.
pub(super) async fn revoke(teller: &Teller, request: &Revoke<'_>) -> Result<(), ProviderError> {
    let url = teller.url(&["accounts"])?;
    match teller.send(Method::DELETE, url, &request.credential.access_token).await {
        Ok(_) => Ok(()),
        Err(
            ProviderError::TokenRejected
            | ProviderError::GrantRevoked { .. }
            | ProviderError::Rejected { status: 404 | 410, .. },
        ) => Err(ProviderError::AlreadyDone),
        Err(other) => Err(other),
    }
}
