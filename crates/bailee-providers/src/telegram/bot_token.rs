use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// `<bot id>:<secret>`. It stands in the path of every address, so its alphabet is checked before it gets there.
#[derive(Clone)]
pub(super) struct BotToken {
    text: SecretString,
    id: String,
}

impl BotToken {
    /// `None` for what cannot be one: what the server takes, and nothing that a path reads in another way.
    pub(super) fn new(text: SecretString) -> Option<Self> {
        let (id, secret) = text.expose_secret().split_once(':')?;
        let numeric = (1..=17).contains(&id.len())
            && !id.starts_with('0')
            && id.bytes().all(|byte| byte.is_ascii_digit());
        let opaque = (20..=64).contains(&secret.len())
            && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        let id = id.to_owned();
        (numeric && opaque && text.expose_secret().len() <= 80).then_some(Self { text, id })
    }

    /// The id of the bot, which never changes.
    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

impl ExposeSecret<str> for BotToken {
    fn expose_secret(&self) -> &str {
        self.text.expose_secret()
    }
}

/// The id only.
impl fmt::Debug for BotToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BotToken").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_number_a_colon_and_letters() {
        let id = |text: &str| BotToken::new(text.into()).map(|token| token.id().to_owned());
        let secret = "AAEdemoDemoDemoDemoDemoDemoDemo-_m1";
        assert_eq!(id(&format!("781700368:{secret}")).as_deref(), Some("781700368"));
        for wrong in [
            "",
            "781700368",
            "781700368:",
            "781700368:short",
            &format!("0781700368:{secret}"),
            &format!(":{secret}"),
            &format!("-1:{secret}"),
            &format!("781700368:{secret}/../getMe"),
            &format!("781700368:{secret}?x"),
            &format!("781700368:{secret}\n"),
            &format!("781700368:{secret}:x"),
            &format!("123456789012345678:{secret}"),
            &format!("1:{}", "a".repeat(65)),
        ] {
            assert_eq!(id(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_token_is_printed_by_its_id() {
        let token = BotToken::new("781700368:CANARY-CANARY-CANARY-CANARY".into());
        let printed = format!("{token:?}");
        assert!(printed.contains("781700368") && !printed.contains("CANARY"), "{printed}");
    }
}
