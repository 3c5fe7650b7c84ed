use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use futures_util::future::try_join_all;

/// Makes so many calls, by so many tasks at once; `call` gets the number of each, from zero.
///
/// # Errors
/// The first of `call`.
pub async fn in_tasks<C, F>(calls: u32, tasks: u32, call: C) -> anyhow::Result<()>
where
    C: Fn(u32) -> F + Clone + Send + 'static,
    F: Future<Output = anyhow::Result<()>> + Send,
{
    let next = Arc::new(AtomicU32::new(0));
    let running = (0..tasks).map(|_| {
        let (next, call) = (Arc::clone(&next), call.clone());
        tokio::spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= calls {
                    return anyhow::Ok(());
                }
                call(number).await?;
            }
        })
    });
    for ended in try_join_all(running).await? {
        ended?;
    }
    Ok(())
}
