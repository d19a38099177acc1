//! How late what is delayed may come. In memory, where time is paused, it is exact; RabbitMQ promises no more than that it is not early,
//! and on a machine that does other things as well each hop takes a while.

use std::time::Duration;

tokio::task_local! {
    static LATE: Duration;
}

/// Runs a property where nothing may be late by more than the unit of the delay cascade.
pub(crate) async fn exactly(property: impl Future<Output = ()>) {
    LATE.scope(Duration::from_millis(100), property).await;
}

/// Asserts that what was to wait for `delay` has waited that long, and not much longer.
#[track_caller]
pub(crate) fn assert_waited(waited: Duration, delay: Duration) {
    let late = LATE
        .try_with(|late| *late)
        .unwrap_or(Duration::from_secs(60));
    assert!(
        waited >= delay && waited <= delay + late,
        "it came after {waited:?} instead of {delay:?}"
    );
}
