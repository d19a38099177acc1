//! What replaying and purging have in common.

use std::sync::{Arc, Mutex, PoisonError};

use urutu::{DeadLetterError, DeadLetterQueue, DeadLetterReport, DeadLetterSweep};

use super::Format;
use super::filter::Filter;
use super::interrupt::interrupted;
use super::progress::Bar;
use super::report::{self, Verb};
use super::target::Target;
use crate::failure::Failure;

/// The options of both.
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    filter: Filter,
    /// Takes so many at most, the oldest first.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Counts them and does nothing.
    #[arg(long)]
    dry_run: bool,
    /// How the result is shown.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

impl Options {
    pub(super) fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// Connects, has `act` go through the letters, and tells what became of it.
    pub(super) async fn run<F>(
        self,
        verb: Verb,
        act: impl FnOnce(DeadLetterQueue, DeadLetterSweep) -> F,
    ) -> Result<(), Failure>
    where
        F: Future<Output = Result<DeadLetterReport, DeadLetterError>>,
    {
        let dead = self.target.open().await?;
        let bar = Arc::new(Mutex::new(Bar::new(verb.ongoing(), self.limit)));
        let shown = Arc::clone(&bar);
        let mut sweep = DeadLetterSweep::new()
            .filter(self.filter.build())
            .dry_run(self.dry_run)
            .until(interrupted())
            .on_progress(move |progress| {
                let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
                shown.draw(progress);
            });
        if let Some(limit) = self.limit {
            sweep = sweep.limit(limit);
        }
        let outcome = act(dead.queue.clone(), sweep).await;
        bar.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let show = |report| report::show(&dead, verb, self.dry_run, self.format, report);
        let result = match outcome {
            Ok(report) => {
                show(&report);
                report::failure(verb, &report)
            }
            Err(error) => Err(match error.report() {
                Some(report) if report.progress.done + report.progress.failed > 0 => {
                    show(report);
                    Failure::Findings(format!(
                        "{error}; {} dead letters were {} before",
                        report.progress.done,
                        verb.past()
                    ))
                }
                _ => dead.unable(&error),
            }),
        };
        dead.bus.close().await;
        result
    }
}
