//! Measures the bus on a private RabbitMQ node, beside bare lapin that does the same. `benches/run bus` runs all of it.
//!
//! Contenders take turns, each in a process of its own; what counts is the ratio of their medians.

mod bare;
mod contender;
mod cost;
mod growth;
mod latency;
mod memory;
mod meter;
mod order;
mod ours;
mod peer;
mod queue;
mod table;
mod turn;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use contender::{Contender, Work};
use cost::Cost;
use growth::{Growth, Share};
use latency::Latency;
use memory::Memory;
use table::Table;

/// What the generator makes of `bench.yaml`.
mod bus {
    urutu::include_bus!();
}

type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

/// Measures the bus on RabbitMQ, beside bare lapin.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts a private node, lets the contenders take turns, and prints a table.
    Table(Table),
    /// Counts what a message costs each contender.
    Cost(Cost),
    /// Measures how long messages take from publisher to handler.
    Latency(Latency),
    /// Watches the resident memory while many messages go through.
    Memory(Memory),
    /// Shows how the cost grows with the size of messages, with queues and with processes.
    Growth(Growth),
    /// Handles messages until it is ended, and says how many those are. `growth` does that.
    #[command(hide = true)]
    Share(Share),
    /// Runs one contender once, and prints what it measured. Tables do that.
    Once {
        #[arg(long)]
        url: String,
        contender: Contender,
        #[command(flatten)]
        work: Work,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Table(table) => table.print(),
        Command::Cost(cost) => cost.print(),
        Command::Latency(latency) => latency.print(),
        Command::Memory(memory) => memory.print(),
        Command::Growth(growth) => growth.print(),
        Command::Share(share) => share.run(),
        Command::Once {
            url,
            contender,
            work,
        } => contender
            .run(&url, &work)
            .map(|measured| println!("{measured}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
