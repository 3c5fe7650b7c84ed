use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use tracing::Level;
use tracing_subscriber::fmt::{MakeWriter, format::FmtSpan};

/// Everything that is logged in this process, by every crate, down to the finest level, spans and all.
#[derive(Clone, Debug, Default)]
pub struct Capture(Arc<Mutex<Vec<u8>>>);

impl Capture {
    /// Begins. Once in a process: who listens to a log is remembered for all threads. What crates say through `log` is
    /// taken in as well.
    ///
    /// # Errors
    /// When somebody listens already.
    pub fn begin() -> anyhow::Result<Self> {
        let capture = Self::default();
        tracing_subscriber::fmt()
            .with_writer(capture.clone())
            .with_max_level(Level::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .try_init()
            .map_err(|_| anyhow::anyhow!("somebody listens already"))?;
        Ok(capture)
    }

    /// What was logged so far.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Write for Capture {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Capture {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The name and the labels of everything that is counted in this process.
#[derive(Clone, Debug, Default)]
pub struct Labels(Arc<Mutex<Vec<u8>>>);

impl Labels {
    /// Begins. Once in a process.
    ///
    /// # Errors
    /// When somebody records already.
    pub fn begin() -> anyhow::Result<Self> {
        let labels = Self::default();
        metrics::set_global_recorder(labels.clone())
            .map_err(|_| anyhow::anyhow!("somebody records already"))?;
        Ok(labels)
    }

    /// What was registered so far, one line each.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, key: &Key) {
        let line = format!("{key:?}\n");
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(line.as_bytes());
    }
}

impl Recorder for Labels {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.note(key);
        Counter::noop()
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        self.note(key);
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.note(key);
        Histogram::noop()
    }
}
