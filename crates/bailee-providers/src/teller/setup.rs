use std::fs;

use secrecy::SecretString;

use super::Teller;
use crate::ConfigError;
use bailee_oauth::Identity;

const APPLICATION_ID: &str = "TELLER_APPLICATION_ID";
const CERTIFICATE: &str = "TELLER_CERTIFICATE";
const ENVIRONMENT: &str = "TELLER_ENVIRONMENT";
const PRIVATE_KEY: &str = "TELLER_PRIVATE_KEY";
const TOKEN_SIGNING_KEY: &str = "TELLER_TOKEN_SIGNING_KEY";
const WEBHOOK_SECRET: &str = "TELLER_WEBHOOK_SECRET";

/// Which banks an application reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TellerEnvironment {
    /// Real banks; at most 100 enrollments ever, deleted ones included.
    Development,
    /// Real banks.
    Production,
    /// Invented ones; no certificate is needed.
    Sandbox,
}

impl TellerEnvironment {
    /// The word of Teller.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Production => "production",
            Self::Sandbox => "sandbox",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Development, Self::Production, Self::Sandbox].into_iter().find(|known| known.as_str() == word)
    }
}

pub(super) fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Option<Teller>, ConfigError> {
    let set = |name| lookup(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    let all = [APPLICATION_ID, CERTIFICATE, ENVIRONMENT, PRIVATE_KEY, TOKEN_SIGNING_KEY, WEBHOOK_SECRET];
    if all.into_iter().all(|name| set(name).is_none()) {
        return Ok(None);
    }
    let needed = |variable| set(variable).ok_or(ConfigError::Missing { variable });
    let environment =
        TellerEnvironment::parse(&needed(ENVIRONMENT)?).ok_or(ConfigError::Invalid { what: ENVIRONMENT })?;
    let mut teller = Teller::new(needed(APPLICATION_ID)?, environment, &needed(TOKEN_SIGNING_KEY)?)?;
    if environment != TellerEnvironment::Sandbox || set(CERTIFICATE).is_some() || set(PRIVATE_KEY).is_some() {
        let certificate = pem(needed(CERTIFICATE)?, CERTIFICATE)?;
        let private_key = SecretString::from(pem(needed(PRIVATE_KEY)?, PRIVATE_KEY)?);
        teller = teller.with_identity(Identity::from_pem(&certificate, &private_key)?)?;
    }
    if let Some(secret) = set(WEBHOOK_SECRET) {
        teller = teller.with_webhook_secret(&SecretString::from(secret));
    }
    Ok(Some(teller))
}

/// PEM as it is, or from the file of that name.
fn pem(value: String, what: &'static str) -> Result<String, ConfigError> {
    if value.starts_with("-----BEGIN") {
        return Ok(value);
    }
    fs::read_to_string(value).map_err(|_| ConfigError::Invalid { what })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "7hMn7McffBTb9GZ1B312KOu+oE4WNdS/wErzk8F64JY=";

    fn with(variables: &[(&str, &str)]) -> Result<Option<Teller>, ConfigError> {
        from_lookup(|name| {
            variables.iter().find(|(mine, _)| *mine == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn missing(variables: &[(&str, &str)]) -> Option<&'static str> {
        match with(variables) {
            Err(ConfigError::Missing { variable }) => Some(variable),
            _ => None,
        }
    }

    #[test]
    fn it_is_offered_when_all_is_set_and_a_half_names_what_is_missing() -> Result<(), ConfigError> {
        assert!(with(&[])?.is_none() && with(&[(APPLICATION_ID, " ")])?.is_none());
        let sandbox = [(APPLICATION_ID, "app_1"), (ENVIRONMENT, "sandbox"), (TOKEN_SIGNING_KEY, KEY)];
        assert!(with(&sandbox)?.is_some());
        for (index, (variable, _)) in sandbox.iter().enumerate() {
            let mut half = sandbox.to_vec();
            half.remove(index);
            assert_eq!(missing(&half), Some(*variable));
        }
        let live = [(APPLICATION_ID, "app_1"), (ENVIRONMENT, "production"), (TOKEN_SIGNING_KEY, KEY)];
        assert_eq!(missing(&live), Some(CERTIFICATE));
        assert_eq!(missing(&[(WEBHOOK_SECRET, "s")]), Some(ENVIRONMENT));
        Ok(())
    }

    #[test]
    fn a_value_that_is_none_is_named_and_not_shown() {
        let base = |environment, key| {
            [(APPLICATION_ID, "app_1"), (ENVIRONMENT, environment), (TOKEN_SIGNING_KEY, key)]
        };
        let invalid = |what| Err(ConfigError::Invalid { what });
        assert_eq!(with(&base("Sandbox", KEY)).map(|_| ()), invalid(ENVIRONMENT));
        assert_eq!(with(&base("sandbox", "CANARY")).map(|_| ()), invalid(TOKEN_SIGNING_KEY));
        let mut with_files = base("sandbox", KEY).to_vec();
        with_files.extend([(CERTIFICATE, "/no/such/file"), (PRIVATE_KEY, "/no/such/file")]);
        assert_eq!(with(&with_files).map(|_| ()), invalid(CERTIFICATE));
    }
}
