//! Generated services on a worker.

use tokio::sync::mpsc;
use urutu::{Bus, Context, Delivery, Service, Settled, Timestamp, Uuid, Worker};

use crate::services::shop::orders::{
    Closed as OrderClosed, Line, OrderPlaced, publish_closed, publish_order_placed,
};
use crate::services::shop::payments::{
    AuditLogHandlers, BillingHandlers, CapturePayment, Closed, PaymentCaptured, Receipt,
};

/// What handlers saw, as text.
type Seen = mpsc::UnboundedSender<String>;

struct Billing(Seen);

impl BillingHandlers for Billing {
    type Error = urutu::BoxError;

    async fn order_placed(&self, message: OrderPlaced, cx: &Context) -> Result<(), Self::Error> {
        cx.publish(&CapturePayment::new(message.order_id))?;
        self.0.send(format!("placed {}", cx.queue()))?;
        Ok(())
    }

    async fn capture_payment(
        &self,
        delivery: Delivery<CapturePayment>,
    ) -> Result<Settled, Self::Error> {
        let receipt = Receipt::new("7".to_owned(), Timestamp::UNIX_EPOCH);
        let captured = PaymentCaptured::new(delivery.message().order_id, receipt);
        delivery.context().publish(&captured)?;
        self.0.send("captured".to_owned())?;
        Ok(delivery.ack().await?)
    }
}

struct AuditLog(Seen);

impl AuditLogHandlers for AuditLog {
    type Error = String;

    async fn shop_orders_closed(&self, _: OrderClosed, _: &Context) -> Result<(), String> {
        self.tell("audit: order closed")
    }

    async fn order_placed(&self, _: OrderPlaced, _: &Context) -> Result<(), String> {
        self.tell("audit: placed")
    }

    async fn shop_payments_closed(&self, _: Closed, _: &Context) -> Result<(), String> {
        self.tell("audit: payment closed")
    }

    async fn payment_captured(&self, message: PaymentCaptured, _: &Context) -> Result<(), String> {
        self.tell(&format!("audit: receipt {}", message.receipt.number))
    }
}

impl AuditLog {
    fn tell(&self, what: &str) -> Result<(), String> {
        self.0
            .send(what.to_owned())
            .map_err(|error| error.to_string())
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_goes_through_its_services() {
    let bus = Bus::in_memory();
    let (seen, mut received) = mpsc::unbounded_channel();
    let worker = Worker::builder()
        .bus(bus.clone())
        .service(Billing(seen.clone()).into_service())
        .service(AuditLog(seen).into_service())
        .start()
        .await
        .expect("the worker starts");
    let order = Uuid::from_u128(7);
    let placed = OrderPlaced::new(order, vec![Line::new("BOOT".to_owned(), 1)]);
    publish_order_placed(&bus, &placed)
        .await
        .expect("published");
    publish_closed(&bus, &OrderClosed::new(order))
        .await
        .expect("published");

    let mut all = Vec::new();
    while all.len() < 5 {
        all.push(received.recv().await.expect("the worker runs"));
    }
    all.sort();
    assert_eq!(
        all,
        [
            "audit: order closed",
            "audit: placed",
            "audit: receipt 7",
            "captured",
            "placed billing.order_placed",
        ]
    );
    worker.stop().await;

    let invalid = OrderPlaced::new(order, vec![Line::new("BOOT".to_owned(), 0)]);
    let error = publish_order_placed(&bus, &invalid)
        .await
        .expect_err("qty is 0");
    assert!(format!("{error:?}").contains("lines[0].qty"), "{error:?}");
}

#[test]
fn a_spec_says_what_the_catalog_says() {
    let (seen, _) = mpsc::unbounded_channel();
    let service = Billing(seen.clone()).into_service();
    let spec = service.spec();
    assert_eq!(spec.name, "billing");
    let published: Vec<_> = spec
        .publishes
        .iter()
        .map(|contract| contract.type_id)
        .collect();
    assert_eq!(
        published,
        [
            "shop.payments.PaymentCaptured",
            "shop.payments.CapturePayment"
        ]
    );
    let capture = &spec.queues[0];
    assert_eq!(capture.name, "billing.capture");
    assert_eq!((capture.concurrency, capture.prefetch), (8, 20));
    assert_eq!(capture.handlers[0].name, "capture_payment");
    assert_eq!(capture.handlers[0].retry.attempts, 3);

    let service = AuditLog(seen).into_service();
    let keys: Vec<_> = service.spec().queues[0]
        .bindings
        .iter()
        .map(|b| b.key)
        .collect();
    assert_eq!(keys, ["orders.#", "payments.*"]);
}
