//! Publishers and workers that run while something is attacked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use urutu::{
    Bus, DeadLetterFilter, PublishError, PublishErrorKind, PublishOptions, RunningWorker, Worker,
};

use crate::account::Account;
use crate::bus::faults::{Chore, Job, Plan};
use crate::hands::{service_audit, service_hands};
use crate::report::Report;
use crate::scale::Scale;

/// How many messages are published at the same time.
const PUBLISHERS: u64 = 32;

const WORKERS: usize = 2;

/// Queues in which messages of the load die.
const QUEUES: [&str; 2] = ["faults.jobs", "faults.chores"];

/// A running load: publishers and workers, each with connections of their own.
#[derive(Debug)]
pub struct Load {
    name: String,
    scale: Scale,
    account: Arc<Account>,
    orders: Arc<Orders>,
    publishing: JoinSet<()>,
    publisher: Bus,
    workers: Vec<RunningWorker>,
    begun: Instant,
}

/// What publishers go by.
#[derive(Debug)]
struct Orders {
    /// So many at least.
    messages: u64,
    /// Between two publishes of one publisher.
    pause: Duration,
    /// No more than the messages that were asked for.
    finish: AtomicBool,
}

impl Load {
    /// Starts publishers and workers. `name` is that of the test.
    ///
    /// It publishes as many messages as the scale says, and more as long as attacks go on.
    pub async fn start(name: &str, url: &str) -> Self {
        let account = Arc::new(Account::default());
        let mut workers = Vec::new();
        for _ in 0..WORKERS {
            workers.push(start_worker(&account, url).await);
        }
        let mut load = Self::publishing_only(name, url, Arc::clone(&account)).await;
        load.workers = workers;
        load
    }

    /// Starts publishers. Somebody else runs the workers, and tells the account what they did.
    pub async fn publishing_only(name: &str, url: &str, account: Arc<Account>) -> Self {
        let scale = Scale::of_this_run();
        let bus = Bus::builder(url)
            .connection_name(name)
            .connect()
            .await
            .unwrap();
        let orders = Arc::new(Orders {
            messages: scale.messages(),
            // A hundred thousand in some minutes; less presses on a machine that runs other tests as well.
            pause: Duration::from_millis(scale.choose(40, 40, 10)),
            finish: AtomicBool::new(false),
        });
        let mut publishing = JoinSet::new();
        for _ in 0..PUBLISHERS {
            let (bus, account) = (bus.clone(), Arc::clone(&account));
            publishing.spawn(publish(bus, account, Arc::clone(&orders)));
        }
        Self {
            name: name.to_owned(),
            scale,
            account,
            orders,
            publishing,
            publisher: bus,
            workers: Vec::new(),
            begun: Instant::now(),
        }
    }

    /// What became of each message so far.
    pub fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// The bus of the publishers.
    pub fn bus(&self) -> &Bus {
        &self.publisher
    }

    /// The workers.
    pub fn workers(&self) -> &[RunningWorker] {
        &self.workers
    }

    /// Waits until everything that the load uses is declared, and has been used.
    pub async fn warm(&self) {
        self.until("the first messages to be handled", || {
            self.account.ended() >= 300
        })
        .await;
    }

    /// Attacks, on a thread of its own, and waits until a message that is published after that is handled.
    pub async fn fault(&self, name: &str, attack: impl FnOnce() + Send + 'static) {
        self.account.fault(name);
        tokio::task::spawn_blocking(attack).await.unwrap();
        self.recover().await;
    }

    /// Waits until a message that is published from now on is handled, and notes how long that took.
    pub async fn recover(&self) {
        let (over, first) = (Instant::now(), self.account.numbers());
        self.until("a message to be handled after the attack", || {
            self.account.any_handled_since(first)
        })
        .await;
        self.account.recovered_after(over.elapsed());
    }

    /// Publishes what is left, waits for everything to end, and gives the account.
    ///
    /// # Panics
    ///
    /// When something is lost, or when it does not end; the message says what is missing.
    pub async fn finish(mut self) -> Report {
        self.orders.finish.store(true, Ordering::SeqCst);
        let mut noted = self.account.subscribe();
        // Progress is what is waited for: how long it takes depends on the machine.
        while let Some(left) = timeout(self.scale.patience(), self.publishing.join_next())
            .await
            .unwrap_or_else(|_| panic!("{}: publishers hang", self.name))
        {
            left.unwrap();
        }
        while self.account.missing() > 0 {
            self.read_dead_letters().await;
            if self.account.missing() == 0 {
                break;
            }
            if timeout(self.scale.patience(), noted.changed())
                .await
                .is_err()
            {
                break;
            }
            sleep(Duration::from_millis(500)).await;
        }
        self.read_dead_letters().await;
        for worker in std::mem::take(&mut self.workers) {
            worker.stop().await;
        }
        self.publisher.close().await;
        let report = self.account.report(&self.name, self.begun.elapsed());
        report.save();
        println!("{}\n{report}\n{:?}", Report::HEAD, report.errors);
        assert_eq!(
            (report.lost, report.staged_lost, report.unexpected),
            (0, 0, 0),
            "{}: confirmed and lost, staged and lost, never published; some of them: {:?}",
            self.name,
            self.account.some_missing()
        );
        report
    }

    async fn read_dead_letters(&self) {
        for queue in QUEUES {
            let letters = self.publisher.dead_letter_queue(queue);
            let mut reading = letters.read(DeadLetterFilter::new()).await.unwrap();
            while let Some(letter) = reading.next().await.unwrap() {
                let number = letter.decode::<Job>().map(|job| job.number);
                let number = number.or_else(|| letter.decode::<Chore>().map(|chore| chore.number));
                self.account.dead(number.expect("a message of the load"));
            }
            reading.close().await;
        }
    }

    async fn until(&self, what: &str, done: impl Fn() -> bool) {
        let mut noted = self.account.subscribe();
        let waiting = async {
            while !done() {
                noted.changed().await.unwrap();
            }
        };
        timeout(self.scale.patience(), waiting)
            .await
            .unwrap_or_else(|_| panic!("{}: waited for {what} in vain", self.name));
    }
}

async fn start_worker(account: &Arc<Account>, url: &str) -> RunningWorker {
    Worker::builder()
        .broker_url(url)
        .service(service_hands(Arc::clone(account)))
        .service(service_audit(Arc::clone(account)))
        .start()
        .await
        .unwrap()
}

async fn publish(bus: Bus, account: Arc<Account>, orders: Arc<Orders>) {
    while !orders.finish.load(Ordering::SeqCst) || account.numbers() < orders.messages {
        let number = account.next_number();
        while let Err(error) = send(&bus, &account, number).await {
            account.failed(name_of(error.kind()));
            sleep(Duration::from_millis(100)).await;
        }
        account.confirmed(number);
        sleep(orders.pause).await;
    }
}

/// Publishes a message; its number says what is done with it.
async fn send(bus: &Bus, account: &Account, number: u64) -> Result<(), PublishError> {
    let plan = match number % 1_000 {
        7 => Plan::PanicOnce,
        11 | 511 => Plan::Reject,
        rest => match rest % 20 {
            1 => Plan::FailOnce,
            2 => Plan::RetryOnce,
            3 => Plan::NackOnce,
            _ => Plan::Work,
        },
    };
    let options = PublishOptions::new();
    let options = match number % 20 {
        5 => options.after(Duration::from_millis(500)),
        _ => options,
    };
    account.publishing(number);
    if number.is_multiple_of(3) {
        bus.publish_with(&Chore::new(number, plan), options).await?;
    } else {
        bus.publish_with(&Job::new(number, plan), options).await?;
    }
    Ok(())
}

/// The kind of an error, without what differs from one to the next.
fn name_of(kind: &PublishErrorKind) -> String {
    let text = format!("{kind:?}");
    let end = text.find(|letter: char| !letter.is_alphanumeric());
    text[..end.unwrap_or(text.len())].to_owned()
}
