use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    Router,
    body::to_bytes,
    extract::{ConnectInfo, Request, State},
    response::Response,
};
use futures_util::future::{self, FutureExt as _};
use http::StatusCode;
use rustls::ServerConfig;
use tokio::{net::TcpListener, sync::watch};

use super::{
    Answer, Hub, RecordedRequest, Site,
    alter::send,
    hub::Outcome,
    wire::{Line, WireListener},
};

/// The largest body that a mock reads.
const BODY_LIMIT: usize = 1024 * 1024;

/// A running server. Dropping it closes every connection and ends every task.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: watch::Sender<bool>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

#[derive(Debug)]
struct Serving<S> {
    hub: Arc<Hub<S>>,
    stop: watch::Receiver<bool>,
}

impl Server {
    /// Listens on a free loopback port, or on that one.
    ///
    /// # Errors
    /// When the port cannot be bound.
    pub(crate) async fn start<S: Site>(
        hub: Arc<Hub<S>>,
        port: u16,
        tls: Option<Arc<ServerConfig>>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let stop = watch::Sender::new(false);
        let wire = WireListener { listener, tls, stop: stop.subscribe() };
        let serving = Arc::new(Serving { hub, stop: stop.subscribe() });
        let app = Router::new()
            .fallback(handle::<S>)
            .with_state(serving)
            .into_make_service_with_connect_info::<Line>();
        let mut stopped = stop.subscribe();
        tokio::spawn(async move {
            let serve = axum::serve(wire, app).into_future();
            let stopped = stopped.wait_for(|stop| *stop).map(drop);
            future::select(Box::pin(serve), Box::pin(stopped)).await;
        });
        Ok(Self { address, stop })
    }
}

async fn handle<S: Site>(
    State(serving): State<Arc<Serving<S>>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return send(Answer::empty(StatusCode::PAYLOAD_TOO_LARGE), None);
    };
    let mut request = RecordedRequest::new(&parts, body);
    let flight = serving.hub.arrive(&mut request);
    // In its own task: a provider carries on when its client hangs up.
    let mut stop = serving.stop.clone();
    let work = tokio::spawn(async move {
        let _flight = flight;
        let stopped = Box::pin(stop.wait_for(|stop| *stop).map(drop));
        let work = Box::pin(serving.hub.carry_out(&request));
        match future::select(work, stopped).await {
            future::Either::Left((outcome, _)) => outcome,
            future::Either::Right(_) => Outcome::Cut,
        }
    });
    let outcome = work.await.unwrap_or(Outcome::Cut);
    match outcome {
        Outcome::Answer(answer, fault) => send(answer, fault.as_ref()),
        Outcome::Cut => {
            line.cut();
            future::pending().await
        }
    }
}
