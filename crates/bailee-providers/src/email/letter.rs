//! One mail, built by the library from parts: nothing of it is put together as text.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use lettre::{
    Message,
    message::{Mailbox, MultiPart, SinglePart},
};
use uuid::Uuid;

use super::{
    Email,
    address::{Settings, address},
    connection::Connection,
    login::Login,
};
use bailee_core::{ProviderError, ToolAccount};

/// What is said. To whom is not said here: that is a matter of the integration.
pub(super) struct Letter<'a> {
    pub(super) id: Uuid,
    pub(super) subject: &'a str,
    pub(super) text: &'a str,
    pub(super) html: Option<&'a str>,
    pub(super) said_at: DateTime<Utc>,
}

/// A mail that the server took. Whether it arrives is not known.
pub(super) struct Sent {
    pub(super) message_id: String,
    pub(super) recipients: usize,
}

impl Letter<'_> {
    pub(super) async fn send(&self, email: &Email, account: &ToolAccount<'_>) -> Result<Sent, ProviderError> {
        let login = Login::read(account.access_token)?;
        let addresses = Settings::kept(account.config)?;
        let from = address(&login.from_address, "").map_err(|_| ProviderError::TokenRejected)?;
        let message_id = format!("<{}@{}>", self.id.simple(), from.domain());
        let mut builder = Message::builder()
            .from(Mailbox::new(addresses.from_name, from))
            .subject(self.subject)
            .date(SystemTime::from(self.said_at))
            .message_id(Some(message_id.clone()));
        let recipients = addresses.recipients.len();
        for mailbox in addresses.recipients {
            builder = builder.to(mailbox);
        }
        if let Some(mailbox) = addresses.reply_to {
            builder = builder.reply_to(mailbox);
        }
        let text = self.text.to_owned();
        let message = match self.html {
            Some(html) => builder.multipart(MultiPart::alternative_plain_html(text, html.to_owned())),
            None => builder.singlepart(SinglePart::plain(text)),
        };
        let message = message.map_err(|_| ProviderError::Rejected { status: 0, code: "invalid_message" })?;
        Connection::open(email, &login).await?.send(&message, email.deadline).await?;
        Ok(Sent { message_id, recipients })
    }
}
