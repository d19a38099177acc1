//! Attacks one after another and two at once, as chance has it, for as long as one likes.

// A test that meets what it does not expect panics.
#![allow(clippy::unwrap_used)]

mod attack;
mod resources;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use urutu_faults::{Account, Dice, Load, Mix, Scale};
use urutu_test_broker::Broker;

use crate::attack::Attack;

const MEBIBYTE: u64 = 1_024 * 1_024;

/// Half an hour by hand, a minute else. `URUTU_SEED` repeats the attacks of another run.
#[tokio::test(flavor = "multi_thread")]
async fn a_random_schedule_of_attacks() {
    let mut dice = Dice::from_environment();
    let length = Duration::from_secs(Scale::of_this_run().choose(15, 60, 30 * 60));
    let broker = Arc::new(Broker::start());
    let load = Load::start("a_random_schedule_of_attacks", &broker.url()).await;
    load.warm().await;
    broker.flush();
    let begun = Instant::now();
    while begun.elapsed() < length {
        let first = Attack::any(&mut dice);
        eprintln!("{:?}: {first:?}", begun.elapsed());
        if dice.below(4) == 0 {
            let second = Attack::any(&mut dice);
            eprintln!("{:?}: and {second:?}", begun.elapsed());
            tokio::join!(first.run(&broker, &load), second.run(&broker, &load));
        } else {
            first.run(&broker, &load).await;
        }
        load.recover().await;
        sleep(Duration::from_millis(dice.below(2_000))).await;
    }
    load.finish().await;
}

/// An hour by hand, some seconds else. Whatever is lost and opened again, nothing of it stays behind in this process.
#[tokio::test(flavor = "multi_thread")]
async fn a_soak_leaves_memory_and_open_files_as_they_were() {
    let length = Duration::from_secs(Scale::of_this_run().choose(15, 30, 60 * 60));
    let broker = Arc::new(Broker::start());
    let name = "a_soak_leaves_memory_and_open_files_as_they_were";
    let load = Load::start_with(Mix::Trickle, name, &broker.url()).await;
    load.warm().await;
    broker.flush();
    let begun = Instant::now();
    let mut attacks = Attack::GENTLE.iter().cycle();
    // Each of them twice: what is kept for later use is there.
    for attack in attacks.by_ref().take(2 * Attack::GENTLE.len()) {
        attack.run(&broker, &load).await;
        load.recover().await;
    }
    load.rest().await;
    let before = resources::used();
    let published = load.account().numbers();
    load.go_on();
    while begun.elapsed() < length {
        attacks.next().unwrap().run(&broker, &load).await;
        load.recover().await;
        sleep(Duration::from_secs(1)).await;
    }
    load.rest().await;
    let after = resources::used();
    println!("before {before:?}, after {after:?}");
    let entries = (load.account().numbers() - published) * Account::BYTES_PER_MESSAGE;
    assert!(
        after.open_files <= before.open_files + 2,
        "{before:?}, then {after:?}"
    );
    for (what, used, may_use) in [
        ("heap", after.heap_bytes, before.heap_bytes + 4 * MEBIBYTE),
        // Holes, but no more with every hour.
        (
            "resident",
            after.resident_bytes,
            before.resident_bytes + 64 * MEBIBYTE,
        ),
    ] {
        assert!(
            used <= may_use + entries,
            "{what}: {before:?}, then {after:?}, of which the account takes {entries}"
        );
    }
    load.finish().await;
}
