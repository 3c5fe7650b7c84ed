use bailee_core::StoreError;

/// Asks a store once more that was not available: for statements that may be repeated. What was carried out although its
/// answer was lost is found as it is then.
pub(crate) async fn twice<T, F>(statement: impl Fn() -> F + Send) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>> + Send,
{
    match statement().await {
        Err(error) if error.is_temporary() => statement().await,
        answer => answer,
    }
}
