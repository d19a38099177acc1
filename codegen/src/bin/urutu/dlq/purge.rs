//! `urutu dlq purge`

use super::report::Verb;
use super::sweep;
use crate::failure::Failure;

/// The options of `dlq purge`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    sweep: sweep::Options,
    /// Says that they may be removed for good.
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { sweep, yes } = arguments;
    if !yes && !sweep.is_dry_run() {
        return Err(Failure::Unable(
            "this removes dead letters for good: say `--yes`, or `--dry-run` to count them"
                .to_owned(),
        ));
    }
    sweep
        .run(
            Verb::Purge,
            |dead, sweep| async move { dead.purge(sweep).await },
        )
        .await
}
