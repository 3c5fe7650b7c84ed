use std::{io, sync::Arc};

use futures_util::future;
use rustls::ServerConfig;
use tokio::{
    io::BufStream,
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_rustls::TlsAcceptor;

use super::{
    Shared, SmtpSecurity,
    conversation::{Conversation, End},
};

/// Accepts connections until it is stopped, which ends them all.
pub(super) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    tls: Arc<ServerConfig>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let accepted = {
            let accept = Box::pin(listener.accept());
            let stopped = Box::pin(stop.wait_for(|stop| *stop));
            match future::select(accept, stopped).await {
                future::Either::Left((Ok((stream, _)), _)) => stream,
                _ => return,
            }
        };
        shared.state().connections += 1;
        let (shared, tls, mut stop) = (Arc::clone(&shared), Arc::clone(&tls), stop.clone());
        tokio::spawn(async move {
            let talk = Box::pin(connection(accepted, &shared, tls));
            let stopped = Box::pin(stop.wait_for(|stop| *stop));
            future::select(talk, stopped).await;
        });
    }
}

/// What goes wrong here is the client's to notice.
async fn connection(stream: TcpStream, shared: &Shared, tls: Arc<ServerConfig>) -> io::Result<()> {
    let acceptor = TlsAcceptor::from(tls);
    if shared.security == SmtpSecurity::ImplicitTls {
        let stream = acceptor.accept(stream).await?;
        Conversation::new(shared, true).greet_and_talk(&mut BufStream::new(stream)).await?;
        return Ok(());
    }
    let mut plain = BufStream::new(stream);
    if Conversation::new(shared, false).greet_and_talk(&mut plain).await? == End::StartTls {
        let stream = acceptor.accept(plain.into_inner()).await?;
        Conversation::new(shared, true).talk(&mut BufStream::new(stream)).await?;
    }
    Ok(())
}
