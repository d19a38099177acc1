//! The ids of messages: version 7 of [RFC 9562](https://www.rfc-editor.org/rfc/rfc9562), the time in milliseconds and 74 random bits. Ids of one millisecond
//! are in no order.

use std::cell::RefCell;
use std::time::{SystemTime, UNIX_EPOCH};

use uuid::{Builder, Uuid};

/// What an id takes of the random bytes.
const TAKEN: usize = 10;

/// The system is asked for so many at a time: asking takes longer than all the rest.
const AT_ONCE: usize = 64 * TAKEN;

/// Random bytes; those before `next` are taken. A process that publishes and then forks would have them twice.
struct Random {
    bytes: [u8; AT_ONCE],
    next: usize,
}

thread_local! {
    static RANDOM: RefCell<Random> = const {
        RefCell::new(Random {
            bytes: [0; AT_ONCE],
            next: AT_ONCE,
        })
    };
}

/// A new id.
///
/// # Panics
///
/// Where the system has no random bytes, as [`Uuid::now_v7`] does.
pub(crate) fn new_id() -> Uuid {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let millis = since.as_secs() * 1_000 + u64::from(since.subsec_millis());
    let random = RANDOM.with_borrow_mut(Random::take);
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

impl Random {
    fn take(&mut self) -> [u8; TAKEN] {
        if self.next == AT_ONCE {
            getrandom::fill(&mut self.bytes)
                .expect("every system that this builds for has random bytes");
            self.next = 0;
        }
        let mut taken = [0; TAKEN];
        taken.copy_from_slice(&self.bytes[self.next..self.next + TAKEN]);
        self.next += TAKEN;
        taken
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread;

    use super::*;

    #[test]
    fn ids_are_of_version_7_and_of_this_moment_and_differ_on_all_threads() {
        let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let threads: Vec<_> = (0..4)
            .map(|_| thread::spawn(|| (0..1_000).map(|_| new_id()).collect::<Vec<_>>()))
            .collect();
        let ids: Vec<_> = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect();
        let after = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        for id in &ids {
            assert_eq!(
                (id.get_version_num(), id.get_variant()),
                (7, uuid::Variant::RFC4122)
            );
            let (seconds, nanos) = id.get_timestamp().unwrap().to_unix();
            let millis = u128::from(seconds) * 1_000 + u128::from(nanos / 1_000_000);
            assert!(
                (before.as_millis()..=after.as_millis()).contains(&millis),
                "{id}"
            );
        }
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 4_000);
        // No bit of the random part is always the same.
        let (mut some, mut all) = (0, u128::MAX);
        for id in &ids {
            some |= id.as_u128();
            all &= id.as_u128();
        }
        let random = 0x0fff_3fff_ffff_ffff_ffff;
        assert_eq!((some & random, all & random), (random, 0));
    }
}
