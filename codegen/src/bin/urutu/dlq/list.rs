//! `urutu dlq list`

use std::path::PathBuf;

use super::filter::Filter;
use super::target::{Broker, Dead};
use super::{Format, letter, overview, reading};
use crate::failure::Failure;
use crate::terminal;

/// The options of `dlq list`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The queue whose messages died; their letters are in `QUEUE.dead`.
    #[arg(required_unless_present = "catalog")]
    queue: Option<String>,
    /// QUEUE is the dead-letter queue itself: one that the catalog names with `dead_letter`.
    #[arg(long, requires = "queue")]
    exact: bool,
    /// Counts the letters in each dead-letter queue of this catalog, a folder or a file.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["queue", "types", "reason", "id", "died_in", "older_than", "newer_than", "limit"])]
    catalog: Option<PathBuf>,
    #[command(flatten)]
    broker: Broker,
    #[command(flatten)]
    filter: Filter,
    /// Lists so many at most, the oldest first.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// How letters are shown; `json` is one object a line.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { format, limit, .. } = arguments;
    if let Some(catalog) = &arguments.catalog {
        return overview::run(catalog, &arguments.broker, format).await;
    }
    // One of the two is there: clap sees to it.
    let queue = arguments.queue.unwrap_or_default();
    let bus = arguments.broker.connect().await?;
    let dead = Dead::of(bus, &queue, arguments.exact);
    let listed = reading::print(
        &dead,
        arguments.filter.build(),
        limit,
        |letter| match format {
            Format::Text => letter::line(letter),
            Format::Json => letter::object(letter, false),
        },
    )
    .await;
    if let (Ok(listed), Format::Text) = (&listed, format) {
        terminal::error(&format!(
            "{} of {} dead letters in {}\n",
            listed.printed,
            listed.total,
            dead.queue.name()
        ));
    }
    dead.bus.close().await;
    listed.map(drop)
}
