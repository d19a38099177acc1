//! A bar on the standard error, where that is a terminal.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use urutu::DeadLetterProgress;

use crate::terminal;

/// How often it is drawn at most.
const PAUSE: Duration = Duration::from_millis(100);
/// The width of the bar itself.
const WIDTH: u64 = 30;
/// Back to the first column, and the line is empty.
const CLEAR: &str = "\r\x1b[K";

/// A progress bar; nothing where nobody looks.
pub(super) struct Bar {
    what: &'static str,
    limit: Option<u64>,
    on_terminal: bool,
    drawn: Option<Instant>,
}

impl Bar {
    pub(super) fn new(what: &'static str, limit: Option<u64>) -> Self {
        Self {
            what,
            limit,
            on_terminal: io::stderr().is_terminal(),
            drawn: None,
        }
    }

    pub(super) fn draw(&mut self, progress: &DeadLetterProgress) {
        let too_soon = self.drawn.is_some_and(|drawn| drawn.elapsed() < PAUSE);
        if self.on_terminal && !too_soon {
            self.drawn = Some(Instant::now());
            terminal::error(&format!("{CLEAR}{}", line(self.what, self.limit, progress)));
        }
    }

    /// Takes it off the screen.
    pub(super) fn clear(&mut self) {
        if self.drawn.take().is_some() {
            terminal::error(CLEAR);
        }
    }
}

/// The end is the end of the queue or the limit, whichever is nearer.
fn line(what: &str, limit: Option<u64>, progress: &DeadLetterProgress) -> String {
    let settled = progress.done + progress.failed;
    let (at, end) = match limit {
        Some(limit) if progress.read - progress.matched + limit < progress.total => {
            (progress.matched, limit)
        }
        _ => (progress.read, progress.total),
    };
    let filled = (at * WIDTH).checked_div(end).unwrap_or(WIDTH).min(WIDTH);
    let bar: String = (0..WIDTH)
        .map(|n| if n < filled { '=' } else { ' ' })
        .collect();
    let failed = match progress.failed {
        0 => String::new(),
        failed => format!(", {failed} failed"),
    };
    format!("{what} [{bar}] {at} of {end}, {settled} settled{failed}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(total: u64, read: u64, matched: u64, done: u64, failed: u64) -> DeadLetterProgress {
        let mut progress = DeadLetterProgress::default();
        progress.total = total;
        progress.read = read;
        progress.matched = matched;
        progress.done = done;
        progress.failed = failed;
        progress
    }

    #[test]
    fn the_bar_fills_until_the_queue_or_the_limit_ends() {
        let half = progress(100, 50, 20, 18, 2);
        assert_eq!(
            line("replaying", None, &half),
            "replaying [===============               ] 50 of 100, 20 settled, 2 failed"
        );
        assert_eq!(
            line("purging", Some(40), &half),
            "purging [===============               ] 20 of 40, 20 settled, 2 failed"
        );
        let empty = progress(0, 0, 0, 0, 0);
        assert!(line("purging", None, &empty).ends_with("] 0 of 0, 0 settled"));
    }
}
