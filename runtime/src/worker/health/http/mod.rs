//! Health over HTTP, for orchestrators and load balancers: one request for each connection, and nothing that a client sends or holds back
//! costs more than a bounded amount of memory and time.

mod request;
mod response;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::Health;
use crate::worker::WorkerError;

/// How many connections are served at the same time; others wait until one of these has ended.
const MAX_CONNECTIONS: usize = 64;

/// How long a connection may take, from its first byte to its last; then it is cut.
const DEADLINE: Duration = Duration::from_secs(3);

/// How much of what a client goes on sending is read, so that it gets to see its answer.
const MAX_REST: u64 = 64 * 1024;

/// Pause after a connection could not be accepted: the process may be short of file descriptors, and nothing tells when it has some again.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers at an address for as long as it lives.
#[derive(Debug)]
pub(in crate::worker) struct HealthServer {
    address: SocketAddr,
    /// One task; it goes with the server, and the connections with it.
    task: JoinSet<()>,
}

impl HealthServer {
    pub(in crate::worker) async fn bind(
        address: SocketAddr,
        health: Health,
    ) -> Result<Self, WorkerError> {
        let failed = |source| WorkerError::HealthAddress { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let mut task = JoinSet::new();
        task.spawn(accept(listener, health));
        Ok(Self { address, task })
    }

    /// Where it listens: with the port that the system has chosen, where port 0 was asked for.
    pub(in crate::worker) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it, with its connections; the address is free then.
    pub(in crate::worker) async fn stop(mut self) {
        self.task.shutdown().await;
    }
}

async fn accept(listener: TcpListener, health: Health) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => (),
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    let answered = answer(stream, health.clone());
                    connections.spawn(async move {
                        // A client that is slow or gone has no right to more.
                        let _ = timeout(DEADLINE, answered).await;
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection that asks for the worker's health could not be accepted");
                    sleep(PAUSE).await;
                }
            },
        }
    }
}

async fn answer(mut stream: TcpStream, health: Health) -> std::io::Result<()> {
    let request = request::read(&mut stream).await?;
    stream
        .write_all(&response::write(request, &health.report()))
        .await?;
    stream.shutdown().await?;
    // To close a socket with unread bytes resets the connection, and the answer could be lost.
    let mut rest = stream.take(MAX_REST);
    tokio::io::copy(&mut rest, &mut tokio::io::sink()).await?;
    Ok(())
}
