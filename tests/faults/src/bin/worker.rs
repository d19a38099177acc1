//! A worker process for tests that end it badly. It prints a line for everything that its handlers do; see [`urutu_faults::Word`].

use std::process::ExitCode;
use std::sync::Arc;

use urutu::{Worker, WorkerArgs};
use urutu_faults::{Diary, Printed, service_hands, service_wild};

#[tokio::main]
async fn main() -> ExitCode {
    let worker = Worker::builder()
        .args(WorkerArgs::parse())
        .service(service_hands(Arc::new(Printed)))
        .service(service_wild(&Diary::printed()));
    match worker.run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
