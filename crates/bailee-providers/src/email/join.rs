//! How a mail server is joined: by signing in to it.

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Email,
    address::{Settings, address},
    connection::Connection,
    login::{Login, Security},
};
use crate::{
    arguments::{invalid, schema},
    form,
};
use bailee_core::{Account, AccountId, Credential, Grant, Join, Joined, ProviderError};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Fields {
    /// The name of the mail server, for example smtp.example.com.
    #[schemars(length(min = 1, max = 253))]
    host: String,
    /// Its port: 465 for implicit TLS, 587 for STARTTLS.
    #[schemars(range(min = 1, max = 65535))]
    port: u16,
    /// How the connection is secured.
    security: Security,
    /// The name to sign in with, often the address.
    #[schemars(length(min = 1, max = 200))]
    username: String,
    /// The password; with most providers an app password.
    #[serde(deserialize_with = "form::secret")]
    #[schemars(with = "String", length(min = 1, max = 500), extend("writeOnly" = true))]
    password: SecretString,
    /// The address that mails are from.
    #[schemars(length(min = 3, max = 254))]
    from_address: String,
    /// The name that mails are from.
    #[schemars(length(max = 100))]
    from_name: Option<String>,
    /// Where answers go, if not to the sender.
    #[schemars(length(min = 3, max = 254))]
    reply_to: Option<String>,
    /// Where mails go.
    #[schemars(length(min = 1, max = 10), inner(length(min = 3, max = 254)))]
    recipients: Vec<String>,
}

pub(super) fn form() -> Value {
    schema::<Fields>()
}

pub(super) async fn join(email: &Email, join: &Join<'_>) -> Result<Joined, ProviderError> {
    let fields: Fields = form::read(join.fields, &form())?;
    check(email, &fields)?;
    let Fields { from_name, reply_to, recipients, .. } = fields;
    let settings = Settings { from_name, reply_to, recipients };
    settings.check()?;
    let login = Login {
        password: password(&fields.host, fields.password),
        host: fields.host,
        port: fields.port,
        security: fields.security,
        username: fields.username,
        from_address: fields.from_address,
    };
    let connection = Connection::open(email, &login).await.map_err(|error| match error {
        ProviderError::Rejected { code: "blocked_address", .. } => {
            invalid("/host", "must be of the public internet")
        }
        ProviderError::Rejected { code: "tls_failed", .. } => invalid("/host", "has no trusted certificate"),
        ProviderError::Rejected { code: "no_starttls", .. } => {
            invalid("/security", "is not what the server offers")
        }
        other => other,
    })?;
    connection.check(email.deadline).await?;
    let id = format!("{}@{}", login.username, login.host);
    let grant = Grant {
        credential: Credential::new(login.write()?),
        account: Account {
            id: AccountId::new(id).map_err(|_| invalid("/username", "is too long"))?,
            label: Some(login.from_address),
        },
        expires_in: None,
        granted: None,
        config: config(&settings),
    };
    Ok(Joined { grant, shown_once: None, link: None })
}

fn config(settings: &Settings) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// What can be known before anybody is asked.
fn check(email: &Email, fields: &Fields) -> Result<(), ProviderError> {
    let one_line = |text: &str| !text.chars().any(char::is_control);
    email.reach.parse_host(&fields.host).map_err(|_| invalid("/host", "must be of the public internet"))?;
    email.reach.check_port(fields.port).map_err(|_| invalid("/port", "is not one of mail servers"))?;
    if !one_line(&fields.username) {
        return Err(invalid("/username", "must be one line"));
    }
    if !one_line(fields.password.expose_secret()) {
        return Err(invalid("/password", "must be one line"));
    }
    address(&fields.from_address, "/from_address")?;
    Ok(())
}

/// Google shows its app passwords in groups of four, and takes them without the blanks.
fn password(host: &str, password: SecretString) -> SecretString {
    if !["smtp.gmail.com", "smtp.googlemail.com"].contains(&host.to_ascii_lowercase().as_str()) {
        return password;
    }
    let joined: String = password.expose_secret().chars().filter(|letter| !letter.is_whitespace()).collect();
    SecretString::from(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_left_out_of_the_app_passwords_of_google_alone() {
        let given = || SecretString::from("abcd efgh ijkl mnop");
        assert_eq!(password("SMTP.gmail.com", given()).expose_secret(), "abcdefghijklmnop");
        assert_eq!(password("smtp.example.com", given()).expose_secret(), "abcd efgh ijkl mnop");
    }
}
