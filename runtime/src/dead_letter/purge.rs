//! Removing dead letters.

use super::sweep::Failed;
use super::{DeadLetterError, DeadLetterQueue, DeadLetterReport, DeadLetterSweep};

pub(super) async fn purge(
    dead: &DeadLetterQueue,
    sweep: DeadLetterSweep,
) -> Result<DeadLetterReport, DeadLetterError> {
    let reading = dead.read(sweep.filter.clone()).await?;
    sweep
        .run(
            reading,
            |_| Ok(None),
            |letter, _| async move {
                let (_, right) = letter.into_parts();
                let removed = right.ack().await;
                removed.map_err(|stale| Failed::One(stale.to_string()))
            },
        )
        .await
}
