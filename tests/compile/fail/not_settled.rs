//! A manual handler ends with the proof that it has settled.

use urutu::{BoxError, Context, Delivery, Settled};
use urutu_tests::bus::shop::orders::OrderPlaced;
use urutu_tests::bus::shop::payments::{BillingHandlers, CapturePayment, RefundPayment};

struct Billing;

impl BillingHandlers for Billing {
    type Error = BoxError;

    async fn order_placed(&self, _order: OrderPlaced, _cx: &Context) -> Result<(), BoxError> {
        Ok(())
    }

    async fn capture_payment(&self, _task: Delivery<CapturePayment>) -> Result<Settled, BoxError> {
        Ok(())
    }

    async fn refund_payment(&self, _task: Delivery<RefundPayment>) -> Result<Settled, BoxError> {
    }
}

fn main() {
    let _ = Billing;
}
