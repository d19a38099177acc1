//! `urutu dlq`: what failed for good.
//!
//! Exit codes: 0 fine, 1 something could not be done for some letters or the command was interrupted, 2 nothing could be done.

mod age;
mod body;
mod filter;
mod interrupt;
mod layout;
mod letter;
mod list;
mod overview;
mod progress;
mod purge;
mod reading;
mod replay;
mod report;
mod show;
mod sweep;
mod target;

use clap::{Subcommand, ValueEnum};

use crate::failure::Failure;

/// The commands of `dlq`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists dead letters, without their bodies. Takes none out.
    List(list::Arguments),
    /// Shows dead letters with their bodies. Takes none out.
    Show(show::Arguments),
    /// Sends dead letters back to the queues in which they died, and removes each when its copy is confirmed.
    Replay(replay::Arguments),
    /// Removes dead letters for good.
    Purge(purge::Arguments),
}

/// How results are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

pub(crate) fn run(command: Command) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::unable(&error))?;
    runtime.block_on(async {
        match command {
            Command::List(arguments) => list::run(arguments).await,
            Command::Show(arguments) => show::run(arguments).await,
            Command::Replay(arguments) => replay::run(arguments).await,
            Command::Purge(arguments) => purge::run(arguments).await,
        }
    })
}
