//! The listener: connections in bounded number, and an orderly end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use api::Service;
use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::app::{App, Options};
use crate::limits::{ACCEPT_PAUSE, GRACE};
use crate::shared::Shared;
use crate::{connection, routes};

/// A server that listens, and answers once it is run: that it is starting, until
/// [`Front::serve`] puts a service behind it.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    front: Front,
}

/// What connections are answered with. Cheap to clone.
#[derive(Clone)]
pub struct Front {
    shared: Arc<Shared>,
    router: watch::Sender<Router>,
}

impl Front {
    /// Puts a service in place; called again, a service or options other than before.
    /// Requests that have begun end as they began.
    pub fn serve(&self, service: Arc<dyn Service>, options: Options) {
        self.shared.resize(&options);
        let app = App::new(service, options, Arc::clone(&self.shared));
        self.router.send_modify(|router| *router = routes::router(app));
    }

    /// The router as it stands, for one request.
    pub(crate) fn router(&self) -> Router {
        self.router.borrow().clone()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl Server {
    /// Takes the address; whoever connects from now on waits for [`Server::run`].
    /// At most `max_connections` are open at once.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn bind(address: SocketAddr, max_connections: usize) -> io::Result<Server> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new(max_connections));
        let router = watch::Sender::new(routes::starting());
        Ok(Server { listener, address, front: Front { shared, router } })
    }

    /// Where it listens: with the port that the system chose when none was named.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn front(&self) -> Front {
        self.front.clone()
    }

    /// Serves until `shutdown` ends; then takes no more connections, ends streams, and
    /// gives requests under way ten seconds, or until `hurry` ends.
    pub async fn run(self, shutdown: impl Future<Output = ()>, hurry: impl Future<Output = ()>) {
        let mut tasks = JoinSet::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                accepted = self.accept() => accepted,
                Some(_) = tasks.join_next() => continue,
                () = &mut shutdown => break,
            };
            let (stream, peer, permit) = accepted;
            let front = self.front.clone();
            tasks.spawn(async move {
                connection::serve(stream, peer, front).await;
                drop(permit);
            });
        }
        drop(self.listener);
        self.front.shared.stop.send_replace(true);
        let ended = timeout(GRACE, async { while tasks.join_next().await.is_some() {} });
        let ended = tokio::select! {
            ended = ended => ended.is_ok(),
            () = hurry => tasks.is_empty(),
        };
        if !ended {
            tracing::warn!(connections = tasks.len(), "requests took too long to end and were cut off");
            tasks.shutdown().await;
        }
    }

    /// The next connection, as soon as there may be one more.
    async fn accept(&self) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
        let permit = self.front.shared.connections.one_more().await;
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => return (stream, peer, permit),
                // The client is gone again, or we are out of descriptors: both pass.
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    self.front.shared.meters.not_accepted.add(1);
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}
