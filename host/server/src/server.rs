//! The listener: connections in bounded number, and an orderly end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use api::Service;
use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::app::{App, Options};
use crate::limits::{ACCEPT_PAUSE, GRACE};
use crate::{connection, routes};

/// A server that listens, and serves once it is run.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    connections: Arc<Semaphore>,
    stop: watch::Sender<bool>,
}

impl Server {
    /// Takes the address; whoever connects from now on waits for [`Server::run`].
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn bind(
        address: SocketAddr,
        service: Arc<dyn Service>,
        options: Options,
    ) -> io::Result<Server> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let connections = Arc::new(Semaphore::new(options.max_connections.min(Semaphore::MAX_PERMITS)));
        let (stop, stopping) = watch::channel(false);
        let router = routes::router(App::new(service, options, stopping));
        Ok(Server { listener, address, router, connections, stop })
    }

    /// Where it listens: with the port that the system chose when none was named.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` ends; then takes no more connections, ends streams, and
    /// gives requests under way ten seconds.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let mut tasks = JoinSet::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                accepted = self.accept() => accepted,
                Some(_) = tasks.join_next() => continue,
                () = &mut shutdown => break,
            };
            let (stream, peer, permit) = accepted;
            let (router, stopping) = (self.router.clone(), self.stop.subscribe());
            tasks.spawn(async move {
                connection::serve(stream, peer, router, stopping).await;
                drop(permit);
            });
        }
        drop(self.listener);
        self.stop.send_replace(true);
        let ended = timeout(GRACE, async { while tasks.join_next().await.is_some() {} }).await;
        if ended.is_err() {
            tracing::warn!(connections = tasks.len(), "requests took too long to end and were cut off");
            tasks.shutdown().await;
        }
    }

    /// The next connection, as soon as there may be one more.
    async fn accept(&self) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
        let permit = Arc::clone(&self.connections).acquire_owned().await;
        let permit = permit.expect("the semaphore is never closed");
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => return (stream, peer, permit),
                // The client is gone again, or we are out of descriptors: both pass.
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}
