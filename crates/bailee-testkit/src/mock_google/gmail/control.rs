use serde_json::Value;

use super::mailbox::{Mail, Mailbox};
use crate::mock_google::MockGoogle;

/// What lies in Gmail.
impl MockGoogle {
    /// Delivers a message to an account, by its id or address, and returns the id of the message.
    ///
    /// It is a `Message` of Gmail's description: `payload`, and where a test cares `threadId`, `labelIds`, `snippet` and
    /// `internalDate`. Without a thread it begins one, without labels it is unread in the inbox, without a date it is
    /// a minute younger than the one before.
    #[must_use]
    pub fn deliver(&self, sub_or_email: &str, message: &Value) -> String {
        self.in_mailbox(sub_or_email, |mailbox| {
            let id = mailbox.next_id();
            let text = |name: &str| message.get(name).and_then(Value::as_str);
            let labels = message
                .get("labelIds")
                .and_then(Value::as_array)
                .map(|labels| labels.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>());
            let next = mailbox.mails.iter().map(|mail| mail.date + MINUTE).max().unwrap_or(FIRST);
            mailbox.mails.push(Mail {
                thread_id: text("threadId").unwrap_or(&id).to_owned(),
                labels: labels.unwrap_or_else(|| vec!["INBOX".to_owned(), "UNREAD".to_owned()]),
                snippet: text("snippet").unwrap_or_default().to_owned(),
                date: text("internalDate").and_then(|date| date.parse().ok()).unwrap_or(next),
                payload: message.get("payload").cloned().unwrap_or_default(),
                raw: None,
                id: id.clone(),
            });
            id
        })
    }

    /// Deletes a message for good.
    pub fn delete_message(&self, sub_or_email: &str, id: &str) {
        self.in_mailbox(sub_or_email, |mailbox| mailbox.mails.retain(|mail| mail.id != id));
    }

    /// What the account sent, each message as it came, in the order of sending.
    #[must_use]
    pub fn sent(&self, sub_or_email: &str) -> Vec<String> {
        self.in_mailbox(sub_or_email, |mailbox| {
            mailbox.mails.iter().filter_map(|mail| mail.raw.clone()).collect()
        })
    }

    fn in_mailbox<T: Default>(&self, sub_or_email: &str, act: impl FnOnce(&mut Mailbox) -> T) -> T {
        let mut state = self.hub.site.state();
        let sub = state.account(sub_or_email).map(|account| account.sub.clone());
        sub.map(|sub| act(state.mailbox(&sub))).unwrap_or_default()
    }
}

const MINUTE: i64 = 60_000;
/// 2026-03-02T09:00:00Z.
const FIRST: i64 = 1_772_442_000_000;
