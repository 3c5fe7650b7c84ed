use std::{
    pin::Pin,
    task::{Context, Poll},
};

use async_trait::async_trait;
use bailee_core::{Event, EventError, EventSink};
use futures_util::{Stream, StreamExt as _};
use tokio::sync::{mpsc, oneshot};

/// A sink whose events are read from a stream, at most `capacity` of them waiting there at once.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// use std::sync::Arc;
///
/// use bailee_core::EventKind;
/// use bailee_engine::{Bailee, event_stream};
/// use bailee_testkit::{GlassVault, MemoryStore, MockClock};
///
/// let (sink, mut events) = event_stream("audit", 32);
/// let bailee = Bailee::builder(MemoryStore::new(Arc::new(MockClock::default())), GlassVault::default())
///     .base_url("https://backend.example.com".parse()?)
///     .event_sink(sink)
///     .build()?;
/// let background = bailee.start();
/// tokio::spawn(async move {
///     while let Some(delivery) = events.recv().await {
///         if delivery.event().kind == EventKind::NeedsReconnect { /* write to the owner */ }
///         delivery.done();
///     }
/// });
/// # drop(background);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn event_stream(name: impl Into<String>, capacity: usize) -> (EventStreamSink, EventStream) {
    let (sender, receiver) = mpsc::channel(capacity.max(1));
    (EventStreamSink { name: name.into(), sender }, EventStream { receiver })
}

/// The end of an [`EventStream`] that a host is built with.
#[derive(Debug)]
pub struct EventStreamSink {
    name: String,
    sender: mpsc::Sender<EventDelivery>,
}

#[async_trait]
impl EventSink for EventStreamSink {
    fn name(&self) -> &str {
        &self.name
    }

    async fn deliver(&self, event: &Event) -> Result<(), EventError> {
        let (done, taken) = oneshot::channel();
        let delivery = EventDelivery { event: event.clone(), done };
        self.sender.send(delivery).await.map_err(|_| EventError::default())?;
        taken.await.map_err(|_| EventError::default())
    }
}

/// Events, as they come. Those that are not taken in the time of a call come again.
#[derive(Debug)]
pub struct EventStream {
    receiver: mpsc::Receiver<EventDelivery>,
}

impl EventStream {
    /// The next event. `None` when the host has let go of its `Bailee`.
    pub async fn recv(&mut self) -> Option<EventDelivery> {
        self.next().await
    }
}

impl Stream for EventStream {
    type Item = EventDelivery;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<EventDelivery>> {
        loop {
            match self.receiver.poll_recv(context) {
                // Its time is over: it comes again.
                Poll::Ready(Some(delivery)) if delivery.done.is_closed() => {}
                polled => return polled,
            }
        }
    }
}

/// An event to be taken. Dropped without [`EventDelivery::done`], it comes again.
#[derive(Debug)]
#[must_use = "an event that is not done comes again"]
pub struct EventDelivery {
    event: Event,
    done: oneshot::Sender<()>,
}

impl EventDelivery {
    /// The event.
    #[must_use]
    pub const fn event(&self) -> &Event {
        &self.event
    }

    /// It was taken, and does not come again, save where a process dies at this very moment.
    pub fn done(self) {
        // Where its time is over it comes again, and is recognised by its id.
        let _ = self.done.send(());
    }
}
