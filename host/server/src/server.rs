//! The listener: connections in bounded number, and an orderly end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use api::Service;
use axum::Router;
use bytes::Bytes;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::app::{App, Options};
use crate::limits::{ACCEPT_PAUSE, BACKLOG, GRACE};
use crate::shared::Shared;
use crate::{connection, crowd, routes};

/// A server that listens, and answers once it is run: that it is starting, until
/// [`Front::serve`] puts a service behind it.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    front: Front,
    /// What a connection too many is told.
    too_many: Bytes,
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
    /// At most `max_connections` are served at once; more are told so and closed.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn bind(address: SocketAddr, max_connections: usize) -> io::Result<Server> {
        let listener = listen(address)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new(max_connections));
        let router = watch::Sender::new(routes::starting());
        Ok(Server { listener, address, front: Front { shared, router }, too_many: crowd::words().await })
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
            let (stream, peer) = tokio::select! {
                accepted = self.accept() => accepted,
                Some(_) = tasks.join_next() => continue,
                () = &mut shutdown => break,
            };
            match self.front.shared.connections.try_one() {
                Some(permit) => {
                    let front = self.front.clone();
                    tasks.spawn(async move {
                        connection::serve(stream, peer, front).await;
                        drop(permit);
                    });
                }
                None => self.turn_away(stream, &mut tasks),
            }
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

    /// Tells a connection too many that it is one.
    fn turn_away(&self, stream: TcpStream, tasks: &mut JoinSet<()>) {
        let Shared { meters, farewells, .. } = self.front.shared();
        meters.turned_away.add(1);
        match farewells.try_one() {
            Some(place) => drop(tasks.spawn(crowd::see_off(stream, self.too_many.clone(), place))),
            None => crowd::drop_off(stream, &self.too_many),
        }
    }

    async fn accept(&self) -> (TcpStream, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok(accepted) => return accepted,
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

/// As [`TcpListener::bind`] does, with a longer queue.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A port whose last connections have just ended can be had again.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
