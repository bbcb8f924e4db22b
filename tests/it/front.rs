//! A door in front of the daemon, which a test opens and shuts: what the command line
//! sees of a daemon that comes and goes.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// An address that stays the same whoever is behind it.
pub(crate) struct Front {
    address: SocketAddr,
    open: Option<AbortHandle>,
    tasks: JoinSet<()>,
}

impl Front {
    /// Nobody listens there yet.
    pub(crate) async fn new() -> Front {
        let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        Front { address, open: None, tasks: JoinSet::new() }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets everything through.
    pub(crate) async fn open(&mut self, daemon: SocketAddr) {
        self.listen(daemon, true).await;
    }

    /// Lets requests through, and hangs up instead of bringing the answer back.
    pub(crate) async fn open_one_way(&mut self, daemon: SocketAddr) {
        self.listen(daemon, false).await;
    }

    /// Breaks all connections off; from now on nobody listens.
    pub(crate) async fn shut(&mut self) {
        if let Some(open) = self.open.take() {
            open.abort();
            while self.tasks.join_next().await.is_some() {}
        }
    }

    async fn listen(&mut self, daemon: SocketAddr, answers: bool) {
        self.shut().await;
        let listener = TcpListener::bind(self.address).await.unwrap();
        let pass = async move {
            // They end with their listener.
            let mut connections = JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.unwrap();
                connections.spawn(connect(client, daemon, answers));
            }
        };
        self.open = Some(self.tasks.spawn(pass));
    }
}

async fn connect(mut client: TcpStream, daemon: SocketAddr, answers: bool) {
    let mut server = TcpStream::connect(daemon).await.unwrap();
    if answers {
        // Whoever hangs up first is no matter here.
        let _ = copy_bidirectional(&mut client, &mut server).await;
        return;
    }
    let (mut asks, _client) = client.split();
    let (mut says, mut hears) = server.split();
    let mut answer = [0; 1];
    let forward = async {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = asks.read(&mut buffer).await {
            hears.write_all(&buffer[..read]).await.unwrap();
        }
    };
    // The answer's first byte says that the request was taken.
    tokio::select! {
        () = forward => {}
        _ = says.read(&mut answer) => {}
    }
}
