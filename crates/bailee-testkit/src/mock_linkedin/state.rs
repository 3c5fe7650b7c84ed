use super::{ACCOUNT_ID, ACCOUNT_NAME};
use crate::mock_provider::{Grants, Visitor};

/// A person with an account at the mock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedInAccount {
    /// The immutable id.
    pub id: String,
    /// For people.
    pub name: String,
    /// The address.
    pub email: String,
}

impl LinkedInAccount {
    /// An account of this id, name and address.
    #[must_use]
    pub fn new(id: &str, name: &str, email: &str) -> Self {
        Self { id: id.to_owned(), name: name.to_owned(), email: email.to_owned() }
    }
}

/// A post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedInPost {
    /// Its name in LinkedIn's data.
    pub urn: String,
    /// Who posted it, by id.
    pub author: String,
    /// What people read: unescaped, and up to the first reserved character that was not escaped.
    pub text: String,
    /// Who sees it: `PUBLIC`, `CONNECTIONS` or `LOGGED_IN`.
    pub visibility: String,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedInMessage {
    /// Who got it, by id.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// What was said.
    pub body: String,
}

/// All that the mock knows.
#[derive(Debug)]
pub(super) struct State {
    /// Whom the consent page waits for.
    pub(super) visitor: Visitor,
    pub(super) grants: Grants,
    pub(super) partner: bool,
    /// The first approves unless a person chooses another one.
    pub(super) accounts: Vec<LinkedInAccount>,
    pub(super) posts: Vec<LinkedInPost>,
    pub(super) messages: Vec<LinkedInMessage>,
    /// The parts of the inbox's snapshot.
    pub(super) snapshot: Vec<serde_json::Value>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            visitor: Visitor::Program,
            grants: Grants::default(),
            partner: false,
            accounts: vec![LinkedInAccount::new(ACCOUNT_ID, ACCOUNT_NAME, "ada@example.test")],
            posts: Vec::new(),
            messages: Vec::new(),
            snapshot: Vec::new(),
        }
    }
}

impl State {
    pub(super) fn account(&self, id: &str) -> Option<&LinkedInAccount> {
        self.accounts.iter().find(|account| account.id == id)
    }
}
