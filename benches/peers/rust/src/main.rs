//! The Rust peers of the benchmark: `urutu-bench-peers PEER prepare`, then `consume`; or `publish`.
//!
//! Each figure comes alone on standard output. What a library cannot do ends with exit code 3.

#[path = "../../../bus/src/meter.rs"]
mod meter;
mod order;
mod peers;
mod queue;
mod tally;

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use peers::Peer;
use queue::{Queue, Type};
use tally::Tally;

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// Does the work of the benchmark with another library.
#[derive(Debug, Parser)]
struct Arguments {
    peer: Peer,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Puts messages into the queue, in the library's own format.
    Prepare(Work),
    /// Handles the messages that wait, and prints how many a second.
    Consume(Work),
    /// Publishes messages and waits for their confirms, and prints how many a second.
    Publish {
        #[command(flatten)]
        work: Work,
        /// How many callers publish at a time, each of which waits for its confirm.
        #[arg(long, default_value_t = 256)]
        window: u64,
    },
    /// Prints the version of the library and its settings.
    Version,
}

#[derive(Debug, Args)]
struct Work {
    #[arg(long)]
    url: String,
    #[arg(long, value_enum)]
    queue: Type,
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    messages: u64,
}

impl Work {
    fn queue(&self, peer: Peer, purpose: &str) -> Result<Queue> {
        peer.takes(self.queue)?;
        Ok(Queue {
            url: self.url.clone(),
            name: format!("peers.{}.{}.{purpose}", peer.name(), self.queue.name()),
            of: self.queue,
        })
    }
}

/// What a library cannot do, and why.
#[derive(Debug)]
struct Impossible(&'static str);

impl fmt::Display for Impossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Impossible {}

async fn run(peer: Peer, command: Command) -> Result<()> {
    match command {
        Command::Prepare(work) => {
            let queue = work.queue(peer, "consume")?;
            queue.delete().await?;
            peer.prepare(&queue, work.messages).await?;
            queue.expect(work.messages).await
        }
        Command::Consume(work) => {
            let queue = work.queue(peer, "consume")?;
            queue.expect(work.messages).await?;
            let tally = Tally::begin(work.messages);
            let spent = peer.consume(&queue, tally).await?;
            queue.expect_empty().await?;
            tally.check()?;
            println!("{}", spent.on(work.messages));
            Ok(())
        }
        Command::Publish { work, window } => {
            let queue = work.queue(peer, "publish")?;
            queue.delete().await?;
            let spent = peer.publish(&queue, work.messages, window).await?;
            queue.expect(work.messages).await?;
            queue.delete().await?;
            println!("{}", spent.on(work.messages));
            Ok(())
        }
        Command::Version => {
            println!("{}", peer.version());
            Ok(())
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { peer, command } = Arguments::parse();
    match run(peer, command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(if error.is::<Impossible>() { 3 } else { 1 })
        }
    }
}
