//! A delivery is consumed by settling it.

use urutu::{BoxError, Delivery, Settled};
use urutu_tests::bus::shop::payments::CapturePayment;

async fn capture(task: Delivery<CapturePayment>) -> Result<Settled, BoxError> {
    task.ack().await?;
    Ok(task.ack().await?)
}

fn main() {
    let _ = capture;
}
