//! Opens one connection: TCP, TLS where the URL asks for it, then AMQP. And says why there is none.

use std::borrow::Cow;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use async_rs::Runtime;
use lapin::{AsyncTcpStream, Connection, ConnectionProperties, Error, ErrorKind};
use socket2::SockRef;
use tokio::time::timeout;

use super::address::Address;
use super::connection::CONNECT_TIMEOUT;
use super::dial::Terms;
use super::guard;
use super::line::Slot;
use super::quiet::quieten_io_thread;
#[cfg(feature = "tls")]
use super::tls;
use super::words::words;

/// Why there is no connection, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreached {
    pub(super) why: String,
    pub(super) advice: Cow<'static, str>,
}

impl From<&Error> for Unreached {
    fn from(error: &Error) -> Self {
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
            // The alert may be lost with the connection.
            ErrorKind::IOError(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted
                ) =>
            {
                (
                    error.to_string(),
                    "check that the broker URL is right; a port that speaks TLS (5671 by default) is reached by `amqps://`",
                )
            }
            ErrorKind::IOError(error) if error.kind() == io::ErrorKind::TimedOut => {
                return Self::by_silence(error.to_string());
            }
            _ => (
                words(error),
                "check that the broker runs there and that the broker URL is right",
            ),
        };
        Self {
            why,
            advice: advice.into(),
        }
    }
}

impl Unreached {
    /// Nobody answered.
    pub(super) fn by_silence(why: String) -> Self {
        Self {
            why,
            advice: "check the host and port of the broker URL, and the firewalls between".into(),
        }
    }
}

/// That nobody answered in the time that an attempt has. The stream has no more than the whole attempt: either may be over first.
pub(super) fn no_answer() -> String {
    format!("no answer within {CONNECT_TIMEOUT:?}")
}

/// Opens a connection. It may take for ever. The socket below it goes into the slot.
///
/// The stream is opened here and not by lapin: lapin would trust the system's certificates beside a CA that is given, and its features
/// decide whether `amqps://` is encrypted at all.
pub(super) async fn open(
    address: &Address,
    terms: &Terms,
    slot: Slot,
) -> Result<Connection, Unreached> {
    let mut uri = address.uri();
    uri.query.heartbeat.get_or_insert(seconds(terms.heartbeat));
    let properties =
        ConnectionProperties::default().with_connection_name(terms.name.as_str().into());
    #[cfg(feature = "tls")]
    let client = tls::Client::of(address.tls()).await?;
    let frame_max = uri.query.frame_max;
    let spent = terms.spent.clone();
    let (host, port) = (address.host().to_owned(), address.port());
    #[cfg(feature = "tls")]
    let handshake = client.clone();
    let opened = Connection::connector(
        uri,
        guard::runtime(),
        // lapin's thread for this connection runs this, also when nobody waits for it any more.
        async move |_, _| {
            quieten_io_thread();
            let connecting = async {
                let found = tokio::net::lookup_host((host.as_str(), port)).await?;
                let found: Vec<SocketAddr> = found.collect();
                if found.is_empty() {
                    return Err(io::Error::other("the host has no address"));
                }
                AsyncTcpStream::connect(&Runtime::tokio_current(), found).await
            };
            let stream = timeout(CONNECT_TIMEOUT, connecting)
                .await
                .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, no_answer()))??;
            if let AsyncTcpStream::Plain(stream) = &stream {
                slot.put(&SockRef::from(stream.get_ref()))?;
            }
            #[cfg(feature = "tls")]
            if let Some(client) = &handshake {
                let secured = stream.into_rustls(client.connector(), client.name());
                let secured = secured.await?;
                client.shaken();
                return Ok(guard::guarded(secured, frame_max, &spent));
            }
            Ok(guard::guarded(stream, frame_max, &spent))
        },
        properties,
    )
    .await;
    opened.map_err(|error| {
        #[cfg(feature = "tls")]
        if let Some(explained) = client.as_ref().and_then(|client| client.explain(&error)) {
            return explained;
        }
        Unreached::from(&error)
    })
}

/// AMQP counts whole seconds, and 0 leaves it to the broker.
fn seconds(heartbeat: Duration) -> u16 {
    let started = u64::from(heartbeat.subsec_nanos() > 0);
    let whole = heartbeat.as_secs().saturating_add(started);
    u16::try_from(whole).unwrap_or(u16::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whichever_time_is_over_first_the_same_is_told() {
        let of_stream = Error::from(io::Error::new(io::ErrorKind::TimedOut, no_answer()));
        assert_eq!(
            Unreached::from(&of_stream),
            Unreached::by_silence(no_answer())
        );
    }

    #[test]
    fn a_heartbeat_is_a_number_of_whole_seconds() {
        for (heartbeat, expected) in [
            (Duration::ZERO, 1),
            (Duration::from_millis(1), 1),
            (Duration::from_secs(10), 10),
            (Duration::from_millis(10_001), 11),
            (Duration::MAX, u16::MAX),
        ] {
            assert_eq!(seconds(heartbeat), expected, "{heartbeat:?}");
        }
    }
}
