//! What a property works with: connections to a broker, and names that are its own on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{BoxFuture, FutureExt};
use lapin::BasicProperties;
use urutu_test_broker::Broker;
use uuid::Uuid;

use crate::spec::{QueueArguments, QueueKind};
use crate::topology::{Binding, DeadLetter, Destination, Exchange, Queue, Topology};
use crate::transport::amqp::AmqpTransport;
use crate::transport::memory::MemoryTransport;
use crate::transport::{
    Delivered, Publish, PublishFailure, Pull, Stale, Subscription, Transport, TransportError, next,
};

/// How long an expected event may take. The clock of the in-memory tests does not wait for it.
const DEADLINE: Duration = Duration::from_secs(30);
/// How long a consumer is watched that should get nothing.
pub(super) const QUIET: Duration = Duration::from_millis(300);

/// How many benches there were, which gives each a name of its own.
static BENCHES: AtomicU32 = AtomicU32::new(0);

type Open = dyn Fn() -> BoxFuture<'static, Arc<dyn Transport>> + Send + Sync;

/// A broker for one property.
pub(super) struct Bench {
    open: Box<Open>,
    /// What the queues of the property are.
    pub(super) kind: QueueKind,
    /// Begins every name, as all properties share one broker.
    prefix: String,
}

impl Bench {
    pub(super) fn new<T: Transport>(
        kind: QueueKind,
        open: impl Fn() -> BoxFuture<'static, T> + Send + Sync + 'static,
    ) -> Self {
        let open = move || -> BoxFuture<'static, Arc<dyn Transport>> {
            let opened = open();
            Box::pin(async move { Arc::new(opened.await) as Arc<dyn Transport> })
        };
        // Short, as RabbitMQ cuts the text of a refusal at 255 bytes.
        let number = BENCHES.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("bench{number}");
        Self {
            open: Box::new(open),
            kind,
            prefix,
        }
    }

    pub(super) fn in_memory(kind: QueueKind) -> Self {
        Self::on(&MemoryTransport::new(), kind)
    }

    /// On the broker that a transport is connected to.
    pub(super) fn on(transport: &MemoryTransport, kind: QueueKind) -> Self {
        let transport = transport.clone();
        Self::new(kind, move || {
            let another = transport.another();
            Box::pin(async move { another })
        })
    }

    /// On a RabbitMQ node.
    pub(super) fn on_rabbitmq(broker: &Broker, kind: QueueKind) -> Self {
        let url = broker.url();
        Self::new(kind, move || {
            let url = url.clone();
            Box::pin(async move {
                AmqpTransport::connect(url.as_str())
                    .await
                    .expect("the broker accepts connections")
            })
        })
    }

    /// Gives things the names that they have on another bench, on another broker.
    pub(super) fn named_as(self, other: &Self) -> Self {
        Self {
            prefix: other.prefix.clone(),
            ..self
        }
    }

    /// Opens one more connection.
    pub(super) async fn connect(&self) -> Client {
        Client {
            transport: (self.open)().await,
            prefix: self.prefix.clone(),
        }
    }

    /// The full name of an exchange or queue; the default exchange keeps its empty one.
    pub(super) fn name(&self, name: &str) -> String {
        full_name(&self.prefix, name)
    }

    pub(super) fn binding(&self, exchange: &str, key: &str, queue: &str) -> Binding {
        Binding {
            exchange: self.name(exchange).into(),
            key: key.to_owned().into(),
            to: Destination::Queue(self.name(queue).into()),
        }
    }

    pub(super) fn exchange_binding(&self, exchange: &str, key: &str, to: &str) -> Binding {
        Binding {
            exchange: self.name(exchange).into(),
            key: key.to_owned().into(),
            to: Destination::Exchange(self.name(to).into()),
        }
    }

    /// Exchanges alone, to be completed.
    pub(super) fn exchanges(&self, names: &[&str]) -> Topology {
        let exchange = |name: &&str| Exchange::new(self.name(name));
        Topology {
            exchanges: names.iter().map(exchange).collect(),
            ..Topology::default()
        }
    }

    /// A queue of the kind that the property is tried with.
    pub(super) fn queue(&self, name: &str) -> Queue {
        Queue {
            name: self.name(name).into(),
            kind: self.kind,
            arguments: QueueArguments::NONE,
            dead_letter: None,
        }
    }

    pub(super) fn dead_letter(&self, exchange: &str) -> DeadLetter {
        DeadLetter {
            exchange: self.name(exchange).into(),
            routing_key: None,
        }
    }

    /// Dead letters go straight to a queue.
    pub(super) fn dead_letter_queue(&self, queue: &str) -> DeadLetter {
        DeadLetter {
            exchange: "".into(),
            routing_key: Some(self.name(queue).into()),
        }
    }
}

fn full_name(prefix: &str, name: &str) -> String {
    if name.is_empty() {
        String::new()
    } else {
        format!("{prefix}.{name}")
    }
}

/// A connection. Names are short; the property's prefix is added.
#[derive(Clone)]
pub(super) struct Client {
    transport: Arc<dyn Transport>,
    prefix: String,
}

impl Client {
    fn name(&self, name: &str) -> String {
        full_name(&self.prefix, name)
    }

    pub(super) async fn try_declare(&self, topology: &Topology) -> Result<(), TransportError> {
        self.transport.declare(topology).await
    }

    pub(super) async fn verify(&self, topology: &Topology) -> Result<(), TransportError> {
        self.transport.verify(topology).await
    }

    pub(super) async fn declare_queues(&self, queues: impl IntoIterator<Item = Queue>) {
        self.declare(&[], queues, []).await;
    }

    pub(super) async fn declare(
        &self,
        exchanges: &[&str],
        queues: impl IntoIterator<Item = Queue>,
        bindings: impl IntoIterator<Item = Binding>,
    ) {
        let exchange = |name: &&str| Exchange::new(self.name(name));
        let topology = Topology {
            exchanges: exchanges.iter().map(exchange).collect(),
            queues: queues.into_iter().collect(),
            bindings: bindings.into_iter().collect(),
        };
        self.try_declare(&topology)
            .await
            .expect("the topology is declared");
    }

    /// A mandatory publish of a text.
    pub(super) fn message(&self, exchange: &str, routing_key: &str, body: &str) -> Publish {
        Publish {
            exchange: self.name(exchange).into(),
            routing_key: routing_key.to_owned().into(),
            mandatory: true,
            properties: with_new_id(BasicProperties::default()).into(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    pub(super) async fn try_publish(&self, publish: Publish) -> Result<(), PublishFailure> {
        within("the confirm", self.transport.publish(publish)).await
    }

    pub(super) async fn publish(&self, exchange: &str, routing_key: &str, body: &str) {
        let message = self.message(exchange, routing_key, body);
        self.try_publish(message)
            .await
            .expect("the message is stored and routed");
    }

    /// Publishes to one queue.
    pub(super) async fn send(&self, queue: &str, body: &str) {
        self.publish("", &self.name(queue), body).await;
    }

    /// Publishes to one queue, to expire after some milliseconds.
    pub(super) async fn send_for(&self, queue: &str, body: &str, milliseconds: &str) {
        let message = self.message("", &self.name(queue), body);
        let message = message.with(|properties| properties.with_expiration(milliseconds.into()));
        self.try_publish(message)
            .await
            .expect("the message is stored and routed");
    }

    /// Publishes `0`, `1`, ... to one queue.
    pub(super) async fn send_numbers(&self, queue: &str, count: u32) {
        for number in 0..count {
            self.send(queue, &number.to_string()).await;
        }
    }

    /// Whether a queue is there.
    pub(super) async fn look(&self, queue: &str) -> Result<(), TransportError> {
        let queue = full_name(&self.prefix, queue);
        self.transport.look(&queue).await
    }

    pub(super) async fn try_consume(
        &self,
        queue: &str,
        prefetch: u16,
    ) -> Result<Consumer, TransportError> {
        let subscription = self.transport.consume(&self.name(queue), prefetch).await?;
        Ok(Consumer { subscription })
    }

    pub(super) async fn consume(&self, queue: &str, prefetch: u16) -> Consumer {
        self.try_consume(queue, prefetch)
            .await
            .expect("the queue is consumed")
    }

    pub(super) async fn consume_in_order(&self, queue: &str, prefetch: u16) -> Consumer {
        let mut consumer = self.consume(queue, prefetch).await;
        consumer.subscription.keep_order();
        consumer
    }

    pub(super) async fn try_pull(&self, queue: &str) -> Result<Puller, TransportError> {
        let pull = within("the pull", self.transport.pull(&self.name(queue))).await?;
        Ok(Puller { pull })
    }

    pub(super) async fn pull(&self, queue: &str) -> Puller {
        self.try_pull(queue)
            .await
            .expect("the queue is pulled from")
    }

    pub(super) async fn close(&self) {
        within("the close", self.transport.close()).await;
    }
}

/// A pull.
pub(super) struct Puller {
    pull: Box<dyn Pull>,
}

impl Puller {
    pub(super) fn ready(&self) -> u64 {
        self.pull.ready()
    }

    pub(super) async fn try_take(&mut self) -> Result<Option<Delivered>, TransportError> {
        within("an answer", self.pull.next()).await
    }

    pub(super) async fn take(&mut self) -> Option<Delivered> {
        self.try_take().await.expect("the queue is there")
    }

    /// Takes until there is nothing more.
    pub(super) async fn take_all(&mut self) -> Vec<Delivered> {
        let mut all = Vec::new();
        while let Some(delivered) = self.take().await {
            all.push(delivered);
        }
        all
    }

    pub(super) async fn close(self) {
        let closed = within("the close", self.pull.close()).await;
        closed.expect("the broker takes note");
    }
}

/// A subscription.
pub(super) struct Consumer {
    subscription: Box<dyn Subscription>,
}

impl Consumer {
    /// The next thing that comes: a delivery, an error or the end.
    pub(super) async fn next(&mut self) -> Option<Result<Delivered, TransportError>> {
        within("a delivery", next(self.subscription.as_mut())).await
    }

    /// The next delivery.
    pub(super) async fn receive(&mut self) -> Delivered {
        match self.next().await {
            Some(Ok(delivered)) => delivered,
            other => panic!("a delivery was expected, not {other:?}"),
        }
    }

    /// The next delivery if it is there already.
    pub(super) fn receive_now(&mut self) -> Option<Delivered> {
        let next = tokio::task::unconstrained(next(self.subscription.as_mut()));
        match next.now_or_never()? {
            Some(Ok(delivered)) => Some(delivered),
            other => panic!("a delivery was expected, not {other:?}"),
        }
    }

    /// The next so many deliveries, none settled.
    pub(super) async fn receive_many(&mut self, count: usize) -> Vec<Delivered> {
        let mut all = Vec::with_capacity(count);
        for _ in 0..count {
            all.push(self.receive().await);
        }
        all
    }

    /// Receives and acks so many, one by one, and gives their bodies.
    pub(super) async fn work_off(&mut self, count: usize) -> Vec<String> {
        let mut all = Vec::with_capacity(count);
        for _ in 0..count {
            let delivered = self.receive().await;
            all.push(text(&delivered));
            ack(delivered).await;
        }
        all
    }

    /// Checks that nothing comes for a while.
    pub(super) async fn gets_nothing(&mut self) {
        if let Ok(event) = tokio::time::timeout(QUIET, next(self.subscription.as_mut())).await {
            panic!("nothing was expected to come, not {event:?}");
        }
    }

    pub(super) async fn all_settled(&mut self) {
        within("the broker's note", self.subscription.all_settled()).await;
    }

    pub(super) async fn cancel(&mut self) {
        within("the cancel", self.subscription.cancel())
            .await
            .expect("the consumer is cancelled");
    }
}

/// Waits, but not forever.
pub(super) async fn within<T>(what: &str, event: impl Future<Output = T>) -> T {
    let Ok(happened) = tokio::time::timeout(DEADLINE, event).await else {
        panic!("{what} did not come within {DEADLINE:?}");
    };
    happened
}

pub(super) fn with_new_id(properties: BasicProperties) -> BasicProperties {
    properties.with_message_id(Uuid::now_v7().to_string().into())
}

pub(super) fn text(delivered: &Delivered) -> String {
    String::from_utf8_lossy(&delivered.body).into_owned()
}

pub(super) fn texts<'a>(delivered: impl IntoIterator<Item = &'a Delivered>) -> Vec<String> {
    delivered.into_iter().map(text).collect()
}

/// `0`, `1`, ... as [`Client::send_numbers`] publishes them.
pub(super) fn numbers(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

pub(super) async fn ack(delivered: Delivered) {
    assert_eq!(
        within("the ack", delivered.settle.ack()).await,
        Ok::<(), Stale>(())
    );
}

pub(super) async fn reject(delivered: Delivered, requeue: bool) {
    let rejected = within("the reject", delivered.settle.reject(requeue)).await;
    assert_eq!(rejected, Ok::<(), Stale>(()));
}
