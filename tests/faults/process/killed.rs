//! `kill -9` of workers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::sleep;
use urutu::Worker;
use urutu_faults::bus::faults::Ask;
use urutu_faults::{Account, Book, Dice, Load, MANY, Mix, Scale, Scene, Word, service_audit};
use urutu_test_broker::Broker;

use crate::child::Process;

fn start(url: &str, account: &Arc<Account>) -> Process {
    let account = Arc::clone(account);
    Process::start(url, &["--handlers", "hands"], move |word| match word {
        Word::Handled(number) => account.handled(number),
        Word::Settled(number) => account.settled(number),
        Word::Begun(_) | Word::Done(_) => {}
    })
}

/// Of two workers one is killed at any moment, again and again: mid-handler, mid-flush, mid-settlement.
#[tokio::test(flavor = "multi_thread")]
async fn workers_killed_again_and_again_under_load() {
    const NAME: &str = "workers_killed_again_and_again_under_load";
    // What a worker has in hand: two queues with a prefetch of 32.
    const IN_FLIGHT: u64 = 64;
    let broker = Broker::start();
    let account = Arc::new(Account::default());
    let audit = Worker::builder()
        .broker_url(broker.url())
        .service(service_audit(Arc::clone(&account)))
        .start()
        .await
        .unwrap();
    let url = broker.url();
    let workers: Arc<[Mutex<Process>; 2]> =
        Arc::new([(); 2].map(|()| Mutex::new(start(&url, &account))));
    let load = Load::publishing_only(Mix::Usual, NAME, &url, Arc::clone(&account)).await;
    load.warm().await;
    let mut dice = Dice::from_environment();
    let kills = Scale::of_this_run().choose(4, 10, 60);
    for _ in 0..kills {
        sleep(Duration::from_millis(dice.below(800))).await;
        let which = usize::from(dice.below(2) == 1);
        let (workers, account, url) = (Arc::clone(&workers), Arc::clone(&account), url.clone());
        load.fault("kill -9 of a worker", move || {
            let mut worker = workers[which].lock().unwrap();
            worker.kill();
            *worker = start(&url, &account);
        })
        .await;
    }
    let report = load.finish().await;
    audit.stop().await;
    assert!(
        report.redelivered <= IN_FLIGHT * kills,
        "{} came again after {kills} kills",
        report.redelivered
    );
}

/// Killed while its ten thousand messages go out, it has not acknowledged: the next one sends all of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_in_the_midst_of_what_it_staged_publishes_all_of_it_in_the_end() {
    let scene = Scene::ears().await;
    let mut worker = Process::wild_and_ready(&scene, &[]).await;
    scene.trial(1, Ask::StageMany).await;
    scene.diary.until(1, |entry| entry.children > 0).await;
    worker.kill();
    let before = scene.diary.of(1);
    let many = u32::try_from(MANY).unwrap();
    assert!(
        before.children < many,
        "the whole of it was quicker than a signal"
    );
    let worker = Process::wild(&scene, &[]);
    scene.is_empty("faults.trials").await;
    scene.diary.until(1, |entry| entry.children >= many).await;
    scene.is_empty("faults.children").await;
    let entry = scene.diary.of(1);
    assert_eq!(entry.begun, 2);
    // All of the second attempt, and of the first no more than there is.
    assert!(
        entry.children > many && entry.children < 2 * many,
        "{entry:?}"
    );
    drop(worker);
    scene.worker.stop().await;
}
