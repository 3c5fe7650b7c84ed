use super::{ACCOUNT_ID, ACCOUNT_NAME};
use crate::mock_provider::Grants;

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
    pub(super) grants: Grants,
    pub(super) partner: bool,
    pub(super) account: LinkedInAccount,
    pub(super) posts: Vec<LinkedInPost>,
    pub(super) messages: Vec<LinkedInMessage>,
    /// The parts of the inbox's snapshot.
    pub(super) snapshot: Vec<serde_json::Value>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            grants: Grants::default(),
            partner: false,
            account: LinkedInAccount {
                id: ACCOUNT_ID.to_owned(),
                name: ACCOUNT_NAME.to_owned(),
                email: "ada@example.test".to_owned(),
            },
            posts: Vec::new(),
            messages: Vec::new(),
            snapshot: Vec::new(),
        }
    }
}
