use std::collections::HashMap;

use super::{ACCOUNT_ID, ACCOUNT_USERNAME};
use crate::mock_provider::{Endpoint, Grants, Visitor};

/// A person with an account at the mock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XAccount {
    /// The immutable id: digits.
    pub id: String,
    /// The name that may change, without `@`.
    pub username: String,
    /// For people.
    pub name: String,
}

impl XAccount {
    /// An account of this id and name.
    #[must_use]
    pub fn new(id: &str, username: &str) -> Self {
        Self { id: id.to_owned(), username: username.to_owned(), name: format!("{username} of the mock") }
    }
}

/// A post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XPost {
    /// Its id.
    pub id: String,
    /// Who posted it, by id.
    pub author_id: String,
    /// What was posted.
    pub text: String,
    /// What it replies to, by id.
    pub reply_to: Option<String>,
}

/// A direct message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XMessage {
    /// Its id.
    pub id: String,
    /// Who sent it, by id.
    pub sender_id: String,
    /// Who got it, by id.
    pub recipient_id: String,
    /// What was said.
    pub text: String,
}

impl XMessage {
    /// The two ids, the smaller one first.
    pub(super) fn conversation(&self) -> String {
        conversation(&self.sender_id, &self.recipient_id)
    }
}

pub(super) fn conversation(one: &str, other: &str) -> String {
    let number = |id: &str| id.parse::<u64>().unwrap_or_default();
    if number(one) <= number(other) { format!("{one}-{other}") } else { format!("{other}-{one}") }
}

/// All that the mock knows.
#[derive(Debug)]
pub(super) struct State {
    /// Whom the consent page waits for.
    pub(super) visitor: Visitor,
    pub(super) grants: Grants,
    /// The first approves unless a test says otherwise.
    pub(super) accounts: Vec<XAccount>,
    pub(super) posts: Vec<XPost>,
    pub(super) messages: Vec<XMessage>,
    /// For how many seconds these refuse, by `x-rate-limit-reset`.
    pub(super) limits: HashMap<Endpoint, i64>,
    serial: u64,
}

impl Default for State {
    fn default() -> Self {
        Self {
            visitor: Visitor::Program,
            grants: Grants::default(),
            accounts: vec![XAccount::new(ACCOUNT_ID, ACCOUNT_USERNAME)],
            posts: Vec::new(),
            messages: Vec::new(),
            limits: HashMap::new(),
            serial: 0,
        }
    }
}

impl State {
    /// An id that is larger than those before it.
    pub(super) fn next_id(&mut self) -> String {
        self.serial += 1;
        (1_990_000_000_000_000_000 + self.serial).to_string()
    }

    pub(super) fn account(&self, id: &str) -> Option<&XAccount> {
        self.accounts.iter().find(|account| account.id == id)
    }

    pub(super) fn add_post(&mut self, author_id: &str, text: &str, reply_to: Option<String>) -> String {
        let id = self.next_id();
        let (author_id, text) = (author_id.to_owned(), text.to_owned());
        self.posts.push(XPost { id: id.clone(), author_id, text, reply_to });
        id
    }

    pub(super) fn add_message(&mut self, sender: &str, recipient: &str, text: &str) -> XMessage {
        let message = XMessage {
            id: self.next_id(),
            sender_id: sender.to_owned(),
            recipient_id: recipient.to_owned(),
            text: text.to_owned(),
        };
        self.messages.push(message.clone());
        message
    }
}
