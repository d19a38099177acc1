//! The main job, end to end: the build script has turned the contracts in `schemas/` into Rust; here two services of them run in one
//! worker, handle what is published, fail, try again and give up.
//!
//! `cargo run -p quickstart` needs nothing but Rust: it runs on a broker in memory. With
//! `--broker-url amqp://guest:guest@localhost:5672/%2f` it does the same on RabbitMQ.

mod analytics;
mod billing;
mod story;
#[cfg(test)]
mod tests;

urutu::include_bus!();

use std::process::ExitCode;

use clap::Parser;
use urutu::{BoxError, Bus, Worker, WorkerArgs};

use crate::analytics::Analytics;
use crate::billing::Billing;
use crate::shop::analytics::AnalyticsHandlers;
use crate::shop::payments::BillingHandlers;

/// Publishes and handles messages of the shop in `schemas/`.
#[derive(Parser)]
struct Options {
    #[command(flatten)]
    worker: WorkerArgs,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), BoxError> {
    let bus = match &options.worker.broker_url {
        Some(url) => Bus::connect(url).await?,
        None => Bus::in_memory(),
    };
    eprintln!("broker: {bus}");

    let (story, notes) = story::begin(&bus);
    let worker = Worker::builder()
        .args(options.worker)
        .bus(bus.clone())
        .service(Billing::new(notes.clone()).into_service())
        .service(Analytics::new(notes).into_service())
        .start()
        .await?;
    let told = story.tell().await;
    worker.stop().await;
    bus.close().await;
    told
}
