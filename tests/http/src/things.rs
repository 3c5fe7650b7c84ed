/// What ada has, each by its id.
#[derive(Clone, Debug)]
pub struct Things {
    pub(crate) integration: String,
    pub(crate) secret: String,
    pub(crate) task: String,
    pub(crate) connect: String,
}

impl Things {
    /// Each id, by the name of the thing.
    #[must_use]
    pub fn named(&self) -> [(&'static str, &str); 4] {
        [
            ("CONNECT", &self.connect),
            ("INTEGRATION", &self.integration),
            ("SECRET", &self.secret),
            ("TASK", &self.task),
        ]
    }

    /// A path with the id of ada's in the place of another one.
    #[must_use]
    pub fn in_place_of(&self, path: &str, id: &str) -> String {
        let own = if path.starts_with("/v1/secrets") {
            &self.secret
        } else if path.starts_with("/v1/tasks") {
            &self.task
        } else if path.starts_with("/v1/connects") {
            &self.connect
        } else {
            &self.integration
        };
        path.replace(id, own)
    }
}
