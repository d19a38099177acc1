//! Bytes that arrive otherwise than they were sent.

use crate::fault::{Damage, Place};
use crate::random::Random;

/// Damages a stream of bytes.
#[derive(Debug)]
pub(crate) struct Damager {
    damage: Damage,
    place: Place,
    /// How many bytes have come.
    seen: u64,
    /// The number of the byte that is damaged next.
    next: Option<u64>,
    /// How many of those that come are still to be left out.
    dropping: usize,
}

impl Damager {
    pub(crate) fn new(damage: Damage, place: Place, random: &mut Random) -> Self {
        let next = match place {
            Place::At(at) => at,
            Place::Every(mean) => random.up_to(mean * 2),
        };
        Self {
            damage,
            place,
            seen: 0,
            next: Some(next),
            dropping: 0,
        }
    }

    pub(crate) fn pass(&mut self, bytes: &[u8], random: &mut Random) -> Vec<u8> {
        let mut passed = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            let mut arrives = byte;
            if self.next == Some(self.seen) {
                self.next = match self.place {
                    Place::At(_) => None,
                    Place::Every(mean) => Some(self.seen + random.up_to(mean * 2)),
                };
                match self.damage {
                    Damage::Flip => arrives ^= 1 << (random.byte() % 8),
                    Damage::Insert(count) => {
                        passed.extend((0..count).map(|_| random.byte()));
                    }
                    Damage::Drop(count) => self.dropping = count,
                }
            }
            self.seen += 1;
            if self.dropping > 0 {
                self.dropping -= 1;
            } else {
                passed.push(arrives);
            }
        }
        passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn damaged(damage: Damage, place: Place, pieces: &[&[u8]]) -> Vec<u8> {
        let mut random = Random::new(7);
        let mut damager = Damager::new(damage, place, &mut random);
        let passed = pieces
            .iter()
            .map(|piece| damager.pass(piece, &mut random))
            .collect::<Vec<_>>();
        passed.concat()
    }

    #[test]
    fn one_place_is_damaged_wherever_the_pieces_end() {
        let flipped = damaged(Damage::Flip, Place::At(3), &[b"ab", b"cdef"]);
        assert_eq!((&flipped[..3], &flipped[4..]), (&b"abc"[..], &b"ef"[..]));
        assert_eq!((flipped[3] ^ b'd').count_ones(), 1);

        let inserted = damaged(Damage::Insert(2), Place::At(2), &[b"ab", b"cd"]);
        assert_eq!((&inserted[..2], &inserted[4..]), (&b"ab"[..], &b"cd"[..]));

        let dropped = damaged(Damage::Drop(3), Place::At(1), &[b"ab", b"cdef"]);
        assert_eq!(dropped, b"aef");
        assert_eq!(damaged(Damage::Flip, Place::At(9), &[b"abcdef"]), b"abcdef");
    }

    #[test]
    fn many_places_are_damaged_and_the_same_ones_each_time() {
        let sent = [0_u8; 10_000];
        let pass = || damaged(Damage::Flip, Place::Every(100), &[&sent]);
        let places = pass().iter().filter(|byte| **byte != 0).count();
        assert!((50..200).contains(&places), "{places} of 10,000");
        assert_eq!(pass(), pass());
    }
}
