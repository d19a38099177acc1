//! The socket below a connection, and whether anybody is at its other end.
//!
//! lapin waits for ever on a peer that neither answers nor ends the connection, during the handshake and at the goodbye, and keeps a thread and a
//! socket for it. And its heartbeats tell of bytes, not of answers: after a frame whose size was damaged on the way, all that follows disappears in
//! it, heartbeats included. So the socket can be cut off from here.

use std::io;
use std::net::Shutdown;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use lapin::options::ConfirmSelectOptions;
use lapin::{Channel, Connection, ConnectionStatus};
use socket2::{SockRef, Socket};
use tokio::time::{Instant, sleep, timeout};

use super::connection::{CONNECT_TIMEOUT, LOOK_AGAIN};

/// How often a connection is asked for a sign of life, where heartbeats come as they should.
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// A socket that is cut off with the last owner's end.
#[derive(Debug, Default)]
pub(super) struct Line(Arc<Mutex<State>>);

/// Where the socket is put in.
#[derive(Debug, Clone)]
pub(super) struct Slot(Arc<Mutex<State>>);

#[derive(Debug, Default)]
enum State {
    #[default]
    Empty,
    Open(Socket),
    Cut,
}

impl Line {
    pub(super) fn slot(&self) -> Slot {
        Slot(Arc::clone(&self.0))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Open(socket) = std::mem::replace(&mut *state, State::Cut) {
            // It may have ended by itself.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

impl Slot {
    /// Keeps a handle to the socket; an error where the line was cut before there was one.
    pub(super) fn put(&self, socket: &SockRef<'_>) -> io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Cut) {
            return Err(io::Error::other(
                "nobody waits for this connection any more",
            ));
        }
        *state = State::Open(socket.try_clone()?);
        Ok(())
    }
}

/// Keeps the line for as long as the connection needs it. `answer` is how long an answer may take.
///
/// That is much longer than any broker takes which will answer at all: a large message on a slow line goes before the question.
pub(super) async fn keep(
    line: Line,
    status: ConnectionStatus,
    connection: Weak<Connection>,
    answer: Duration,
) {
    let mut asked = Instant::now();
    let mut channel = None;
    while status.connected() {
        sleep(LOOK_AGAIN).await;
        let Some(connection) = connection.upgrade() else {
            // Nobody uses it any more: it says goodbye when its last channel has done so.
            drop(channel);
            let _ = timeout(CONNECT_TIMEOUT, ends(&status)).await;
            break;
        };
        // A blocked connection sends no questions.
        if status.blocked() || asked.elapsed() < ASK_AGAIN.min(answer) {
            continue;
        }
        let answered = tokio::select! {
            answered = timeout(answer, ask(&connection, &mut channel)) => answered.is_ok(),
            () = ends(&status) => true,
        };
        if !answered && !status.blocked() {
            tracing::warn!(
                ?answer,
                "a connection on which heartbeats come, but no answers, is cut off"
            );
            return;
        }
        asked = Instant::now();
    }
    // The goodbye, unless it broke.
    let begun = Instant::now();
    while !status.errored() && begun.elapsed() < CONNECT_TIMEOUT {
        sleep(LOOK_AGAIN).await;
    }
    drop(line);
}

/// Asks for something that changes nothing and needs no permission.
async fn ask(connection: &Connection, channel: &mut Option<Channel>) -> lapin::Result<()> {
    let open = channel.take().filter(|open| open.status().connected());
    let open = match open {
        Some(open) => open,
        None => connection.create_channel().await?,
    };
    let answered = open.confirm_select(ConfirmSelectOptions::default()).await;
    *channel = Some(open);
    answered
}

async fn ends(status: &ConnectionStatus) {
    while status.connected() {
        sleep(LOOK_AGAIN).await;
    }
}
