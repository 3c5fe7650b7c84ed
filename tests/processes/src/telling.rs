use async_trait::async_trait;
use bailee_core::{EventError, EventSink};
use serde::{Deserialize, Serialize};

use crate::{Event, say};

/// The parent as a sink of events: it is told of each, and takes it or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Telling {
    /// Keeps every event until its time is over.
    Hanging,
    /// Takes every event.
    Taking,
}

#[async_trait]
impl EventSink for Telling {
    fn name(&self) -> &'static str {
        "parent"
    }

    async fn deliver(&self, event: &bailee_core::Event) -> Result<(), EventError> {
        say(&Event::Told(Box::new(event.clone()))).map_err(|_| EventError::default())?;
        match self {
            Self::Hanging => std::future::pending().await,
            Self::Taking => Ok(()),
        }
    }
}
