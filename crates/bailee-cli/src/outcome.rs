use bailee::Error;

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// For standard output.
    pub(crate) text: String,
    /// For standard error.
    pub(crate) aside: String,
    /// Whether nothing is wrong.
    pub(crate) ok: bool,
}

impl Outcome {
    pub(crate) const fn good(text: String) -> Self {
        Self { text, aside: String::new(), ok: true }
    }
}

/// Works until it is done, or until Ctrl-C. What is stopped leaves nothing half written.
pub(crate) async fn until_stopped<T>(
    work: impl Future<Output = Result<T, Error>>,
) -> Result<Result<T, Error>, String> {
    tokio::select! {
        done = work => Ok(done),
        _ = tokio::signal::ctrl_c() => Err("stopped; call it again, and it goes on".to_owned()),
    }
}
