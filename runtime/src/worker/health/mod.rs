//! Whether a worker does its work: what it looks like from outside ([`Health`], [`HealthReport`]), and the `board` that its tasks write on.

mod board;
#[cfg(feature = "health-http")]
mod http;
mod report;
#[cfg(test)]
mod tests;

use tokio::sync::watch;

pub(super) use board::{Board, ConnectionLamp, ConsumerLamp};
#[cfg(feature = "health-http")]
pub(super) use http::HealthServer;
pub use report::{
    ConnectionState, ConsumerHealth, ConsumerState, HealthReport, Trouble, WorkerPhase,
};

/// How a worker is doing. Cheap to clone; it keeps nothing alive, and outlives its worker.
///
/// Ask the builder for it before [`run`](super::WorkerBuilder::run) takes the builder away.
///
/// ```
/// # async fn example(billing: impl urutu::Service) -> Result<(), Box<dyn std::error::Error>> {
/// let worker = urutu::Worker::builder().bus(urutu::Bus::in_memory()).service(billing);
/// let mut health = worker.health();
/// tokio::spawn(async move {
///     while let Some(report) = health.changed().await {
///         println!("{report}");
///     }
/// });
/// worker.run().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Health(watch::Receiver<HealthReport>);

impl Health {
    /// How it is now.
    pub fn report(&self) -> HealthReport {
        self.0.borrow().clone()
    }

    /// Whether the tasks of the worker run; see [`HealthReport::live`].
    pub fn is_live(&self) -> bool {
        self.0.borrow().live
    }

    /// Whether everything is up; see [`HealthReport::ready`].
    pub fn is_ready(&self) -> bool {
        self.0.borrow().ready
    }

    /// Waits until something has changed since this handle was made or last waited, and says how it is then. `None` when the worker has stopped
    /// and nothing will change any more.
    ///
    /// Changes that follow each other quickly may be seen as one.
    pub async fn changed(&mut self) -> Option<HealthReport> {
        self.0.changed().await.ok()?;
        Some(self.0.borrow_and_update().clone())
    }

    /// Waits until the report fulfils a condition, which it may do already. `None` when the worker has stopped and it never will.
    ///
    /// ```
    /// # async fn example(mut health: urutu::Health) {
    /// health.wait_for(|report| report.ready).await;
    /// # }
    /// ```
    pub async fn wait_for(
        &mut self,
        condition: impl FnMut(&HealthReport) -> bool,
    ) -> Option<HealthReport> {
        self.0
            .wait_for(condition)
            .await
            .ok()
            .map(|report| report.clone())
    }
}
