//! Many publishers and a worker in one process, in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::JoinSet;
use urutu::Bus;

use crate::service::{Capture, builder};

const PUBLISHERS: u32 = 64;
const EACH: u32 = 200;

/// How far ahead they may be: what makes each let others run as often as it ever does, and one message of each.
const FAR: u64 = 64 * 32 + 64;

/// Without pauses they would be ahead by nearly all that they publish. On one thread the order in which tasks run is always the same.
#[tokio::test]
async fn publishers_do_not_run_far_ahead_of_handlers() {
    let bus = Bus::in_memory();
    let (published, handled) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
    let farthest = Arc::<AtomicU64>::default();
    let counts = Arc::clone(&handled);
    let (worker, _seen) = builder(&bus, move |delivery| {
        counts.fetch_add(1, Ordering::Relaxed);
        async { Ok(delivery.ack().await?) }
    });
    let worker = worker.start().await.unwrap();

    let mut publishing = JoinSet::new();
    for _ in 0..PUBLISHERS {
        let (bus, published, handled) = (bus.clone(), published.clone(), handled.clone());
        let farthest = farthest.clone();
        publishing.spawn(async move {
            for order in 1..=EACH {
                bus.publish(&Capture { order }).await.unwrap();
                let published = published.fetch_add(1, Ordering::Relaxed) + 1;
                let ahead = published.saturating_sub(handled.load(Ordering::Relaxed));
                farthest.fetch_max(ahead, Ordering::Relaxed);
            }
        });
    }
    publishing.join_all().await;
    worker.stop().await;
    let farthest = farthest.load(Ordering::Relaxed);
    assert!(farthest <= FAR, "{farthest} messages ahead");
}
