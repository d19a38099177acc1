//! Collects what a worker is to run.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::error::WorkerError;
#[cfg(feature = "health-http")]
use super::health::HealthServer;
use super::health::{Board, Health};
use super::persistence::Persistence;
use super::running::{DrainReport, RunningWorker};
use super::selection::Selection;
use super::signals::Signals;
use crate::bus::Bus;
use crate::service::Service;
use crate::topology::TopologyMode;
use crate::transport::amqp::HEARTBEAT;

/// How long handlers may go on after the worker was told to stop, unless the builder says otherwise.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);

/// Collects what a worker is to run; made by [`Worker::builder`](super::Worker::builder).
#[must_use = "a worker does nothing until it is run"]
pub struct WorkerBuilder {
    broker: Option<Broker>,
    services: Vec<Arc<dyn Service>>,
    selection: Selection,
    drain_timeout: Duration,
    give_up_after: Option<u32>,
    topology: TopologyMode,
    heartbeat: Duration,
    board: Board,
    #[cfg(feature = "tls")]
    tls: crate::Tls,
    #[cfg(feature = "health-http")]
    health_address: Option<std::net::SocketAddr>,
}

enum Broker {
    Bus(Bus),
    Url(String),
}

impl WorkerBuilder {
    pub(super) fn new() -> Self {
        Self {
            broker: None,
            services: Vec::new(),
            selection: Selection::default(),
            drain_timeout: DRAIN_TIMEOUT,
            give_up_after: None,
            topology: TopologyMode::default(),
            heartbeat: HEARTBEAT,
            board: Board::new(),
            #[cfg(feature = "tls")]
            tls: crate::Tls::new(),
            #[cfg(feature = "health-http")]
            health_address: None,
        }
    }

    /// Takes over the options of the command line and the environment.
    ///
    /// Call it first: it sets handlers, topology mode, heartbeat and drain timeout, also where nobody gave the option.
    #[cfg(feature = "clap")]
    pub fn args(mut self, args: super::WorkerArgs) -> Self {
        if let Some(url) = args.broker_url {
            self = self.broker_url(url);
        }
        #[cfg(feature = "health-http")]
        if let Some(address) = args.health_address {
            self = self.health_address(address);
        }
        self.give_up_after = args.give_up_after.or(self.give_up_after);
        self.handlers(args.handlers)
            .topology(args.topology)
            .heartbeat(args.heartbeat)
            .drain_timeout(args.drain_timeout)
    }

    /// Connects to this broker when it starts; see [`Bus::connect`].
    pub fn broker_url(mut self, url: impl Into<String>) -> Self {
        self.broker = Some(Broker::Url(url.into()));
        self
    }

    /// How the connections of a worker that connects by a URL are secured; see [`BusBuilder::tls`](crate::BusBuilder::tls). A bus that is handed in has its own.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, tls: crate::Tls) -> Self {
        self.tls = tls;
        self
    }

    /// Uses this bus. It stays open when the worker has stopped.
    pub fn bus(mut self, bus: Bus) -> Self {
        self.broker = Some(Broker::Bus(bus));
        self
    }

    /// Who creates exchanges, queues and bindings, for a worker that connects by a URL; [`TopologyMode::Declare`] unless set. A bus
    /// that is handed in has a mode of its own.
    pub fn topology(mut self, mode: TopologyMode) -> Self {
        self.topology = mode;
        self
    }

    /// The longest time between two heartbeats, for a worker that connects by a URL; see [`BusBuilder::heartbeat`](crate::BusBuilder::heartbeat).
    pub fn heartbeat(mut self, interval: Duration) -> Self {
        self.heartbeat = interval;
        self
    }

    /// Adds a service.
    pub fn service(mut self, service: impl Service) -> Self {
        self.services.push(Arc::new(service));
        self
    }

    /// Runs only these handlers, each written `service` or `service.handler`; none means all.
    ///
    /// Handlers that share a queue can only be chosen together.
    pub fn handlers(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.selection = Selection::new(names);
        self
    }

    /// How long handlers may go on after the worker was told to stop; 30 seconds unless set. What has not finished by then goes
    /// back to the broker.
    pub fn drain_timeout(mut self, timeout: Duration) -> Self {
        self.drain_timeout = timeout;
        self
    }

    /// The services so far.
    #[cfg(feature = "testing")]
    pub(crate) fn specs(&self) -> impl Iterator<Item = &'static crate::spec::ServiceSpec> {
        self.services.iter().map(|service| service.spec())
    }

    /// Ends the worker with [`WorkerError::GaveUp`] when a consumer that was lost could not be had again in this many attempts in a row. Without it
    /// the worker goes on trying for ever, every 30 seconds in the end.
    pub fn give_up_after(mut self, attempts: u32) -> Self {
        self.give_up_after = Some(attempts);
        self
    }

    /// How the worker that comes of this builder is doing: whether it is live and ready, and each of its consumers.
    pub fn health(&self) -> Health {
        self.board.health()
    }

    /// Serves health over HTTP at this address, from before the broker is connected until the worker has stopped: `GET /live`, `/ready` and
    /// `/health` (JSON) answer 200 or 503. A second worker needs another address.
    ///
    /// The answers name queues and quote the broker's errors, and there is no TLS: choose an address that only your orchestrator reaches.
    #[cfg(feature = "health-http")]
    pub fn health_address(mut self, address: std::net::SocketAddr) -> Self {
        self.health_address = Some(address);
        self
    }

    /// Declares exchanges, queues and bindings (or what the topology mode says), and begins to consume. It returns when every queue is consumed.
    ///
    /// # Errors
    ///
    /// When there is no broker, no service, a selection that does not fit, or the broker refuses something.
    pub async fn start(self) -> Result<RunningWorker, WorkerError> {
        let worker = self.prepare().await?;
        worker.begin();
        Ok(worker)
    }

    /// Subscribes to every queue; no handler begins yet.
    pub(super) async fn prepare(self) -> Result<RunningWorker, WorkerError> {
        if self.services.is_empty() {
            return Err(WorkerError::NoService);
        }
        let chosen = self.selection.choose(&self.services)?;
        #[cfg(feature = "health-http")]
        let health_server = match self.health_address {
            Some(address) => Some(HealthServer::bind(address, self.board.health()).await?),
            None => None,
        };
        let (bus, owned) = match self.broker.ok_or(WorkerError::NoBroker)? {
            Broker::Bus(bus) => (bus, false),
            Broker::Url(url) => {
                let builder = Bus::builder(&url)
                    .topology(self.topology)
                    .heartbeat(self.heartbeat);
                #[cfg(feature = "tls")]
                let builder = builder.tls(self.tls);
                (builder.connect().await?, true)
            }
        };
        let persistence = Persistence::new(self.give_up_after);
        let worker = RunningWorker::start(
            bus,
            owned,
            chosen,
            self.drain_timeout,
            persistence,
            self.board,
        )
        .await?;
        #[cfg(feature = "health-http")]
        let worker = worker.with_health_server(health_server);
        Ok(worker)
    }

    /// Runs until SIGTERM or SIGINT, then drains: no new deliveries, what runs may finish within the drain timeout, the rest goes back
    /// to the broker. A worker that still starts when the signal comes handles nothing; it gives back what it has got, and ends within that time.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start); [`WorkerError::GaveUp`]; and [`WorkerError::Interrupted`] when a second signal cuts the drain short.
    pub async fn run(self) -> Result<(), WorkerError> {
        let mut signals = Signals::listen().map_err(WorkerError::Signals)?;
        let drain_timeout = self.drain_timeout;
        let mut starting = std::pin::pin!(self.prepare());
        let started = tokio::select! {
            started = &mut starting => Some(started?),
            () = signals.next() => None,
        };
        let (worker, ended) = if let Some(worker) = started {
            worker.begin();
            let ended = tokio::select! {
                () = signals.next() => Ok(()),
                error = worker.gave_up() => Err(error),
            };
            (worker, ended)
        } else {
            let asked = Instant::now();
            // The broker may take its time.
            let worker = tokio::select! {
                started = &mut starting => started?,
                () = signals.next() => return Err(WorkerError::Interrupted),
                () = tokio::time::sleep(drain_timeout) => return Ok(()),
            };
            let rest = drain_timeout.saturating_sub(asked.elapsed());
            (worker.with_drain_timeout(rest), Ok(()))
        };
        tracing::info!("the worker stops: it finishes what it has begun");
        let interrupted = async {
            if ended.is_err() {
                // Nobody has asked it to stop yet: this is the first.
                signals.next().await;
            }
            signals.next().await;
        };
        tokio::select! {
            _ = worker.stop() => (),
            () = interrupted => return Err(WorkerError::Interrupted),
        }
        ended
    }

    /// Runs until `stop` is ready, then drains as [`run`](Self::run) does. Signals are the caller's business.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start), and [`WorkerError::GaveUp`].
    pub async fn run_until(
        self,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<DrainReport, WorkerError> {
        let worker = self.start().await?;
        let ended = tokio::select! {
            () = stop => Ok(()),
            error = worker.gave_up() => Err(error),
        };
        let report = worker.stop().await;
        ended.map(|()| report)
    }
}

impl fmt::Debug for WorkerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL holds a password.
        let services: Vec<_> = self
            .services
            .iter()
            .map(|service| service.spec().name)
            .collect();
        f.debug_struct("WorkerBuilder")
            .field("services", &services)
            .field("handlers", &self.selection)
            .finish_non_exhaustive()
    }
}
