//! What the broker answers, and what lapin's errors say, in our words.

use std::time::Duration;

use lapin::protocol::AMQPErrorKind;
use lapin::{Error, ErrorKind};
use tokio::time::timeout;

use crate::transport::TransportError;

/// What went wrong, in the broker's words where it has said something.
pub(super) fn words(error: &Error) -> String {
    match error.kind() {
        ErrorKind::ProtocolError(refusal) => refusal.get_message().to_string(),
        ErrorKind::IOError(error) => error.to_string(),
        ErrorKind::MissingHeartbeatError => "the broker sent no heartbeat for too long".to_owned(),
        ErrorKind::InvalidChannelState(..) | ErrorKind::InvalidConnectionState(_) => {
            "the connection is closed".to_owned()
        }
        _ => error.to_string(),
    }
}

/// The broker's words, where it refused one thing and keeps the connection.
pub(super) fn refusal(error: &Error) -> Option<Refusal> {
    match error.kind() {
        ErrorKind::ProtocolError(refusal) if matches!(refusal.kind(), AMQPErrorKind::Soft(_)) => {
            Some(Refusal {
                code: refusal.get_id(),
                words: refusal.get_message().to_string(),
            })
        }
        _ => None,
    }
}

/// Why the broker closed a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: u16,
    pub(super) words: String,
}

/// `NOT_FOUND`.
pub(super) const NOT_FOUND: u16 = 404;
/// `ACCESS_REFUSED`.
pub(super) const ACCESS_REFUSED: u16 = 403;
/// `PRECONDITION_FAILED`.
pub(super) const PRECONDITION_FAILED: u16 = 406;

/// How long the broker may take over one request. A lost connection is noticed by itself; this is for a broker that hangs.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// Waits for the broker's answer to one request.
pub(super) async fn answer<T>(
    what: &str,
    request: impl Future<Output = lapin::Result<T>>,
) -> Result<T, TransportError> {
    match timeout(ANSWER_LIMIT, request).await {
        Ok(outcome) => outcome.map_err(|error| failed(what, &error)),
        Err(_) => Err(TransportError::Disconnected(format!(
            "cannot {what}: the broker gave no answer within {ANSWER_LIMIT:?}; look at its log"
        ))),
    }
}

/// The error of an operation on an object: a refusal with what to do about it, or a lost connection.
pub(super) fn failed(what: &str, error: &Error) -> TransportError {
    let Some(Refusal { code, words }) = refusal(error) else {
        return TransportError::Disconnected(format!("cannot {what}: {}", self::words(error)));
    };
    let advice = match code {
        PRECONDITION_FAILED => {
            "; it exists with other properties: declare it as it is, or delete it on the broker (with the messages in it)"
        }
        NOT_FOUND => "; declare it first",
        ACCESS_REFUSED => "; grant the user that permission on the vhost",
        _ => "",
    };
    TransportError::Refused(format!("cannot {what}: the broker says {words}{advice}"))
}
