//! An address at which nothing ever happens.

use std::net::Ipv4Addr;

use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// An address that answers not even a SYN, as a machine that is switched off: its queue of new connections is full, and the kernel drops what comes.
#[derive(Debug)]
pub struct Unreachable {
    port: u16,
    _full: (TcpListener, Vec<TcpStream>),
}

impl Unreachable {
    /// Takes a free port and fills its queue. To be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// When the machine gives no socket.
    pub async fn new() -> std::io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let listener = socket.listen(1)?;
        let address = listener.local_addr()?;
        let mut waiting = Vec::new();
        // As many as find room; the first that does not waits for an answer as its victims will.
        while let Ok(connected) = tokio::time::timeout(FULL, TcpStream::connect(address)).await {
            waiting.push(connected?);
        }
        Ok(Self {
            port: address.port(),
            _full: (listener, waiting),
        })
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// A connection on loopback that takes longer than this finds no room.
const FULL: std::time::Duration = std::time::Duration::from_millis(500);
