//! `urutu dlq show`

use super::filter::Filter;
use super::target::Target;
use super::{Format, letter, reading};
use crate::failure::Failure;

/// The options of `dlq show`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    filter: Filter,
    /// Shows so many at most, the oldest first.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// How letters are shown; `json` is one object a line.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { format, limit, .. } = arguments;
    let dead = arguments.target.open().await?;
    let shown = reading::print(
        &dead,
        arguments.filter.build(),
        limit,
        |letter| match format {
            Format::Text => letter::page(letter) + "\n",
            Format::Json => letter::object(letter, true),
        },
    )
    .await;
    dead.bus.close().await;
    let shown = shown?;
    if shown.printed == 0 && limit != Some(0) {
        return Err(Failure::Findings(format!(
            "none of the {} dead letters in {} is meant",
            shown.total,
            dead.queue.name()
        )));
    }
    Ok(())
}
