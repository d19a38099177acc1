//! A broker behind a network.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::timeout;
use urutu::{Bus, Health, HealthReport, PublishError, PublishOptions, Receipt};
use urutu_faults::bus::faults::{Job, Plan};
use urutu_test_broker::Broker;
use urutu_test_proxy::Proxy;

/// Far more than anything takes that must happen: a worker that was kept out for long tries every 30 seconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// The number of messages that nobody asks for.
pub(crate) const NOBODYS: u64 = u64::MAX;

/// A private node, and the proxy before it.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) broker: Arc<Broker>,
    pub(crate) proxy: Arc<Proxy>,
}

impl Scene {
    pub(crate) fn start() -> Self {
        let broker = Broker::start();
        let proxy = Proxy::before(broker.port());
        Self {
            broker: Arc::new(broker),
            proxy: Arc::new(proxy),
        }
    }

    /// The broker's URL through the network; `parameters` are those of AMQP: `?heartbeat=1`.
    pub(crate) fn url(&self, parameters: &str) -> String {
        self.proxy.url(&self.broker.url()) + parameters
    }
}

/// Waits for what must come, and no longer than a test may.
pub(crate) async fn soon<F: Future>(what: &str, step: F) -> F::Output {
    timeout(PATIENCE, step)
        .await
        .unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

/// Publishes a job that is done at once.
pub(crate) async fn publish(
    bus: &Bus,
    number: u64,
    options: PublishOptions,
) -> Result<Receipt, PublishError> {
    bus.publish_with(&Job::new(number, Plan::Work), options)
        .await
}

/// Waits until a worker is doing so.
pub(crate) async fn report(
    what: &str,
    health: &mut Health,
    is_so: impl Fn(&HealthReport) -> bool,
) -> HealthReport {
    let reached = timeout(PATIENCE, health.wait_for(is_so)).await;
    reached
        .unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}: {}", health.report()))
        .expect("the worker is there")
}

/// Counts the panics of all threads, lapin's included, which nobody waits for.
pub(crate) fn panics() -> &'static AtomicU32 {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        COUNT.fetch_add(1, Ordering::SeqCst);
        before(info);
    }));
    &COUNT
}
