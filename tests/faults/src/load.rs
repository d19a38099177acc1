//! Publishers and workers that run while something is attacked.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use urutu::{
    Bus, DeadLetterError, DeadLetterFilter, Health, PublishError, PublishErrorKind, PublishOptions,
    RunningWorker, Worker, WorkerBuilder,
};

use crate::account::Account;
use crate::bus::faults::{Chore, Job, Plan};
use crate::hands::{service_audit, service_hands};
use crate::report::Report;
use crate::scale::{PATIENCE, Scale};

/// How many messages are published at the same time.
const PUBLISHERS: u64 = 32;

const WORKERS: usize = 2;

/// Many notes come at once; a look at the account for each would take longer than they do.
const COALESCE: Duration = Duration::from_millis(50);

/// Queues in which messages of the load die.
const QUEUES: [&str; 2] = ["faults.jobs", "faults.chores"];

/// A running load: publishers and workers, each with connections of their own.
#[derive(Debug)]
pub struct Load {
    name: String,
    account: Arc<Account>,
    orders: Arc<Orders>,
    publishing: JoinSet<()>,
    publisher: Bus,
    url: String,
    workers: Mutex<Vec<RunningWorker>>,
    begun: Instant,
}

/// What publishers go by.
#[derive(Debug)]
struct Orders {
    mix: Mix,
    /// So many at least.
    messages: u64,
    /// Between two publishes of one publisher.
    pause: Duration,
    order: watch::Sender<Order>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// On and on.
    Publish,
    /// What is begun, and no more for now.
    Rest,
    /// No more than the messages that were asked for.
    Finish,
}

/// What the messages are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mix {
    /// Most are handled at once; some fail, come back, wait, or die.
    Usual,
    /// All of them wait in the delay cascade at least once, or die.
    Waiting,
    /// As usual, but none for a classic queue, which is away with its node; and fewer of them, for several nodes on one machine.
    Replicated,
    /// As usual, and few of them: for runs of hours.
    Trickle,
}

impl Mix {
    /// Between two publishes of one publisher: a hundred thousand in some minutes; less presses on a machine that runs other tests as well.
    fn pause(self, scale: Scale) -> Duration {
        Duration::from_millis(match self {
            Self::Usual | Self::Waiting => scale.choose(40, 40, 10),
            Self::Replicated => scale.choose(160, 160, 40),
            Self::Trickle => 100,
        })
    }

    fn has_chores(self) -> bool {
        self != Self::Replicated
    }
}

impl Load {
    /// Starts publishers and workers. `name` is that of the test.
    ///
    /// It publishes as many messages as the scale says, and more as long as attacks go on.
    pub async fn start(name: &str, url: &str) -> Self {
        Self::start_with(Mix::Usual, name, url).await
    }

    /// Starts publishers of such messages, and workers.
    pub async fn start_with(mix: Mix, name: &str, url: &str) -> Self {
        let account = Arc::new(Account::default());
        let mut workers = Vec::new();
        for _ in 0..WORKERS {
            workers.push(start_worker(&account, url).await);
        }
        let mut load = Self::publishing_only(mix, name, url, account).await;
        load.workers = Mutex::new(workers);
        load
    }

    /// Starts publishers. Somebody else runs the workers, and tells the account what they did.
    pub async fn publishing_only(mix: Mix, name: &str, url: &str, account: Arc<Account>) -> Self {
        let scale = Scale::of_this_run();
        let bus = Bus::builder(url)
            .connection_name(name)
            .connect()
            .await
            .unwrap();
        let orders = Arc::new(Orders {
            mix,
            messages: scale.messages(),
            pause: mix.pause(scale),
            order: watch::Sender::new(Order::Publish),
        });
        let mut publishing = JoinSet::new();
        for _ in 0..PUBLISHERS {
            let (bus, account) = (bus.clone(), Arc::clone(&account));
            publishing.spawn(publish(bus, account, Arc::clone(&orders)));
        }
        Self {
            name: name.to_owned(),
            account,
            orders,
            publishing,
            publisher: bus,
            url: url.to_owned(),
            workers: Mutex::default(),
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

    /// Ends the oldest worker, and starts another one. It drains in order, or is lost with all that it has in hand.
    pub async fn replace_worker(&self, is_lost: bool) {
        let mut workers = self.workers.lock().await;
        let oldest = workers.remove(0);
        if is_lost {
            drop(oldest);
        } else {
            oldest.stop().await;
        }
        workers.push(start_worker(&self.account, &self.url).await);
    }

    /// How the workers are doing.
    pub async fn healths(&self) -> Vec<Health> {
        let workers = self.workers.lock().await;
        workers.iter().map(RunningWorker::health).collect()
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

    /// Waits until the health of every worker is green.
    pub async fn ready(&self) {
        for worker in self.workers.lock().await.iter() {
            let mut health = worker.health();
            timeout(PATIENCE, health.wait_for(|now| now.ready))
                .await
                .unwrap_or_else(|_| panic!("{}: {}", self.name, health.report()))
                .expect("the worker is there");
        }
    }

    /// Publishes what is left, waits for everything to end, and gives the account.
    ///
    /// # Panics
    ///
    /// When something is lost, or when it does not end; the message says what is missing.
    pub async fn finish(mut self) -> Report {
        self.orders.order.send_replace(Order::Finish);
        let mut noted = self.account.subscribe();
        // Progress is what is waited for: how long it takes depends on the machine.
        let mut publishing = std::mem::take(&mut self.publishing);
        while !publishing.is_empty() {
            tokio::select! {
                ended = publishing.join_next() => ended.unwrap().unwrap(),
                () = self.next(&mut noted, "the publishers to end") => {}
            }
        }
        self.read_dead_letters().await;
        let (mut least, mut since) = (u64::MAX, Instant::now());
        while self.account.missing() > 0 {
            let missing = self.account.missing();
            if missing < least {
                (least, since) = (missing, Instant::now());
            }
            // Where nothing comes any more, the account tells what is missing. A look at the dead letters is a note as well.
            if since.elapsed() > PATIENCE {
                for worker in self.workers.get_mut() {
                    println!("{}", worker.health().report());
                }
                break;
            }
            let _ = timeout(COALESCE * 10, noted.changed()).await;
            sleep(COALESCE).await;
            self.read_dead_letters().await;
        }
        for worker in self.workers.get_mut().drain(..) {
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

    /// Publishes nothing for now, and waits until everything that was published has ended.
    pub async fn rest(&self) {
        self.orders.order.send_replace(Order::Rest);
        let mut noted = self.account.subscribe();
        loop {
            self.read_dead_letters().await;
            if self.account.is_at_rest() {
                return;
            }
            self.next(&mut noted, "all that was published to end").await;
        }
    }

    /// Goes on after a [`rest`](Self::rest).
    pub fn go_on(&self) {
        self.orders.order.send_replace(Order::Publish);
    }

    async fn read_dead_letters(&self) {
        for queue in QUEUES {
            let begun = Instant::now();
            // The broker may have just been attacked.
            while let Err(error) = self.read_letters(queue).await {
                assert!(begun.elapsed() < PATIENCE, "{error}");
                sleep(COALESCE).await;
            }
        }
    }

    async fn read_letters(&self, queue: &str) -> Result<(), DeadLetterError> {
        let letters = self.publisher.dead_letter_queue(queue);
        let mut reading = letters.read(DeadLetterFilter::new()).await?;
        while let Some(letter) = reading.next().await? {
            let number = letter.decode::<Job>().map(|job| job.number);
            let number = number.or_else(|| letter.decode::<Chore>().map(|chore| chore.number));
            self.account.dead(number.expect("a message of the load"));
        }
        reading.close().await;
        Ok(())
    }

    /// Waits until the account says so.
    ///
    /// # Panics
    ///
    /// When nothing happens for too long before it does.
    pub async fn until(&self, what: &str, done: impl Fn() -> bool) {
        let mut noted = self.account.subscribe();
        while !done() {
            self.next(&mut noted, what).await;
        }
    }

    /// Waits until something is noted.
    async fn next(&self, noted: &mut watch::Receiver<u64>, what: &str) {
        if timeout(PATIENCE, noted.changed()).await.is_err() {
            let report = self.account.report(&self.name, self.begun.elapsed());
            panic!("waited for {what} in vain: {report:#?}");
        }
        sleep(COALESCE).await;
    }
}

/// A worker with both services of the load.
pub fn worker(account: &Arc<Account>) -> WorkerBuilder {
    Worker::builder()
        .service(service_hands(Arc::clone(account)))
        .service(service_audit(Arc::clone(account)))
}

async fn start_worker(account: &Arc<Account>, url: &str) -> RunningWorker {
    let begun = Instant::now();
    loop {
        match worker(account).broker_url(url).start().await {
            Ok(worker) => return worker,
            // The broker may be under attack at the same time.
            Err(error) => assert!(begun.elapsed() < PATIENCE, "{error}"),
        }
        sleep(COALESCE).await;
    }
}

async fn publish(bus: Bus, account: Arc<Account>, orders: Arc<Orders>) {
    let mut order = orders.order.subscribe();
    loop {
        let order = *order.wait_for(|order| *order != Order::Rest).await.unwrap();
        if order == Order::Finish && account.numbers() >= orders.messages {
            return;
        }
        let number = account.next_number();
        while let Err(error) = send(orders.mix, &bus, &account, number).await {
            account.failed(name_of(error.kind()));
            sleep(Duration::from_millis(100)).await;
        }
        account.confirmed(number);
        sleep(orders.pause).await;
    }
}

/// Publishes a new message, and tells the account what came of it.
pub async fn publish_once(mix: Mix, bus: &Bus, account: &Account) -> Result<(), PublishError> {
    let number = account.next_number();
    let sent = send(mix, bus, account, number).await;
    match &sent {
        Ok(()) => account.confirmed(number),
        Err(error) => account.failed(name_of(error.kind())),
    }
    sent
}

/// Publishes a message; its number says what is done with it.
async fn send(mix: Mix, bus: &Bus, account: &Account, number: u64) -> Result<(), PublishError> {
    let (plan, delay) = match mix {
        Mix::Usual | Mix::Replicated | Mix::Trickle => usual(number),
        Mix::Waiting => waiting(number),
    };
    let options = PublishOptions::new();
    let options = match delay {
        Some(delay) => options.after(delay),
        None => options,
    };
    account.publishing(number);
    if mix.has_chores() && number.is_multiple_of(3) {
        bus.publish_with(&Chore::new(number, plan), options).await?;
    } else {
        bus.publish_with(&Job::new(number, plan), options).await?;
    }
    Ok(())
}

fn usual(number: u64) -> (Plan, Option<Duration>) {
    match (number % 1_000, number % 20) {
        (7, _) => (Plan::PanicOnce, None),
        (11 | 511, _) => (Plan::Reject, None),
        (_, 1) => (Plan::FailOnce, None),
        (_, 2) => (Plan::RetryOnce, None),
        (_, 3) => (Plan::NackOnce, None),
        (_, 5) => (Plan::Work, Some(Duration::from_millis(500))),
        _ => (Plan::Work, None),
    }
}

fn waiting(number: u64) -> (Plan, Option<Duration>) {
    match number % 20 {
        0 => (Plan::Reject, None),
        1..=5 => (Plan::FailOnce, None),
        6..=10 => (Plan::RetryOnce, None),
        wait => (Plan::RetryOnce, Some(Duration::from_millis(300 * wait))),
    }
}

/// The kind of an error, without what differs from one to the next.
fn name_of(kind: &PublishErrorKind) -> String {
    let text = format!("{kind:?}");
    let end = text.find(|letter: char| !letter.is_alphanumeric());
    text[..end.unwrap_or(text.len())].to_owned()
}
