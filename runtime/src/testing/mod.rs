//! Tests of your own handlers: services run on a broker in memory, and the test sees what was handled, published, retried and given up.
//!
//! Turn the feature on where only tests see it:
//!
//! ```toml
//! [dev-dependencies]
//! urutu = { version = "0.1", features = ["testing"] }
//! tokio = { version = "1", features = ["macros", "rt", "test-util"] }
//! ```
//!
//! ```
//! # mod shop {
//! #     use std::time::Duration;
//! #     use urutu::codegen::*;
//! #     use urutu::{Context, Contract, Delivery, Kind, Message, Service, Settled, BoxError};
//! #     #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
//! #     #[serde(crate = "urutu::codegen::serde")]
//! #     pub struct OrderPlaced { pub order: u32 }
//! #     #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
//! #     #[serde(crate = "urutu::codegen::serde")]
//! #     pub struct CapturePayment { pub order: u32 }
//! #     impl Validate for OrderPlaced { fn check(&self, _: &mut Checker) {} }
//! #     impl Validate for CapturePayment { fn check(&self, _: &mut Checker) {} }
//! #     impl Message for OrderPlaced {
//! #         const CONTRACT: &'static Contract = &Contract { type_id: "shop.OrderPlaced", kind: Kind::Event, topic: "orders.placed", exchange: "shop", priority: None, ttl: None };
//! #     }
//! #     impl Message for CapturePayment {
//! #         const CONTRACT: &'static Contract = &Contract { type_id: "shop.CapturePayment", kind: Kind::Task, topic: "payments.capture", exchange: "shop", priority: None, ttl: None };
//! #     }
//! #     const fn queue(name: &'static str, bindings: &'static [BindingSpec], handlers: &'static [HandlerSpec]) -> QueueSpec {
//! #         QueueSpec { name, kind: QueueKind::Quorum, arguments: QueueArguments::NONE, bindings, concurrency: 1, prefetch: 1, on_unknown: OnUnknown::DeadLetter, dead_letter: None, handlers }
//! #     }
//! #     const fn handler(name: &'static str, message: &'static Contract) -> HandlerSpec {
//! #         let retry = RetrySpec { attempts: 3, backoff: Backoff::Exponential, initial: Duration::from_secs(60), max: Duration::from_secs(3600), ..RetrySpec::NONE };
//! #         HandlerSpec { name, message, ordered_by: &[], timeout: Duration::from_secs(30), on_error: OnError::Retry, retry }
//! #     }
//! #     static SPEC: ServiceSpec = ServiceSpec {
//! #         name: "billing",
//! #         publishes: &[],
//! #         queues: &[
//! #             queue("billing.order_placed", &[BindingSpec { exchange: "shop", key: "orders.placed" }], &[handler("order_placed", OrderPlaced::CONTRACT)]),
//! #             queue("billing.capture", &[BindingSpec { exchange: "shop", key: "payments.capture" }], &[handler("capture_payment", CapturePayment::CONTRACT)]),
//! #         ],
//! #     };
//! #     pub trait BillingHandlers: Sized + Send + Sync + 'static {
//! #         fn order_placed(&self, order: OrderPlaced, cx: &Context) -> impl Future<Output = Result<(), BoxError>> + Send;
//! #         fn capture_payment(&self, task: Delivery<CapturePayment>) -> impl Future<Output = Result<Settled, BoxError>> + Send;
//! #         fn into_service(self) -> impl Service { Dispatch(self) }
//! #     }
//! #     struct Dispatch<H>(H);
//! #     impl<H: BillingHandlers> Service for Dispatch<H> {
//! #         fn spec(&self) -> &'static ServiceSpec { &SPEC }
//! #         fn handle(&self, inbound: Inbound) -> BoxFuture<'_, Handled> {
//! #             Box::pin(async move {
//! #                 if inbound.type_id() == "shop.OrderPlaced" {
//! #                     let (message, cx) = inbound.decode()?;
//! #                     return finished(self.0.order_placed(message, &cx).await);
//! #                 }
//! #                 settled(self.0.capture_payment(inbound.delivery()?).await)
//! #             })
//! #         }
//! #     }
//! # }
//! # use std::time::Duration;
//! # use shop::{BillingHandlers, CapturePayment, OrderPlaced};
//! # use urutu::{BoxError, Context, Delivery, Settled};
//! use urutu::testing::App;
//!
//! struct Billing;
//!
//! impl BillingHandlers for Billing {
//!     async fn order_placed(&self, placed: OrderPlaced, cx: &Context) -> Result<(), BoxError> {
//!         cx.publish(&CapturePayment { order: placed.order })?;
//!         Ok(())
//!     }
//!
//!     async fn capture_payment(&self, task: Delivery<CapturePayment>) -> Result<Settled, BoxError> {
//!         if task.context().attempt() == 1 {
//!             return Err("the bank is closed".into());
//!         }
//!         Ok(task.reject("the card was stolen").await?)
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! // in a `#[tokio::test(start_paused = true)]`
//! let app = App::start(Billing.into_service()).await;
//! app.publish(&OrderPlaced { order: 7 }).await.unwrap();
//! app.run_until_idle().await;
//!
//! assert_eq!(app.handled::<OrderPlaced>().len(), 1);
//! assert_eq!(app.published::<CapturePayment>(), [CapturePayment { order: 7 }]);
//!
//! let retried = app.retried::<CapturePayment>();
//! assert_eq!(retried[0].delay, Duration::from_secs(60));       // it took no time
//! assert_eq!(retried[0].errors, ["the bank is closed"]);
//!
//! let letters = app.dead_letters();
//! assert_eq!(letters.len(), 1, "{}", app.history());           // should this fail, it shows all that happened
//! assert_eq!(letters[0].reason(), "rejected");
//! assert_eq!(letters[0].decode::<CapturePayment>(), Some(CapturePayment { order: 7 }));
//! # }
//! ```
//!
//! The services run on the worker that runs them in production: timeouts, panics, retries, dead letters and staged publishes are the real ones; only
//! the broker is in memory. It keeps to the rules of RabbitMQ, and one suite of tests holds both to them.
//!
//! - A task that no service of the test handles is accepted and recorded, unless [`strict_routing`](AppBuilder::strict_routing) is asked for.
//! - A publish can be made to [fail](App::fail_next_publish), and the connection be [lost](App::lose_connection).
//! - What does not come to an end is an error that names the handler ([`run_until_idle`](App::run_until_idle)).
//!
//! # Time
//!
//! With `#[tokio::test(start_paused = true)]` time passes only when nothing else can happen, and then at once: retries after minutes and messages for
//! the next day take milliseconds, and come in the order and at the times that the contracts say.
//! [`run_for`](App::run_for) stops in between. The time of day (`Timestamp::now()`) is not paused.
//!
//! A handler that waits for something outside of tokio's clock, as a socket or a thread, makes a paused clock jump ahead. Such tests run in real time.

mod app;
mod builder;
mod history;
mod idle;
mod journal;
mod records;
mod switchboard;

pub use app::App;
pub use builder::AppBuilder;
pub use history::History;
pub use idle::StillBusy;
pub use records::{Handled, Published, Retried};
pub use switchboard::PublishFault;
