//! The dead-letter queues of a whole catalog, with their numbers.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;
use urutu::{Bus, DeadLetterFilter};
use urutu_codegen::model::{Model, Queue};

use super::Format;
use super::body::visible;
use super::target::{Broker, Dead};
use crate::check;
use crate::failure::Failure;
use crate::format::Format as Diagnostics;
use crate::terminal::{self, amount};

pub(super) async fn run(catalog: &Path, broker: &Broker, format: Format) -> Result<(), Failure> {
    // What is wrong with the catalog goes to the standard error, whatever the lines on the standard output are.
    let model = check::load(catalog, Diagnostics::Text)?;
    let bus = broker.connect().await?;
    let mut unread = 0;
    for (dead, queues) in dead_letter_queues(&bus, &model) {
        let reading = dead.queue.read(DeadLetterFilter::new()).await;
        let name = dead.queue.name();
        let (letters, error) = match reading {
            Ok(reading) => {
                let letters = reading.total();
                reading.close().await;
                (Some(letters), None)
            }
            Err(error) => (None, Some(error.to_string())),
        };
        unread += usize::from(error.is_some());
        terminal::print(&match format {
            Format::Text => {
                let letters = letters.map_or_else(|| "?".to_owned(), |n| n.to_string());
                let why = error
                    .map(|why| format!("  {}", visible(&why)))
                    .unwrap_or_default();
                format!("{letters:>8}  {name}  of {}{why}\n", queues.join(", "))
            }
            Format::Json => {
                let line = json!({
                    "dead_letter_queue": name,
                    "queues": queues,
                    "letters": letters,
                    "error": error,
                });
                format!("{line}\n")
            }
        });
    }
    bus.close().await;
    if unread > 0 {
        let queues = amount(unread, "dead-letter queue");
        return Err(Failure::Findings(format!(
            "{queues} cannot be read; a service declares its own when it starts"
        )));
    }
    Ok(())
}

/// Each dead-letter queue of a catalog with the queues whose letters it keeps.
fn dead_letter_queues<'a>(bus: &Bus, model: &'a Model) -> Vec<(Dead, Vec<&'a str>)> {
    let mut shared: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut own: Vec<&str> = Vec::new();
    for queue in queues(model) {
        match &queue.dead_letter {
            Some(dead) => shared.entry(dead).or_default().push(&queue.name),
            None => own.push(&queue.name),
        }
    }
    let shared = shared
        .into_iter()
        .map(|(dead, queues)| (Dead::of(bus.clone(), dead, true), queues));
    let own = own
        .into_iter()
        .map(|queue| (Dead::of(bus.clone(), queue, false), vec![queue]));
    let mut all: Vec<_> = shared.chain(own).collect();
    all.sort_by(|(one, _), (other, _)| one.queue.name().cmp(other.queue.name()));
    all
}

fn queues(model: &Model) -> impl Iterator<Item = &Queue> {
    let services = model
        .namespaces
        .values()
        .flat_map(|namespace| namespace.services.values());
    services.flat_map(|service| &service.queues)
}
