//! Free ports of the loopback interface.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::{Ipv4Addr, TcpListener};

/// Below the range that systems give to outgoing connections, so that a client of one test does not take what the node of
/// another was just promised.
const RANGE: std::ops::Range<u16> = 10_000..32_000;

/// `N` ports that are free at this moment, tried in a random order: many test processes ask at once.
pub(crate) fn free<const N: usize>() -> [u16; N] {
    let mut held: Vec<(u16, TcpListener)> = Vec::with_capacity(N);
    let random = RandomState::new();
    let width = u64::from(RANGE.end - RANGE.start);
    for attempt in 0..10_000_u32 {
        let offset = u16::try_from(random.hash_one(attempt) % width).unwrap_or_default();
        let port = RANGE.start + offset;
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            held.push((port, listener));
        }
        if held.len() == N {
            break;
        }
    }
    assert!(
        held.len() == N,
        "no {N} free ports on 127.0.0.1 between {} and {}",
        RANGE.start,
        RANGE.end
    );
    std::array::from_fn(|index| held[index].0)
}
