//! The Rust implementation of Celery: an app that consumes tasks.
//!
//! Documentation: <https://docs.rs/celery/0.5.5> and the book, <https://rusty-celery.github.io/>.

#![expect(non_local_definitions, reason = "`celery::task` writes them")]

use std::sync::Arc;

use celery::Celery;
use celery::prelude::*;

use super::{PREFETCH, settle, version_of};
use crate::meter::Spent;
use crate::order::{Order, PlaceOrder};
use crate::queue::{Queue, Type};
use crate::tally::Tally;
use crate::{Impossible, Result};

pub(super) fn version() -> String {
    format!(
        "celery {}: prefetch_count {PREFETCH}, acks_late, a tokio task for each delivery, JSON; classic queues only, cannot publish with confirms",
        version_of("celery"),
    )
}

/// It names no type when it declares a queue, which one declared beforehand as a quorum queue refuses. Where the virtual
/// host makes quorum queues by default, they refuse its consumer; celery takes that for a lost connection, and after
/// five seconds consumes on a new one, where it sets no prefetch at all. Nobody would run that.
pub(super) fn takes(queue: Type) -> Result<()> {
    if queue == Type::Classic {
        return Ok(());
    }
    Err(Impossible(
        "celery cannot use quorum queues: it declares queues without `x-queue-type`, and its prefetch is global to the channel, with which quorum queues refuse consumers",
    )
    .into())
}

/// Its arguments are the fields of the message: what the book shows, <https://rusty-celery.github.io/guide/defining-tasks.html>.
#[celery::task]
fn place_order(number: u64, order: Order) -> TaskResult<()> {
    Tally::get().handle(number, &order);
    Ok(())
}

/// `acks_late`, because "if your tasks are idempotent it's strongly recommended", and a `prefetch_count`, because "it's
/// recommended that you set" one then: <https://rusty-celery.github.io/best-practices/index.html>. That page starts at
/// 100 for each CPU; ours is what the others have. Each delivery is handled in a tokio task of its own, so it is also
/// the only limit to how many are handled at a time.
async fn app(queue: &Queue) -> Result<Arc<Celery>> {
    let app = celery::app!(
        broker = AMQPBroker { &queue.url },
        tasks = [place_order],
        task_routes = [],
        default_queue = &queue.name,
        prefetch_count = PREFETCH,
        acks_late = true,
    );
    Ok(app.await?)
}

pub(super) async fn prepare(queue: &Queue, messages: u64) -> Result<()> {
    let app = app(queue).await?;
    for number in 1..=messages {
        let PlaceOrder { number, order } = PlaceOrder::new(number);
        app.send_task(place_order::new(number, order)).await?;
    }
    app.close().await?;
    Ok(())
}

pub(super) async fn consume(queue: &Queue, tally: &'static Tally) -> Result<Spent> {
    let app = app(queue).await?;
    let handled = async {
        tokio::select! {
            // It ends with a signal only.
            ended = app.consume() => Err(format!("the worker ended: {ended:?}")),
            () = tally.all_handled() => Ok(()),
        }
    };
    tally.until(handled).await??;
    let spent = tally.spent()?;
    // The library does not tell when it has acknowledged: tasks that are about to are not part of the time.
    settle().await;
    app.close().await?;
    Ok(spent)
}

pub(super) fn publish() -> Result<Spent> {
    Err(Impossible(
        "celery never asks for confirms: it does not select them on its channel, and drops the promise of one",
    )
    .into())
}
