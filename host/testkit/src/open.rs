//! Who is connected to a server of the kit.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::sync::watch;

/// The peers of all open connections.
#[derive(Clone)]
pub(crate) struct Open(Arc<watch::Sender<BTreeSet<SocketAddr>>>);

/// A connection; it is closed when this is dropped.
pub(crate) struct Connected {
    open: Open,
    peer: SocketAddr,
}

impl Open {
    pub(crate) fn new() -> Open {
        Open(Arc::new(watch::Sender::new(BTreeSet::new())))
    }

    pub(crate) fn enter(&self, peer: SocketAddr) -> Connected {
        self.0.send_modify(|peers| {
            peers.insert(peer);
        });
        Connected { open: self.clone(), peer }
    }

    /// Ends once every connection is closed that had been opened to `port` before.
    pub(crate) async fn quiet(&self, port: u16) -> io::Result<()> {
        // Connections are accepted in their order: once this one is, no earlier one waits.
        let own = TcpStream::connect(("127.0.0.1", port)).await?;
        let me = own.local_addr()?;
        let mut open = self.0.subscribe();
        // The sender lives as long as this, so waiting can only end well.
        let _ = open.wait_for(|peers| peers.contains(&me)).await;
        drop(own);
        let _ = open.wait_for(BTreeSet::is_empty).await;
        Ok(())
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.open.0.send_modify(|peers| {
            peers.remove(&self.peer);
        });
    }
}
