//! Which acknowledgements of a channel are to be sent.
//!
//! One acknowledgement may cover all deliveries up to a tag, which costs a broker far less than one for each (a quorum queue: a sixth). It must never cover
//! a delivery whose handler still runs, and its own tag must be one that is not settled: RabbitMQ ends the channel for an unknown one.

use std::collections::BTreeMap;

use lapin::types::DeliveryTag;

/// How the deliveries of one channel stand. RabbitMQ counts them from 1, without a gap.
#[derive(Debug, Default)]
pub(super) struct Acks {
    /// The last delivery.
    last: DeliveryTag,
    /// A tag was not the next one: the network damages what it carries. From then on none covers another.
    is_damaged: bool,
    /// What is not settled, or acknowledged behind something that is not.
    held: BTreeMap<DeliveryTag, State>,
    /// The last of those that are acknowledged and not sent, with nothing before it that is not settled: sent for all, it covers the others.
    due: Option<DeliveryTag>,
    /// How many acknowledgements `due` stands for.
    covered: usize,
    /// How many are in `held`.
    scattered: usize,
    round: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Unsettled,
    /// Acknowledged in this round, and not sent.
    Acked(u64),
}

impl Acks {
    /// Notes a delivery.
    pub(super) fn delivered(&mut self, tag: DeliveryTag) {
        self.is_damaged |= Some(tag) != self.last.checked_add(1);
        self.last = tag;
        if !self.is_damaged {
            self.held.insert(tag, State::Unsettled);
        }
    }

    /// Notes that a delivery is acknowledged; `false` where that is to be sent at once, for itself.
    pub(super) fn ack(&mut self, tag: DeliveryTag) -> bool {
        match self.held.get_mut(&tag) {
            Some(state @ State::Unsettled) if !self.is_damaged => *state = State::Acked(self.round),
            _ => return false,
        }
        self.scattered += 1;
        self.advance();
        true
    }

    /// Notes that the broker was told about a delivery, in a frame before all that are still to be made.
    pub(super) fn settled(&mut self, tag: DeliveryTag) {
        if let Some(State::Acked(_)) = self.held.remove(&tag) {
            self.scattered -= 1;
        }
        self.advance();
    }

    /// Whether no delivery is unsettled, and none waits behind such a one: nothing is here that could go with what is covered.
    pub(super) fn is_at_rest(&self) -> bool {
        self.held.is_empty()
    }

    /// How many acknowledgements one that is sent for all now would cover.
    pub(super) fn covered(&self) -> usize {
        self.covered
    }

    /// How many acknowledgements have not been sent.
    pub(super) fn unsent(&self) -> usize {
        self.covered + self.scattered
    }

    /// The tag that is to be sent for all up to it.
    pub(super) fn take_covered(&mut self) -> Option<DeliveryTag> {
        self.covered = 0;
        self.due.take()
    }

    /// The tags that are to be sent each for itself: those that stand behind a delivery that is not settled since so many rounds.
    pub(super) fn take_scattered(&mut self, rounds: u64) -> Vec<DeliveryTag> {
        let mut taken = Vec::new();
        if self.scattered > 0 {
            for (tag, state) in &self.held {
                if matches!(state, State::Acked(round) if round + rounds <= self.round) {
                    taken.push(*tag);
                }
            }
            for tag in &taken {
                self.held.remove(tag);
            }
            self.scattered -= taken.len();
        }
        taken
    }

    /// A round has ended.
    pub(super) fn end_round(&mut self) {
        self.round += 1;
    }

    /// What is acknowledged and has nothing before it that is not settled.
    fn advance(&mut self) {
        while !self.is_damaged
            && let Some(first) = self.held.first_entry()
            && let State::Acked(_) = first.get()
        {
            self.due = Some(*first.key());
            first.remove();
            self.covered += 1;
            self.scattered -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// What the broker holds of a channel: what was delivered and is not settled.
    #[derive(Default)]
    struct Broker {
        delivered: DeliveryTag,
        unsettled: BTreeSet<DeliveryTag>,
        acknowledged: BTreeSet<DeliveryTag>,
    }

    impl Broker {
        fn ack(&mut self, tag: DeliveryTag, multiple: bool) {
            assert!(
                self.unsettled.contains(&tag),
                "{tag} is unknown: RabbitMQ ends the channel"
            );
            let first = if multiple { 0 } else { tag };
            let covered: Vec<_> = self.unsettled.range(first..=tag).copied().collect();
            for tag in covered {
                self.unsettled.remove(&tag);
                self.acknowledged.insert(tag);
            }
        }
    }

    #[derive(Debug, Clone)]
    enum Event {
        Delivered,
        /// A handler ends: its delivery is acknowledged, or settled otherwise.
        Ends(prop::sample::Index, bool),
        FlushCovered,
        FlushScattered(u64),
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            4 => Just(Event::Delivered),
            4 => (any::<prop::sample::Index>(), prop::bool::weighted(0.8)).prop_map(|(which, acks)| Event::Ends(which, acks)),
            1 => Just(Event::FlushCovered),
            1 => (0_u64..3).prop_map(Event::FlushScattered),
        ]
    }

    proptest! {
        #[test]
        fn what_is_sent_covers_what_is_done_and_nothing_else_and_in_the_end_all_of_it(
            events in prop::collection::vec(event(), 0..400),
        ) {
            let (mut acks, mut broker) = (Acks::default(), Broker::default());
            let (mut running, mut done) = (Vec::new(), BTreeSet::new());
            let flush_covered = |acks: &mut Acks, broker: &mut Broker| {
                if let Some(tag) = acks.take_covered() {
                    broker.ack(tag, true);
                }
            };
            let flush_scattered = |acks: &mut Acks, broker: &mut Broker, rounds| {
                for tag in acks.take_scattered(rounds) {
                    broker.ack(tag, false);
                }
                acks.end_round();
            };
            for event in events {
                match event {
                    Event::Delivered => {
                        broker.delivered += 1;
                        broker.unsettled.insert(broker.delivered);
                        acks.delivered(broker.delivered);
                        running.push(broker.delivered);
                    }
                    Event::Ends(..) if running.is_empty() => {}
                    Event::Ends(which, acked) => {
                        let tag = running.swap_remove(which.index(running.len()));
                        if acked {
                            prop_assert!(acks.ack(tag));
                            done.insert(tag);
                        } else {
                            prop_assert!(broker.unsettled.remove(&tag), "{tag} was covered");
                            acks.settled(tag);
                        }
                    }
                    Event::FlushCovered => flush_covered(&mut acks, &mut broker),
                    Event::FlushScattered(rounds) => flush_scattered(&mut acks, &mut broker, rounds),
                }
                prop_assert!(broker.acknowledged.is_subset(&done), "it covers what runs");
                prop_assert_eq!(acks.unsent(), done.len() - broker.acknowledged.len());
                prop_assert_eq!(acks.is_at_rest(), running.is_empty());
                for tag in &running {
                    prop_assert!(broker.unsettled.contains(tag), "{tag} runs");
                }
            }
            flush_covered(&mut acks, &mut broker);
            flush_scattered(&mut acks, &mut broker, 0);
            prop_assert_eq!(&broker.acknowledged, &done);
            prop_assert_eq!(acks.unsent(), 0);
        }
    }

    #[test]
    fn what_waits_for_long_behind_a_handler_is_sent_for_itself() {
        let mut acks = Acks::default();
        (1..=3).for_each(|tag| acks.delivered(tag));
        assert!(acks.ack(2));
        acks.end_round();
        assert!(acks.ack(3));
        assert_eq!((acks.covered(), acks.unsent()), (0, 2));
        assert!(acks.take_scattered(2).is_empty());
        assert_eq!(acks.take_scattered(1), [2]);
        assert!(acks.ack(1));
        assert_eq!(acks.covered(), 2);
        assert_eq!(acks.take_covered(), Some(3));
        assert_eq!((acks.take_covered(), acks.unsent()), (None, 0));
    }

    /// A network without TLS may change a tag.
    #[test]
    fn from_a_tag_that_is_not_the_next_one_on_each_goes_for_itself() {
        for damaged in [0, 1, 3, 1 << 42, DeliveryTag::MAX] {
            let mut acks = Acks::default();
            acks.delivered(1);
            assert!(acks.ack(1));
            acks.delivered(damaged);
            acks.delivered(damaged.wrapping_add(1));
            assert!(!acks.ack(damaged));
            acks.settled(damaged);
            assert!(!acks.ack(4));
            assert_eq!(acks.take_covered(), Some(1), "it was done before");
            assert_eq!(acks.unsent(), 0);
        }
    }
}
