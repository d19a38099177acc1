//! `urutu dlq replay`

use super::report::Verb;
use super::sweep;
use crate::failure::Failure;

/// The options of `dlq replay`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    sweep: sweep::Options,
    /// Sends all of them to this queue, and not to those in which they died.
    #[arg(long, value_name = "QUEUE")]
    to: Option<String>,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { sweep, to } = arguments;
    sweep
        .run(Verb::Replay, |dead, sweep| async move {
            match &to {
                Some(queue) => dead.replay_into(queue, sweep).await,
                None => dead.replay(sweep).await,
            }
        })
        .await
}
