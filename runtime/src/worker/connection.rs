//! Looks after the connection for publishing: opens it again when it is lost, also where nothing is published. The connection for consuming
//! is opened again by the consumers.

use std::time::Duration;

use super::health::ConnectionLamp;
use crate::backoff::Backoff;
use crate::bus::Bus;

/// Shorter than a consumer's: the connection has pauses of its own, and a publisher may have opened it in the meantime.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(3));

/// Keeps the connection for publishing open, for as long as it is polled.
pub(super) async fn keep_publishing(bus: Bus, lamp: ConnectionLamp) {
    let mut backoff = BACKOFF;
    loop {
        match bus.transport().open_publishing().await {
            Ok(lost) => {
                lamp.connected();
                backoff = BACKOFF;
                let error = lost.await;
                tracing::warn!(%error, "the connection for publishing is lost; opening it again");
                lamp.recovering(error.to_string());
            }
            Err(error) => {
                tracing::warn!(%error, "no connection for publishing yet; trying again");
                lamp.recovering(error.to_string());
            }
        }
        tokio::time::sleep(backoff.next()).await;
    }
}
