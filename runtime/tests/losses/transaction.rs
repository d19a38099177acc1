//! A unit of work around each handler, as a layer: rows are there for others once it is committed, and gone with a failed handler.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use tower_layer::Layer;
use urutu::{BoxError, Done, Inbound};

/// A table, and how many commits are still to fail.
#[derive(Debug, Clone, Default)]
pub(crate) struct Database {
    rows: Arc<Mutex<Vec<u32>>>,
    failing: Arc<AtomicU32>,
}

/// The rows of one unit of work.
#[derive(Debug, Clone, Default)]
pub(crate) struct Transaction(Arc<Mutex<Vec<u32>>>);

/// Begins a transaction before the handler and commits it behind.
#[derive(Debug, Clone)]
pub(crate) struct InTransaction<S> {
    handlers: S,
    database: Database,
}

impl Database {
    pub(crate) fn fail_commits(&self, times: u32) {
        self.failing.store(times, Ordering::SeqCst);
    }

    pub(crate) fn rows(&self) -> Vec<u32> {
        self.rows.lock().unwrap().clone()
    }

    fn commit(&self, transaction: &Transaction) -> Result<(), BoxError> {
        let fails = |left: u32| left.checked_sub(1);
        let (set, get) = (Ordering::SeqCst, Ordering::SeqCst);
        if self.failing.fetch_update(set, get, fails).is_ok() {
            return Err("the database is full".into());
        }
        let mut written = transaction.0.lock().unwrap();
        self.rows.lock().unwrap().append(&mut written);
        Ok(())
    }
}

impl Transaction {
    pub(crate) fn insert(&self, row: u32) {
        self.0.lock().unwrap().push(row);
    }
}

impl<S> Layer<S> for Database {
    type Service = InTransaction<S>;

    fn layer(&self, handlers: S) -> Self::Service {
        InTransaction {
            handlers,
            database: self.clone(),
        }
    }
}

impl<S> tower_service::Service<Inbound> for InTransaction<S>
where
    S: tower_service::Service<Inbound, Response = Done>,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    type Response = Done;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Done, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.handlers.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, inbound: Inbound) -> Self::Future {
        let transaction = Transaction::default();
        inbound.insert(transaction.clone());
        let handled = self.handlers.call(inbound);
        let database = self.database.clone();
        Box::pin(async move {
            let done = handled.await.map_err(Into::into)?;
            database.commit(&transaction)?;
            Ok(done)
        })
    }
}
