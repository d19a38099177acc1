//! What a node says while it runs: the sign that it is ready, its last lines, and the end of its last process.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many lines are kept for error messages.
const KEPT_LINES: usize = 40;

/// The node's log says this when its listeners accept.
const READY: &str = "Server startup complete";

/// The output of a node, read by a thread of its own until the last process of the node is gone.
#[derive(Clone)]
pub(crate) struct Output(Arc<Shared>);

struct Shared {
    seen: Mutex<Seen>,
    changed: Condvar,
}

#[derive(Default)]
struct Seen {
    ready: bool,
    ended: bool,
    last_lines: VecDeque<String>,
}

impl Output {
    pub(crate) fn read(source: impl Read + Send + 'static) -> Self {
        let output = Self(Arc::new(Shared {
            seen: Mutex::default(),
            changed: Condvar::new(),
        }));
        let reader = output.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(source).split(b'\n').map_while(Result::ok) {
                reader.note(&String::from_utf8_lossy(&line));
            }
            reader.seen().ended = true;
            reader.0.changed.notify_all();
        });
        output
    }

    /// Waits until the node is ready; `false` if it ended or the time is over.
    pub(crate) fn await_ready(&self, limit: Duration) -> bool {
        self.wait(limit, |seen| seen.ready || seen.ended);
        let seen = self.seen();
        seen.ready && !seen.ended
    }

    /// Waits until the last process of the node is gone; `false` if the time is over.
    pub(crate) fn await_end(&self, limit: Duration) -> bool {
        self.wait(limit, |seen| seen.ended);
        self.seen().ended
    }

    /// Whether the last process of the node is gone.
    pub(crate) fn has_ended(&self) -> bool {
        self.seen().ended
    }

    /// The last lines, indented.
    pub(crate) fn tail(&self) -> String {
        self.seen()
            .last_lines
            .iter()
            .fold(String::new(), |text, line| text + "\n    " + line)
    }

    fn note(&self, line: &str) {
        let mut seen = self.seen();
        seen.ready |= line.contains(READY);
        if !line.trim().is_empty() {
            if seen.last_lines.len() == KEPT_LINES {
                seen.last_lines.pop_front();
            }
            seen.last_lines.push_back(line.to_owned());
        }
        drop(seen);
        self.0.changed.notify_all();
    }

    fn wait(&self, limit: Duration, done: impl Fn(&Seen) -> bool) {
        let deadline = Instant::now() + limit;
        let mut seen = self.seen();
        while !done(&seen) {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                return;
            };
            seen = self
                .0
                .changed
                .wait_timeout(seen, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
