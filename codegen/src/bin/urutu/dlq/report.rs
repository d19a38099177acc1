//! What became of a replay or a purge.

use serde_json::json;
use urutu::DeadLetterReport;

use super::Format;
use super::body::{visible, visible_json};
use super::target::Dead;
use crate::failure::Failure;
use crate::terminal;

/// What is done with letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Replay,
    Purge,
}

impl Verb {
    pub(super) fn ongoing(self) -> &'static str {
        match self {
            Self::Replay => "replaying",
            Self::Purge => "purging",
        }
    }

    pub(super) fn past(self) -> &'static str {
        match self {
            Self::Replay => "replayed",
            Self::Purge => "purged",
        }
    }
}

/// The result on the standard output, and why letters failed on the standard error.
pub(super) fn show(
    dead: &Dead,
    verb: Verb,
    dry_run: bool,
    format: Format,
    report: &DeadLetterReport,
) {
    let progress = &report.progress;
    let queue = dead.queue.name();
    if format == Format::Json {
        let failures = report.failures.iter();
        let failures: Vec<_> = failures
            .map(|(why, letters)| json!({"why": why, "letters": letters}))
            .collect();
        let result = json!({
            "dead_letter_queue": queue,
            "dry_run": dry_run,
            "total": progress.total,
            "read": progress.read,
            "matched": progress.matched,
            "done": progress.done,
            "failed": progress.failed,
            "failures": failures,
            "queues": report.queues,
            "stopped": report.stopped,
            "gave_up": report.gave_up,
        });
        terminal::print(&(visible_json(&result.to_string()) + "\n"));
        return;
    }
    let past = verb.past();
    let matched = progress.matched;
    let result = if dry_run {
        format!("{matched} would be {past}")
    } else {
        format!("{past} {} of {matched}", progress.done)
    };
    terminal::print(&format!(
        "{result}; {} of {} dead letters in {queue} were read\n",
        progress.read, progress.total
    ));
    for (queue, letters) in &report.queues {
        terminal::print(&format!("  {letters} to {}\n", visible(queue)));
    }
    for (why, letters) in &report.failures {
        terminal::error(&format!("not {past}: {letters}: {}\n", visible(why)));
    }
}

/// Whether something is left to do.
pub(super) fn failure(verb: Verb, report: &DeadLetterReport) -> Result<(), Failure> {
    let past = verb.past();
    let failed = report.progress.failed;
    let ended = if report.stopped {
        Some("interrupted")
    } else if report.gave_up {
        Some("given up, for the broker takes nothing")
    } else {
        None
    };
    if let Some(ended) = ended {
        let left = report.progress.total - report.progress.read;
        return Err(Failure::Findings(format!(
            "{ended}: {left} dead letters were not looked at, and {failed} not {past}"
        )));
    }
    if failed > 0 {
        return Err(Failure::Findings(format!(
            "{failed} dead letters were not {past}, for the reasons above"
        )));
    }
    Ok(())
}
