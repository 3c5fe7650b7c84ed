/// A person with an account at the mock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoogleAccount {
    /// The immutable id.
    pub sub: String,
    /// The address: a label that may change.
    pub email: String,
    /// For people.
    pub name: String,
    /// The Workspace domain, where it is a Workspace account.
    pub hosted_domain: Option<String>,
    pub(super) deleted: bool,
}

impl GoogleAccount {
    /// An account with this id and address; the name is the address up to its `@`.
    #[must_use]
    pub fn new(sub: &str, email: &str) -> Self {
        Self {
            sub: sub.to_owned(),
            email: email.to_owned(),
            name: email.split('@').next().unwrap_or_default().to_owned(),
            hosted_domain: None,
            deleted: false,
        }
    }
}
