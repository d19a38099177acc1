//! A plan for people and for machines.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};
use urutu::tools::{Binding, Destination, Difference, Held, Object, QueueKind, Value};

use super::plan::{Obstacle, Plan, Stranger};
use crate::terminal::amount;

/// What begins the names of the delay cascade's parts, which are many and say little one by one.
const CASCADE: &str = "urutu.delay.";

/// A plan, and whether it was carried out.
pub(super) struct Report<'a> {
    pub(super) broker: &'a str,
    pub(super) plan: &'a Plan,
    pub(super) applied: bool,
}

impl Report<'_> {
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for line in self.lines() {
            text.extend([&*line, "\n"]);
        }
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}: {}", self.broker, self.summary());
        text
    }

    fn lines(&self) -> Vec<String> {
        let Plan {
            missing,
            conflicts,
            surplus,
            strangers,
        } = self.plan;
        let mut lines = Vec::new();
        let exchanges = missing.exchanges.iter();
        for exchange in exchanges.filter(|one| !one.name.starts_with(CASCADE)) {
            lines.push(format!("+ exchange {}", exchange.name));
        }
        let queues = missing.queues.iter();
        for queue in queues.filter(|one| !one.name.starts_with(CASCADE)) {
            lines.push(format!("+ {} queue {}", kind(queue.kind), queue.name));
        }
        let shown = |binding: &&Binding| !is_of_cascade(binding);
        for binding in missing.bindings.iter().filter(shown) {
            lines.push(format!("+ binding {}", arrow(binding)));
        }
        let cascade = missing.exchanges.iter().map(|one| &one.name);
        let cascade = cascade.chain(missing.queues.iter().map(|one| &one.name));
        let cascade = cascade.filter(|name| name.starts_with(CASCADE)).count()
            + missing
                .bindings
                .iter()
                .filter(|one| is_of_cascade(one))
                .count();
        if cascade > 0 {
            let parts = amount(cascade, "part");
            lines.push(format!("+ {parts} of the delay cascade ({CASCADE}*)"));
        }
        lines.extend(conflicts.iter().flat_map(obstacle));
        let surplus = surplus.iter();
        lines.extend(surplus.map(|found| format!("- binding {}", arrow(&found.binding))));
        lines.extend(strangers.iter().map(stranger));
        lines
    }

    fn summary(&self) -> String {
        let missing = &self.plan.missing;
        let (conflicts, surplus) = (self.plan.conflicts.len(), self.plan.surplus.len());
        if self.plan.is_empty() {
            return if self.applied {
                "is as the catalog wants it, there was nothing to do".to_owned()
            } else {
                "is as the catalog wants it".to_owned()
            };
        }
        let created = format!(
            "{}, {}, {}",
            amount(missing.exchanges.len(), "exchange"),
            amount(missing.queues.len(), "queue"),
            amount(missing.bindings.len(), "binding")
        );
        let removed = amount(surplus, "binding");
        if self.applied {
            return format!("created {created}; removed {removed}");
        }
        format!(
            "to create {created}; {}; to remove {removed}",
            amount(conflicts, "conflict")
        )
    }

    pub(super) fn json(&self) -> String {
        let Plan {
            missing,
            conflicts,
            surplus,
            strangers,
        } = self.plan;
        let names = missing.exchanges.iter().map(|exchange| &exchange.name);
        let queues = missing.queues.iter();
        let queues = queues.map(|queue| json!({"name": queue.name, "type": kind(queue.kind)}));
        let bindings = missing.bindings.iter().map(binding);
        let report = json!({
            "broker": self.broker,
            "agrees": self.plan.is_empty(),
            "applied": self.applied,
            "create": {
                "exchanges": names.collect::<Vec<_>>(),
                "queues": queues.collect::<Vec<_>>(),
                "bindings": bindings.collect::<Vec<_>>(),
            },
            "conflicts": conflicts.iter().map(conflict).collect::<Vec<_>>(),
            "remove": surplus.iter().map(|found| binding(&found.binding)).collect::<Vec<_>>(),
            "unknown": strangers.iter().map(unknown).collect::<Vec<_>>(),
        });
        format!("{report:#}\n")
    }
}

fn kind(kind: QueueKind) -> &'static str {
    match kind {
        QueueKind::Quorum => "quorum",
        QueueKind::Classic => "classic",
    }
}

fn is_of_cascade(binding: &Binding) -> bool {
    let (Destination::Queue(to) | Destination::Exchange(to)) = &binding.to;
    binding.exchange.starts_with(CASCADE) && to.starts_with(CASCADE)
}

/// `shop --orders.placed--> billing.order_placed`
fn arrow(binding: &Binding) -> String {
    let (Destination::Queue(to) | Destination::Exchange(to)) = &binding.to;
    // A way out of the delays begins with a word for each level.
    let key = match binding.key.strip_prefix("*.*.*.*.") {
        Some(rest) => format!("*.….{}", rest.trim_start_matches("*.")),
        None => binding.key.to_string(),
    };
    format!("{} --{key}--> {to}", binding.exchange)
}

fn counted(messages: Option<u64>) -> String {
    messages.map_or_else(String::new, |count| {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        format!(" ({})", amount(count, "message"))
    })
}

fn obstacle(Obstacle { conflict, messages }: &Obstacle) -> Vec<String> {
    let name = conflict.object.name();
    let mut lines = vec![match conflict.object {
        Object::Exchange(_) => format!("~ exchange {name}"),
        Object::Queue(_) => format!("~ queue {name}{}", counted(*messages)),
    }];
    let differences = conflict.differences.iter();
    lines.extend(differences.map(|difference| format!("    {difference}")));
    lines.push(format!("    {}", conflict.advice()));
    lines
}

fn stranger(stranger: &Stranger) -> String {
    let bindings = stranger.bindings.iter();
    let bindings: Vec<_> = bindings
        .map(|(exchange, key)| format!("{exchange} --{key}-->"))
        .collect();
    format!(
        "? queue {}{}, bound by {}: no service of the catalog has it; it is left alone",
        stranger.queue,
        counted(stranger.messages),
        bindings.join(", ")
    )
}

fn binding(binding: &Binding) -> Json {
    let (exchange, key) = (&binding.exchange, &binding.key);
    match &binding.to {
        Destination::Queue(queue) => json!({"exchange": exchange, "key": key, "queue": queue}),
        Destination::Exchange(to) => json!({"exchange": exchange, "key": key, "to_exchange": to}),
    }
}

fn conflict(Obstacle { conflict, messages }: &Obstacle) -> Json {
    let object = match conflict.object {
        Object::Exchange(_) => "exchange",
        Object::Queue(_) => "queue",
    };
    let differences = conflict.differences.iter().map(difference);
    json!({
        "object": object,
        "name": conflict.object.name(),
        "messages": messages,
        "differences": differences.collect::<Vec<_>>(),
        "advice": conflict.advice(),
    })
}

/// What is not set is `null`.
fn difference(difference: &Difference) -> Json {
    let broker = match &difference.broker {
        Held::Value(value) => Some(value),
        Held::Nothing | Held::Unknown => None,
    };
    json!({
        "property": difference.property,
        "broker": broker.map(value),
        "contract": difference.contract.as_ref().map(value),
    })
}

fn value(value: &Value) -> Json {
    match value {
        Value::Text(text) => json!(text),
        Value::Number(number) => json!(number),
        Value::Flag(flag) => json!(flag),
    }
}

fn unknown(stranger: &Stranger) -> Json {
    let bindings = stranger.bindings.iter();
    let bindings = bindings.map(|(exchange, key)| json!({"exchange": exchange, "key": key}));
    json!({
        "queue": stranger.queue,
        "messages": stranger.messages,
        "bindings": bindings.collect::<Vec<_>>(),
    })
}
