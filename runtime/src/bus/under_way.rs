//! What is declared at this moment, so that a crowd of callers does it once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tokio::task::AbortHandle;

use crate::transport::TransportError;

/// Declarations that belong to tasks: callers may be polled late or never again, and nobody is to wait for one of them.
#[derive(Debug)]
pub(crate) struct UnderWay<K>(Mutex<HashMap<K, Declaring>>);

/// How a declaration ends, for all who wait for it.
pub(crate) type Outcome = Shared<BoxFuture<'static, Result<(), TransportError>>>;

#[derive(Debug)]
struct Declaring {
    task: AbortHandle,
    outcome: Outcome,
}

impl<K> Default for UnderWay<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> UnderWay<K> {
    /// The outcome of the declaration of `what` that is under way, or of the one that begins here.
    pub(crate) fn join<F>(&self, what: K, declare: impl FnOnce() -> F) -> Outcome
    where
        F: Future<Output = Result<(), TransportError>> + Send + 'static,
    {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One that has ended may tell of what was; nobody may have waited for it.
        under_way.retain(|_, declaring| !declaring.task.is_finished());
        if let Some(going_on) = under_way.get(&what) {
            return going_on.outcome.clone();
        }
        let task = tokio::spawn(declare());
        let handle = task.abort_handle();
        let outcome = task.map(|ended| {
            ended.unwrap_or_else(|_| {
                Err(TransportError::Disconnected(
                    "the declaration has ended with its runtime".to_owned(),
                ))
            })
        });
        let outcome = outcome.boxed().shared();
        let declaring = Declaring {
            task: handle,
            outcome: outcome.clone(),
        };
        under_way.insert(what, declaring);
        outcome
    }
}
