//! A worker for tests: prints a line when a handler begins, when it hears that the worker stops, and when it ends. The weight of the first parcel is the
//! time that the handler takes, in milliseconds.

use std::process::ExitCode;
use std::time::Duration;

use urutu::{BoxError, Context, Worker, WorkerArgs};
use urutu_tests::bus::shop::orders::{OrderCancelled, OrderReturned};
use urutu_tests::bus::shop::shipping::{ShipOrder, ShippingHandlers};

struct Shipping;

impl ShippingHandlers for Shipping {
    type Error = BoxError;

    async fn ship_order(&self, task: ShipOrder, cx: &Context) -> Result<(), BoxError> {
        let millis = task.parcels.first().map_or(0, |parcel| parcel.weight_grams);
        println!("begun {millis}");
        let work = tokio::time::sleep(Duration::from_millis(millis.into()));
        tokio::pin!(work);
        tokio::select! {
            () = &mut work => (),
            () = cx.shutting_down() => {
                println!("stopping");
                work.await;
            }
        }
        println!("ended {millis}");
        Ok(())
    }

    async fn order_cancelled(&self, _: OrderCancelled, _: &Context) -> Result<(), BoxError> {
        Ok(())
    }

    async fn order_returned(&self, _: OrderReturned, _: &Context) -> Result<(), BoxError> {
        Ok(())
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let worker = Worker::builder()
        .args(WorkerArgs::parse())
        .service(Shipping.into_service());
    match worker.run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
