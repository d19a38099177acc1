//! Opens a connection: TCP, TLS where the URL asks for it, then AMQP. And says why there is none.

use std::io;
use std::net::SocketAddr;

use lapin::{AsyncTcpStream, Connection, ConnectionProperties, Error, ErrorKind};

use super::address::Address;
use super::quiet::quieten_io_thread;
#[cfg(feature = "tls")]
use super::tls;
use super::words::words;

/// Why there is no connection, and what to do about it.
#[derive(Debug)]
pub(super) struct NoConnection {
    pub(super) why: String,
    pub(super) advice: String,
}

/// Opens a connection. It may take for ever.
///
/// The stream is opened here and not by lapin: lapin would trust the system's certificates beside a CA that is given, and its features
/// decide whether `amqps://` is encrypted at all.
pub(super) async fn dial(
    address: &Address,
    properties: ConnectionProperties,
) -> Result<Connection, NoConnection> {
    #[cfg(feature = "tls")]
    let client = tls::Client::of(address.tls()).await?;
    let runtime = lapin::runtime::default_runtime().map_err(|error| explained(&error))?;
    let (host, port) = (address.host().to_owned(), address.port());
    #[cfg(feature = "tls")]
    let handshake = client.clone();
    let opened = Connection::connector(
        address.uri(),
        runtime,
        // lapin's thread for this connection runs this.
        async move |_, runtime| {
            quieten_io_thread();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), port))
                .await?
                .collect();
            if found.is_empty() {
                return Err(io::Error::other("the host has no address").into());
            }
            let stream = AsyncTcpStream::connect(&runtime, found).await?;
            #[cfg(feature = "tls")]
            if let Some(client) = &handshake {
                let secured = stream.into_rustls(client.connector(), client.name());
                let secured = secured.await?;
                client.shaken();
                return Ok(secured);
            }
            Ok(stream)
        },
        properties,
    )
    .await;
    opened.map_err(|error| {
        #[cfg(feature = "tls")]
        if let Some(explained) = client.as_ref().and_then(|client| client.explain(&error)) {
            return explained;
        }
        explained(&error)
    })
}

fn explained(error: &Error) -> NoConnection {
    let (why, advice) = match error.kind() {
        ErrorKind::ProtocolError(_) => (
            words(error),
            "check the user, the password and the vhost of the broker URL",
        ),
        // TLS answers with an alert, which is no frame of AMQP.
        ErrorKind::ParsingError(_) => (
            "what answers there does not speak AMQP".to_owned(),
            "check the port; one that speaks TLS (5671 by default) is reached by `amqps://`",
        ),
        _ => (
            words(error),
            "check that the broker runs there and that the broker URL is right",
        ),
    };
    NoConnection {
        why,
        advice: advice.to_owned(),
    }
}
