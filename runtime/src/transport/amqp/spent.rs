//! Bodies of messages that nobody needs any more.
//!
//! lapin's thread allocates each body, and the threads of handlers would free it: glibc's `free` takes the lock of the thread that has allocated, once its small
//! cache is full, and lapin's thread waits for it at each of its own allocations. So they go back to that thread, which frees them before it reads what comes
//! next, and takes their memory for that.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

/// So large are the bodies that go back. glibc frees smaller ones without the lock (its fast bins); those that are larger would be too much to keep.
const SIZES: RangeInclusive<usize> = 128..=4096;

/// So many wait for their thread, which reads some at a time; a connection on which nothing comes keeps them. The others are freed where they are.
const MOST: usize = 256;

/// The spent bodies of a connection, and of the one that takes its place when it is lost.
#[derive(Clone)]
pub(super) struct Spent(Arc<Mutex<Vec<Vec<u8>>>>);

impl Spent {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    /// The body for its handler, which comes back when its last clone is dropped.
    pub(super) fn lend(&self, body: Vec<u8>) -> Bytes {
        if !SIZES.contains(&body.capacity()) {
            return body.into();
        }
        Bytes::from_owner(Lent {
            body,
            spent: self.clone(),
        })
    }

    /// Frees what has come back. Said by the thread that they are from, which keeps an empty list for it.
    pub(super) fn free(&self, list: &mut Vec<Vec<u8>>) {
        std::mem::swap(&mut *self.lock(), list);
        list.clear();
    }

    /// How many wait.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spent").finish_non_exhaustive()
    }
}

struct Lent {
    body: Vec<u8>,
    spent: Spent,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut spent = self.spent.lock();
        if spent.len() < MOST {
            spent.push(std::mem::take(&mut self.body));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_comes_back_with_its_last_clone() {
        let spent = Spent::new();
        let body = spent.lend(vec![7; 1000]);
        let part = body.slice(990..);
        drop(body);
        assert_eq!((&part[..], spent.len()), (&[7; 10][..], 0));
        drop(part);
        assert_eq!(spent.len(), 1);
        spent.free(&mut Vec::new());
        assert_eq!(spent.len(), 0);
    }

    #[test]
    fn what_is_small_or_large_or_too_much_is_not_kept() {
        let spent = Spent::new();
        for size in [0, 1, 127, 4097, 1 << 20] {
            assert_eq!(spent.lend(vec![7; size]), vec![7; size]);
        }
        assert_eq!(spent.len(), 0);
        let many: Vec<_> = (0..2 * MOST).map(|_| spent.lend(vec![7; 4096])).collect();
        drop(many);
        assert_eq!(spent.len(), MOST);
    }
}
