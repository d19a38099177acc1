//! A classic queue is on one node, and away with it. Everything else goes on, and nothing that it holds is lost.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use urutu::{
    Bus, ConsumerState, HealthReport, Message, PublishErrorKind, PublishOptions, RunningWorker,
    WorkerError,
};
use urutu_faults::Account;
use urutu_faults::bus::faults::{Chore, Job, Plan};
use urutu_test_broker::{Cluster, FORWARDS_AGAIN_AFTER};

const CLASSIC: &str = "faults.chores";

/// How long a publish may take, and how much later a loaded machine may tell of it.
const DEADLINE: Duration = Duration::from_secs(5);
const LATE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn a_classic_queue_is_away_with_its_node_and_comes_back() {
    let cluster = Arc::new(Cluster::start(3));
    let account = Arc::new(Account::default());
    let worker = start_worker(&cluster, &account).await.unwrap();
    let options = PublishOptions::new().deadline(DEADLINE);
    let bus = Bus::connect(&cluster.url()).await.unwrap();
    for _ in 0..50 {
        let number = account.next_number();
        account.publishing(number);
        Chore::new(number, Plan::Work).publish(&bus).await.unwrap();
        account.confirmed(number);
    }
    account
        .until_all_ended("what is published to a whole cluster")
        .await;

    // These are on their way through quorum queues when their queue goes away.
    for number in 0..50 {
        let (number, plan) = match number % 2 {
            0 => (account.next_number(), Plan::RetryOnce),
            _ => (account.next_number(), Plan::FailOnce),
        };
        account.publishing(number);
        let options = options
            .clone()
            .after(Duration::from_millis(number % 10 * 100));
        bus.publish_with(&Chore::new(number, plan), options)
            .await
            .unwrap();
        account.confirmed(number);
    }
    let asked = Arc::clone(&cluster);
    let home = tokio::task::spawn_blocking(move || {
        let home = asked.home_of(CLASSIC);
        asked.node(home).kill();
        home
    });
    let home = home.await.unwrap();

    // The others go on, and health says which one does not.
    let red = becomes(&worker, |report| {
        consumer(report, CLASSIC).is_some_and(|why| why.contains("is down or inaccessible"))
            && ["faults.jobs", "faults.audit"]
                .iter()
                .all(|queue| consumer(report, queue).is_none())
    })
    .await;
    assert!(!red.ready && red.live, "{red}");
    for _ in 0..20 {
        let number = account.next_number();
        account.publishing(number);
        Job::new(number, Plan::FailOnce)
            .publish(&bus)
            .await
            .unwrap();
        account.confirmed(number);
    }
    let number = account.next_number();
    account.publishing(number);
    let chore = Chore::new(number, Plan::Work);
    let sent = timeout(DEADLINE + LATE, bus.publish_with(&chore, options));
    let error = sent.await.expect("it does not hang").unwrap_err();
    assert!(
        matches!(error.kind(), PublishErrorKind::Unroutable),
        "{error}"
    );
    assert!(error.to_string().contains("away with its node"), "{error}");
    account.failed("Unroutable");
    let refused = start_worker(&cluster, &account).await.unwrap_err();
    assert!(matches!(refused, WorkerError::Topology(_)), "{refused}");
    for part in [CLASSIC, "is down or inaccessible", "start that node again"] {
        assert!(refused.to_string().contains(part), "{refused}");
    }

    // It is back, with everything that it had.
    let back = Arc::clone(&cluster);
    tokio::task::spawn_blocking(move || back.restart(&[home]))
        .await
        .unwrap();
    becomes(&worker, |report| report.ready).await;
    let number = account.next_number();
    account.publishing(number);
    Chore::new(number, Plan::Work).publish(&bus).await.unwrap();
    account.confirmed(number);
    until_all_are_forwarded(&account).await;
    worker.stop().await;
}

async fn start_worker(
    cluster: &Cluster,
    account: &Arc<Account>,
) -> Result<RunningWorker, WorkerError> {
    urutu_faults::worker(account)
        .broker_url(cluster.url())
        .start()
        .await
}

/// Why the consumer of a queue is away; `None` where it consumes.
fn consumer<'a>(report: &'a HealthReport, queue: &str) -> Option<&'a str> {
    let found = report.consumers.iter().find(|one| one.queue == queue);
    match &found.expect("a queue of the worker").state {
        ConsumerState::Consuming => None,
        ConsumerState::Recovering(trouble) => Some(&trouble.error),
        other => panic!("{queue}: {other}"),
    }
}

async fn becomes(
    worker: &RunningWorker,
    wanted: impl FnMut(&HealthReport) -> bool,
) -> HealthReport {
    let mut health = worker.health();
    let patience = urutu_faults::PATIENCE;
    let report = timeout(patience, health.wait_for(wanted)).await;
    let report = report.unwrap_or_else(|_| panic!("in vain: {}", worker.health().report()));
    report.expect("the worker runs")
}

/// What is due while its queue is away waits at its outlet, where RabbitMQ tries again after a while.
async fn until_all_are_forwarded(account: &Account) {
    let patience = urutu_faults::PATIENCE + FORWARDS_AGAIN_AFTER;
    let mut noted = account.subscribe();
    let all = async {
        while account.missing() > 0 {
            noted.changed().await.expect("the account is open");
        }
    };
    let came = timeout(patience, all).await;
    came.unwrap_or_else(|_| {
        panic!(
            "what was confirmed is not handled: {:?}",
            account.some_missing()
        )
    });
}
