//! How long a message may wait in a worker.

use super::{say, written};
use crate::check::services::CONSUMER_TIMEOUT;
use crate::diagnostic::{Code, Report};
use crate::model::{Handler, Queue};
use crate::resolve::Checked;

/// A worker holds a message while others with its value of the key are handled. At worst, it holds nothing else.
pub(super) fn all(report: &mut Report, catalog: &Checked<'_>) {
    for (path, service) in catalog.services {
        let Some((_, decl)) = catalog.symbols.services.get(path.name.as_str()) else {
            continue;
        };
        for queue in &service.queues {
            let Some(slowest) = slowest(queue) else {
                continue;
            };
            let longest = slowest.timeout.saturating_mul(queue.prefetch.into());
            let key = written(decl, &slowest.message).and_then(|one| one.ordered_by.as_ref());
            if let (true, Some(key)) = (longest >= CONSUMER_TIMEOUT, key) {
                let text = format!(
                    "a message may wait for its turn for {} minutes: behind {} others with its value of the key, each of which may take {:?}",
                    longest.as_secs() / 60,
                    queue.prefetch.saturating_sub(1),
                    slowest.timeout,
                );
                let help = "RabbitMQ takes everything back from a worker that holds a message for 30 minutes: lower `timeout` or `prefetch`";
                say(report, Code::LongWait, key.span, text, help);
            }
        }
    }
}

/// The handler of messages in order whose attempts may take the longest.
fn slowest(queue: &Queue) -> Option<&Handler> {
    let ordered = queue.handlers.iter().filter(|one| one.ordered_by.is_some());
    ordered.max_by_key(|handler| handler.timeout)
}
