//! Properties side by side on one RabbitMQ node, each in a vhost of its own.

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use urutu::Bus;
use urutu_test_broker::Broker;

/// How many run at a time. A node on which all declare their queues at once is late with everything else.
const AT_A_TIME: usize = 10;

/// What is to hold on any bus: its name, and itself.
pub(crate) type Property = (
    &'static str,
    fn(Bus) -> Pin<Box<dyn Future<Output = ()> + Send>>,
);

/// Runs them all, and panics with the words of each that does not hold.
pub(crate) async fn hold_on_rabbitmq(properties: &[Property]) {
    let broker = Broker::start();
    let names: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
    let places = Arc::new(Semaphore::new(AT_A_TIME));
    let mut running = JoinSet::new();
    for (url, &(name, property)) in broker.urls_for_vhosts(&names).into_iter().zip(properties) {
        let places = Arc::clone(&places);
        running.spawn(async move {
            let _place = places.acquire().await.expect("it is never closed");
            let bus = Bus::connect(&url).await.expect("the broker runs");
            let held = tokio::spawn(property(bus)).await;
            held.map_err(|ended| format!("{name}: {}", words(&*ended.into_panic())))
        });
    }
    let ended = running.join_all().await;
    let failed: Vec<String> = ended.into_iter().filter_map(Result::err).collect();
    assert!(
        failed.is_empty(),
        "{} of {} do not hold on RabbitMQ:\n{}",
        failed.len(),
        properties.len(),
        failed.join("\n")
    );
}

/// What a panic said.
fn words(panic: &(dyn Any + Send)) -> &str {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    let literal = panic.downcast_ref::<&str>().copied();
    owned.or(literal).unwrap_or("a panic without words")
}
