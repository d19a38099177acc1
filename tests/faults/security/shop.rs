//! The life of a service: messages handled at once, after a retry, later, and never; and those that publish to it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use urutu::{
    BoxError, Bus, BusBuilder, Context, DeadLetterFilter, DeadLetterSweep, Decimal, Message,
    PublishError, Service, Worker,
};
use urutu_faults::bus::faults::{Order, Paid, Shipped, ShopHandlers};

/// Handled at the first attempt.
pub(crate) const GOOD: u64 = 1;
/// Fails once.
pub(crate) const RETRIED: u64 = 2;
/// Fails until somebody mends the service.
pub(crate) const DEAD: u64 = 3;
/// Published for later.
pub(crate) const LATER: u64 = 4;

/// Values that nobody may see but a handler.
pub(crate) const CARD: &str = "canary-card-number-12345";
pub(crate) const HOLDER: &str = "canary holder of the card";

/// A message with these values.
pub(crate) fn order(number: u64) -> Order {
    let paid = Paid::new(Decimal::new(987_654_321, 2), HOLDER.to_owned());
    Order::new(number, CARD.to_owned(), paid)
}

/// What the handlers of a shop have done.
pub(crate) struct Shop {
    handled: watch::Sender<Vec<u64>>,
    mended: AtomicBool,
    /// What a failed attempt says, besides that it failed.
    complaint: Mutex<&'static str>,
}

impl Shop {
    pub(crate) fn new() -> &'static Self {
        // Handlers live as long as the process: a test has few of them.
        Box::leak(Box::new(Self {
            handled: watch::Sender::default(),
            mended: AtomicBool::new(false),
            complaint: Mutex::new("it fails as it should"),
        }))
    }

    pub(crate) fn service(&'static self) -> impl Service {
        self.into_service()
    }

    /// Waits until all of these were handled.
    pub(crate) async fn has_handled(&self, numbers: &[u64]) {
        let mut handled = self.handled.subscribe();
        let all = |handled: &Vec<u64>| numbers.iter().all(|number| handled.contains(number));
        handled.wait_for(all).await.unwrap();
    }

    /// From now on everything can be handled.
    pub(crate) fn mend(&self) {
        self.mended.store(true, Ordering::Release);
    }
}

impl ShopHandlers for &'static Shop {
    type Error = BoxError;

    async fn order(&self, order: Order, cx: &Context) -> Result<(), BoxError> {
        let fails = match order.number {
            RETRIED => cx.attempt() == 1,
            DEAD => !self.mended.load(Ordering::Acquire),
            _ => false,
        };
        if fails {
            return Err((*self.complaint.lock().unwrap()).into());
        }
        cx.publish(&Shipped::new(order.number))?;
        self.handled
            .send_modify(|handled| handled.push(order.number));
        Ok(())
    }
}

/// Where each part of a life connects: with the users that it is about.
pub(crate) struct Places {
    pub(crate) shop: BusBuilder,
    pub(crate) front: BusBuilder,
    /// Looks into dead letters and replays them.
    pub(crate) desk: BusBuilder,
}

/// Runs a whole life. The error is that of the first part that could not do its own.
pub(crate) async fn live(places: Places) -> Result<(), BoxError> {
    let shop = Shop::new();
    let bus = places.shop.connect().await?;
    let worker = Worker::builder()
        .bus(bus.clone())
        .service(shop.service())
        .start()
        .await?;
    let front = places.front.connect().await?;
    for number in [GOOD, RETRIED, DEAD] {
        front.publish(&order(number)).await?;
    }
    publish_later(&front).await?;
    shop.has_handled(&[GOOD, RETRIED, LATER]).await;

    let desk = places.desk.connect().await?;
    let letters = desk.dead_letter_queue("shop.orders");
    loop {
        let mut reading = letters.read(DeadLetterFilter::new()).await?;
        let letter = reading.next().await?;
        reading.close().await;
        match letter {
            Some(letter) if letter.type_id() == Some(Order::CONTRACT.type_id) => break,
            // It is on its way.
            _ => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    shop.mend();
    let report = letters.replay(DeadLetterSweep::new()).await?;
    if let Some((why, _)) = report.failures.first_key_value() {
        return Err(why.as_str().into());
    }
    shop.has_handled(&[DEAD]).await;
    worker.stop().await;
    for bus in [bus, front, desk] {
        bus.close().await;
    }
    Ok(())
}

async fn publish_later(front: &Bus) -> Result<(), PublishError> {
    let delay = Duration::from_millis(300);
    front.publish_after(&order(LATER), delay).await?;
    // Nobody listens, which is no error for an event.
    let shipped = Shipped::new(LATER);
    front.publish_after(&shipped, delay).await.map(drop)
}
