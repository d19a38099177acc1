//! Every message that the service handles needs its handler.

use urutu::{BoxError, Context};
use urutu_tests::bus::shop::orders::{CancelOrder, OrdersHandlers};
use urutu_tests::bus::shop::payments::{PaymentCaptured, PaymentFailed};
use urutu_tests::bus::shop::shipping::ShipmentDelivered;

struct Orders;

impl OrdersHandlers for Orders {
    type Error = BoxError;

    async fn cancel_order(&self, _: CancelOrder, _: &Context) -> Result<(), BoxError> {
        Ok(())
    }

    async fn payment_captured(&self, _: PaymentCaptured, _: &Context) -> Result<(), BoxError> {
        Ok(())
    }

    async fn payment_failed(&self, _: PaymentFailed, _: &Context) -> Result<(), BoxError> {
        Ok(())
    }

    async fn shipment_delivered(&self, _: ShipmentDelivered, _: &Context) -> Result<(), BoxError> {
        Ok(())
    }
}

fn main() {
    let _ = Orders;
}
