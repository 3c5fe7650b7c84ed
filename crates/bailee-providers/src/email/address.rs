//! Who writes, and to whom: what an owner may change of an account that is joined.

use lettre::{Address, message::Mailbox};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::arguments::{invalid, schema};
use bailee_core::ProviderError;

/// The settings of an integration.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// The name that mails are from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100), regex(pattern = r"^[^\x00-\x1f\x7f]*$"))]
    pub(super) from_name: Option<String>,
    /// Where answers go, if not to the sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 3, max = 254))]
    pub(super) reply_to: Option<String>,
    /// Where mails go.
    #[schemars(length(min = 1, max = 10), inner(length(min = 3, max = 254)))]
    pub(super) recipients: Vec<String>,
}

/// The same, read.
pub(super) struct Addresses {
    pub(super) from_name: Option<String>,
    pub(super) reply_to: Option<Mailbox>,
    pub(super) recipients: Vec<Mailbox>,
}

pub(super) fn settings() -> Value {
    schema::<Settings>()
}

impl Settings {
    /// Reads the settings of an integration, which an owner may have changed since it was joined.
    pub(super) fn kept(config: &Map<String, Value>) -> Result<Addresses, ProviderError> {
        let broken = ProviderError::Rejected { status: 0, code: "invalid_settings" };
        let kept: Self = serde_json::from_value(Value::Object(config.clone())).map_err(|_| broken.clone())?;
        kept.check().map_err(|_| broken)
    }

    /// Parses every address.
    ///
    /// # Errors
    /// [`ProviderError::InvalidArguments`] with the place of the first that is none.
    pub(super) fn check(&self) -> Result<Addresses, ProviderError> {
        // A line break in a name would end the header, and the library panics over it.
        if self.from_name.as_deref().is_some_and(|name| name.chars().any(char::is_control)) {
            return Err(invalid("/from_name", "must be one line"));
        }
        let reply_to = self.reply_to.as_deref().map(|text| address(text, "/reply_to")).transpose()?;
        if !(1..=10).contains(&self.recipients.len()) {
            return Err(invalid("/recipients", "must be 1 to 10 addresses"));
        }
        let numbered = self.recipients.iter().enumerate();
        let recipients = numbered.map(|(index, text)| address(text, &format!("/recipients/{index}")));
        let recipients: Vec<Address> = recipients.collect::<Result<_, _>>()?;
        let mailbox = |address| Mailbox::new(None, address);
        Ok(Addresses {
            from_name: self.from_name.clone().filter(|name| !name.trim().is_empty()),
            reply_to: reply_to.map(mailbox),
            recipients: recipients.into_iter().map(mailbox).collect(),
        })
    }
}

/// One address of ASCII characters.
pub(super) fn address(text: &str, pointer: &str) -> Result<Address, ProviderError> {
    let plain =
        text.is_ascii() && !text.contains(|letter: char| letter.is_control() || letter.is_whitespace());
    let parsed = text.parse::<Address>().ok().filter(|_| plain);
    parsed.ok_or_else(|| invalid(pointer, "is not an e-mail address"))
}
