use std::{fs, io, path::Path};

/// Reads how much CPU time was spent, in nanoseconds: by all threads of this process, and by server processes on this
/// machine that work for it.
///
/// Linux only: it reads `schedstat` (run time in nanoseconds) of each thread in `/proc`. A thread that ends takes its time
/// with it, so what is measured must keep its threads.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    backends: Vec<u32>,
}

impl Meter {
    /// Of this process and of these others.
    #[must_use]
    pub const fn with_backends(backends: Vec<u32>) -> Self {
        Self { backends }
    }

    /// The sum so far.
    ///
    /// # Errors
    /// When `/proc` does not tell.
    pub fn read(&self) -> io::Result<u64> {
        let mut sum = threads_of("self")?;
        for backend in &self.backends {
            sum += threads_of(&backend.to_string())?;
        }
        Ok(sum)
    }
}

fn threads_of(process: &str) -> io::Result<u64> {
    let mut sum = 0;
    for task in fs::read_dir(Path::new("/proc").join(process).join("task"))? {
        let text = match fs::read_to_string(task?.path().join("schedstat")) {
            Ok(text) => text,
            // It ended between the two looks.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let nanoseconds = text.split_ascii_whitespace().next().and_then(|text| text.parse::<u64>().ok());
        sum += nanoseconds.ok_or_else(|| io::Error::other("schedstat holds no number"))?;
    }
    Ok(sum)
}
