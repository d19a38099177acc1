//! A service whose queue is handled in order of the account. What its handlers do comes in as a function; a journal says which began and ended.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use urutu::codegen::{
    Backoff, BindingSpec, BoxFuture, Checker, Handled, HandlerSpec, Inbound, OnError, OnUnknown,
    QueueArguments, QueueKind, QueueSpec, RetrySpec, ServiceSpec, Validate, finished,
};
use urutu::{
    BoxError, Bus, Contract, Kind, Message, PublishError, Receipt, RunningWorker, Service, Worker,
    WorkerBuilder,
};

/// Nothing here takes longer, unless it does not happen.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const CONCURRENCY: u16 = 3;
const PREFETCH: u16 = 16;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Deposited {
    number: u32,
    account: String,
}

/// As a foreign publisher writes it, with the old name of the key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Withdrawn {
    number: u32,
    #[serde(rename = "holder", alias = "owner")]
    owner: String,
}

impl Validate for Deposited {
    fn check(&self, _: &mut Checker) {}
}

impl Validate for Withdrawn {
    fn check(&self, _: &mut Checker) {}
}

impl Message for Deposited {
    const CONTRACT: &'static Contract = &Contract {
        type_id: "bank.Deposited",
        kind: Kind::Event,
        topic: "bank.deposited",
        exchange: "bank",
        priority: None,
        ttl: None,
    };
}

impl Message for Withdrawn {
    const CONTRACT: &'static Contract = &Contract {
        type_id: "bank.Withdrawn",
        kind: Kind::Event,
        topic: "bank.withdrawn",
        exchange: "bank",
        priority: None,
        ttl: None,
    };
}

const fn handler(
    name: &'static str,
    message: &'static Contract,
    ordered_by: &'static [&'static str],
    timeout: Duration,
) -> HandlerSpec {
    HandlerSpec {
        name,
        message,
        ordered_by,
        timeout,
        on_error: OnError::Retry,
        retry: RetrySpec {
            attempts: 20,
            backoff: Backoff::Fixed,
            initial: Duration::from_millis(200),
            max: Duration::from_millis(200),
            jitter: 0,
        },
    }
}

static SPEC: ServiceSpec = ServiceSpec {
    name: "ledger",
    publishes: &[],
    queues: &[QueueSpec {
        name: "ledger",
        kind: QueueKind::Quorum,
        arguments: QueueArguments {
            single_active_consumer: true,
            ..QueueArguments::NONE
        },
        bindings: &[BindingSpec {
            exchange: "bank",
            key: "bank.*",
        }],
        concurrency: CONCURRENCY,
        prefetch: PREFETCH,
        on_unknown: OnUnknown::DeadLetter,
        dead_letter: None,
        handlers: &[
            handler(
                "deposited",
                Deposited::CONTRACT,
                &["account"],
                Duration::from_secs(8),
            ),
            handler(
                "withdrawn",
                Withdrawn::CONTRACT,
                &["owner", "holder"],
                Duration::from_secs(60),
            ),
        ],
    }],
};

/// What one handler works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) account: String,
    pub(crate) number: u32,
    pub(crate) attempt: u32,
}

/// As a publisher writes it that breaks the contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct WithoutAccount {
    number: u32,
}

impl Validate for WithoutAccount {
    fn check(&self, _: &mut Checker) {}
}

impl Message for WithoutAccount {
    const CONTRACT: &'static Contract = Deposited::CONTRACT;
}

/// Publishes a message that has no key.
pub(crate) async fn publish_without_account(bus: &Bus) {
    WithoutAccount { number: 1 }.publish(bus).await.unwrap();
}

/// Publishes a message of an account, of two types by turns.
async fn publish_one(bus: &Bus, account: &str, number: u32) -> Result<Receipt, PublishError> {
    let account = account.to_owned();
    if number.is_multiple_of(2) {
        Deposited { number, account }.publish(bus).await
    } else {
        let owner = account;
        Withdrawn { number, owner }.publish(bus).await
    }
}

/// Publishes the messages of an account with these numbers.
pub(crate) async fn publish(bus: &Bus, account: &str, numbers: impl IntoIterator<Item = u32>) {
    for number in numbers {
        publish_one(bus, account, number).await.unwrap();
    }
}

/// Publishes until the broker has stored it; while there is no connection, that is an error each time.
pub(crate) async fn persist(bus: &Bus, account: &str, number: u32) {
    let begun = Instant::now();
    while let Err(error) = publish_one(bus, account, number).await {
        assert!(begun.elapsed() < PATIENCE, "{error}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[derive(Debug)]
enum Entry {
    Began(Step),
    Ended(Step),
}

/// Writes that a handler has ended, however it does.
struct Begun {
    step: Step,
    journal: mpsc::UnboundedSender<Entry>,
}

impl Drop for Begun {
    fn drop(&mut self) {
        let _ = self.journal.send(Entry::Ended(self.step.clone()));
    }
}

type Work = dyn Fn(Step) -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync;

/// The handlers; clones of them write one journal.
#[derive(Clone)]
pub(crate) struct Ledger {
    journal: mpsc::UnboundedSender<Entry>,
    work: Arc<Work>,
}

impl Ledger {
    pub(crate) fn new<F, R>(work: F) -> (Self, Journal)
    where
        F: Fn(Step) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        let (journal, entries) = mpsc::unbounded_channel();
        let work = Arc::new(move |step| -> BoxFuture<'static, _> { Box::pin(work(step)) });
        let journal_of_test = Journal {
            entries,
            running: BTreeMap::new(),
            begun: Vec::new(),
            ended: 0,
        };
        (Self { journal, work }, journal_of_test)
    }

    pub(crate) async fn start(&self, bus: &Bus) -> RunningWorker {
        self.builder(bus).start().await.unwrap()
    }

    pub(crate) fn builder(&self, bus: &Bus) -> WorkerBuilder {
        Worker::builder().bus(bus.clone()).service(self.clone())
    }

    async fn handle(&self, account: String, number: u32, attempt: u32) -> Result<(), BoxError> {
        let step = Step {
            account,
            number,
            attempt,
        };
        let _ = self.journal.send(Entry::Began(step.clone()));
        let _begun = Begun {
            step: step.clone(),
            journal: self.journal.clone(),
        };
        (self.work)(step).await
    }
}

impl Service for Ledger {
    fn spec(&self) -> &'static ServiceSpec {
        &SPEC
    }

    fn handle(&self, inbound: Inbound) -> BoxFuture<'_, Handled> {
        match inbound.type_id() {
            "bank.Deposited" => Box::pin(async move {
                let (message, cx) = inbound.decode::<Deposited>()?;
                finished(
                    self.handle(message.account, message.number, cx.attempt())
                        .await,
                )
            }),
            "bank.Withdrawn" => Box::pin(async move {
                let (message, cx) = inbound.decode::<Withdrawn>()?;
                finished(
                    self.handle(message.owner, message.number, cx.attempt())
                        .await,
                )
            }),
            _ => inbound.unhandled(),
        }
    }
}

/// What has happened. Reading it fails the test where two handlers of one account run at once.
pub(crate) struct Journal {
    entries: mpsc::UnboundedReceiver<Entry>,
    running: BTreeMap<String, u32>,
    begun: Vec<Step>,
    ended: usize,
}

impl Journal {
    fn note(&mut self, entry: Entry) {
        match entry {
            Entry::Began(step) => {
                let other = self.running.insert(step.account.clone(), step.number);
                assert_eq!(other, None, "still runs as {step:?} begins");
                self.begun.push(step);
            }
            Entry::Ended(step) => {
                self.running.remove(&step.account);
                self.ended += 1;
            }
        }
    }

    async fn read(&mut self) {
        let entry = timeout(PATIENCE, self.entries.recv()).await;
        let entry = entry.unwrap_or_else(|_| panic!("nothing more after {:?}", self.begun));
        self.note(entry.expect("the test holds the service"));
    }

    /// Waits until this one has begun.
    pub(crate) async fn begun(&mut self, account: &str, number: u32) {
        let is_it = |step: &Step| step.account == account && step.number == number;
        while !self.begun.iter().any(is_it) {
            self.read().await;
        }
    }

    /// Waits until so many have ended.
    pub(crate) async fn ended(&mut self, count: usize) {
        while self.ended < count {
            self.read().await;
        }
    }

    /// Waits until the last of each account has ended, where the accounts have so many messages.
    pub(crate) async fn finished(&mut self, accounts: &[&str], last: u32) {
        let reached = |journal: &Self, account: &&str| {
            let numbers = journal.numbers(account);
            numbers.last() == Some(&last) && !journal.running.contains_key(*account)
        };
        while !accounts.iter().all(|account| reached(self, account)) {
            self.read().await;
        }
    }

    /// The numbers of an account in the order in which they began, as far as is known.
    pub(crate) fn numbers(&self, account: &str) -> Vec<u32> {
        self.steps(account).map(|step| step.number).collect()
    }

    pub(crate) fn steps(&self, account: &str) -> impl Iterator<Item = &Step> {
        let steps = self.begun.iter();
        steps.filter(move |step| step.account == account)
    }

    /// All that has been written so far.
    pub(crate) fn catch_up(&mut self) {
        while let Ok(entry) = self.entries.try_recv() {
            self.note(entry);
        }
    }
}

/// Whether each follows the one before it, except where what was not acknowledged is delivered again.
pub(crate) fn follow_one_another(numbers: &[u32]) -> bool {
    numbers.first() == Some(&1) && numbers.windows(2).all(|pair| pair[1] <= pair[0] + 1)
}
