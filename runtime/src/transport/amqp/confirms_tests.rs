//! [`Attribution`] against a model of the broker and of lapin that knows the truth.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};

use super::*;

fn mark(id: u32) -> Mark {
    Mark {
        properties: Arc::new(BasicProperties::default().with_message_id(id.to_string().into())),
        exchange: "".into(),
        routing_key: "q".into(),
    }
}

fn confirmed(id: u32, returned: Option<u32>) -> Confirmed<u32> {
    Confirmed {
        item: id,
        mark: mark(id),
        mandatory: true,
        nack: false,
        returned: returned.map(mark),
    }
}

#[test]
fn a_confirm_without_a_return_is_final() {
    let mut attribution = Attribution::default();
    assert_eq!(
        attribution.decide(vec![confirmed(1, None)], false),
        [(1, Outcome::Stored)]
    );
}

#[test]
fn its_own_return_makes_it_unroutable() {
    let mut attribution = Attribution::default();
    assert_eq!(
        attribution.decide(vec![confirmed(1, Some(1))], false),
        [(1, Outcome::Unroutable)]
    );
}

#[test]
fn a_confirm_with_a_foreign_return_waits_for_proof() {
    let mut attribution = Attribution::default();
    // 1 took the return of 2; the return of 1 itself may still wait.
    assert_eq!(attribution.decide(vec![confirmed(1, Some(2))], false), []);
    assert_eq!(
        attribution.decide(vec![confirmed(2, Some(1))], false),
        [(1, Outcome::Unroutable), (2, Outcome::Unroutable)]
    );

    assert_eq!(attribution.decide(vec![confirmed(3, Some(4))], false), []);
    assert_eq!(
        attribution.decide(vec![confirmed(4, None)], false),
        [(3, Outcome::Stored), (4, Outcome::Unroutable)]
    );
}

#[test]
fn nothing_is_held_when_all_is_confirmed() {
    let mut attribution = Attribution::default();
    assert_eq!(
        attribution.decide(vec![confirmed(1, Some(2))], true),
        [(1, Outcome::Stored)]
    );
}

#[test]
fn copies_of_one_message_for_two_queues_are_told_apart() {
    let mut attribution = Attribution::default();
    let copy = |item, queue: &str, returned: Option<&str>| {
        let mark = |queue: &str| Mark {
            routing_key: queue.to_owned().into(),
            ..mark(7)
        };
        Confirmed {
            item,
            mark: mark(queue),
            returned: returned.map(mark),
            ..confirmed(item, None)
        }
    };
    let batch = vec![copy(1, "a.dead", Some("b.dead")), copy(2, "b.dead", None)];
    assert_eq!(attribution.decide(batch, false), [(2, Outcome::Unroutable)]);
    assert_eq!(
        attribution.decide(vec![confirmed(3, None)], false),
        [(1, Outcome::Stored), (3, Outcome::Stored)]
    );
}

#[test]
fn publishes_that_cannot_be_told_apart_are_each_decided() {
    let mut attribution = Attribution::default();
    let twin = |item, returned: Option<u32>| Confirmed {
        item,
        ..confirmed(1, returned)
    };
    // Both were returned; one of the returns went to a third.
    let batch = vec![twin(10, Some(1)), twin(11, Some(3)), twin(12, Some(1))];
    assert_eq!(
        attribution.decide(batch, false),
        [(10, Outcome::Unroutable), (11, Outcome::Unroutable)]
    );
    assert_eq!(
        attribution.decide(vec![confirmed(4, None)], false),
        [(12, Outcome::Stored), (4, Outcome::Stored)]
    );
}

#[test]
fn a_nack_and_an_optional_publish_are_final() {
    let mut attribution = Attribution::default();
    let nacked = Confirmed {
        nack: true,
        ..confirmed(1, Some(9))
    };
    let optional = Confirmed {
        mandatory: false,
        ..confirmed(2, Some(8))
    };
    assert_eq!(
        attribution.decide(vec![nacked, optional], false),
        [(1, Outcome::Nacked), (2, Outcome::Stored)]
    );
}

#[test]
fn a_lost_channel_gives_up_what_it_held() {
    let mut attribution = Attribution::default();
    assert_eq!(attribution.decide(vec![confirmed(1, Some(2))], false), []);
    assert_eq!(attribution.abandon().collect::<Vec<_>>(), [1]);
}

/// A small generator of our own: a failing seed is told and can be set here again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Publishes `count` messages through a broker that confirms in any order and in any groups, and through lapin's way of handing out
/// returns; the collector takes batches at any moment. Gives how many were held at most.
fn simulate(seed: u64, count: u32, window: usize, unroutable_in_ten: u64) -> usize {
    let mut dice = Dice(seed);
    let unroutable: Vec<bool> = (0..count)
        .map(|_| dice.roll(10) < unroutable_in_ten)
        .collect();
    let mut attribution = Attribution::default();
    let mut waiting: VecDeque<u32> = VecDeque::new(); // returns inside lapin
    let mut in_flight: Vec<u32> = Vec::new();
    let mut resolved: Vec<Confirmed<u32>> = Vec::new();
    let mut outcomes: Vec<Option<Outcome>> = vec![None; unroutable.len()];
    let (mut next, mut returned_up_to, mut most_held) = (0, 0, 0);
    loop {
        while next < count && in_flight.len() < window && dice.roll(4) > 0 {
            in_flight.push(next);
            next += 1;
        }
        // The broker routes in order: some of what is in flight gets its return now.
        let ahead = u32::try_from(dice.roll(5)).unwrap_or_default();
        let returned_now = (returned_up_to + ahead).min(next);
        waiting.extend((returned_up_to..returned_now).filter(|id| unroutable[*id as usize]));
        returned_up_to = returned_now;
        // It confirms any group of what it has routed; lapin resolves the group in any order.
        for _ in 0..dice.roll(6) {
            let routed: Vec<usize> = (0..in_flight.len())
                .filter(|at| in_flight[*at] < returned_up_to)
                .collect();
            if routed.is_empty() {
                break;
            }
            let at = routed[usize::try_from(dice.roll(routed.len() as u64)).unwrap_or_default()];
            let id = in_flight.swap_remove(at);
            resolved.push(confirmed(id, waiting.pop_front()));
        }
        if dice.roll(3) == 0 && !resolved.is_empty() {
            // The collector sees a batch in no particular order.
            let mut batch = std::mem::take(&mut resolved);
            let turn = usize::try_from(dice.roll(batch.len() as u64)).unwrap_or_default();
            batch.rotate_left(turn);
            for (id, outcome) in attribution.decide(batch, in_flight.is_empty()) {
                assert_eq!(
                    outcomes[id as usize].replace(outcome),
                    None,
                    "decided twice, seed {seed}"
                );
            }
            most_held = most_held.max(attribution.held.len());
        }
        if next == count && in_flight.is_empty() && resolved.is_empty() {
            break;
        }
    }
    for (id, outcome) in outcomes.into_iter().enumerate() {
        let truth = if unroutable[id] {
            Outcome::Unroutable
        } else {
            Outcome::Stored
        };
        assert_eq!(
            outcome,
            Some(truth),
            "message {id}, seed {seed}, window {window}"
        );
    }
    assert!(
        attribution.returned.is_empty() && attribution.held.is_empty(),
        "it forgets nothing, seed {seed}"
    );
    most_held
}

#[test]
fn no_message_is_attributed_wrongly() {
    let base = RandomState::new().hash_one("seed");
    let mut most_held = 0;
    for round in 0..400 {
        let window = [1, 2, 8, 64, 500][round % 5];
        let unroutable_in_ten = [1, 5, 9, 10][round % 4];
        most_held = most_held.max(simulate(
            base.wrapping_add(round as u64),
            500,
            window,
            unroutable_in_ten,
        ));
    }
    assert!(
        most_held > 0,
        "the model never made a confirm wait: it tests nothing"
    );
}
