//! What the broker answers, and what lapin's errors say, in our words.

use std::time::Duration;

use lapin::protocol::{AMQPErrorKind, AMQPHardError};
use lapin::{Error, ErrorKind};
use tokio::time::timeout;

use super::request::Request;
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

/// Whether the broker has closed the connection for something on a channel that it does not know.
pub(super) fn is_channel_error(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ProtocolError(refusal)
            if matches!(refusal.kind(), AMQPErrorKind::Hard(AMQPHardError::CHANNELERROR))
    )
}

/// Why the broker closed a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: u16,
    pub(super) words: String,
}

impl Refusal {
    /// Whether the broker has no such thing. It says `NOT_FOUND` of a queue, too, that it has and cannot reach.
    pub(super) fn is_missing(&self) -> bool {
        self.code == NOT_FOUND && !self.is_away()
    }

    /// Whether it speaks of a queue that it has and cannot reach.
    fn is_away(&self) -> bool {
        let away = [
            // The node of a classic queue.
            "is down or inaccessible",
            "has crashed and failed to restart",
            "process is stopped by supervisor",
            "due to timeout",
        ];
        self.code == NOT_FOUND && away.iter().any(|away| self.words.contains(away))
    }
}

/// `NOT_FOUND`.
pub(super) const NOT_FOUND: u16 = 404;
/// `ACCESS_REFUSED`.
pub(super) const ACCESS_REFUSED: u16 = 403;
/// `RESOURCE_LOCKED`.
pub(super) const RESOURCE_LOCKED: u16 = 405;
/// `PRECONDITION_FAILED`.
pub(super) const PRECONDITION_FAILED: u16 = 406;

/// How long the broker may take over one request. A lost connection is noticed by itself; this is for a broker that hangs.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// How a request ended badly.
#[derive(Debug)]
pub(super) enum Failure {
    /// The broker refused it, and has closed the channel.
    Refused(Refusal),
    /// Anything else, explained.
    Failed(TransportError),
}

impl Failure {
    /// The error for who asked.
    pub(super) fn of(self, request: Request<'_>) -> TransportError {
        let refusal = match self {
            Self::Refused(refusal) => refusal,
            Self::Failed(error) => return error,
        };
        let is_away = refusal.is_away();
        let Refusal { code, words } = refusal;
        let said = format!("cannot {request}: the broker says {words}");
        match code {
            NOT_FOUND if is_away => TransportError::Refused(format!(
                "{said}; a queue that is not a quorum queue is on one node, and away with it: start that node again (`rabbitmqctl cluster_status` shows which run)"
            )),
            NOT_FOUND => TransportError::Missing(said),
            ACCESS_REFUSED => TransportError::Refused(match request.denied(&words) {
                Some(denied) => format!("cannot {request}: {denied}"),
                None => format!("{said}; grant the user that permission on the vhost"),
            }),
            _ => TransportError::Refused(said),
        }
    }
}

/// Waits for the broker's answer to one request.
pub(super) async fn ask<T>(
    request: Request<'_>,
    sent: impl Future<Output = lapin::Result<T>>,
) -> Result<T, Failure> {
    match timeout(ANSWER_LIMIT, sent).await {
        Ok(outcome) => outcome.map_err(|error| failure(request, &error)),
        Err(_) => Err(Failure::Failed(TransportError::Disconnected(format!(
            "cannot {request}: the broker gave no answer within {ANSWER_LIMIT:?}; look at its log"
        )))),
    }
}

/// Waits for the broker's answer to one request; its refusal is an error with what to do.
pub(super) async fn answer<T>(
    request: Request<'_>,
    sent: impl Future<Output = lapin::Result<T>>,
) -> Result<T, TransportError> {
    ask(request, sent)
        .await
        .map_err(|failure| failure.of(request))
}

/// The error of an operation on an object: a refusal with what to do about it, or a lost connection.
pub(super) fn failed(request: Request<'_>, error: &Error) -> TransportError {
    failure(request, error).of(request)
}

fn failure(request: Request<'_>, error: &Error) -> Failure {
    refusal(error).map_or_else(
        || {
            let why = words(error);
            Failure::Failed(TransportError::Disconnected(format!(
                "cannot {request}: {why}"
            )))
        },
        Failure::Refused,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_whose_node_is_down_is_not_missing() {
        let refusal = |words: &str| Refusal {
            code: NOT_FOUND,
            words: words.to_owned(),
        };
        let request = Request::Consume("q");
        let gone = refusal("NOT_FOUND - no queue 'q' in vhost '/'");
        assert!(gone.is_missing());
        let error = Failure::Refused(gone).of(request);
        assert!(matches!(error, TransportError::Missing(_)), "{error:?}");
        let away = refusal(
            "NOT_FOUND - home node 'rabbit@two' of durable queue 'q' in vhost '/' is down or inaccessible",
        );
        assert!(!away.is_missing());
        let error = Failure::Refused(away).of(request);
        assert!(matches!(error, TransportError::Refused(_)), "{error:?}");
        let text = error.to_string();
        assert!(
            text.contains("rabbit@two") && text.contains("start that node"),
            "{text}"
        );
    }
}
