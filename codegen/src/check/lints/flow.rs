//! Who publishes and who handles.

use std::collections::BTreeSet;

use super::{kind_word, say, written};
use crate::check::arguments::sorts_by_priority;
use crate::diagnostic::{Code, Report};
use crate::model::{MessageKind, Path};
use crate::resolve::Checked;

pub(super) fn all(report: &mut Report, catalog: &Checked<'_>) {
    // A catalog that names no service is one of messages only.
    if catalog.services.is_empty() {
        return;
    }
    idle(report, catalog);
    priorities(report, catalog);
    let services = || catalog.services.values();
    let queues = || services().flat_map(|service| &service.queues);
    let handlers = queues().flat_map(|queue| &queue.handlers);
    let handled: BTreeSet<&Path> = handlers.map(|handler| &handler.message).collect();
    let published: BTreeSet<&Path> = services().flat_map(|service| &service.publishes).collect();
    for (path, (_, decl)) in &catalog.symbols.messages {
        let Some(message) = catalog.messages.get(path) else {
            continue;
        };
        let span = decl.name.span;
        let word = kind_word(message.kind);
        if !handled.contains(path) {
            let text = format!("no service handles the {word} `{}`", path.name);
            match message.kind {
                MessageKind::Event => {
                    let help = "add it to the `handles` of a service, or remove it";
                    say(report, Code::EventWithoutConsumer, span, text, help);
                }
                MessageKind::Task => {
                    let help = "add it to the `handles` of a service: until then, to publish it is an error";
                    say(report, Code::TaskWithoutHandler, span, text, help);
                }
            }
        }
        if report.wants(Code::MessageWithoutPublisher) && !published.contains(path) {
            let text = format!("no service publishes the {word} `{}`", path.name);
            let help = "add it to the `publishes` of a service, or remove it";
            say(report, Code::MessageWithoutPublisher, span, text, help);
        }
    }
}

fn idle(report: &mut Report, catalog: &Checked<'_>) {
    for (_, decl) in catalog.symbols.services.values() {
        if decl.publishes.is_empty() && decl.handles.is_empty() {
            let message = format!(
                "the service `{}` neither publishes nor handles anything",
                decl.name.value
            );
            let help = "say what it `publishes` or `handles`, or remove it";
            say(report, Code::IdleService, decl.name.span, message, help);
        }
    }
}

/// A classic queue knows priorities only if it is declared with their number, which no queue of a catalog is.
fn priorities(report: &mut Report, catalog: &Checked<'_>) {
    for (path, service) in catalog.services {
        let Some((_, decl)) = catalog.symbols.services.get(path.name.as_str()) else {
            continue;
        };
        let classic = service
            .queues
            .iter()
            .filter(|queue| !sorts_by_priority(queue.kind, &queue.arguments));
        for (queue, handler) in
            classic.flat_map(|queue| queue.handlers.iter().map(move |one| (queue, one)))
        {
            let message = &handler.message;
            let has_priority = catalog
                .messages
                .get(message)
                .is_some_and(|of| of.priority.is_some());
            if let (true, Some(written)) = (has_priority, written(decl, message)) {
                let text = format!(
                    "the priority of `{}` has no effect in the classic queue `{}`",
                    message.name, queue.name
                );
                let help = "give it a `max_priority`, use a `quorum` queue, which prefers priorities above 4, or a queue of its own for what is urgent";
                say(
                    report,
                    Code::InertPriority,
                    written.message.span,
                    text,
                    help,
                );
            }
        }
    }
}
