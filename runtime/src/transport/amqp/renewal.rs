//! When a channel for publishing is left for another one, although it works.
//!
//! RabbitMQ's end of a channel remembers, for each quorum queue, where the queue's leader is. One that has looked while the leader's node died (seen with
//! 3.10) refuses every message for that queue until the node is back, however many others would take them: a new channel looks again.

use std::time::Duration;

use tokio::time::Instant;

/// How long publishes wait for those before them, so that their order is kept over the change.
const LONGEST_REST: Duration = Duration::from_millis(500);

/// Between two changes. Most refusals have other reasons, such as a full queue, and a change costs a channel.
const INTERVAL: Duration = Duration::from_secs(2);

/// Whether a channel is to be left.
#[derive(Debug, Default)]
pub(super) struct Renewal {
    /// Until then nothing is published, and the channel is left as soon as nothing is in flight.
    rest_until: Option<Instant>,
    /// No sooner than that.
    not_before: Option<Instant>,
}

impl Renewal {
    /// The broker has refused a message.
    pub(super) fn refused(&mut self) {
        let now = Instant::now();
        if self.not_before.is_none_or(|not_before| now >= not_before) {
            self.rest_until = Some(now + LONGEST_REST);
            self.not_before = Some(now + INTERVAL);
        }
    }

    /// Until when publishes rest for it, if they do.
    pub(super) fn rests_until(&self) -> Option<Instant> {
        self.rest_until
    }

    /// The channel is left, or something in flight is not decided in time, and publishing goes on without a change.
    pub(super) fn rested(&mut self) {
        self.rest_until = None;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_channel_is_left_at_most_once_in_an_interval() {
        let mut renewal = Renewal::default();
        assert_eq!(renewal.rests_until(), None);
        renewal.refused();
        let rest = renewal.rests_until();
        assert_eq!(rest, Some(Instant::now() + LONGEST_REST));
        advance(LONGEST_REST / 2).await;
        renewal.refused();
        assert_eq!(renewal.rests_until(), rest, "it does not grow");
        renewal.rested();
        renewal.refused();
        assert_eq!(renewal.rests_until(), None, "it was only just left");
        advance(INTERVAL).await;
        renewal.refused();
        assert!(renewal.rests_until().is_some());
    }
}
