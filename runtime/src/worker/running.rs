//! A worker that runs, and how it stops.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::connection::keep_publishing;
use super::consumer::{Consumer, Drained};
use super::error::WorkerError;
use super::handle::Handling;
use super::handlers::Handlers;
#[cfg(feature = "health-http")]
use super::health::HealthServer;
use super::health::{Board, Health, WorkerPhase};
use super::persistence::Persistence;
use super::routes::Routes;
use super::selection::Chosen;
use crate::bus::Bus;
use crate::shutdown::{self, StopSwitch};
use crate::topology::{Topology, TopologyMode};

/// A worker that runs. [`stop`](Self::stop) drains it; dropping it stops it at once.
pub struct RunningWorker {
    bus: Bus,
    /// Whether the bus was opened for this worker, and is to be closed with it.
    owns_bus: bool,
    switch: StopSwitch,
    consumers: JoinSet<Drained>,
    /// The task that keeps the connection for publishing open; it goes with the worker.
    publishing: JoinSet<()>,
    persistence: Persistence,
    /// Goes last: it then says that the worker has stopped.
    board: Board,
    #[cfg(feature = "health-http")]
    health_server: Option<HealthServer>,
    drain_timeout: Duration,
}

/// What a worker did while it drained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DrainReport {
    /// Handlers that finished in time.
    pub finished: usize,
    /// Deliveries that went back to the broker: no handler had begun with them, or it did not finish in time.
    pub given_back: usize,
}

impl RunningWorker {
    /// Subscribes to every queue. What comes waits until the worker is to [begin](Self::begin).
    pub(super) async fn start(
        bus: Bus,
        owns_bus: bool,
        chosen: Vec<Chosen>,
        drain_timeout: Duration,
        persistence: Persistence,
        board: Board,
    ) -> Result<Self, WorkerError> {
        let refused =
            |error: crate::transport::TransportError| WorkerError::Topology(error.to_string());
        let (switch, draining) = shutdown::switch();
        let mut publishing = JoinSet::new();
        publishing.spawn(keep_publishing(bus.clone(), board.connection()));
        let mut consumers = JoinSet::new();
        let mut subscribed = Vec::new();
        for Chosen { service, queues } in &chosen {
            let topology = Topology::of_service(service.spec(), queues);
            bus.declare(&topology).await.map_err(refused)?;
            if bus.topology_mode() == TopologyMode::Off {
                // What one queue hands out before another one is found missing would come back, and a quorum queue counts that.
                for queue in queues {
                    bus.look(queue.name).await.map_err(refused)?;
                }
            }
        }
        for Chosen { service, queues } in chosen {
            let spec = service.spec();
            for queue in queues {
                let lamp = board.consumer(spec.name, queue.name);
                let handling = Arc::new(Handling {
                    bus: bus.clone(),
                    service: Arc::clone(&service),
                    queue,
                    routes: Routes::of(queue),
                    draining: draining.clone(),
                });
                let consumer = Consumer {
                    handlers: Handlers::new(Arc::clone(&handling)),
                    handling,
                    topology: Topology::of_service(spec, &[queue]),
                    draining: draining.clone(),
                    lamp,
                    persistence: persistence.clone(),
                };
                let (ready, is_ready) = oneshot::channel();
                consumers.spawn(consumer.run(ready));
                subscribed.push(is_ready);
            }
        }
        let worker = Self {
            bus,
            owns_bus,
            switch,
            consumers,
            publishing,
            persistence,
            board,
            #[cfg(feature = "health-http")]
            health_server: None,
            drain_timeout,
        };
        for is_ready in subscribed {
            // The sender is dropped unused only when its task was ended, with the worker.
            is_ready.await.unwrap_or(Ok(())).map_err(refused)?;
        }
        Ok(worker)
    }

    /// Lets handlers begin.
    pub(super) fn begin(&self) {
        self.board.enter(WorkerPhase::Running);
        self.switch.begin();
    }

    /// Waits until a consumer has given up, which happens only with [`give_up_after`](super::WorkerBuilder::give_up_after), and says which. The worker
    /// still runs its other consumers: stop it.
    pub async fn gave_up(&self) -> WorkerError {
        self.persistence.ended().await
    }

    /// The bus that the worker consumes from.
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// How it is doing: whether it is live and ready, and each of its consumers.
    pub fn health(&self) -> Health {
        self.board.health()
    }

    /// Drains within another time than it was built with.
    pub(super) fn with_drain_timeout(mut self, drain_timeout: Duration) -> Self {
        self.drain_timeout = drain_timeout;
        self
    }

    /// Keeps the server that was started before the worker, so that it ends with it.
    #[cfg(feature = "health-http")]
    pub(super) fn with_health_server(mut self, server: Option<HealthServer>) -> Self {
        self.health_server = server;
        self
    }

    /// Where health is served over HTTP; it tells the port where [`health_address`](super::WorkerBuilder::health_address) was given port 0.
    #[cfg(feature = "health-http")]
    pub fn health_address(&self) -> Option<std::net::SocketAddr> {
        self.health_server.as_ref().map(HealthServer::address)
    }

    /// Stops in order: no new deliveries, what runs may finish within the drain timeout, the rest goes back to the broker.
    pub async fn stop(mut self) -> DrainReport {
        self.board.enter(WorkerPhase::Draining);
        self.switch.drain();
        let deadline = tokio::time::sleep(self.drain_timeout);
        tokio::pin!(deadline);
        let mut report = DrainReport::default();
        loop {
            tokio::select! {
                biased;
                ended = self.consumers.join_next() => match ended {
                    Some(Ok(drained)) => {
                        report.finished += drained.finished;
                        report.given_back += drained.given_back;
                    }
                    Some(Err(error)) => tracing::error!(%error, "a consumer ended badly"),
                    None => break,
                },
                () = &mut deadline => {
                    self.switch.give_up();
                    deadline.as_mut().reset(tokio::time::Instant::now() + self.drain_timeout.max(Duration::from_secs(1)));
                }
            }
        }
        // Otherwise it would open again what is closed here.
        self.publishing.shutdown().await;
        if self.owns_bus {
            self.bus.close().await;
        }
        #[cfg(feature = "health-http")]
        if let Some(server) = self.health_server.take() {
            server.stop().await;
        }
        report
    }
}

impl fmt::Debug for RunningWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningWorker")
            .field("bus", &self.bus.to_string())
            .field("queues", &self.consumers.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bytes::Bytes;
    use futures_util::future::BoxFuture;
    use lapin::BasicProperties;

    use super::*;
    use crate::message::{Contract, Kind};
    use crate::service::{Handled, Inbound, Service, finished};
    use crate::spec::{
        BindingSpec, HandlerSpec, OnError, OnUnknown, QueueArguments, QueueKind, QueueSpec,
        RetrySpec, ServiceSpec,
    };
    use crate::transport::Publish;
    use crate::worker::Worker;

    const CONTRACT: &Contract = &Contract {
        type_id: "shop.Tick",
        kind: Kind::Task,
        topic: "ticks",
        exchange: "shop",
        priority: None,
        ttl: None,
    };

    static SPEC: ServiceSpec = ServiceSpec {
        name: "clock",
        publishes: &[],
        queues: &[QueueSpec {
            name: "clock.tick",
            kind: QueueKind::Quorum,
            arguments: QueueArguments::NONE,
            bindings: &[BindingSpec {
                exchange: "shop",
                key: "ticks",
            }],
            concurrency: 4,
            prefetch: 8,
            on_unknown: OnUnknown::DeadLetter,
            dead_letter: None,
            handlers: &[HandlerSpec {
                name: "tick",
                message: CONTRACT,
                ordered_by: &[],
                timeout: Duration::from_secs(5),
                on_error: OnError::DeadLetter,
                retry: RetrySpec::NONE,
            }],
        }],
    };

    struct Clock(Arc<AtomicUsize>);

    impl Service for Clock {
        fn spec(&self) -> &'static ServiceSpec {
            &SPEC
        }

        fn handle(&self, _: Inbound) -> BoxFuture<'_, Handled> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Box::pin(async { finished(Ok::<(), crate::BoxError>(())) })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_before_the_worker_is_to_begin_waits_or_goes_back() {
        const TICKS: usize = 3;
        let (bus, handled) = (Bus::in_memory(), Arc::<AtomicUsize>::default());
        let prepared = async || {
            let worker = Worker::builder().bus(bus.clone());
            let worker = worker.service(Clock(Arc::clone(&handled)));
            worker.prepare().await.expect("it has a bus")
        };
        let worker = prepared().await;
        for _ in 0..TICKS {
            let properties = BasicProperties::default().with_type("shop.Tick".into());
            let tick = Publish {
                exchange: "shop".into(),
                routing_key: "ticks".into(),
                mandatory: true,
                properties: Arc::new(properties),
                body: Bytes::from_static(b"{}"),
            };
            bus.transport().publish(tick).await.expect("it is stored");
        }
        // Until every task has done what it can.
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(handled.load(Ordering::Relaxed), 0);
        assert_eq!(worker.stop().await.given_back, TICKS);
        assert_eq!(handled.load(Ordering::Relaxed), 0);

        let worker = prepared().await;
        worker.begin();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(handled.load(Ordering::Relaxed), TICKS);
        worker.stop().await;
    }
}
