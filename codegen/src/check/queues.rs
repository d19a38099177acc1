//! The names of queues, together.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Report};
use crate::source::{Span, Spanned};

/// The queues that were declared, and where.
#[derive(Debug, Default)]
pub(crate) struct Names {
    declared: BTreeMap<String, Span>,
}

impl Names {
    /// The dead letters of a queue go to one of its name with `.dead`, which the runtime declares.
    pub(crate) fn of_dead_letters(&self, report: &mut Report) {
        for (name, span) in &self.declared {
            let owner = name.strip_suffix(".dead");
            let Some((owner, at)) = owner.and_then(|owner| self.declared.get_key_value(owner))
            else {
                continue;
            };
            report
                .add(
                    Code::QueueOfDeadLetters,
                    *span,
                    format!("the queue `{name}` would get the dead letters of the queue `{owner}`"),
                )
                .and(*at, format!("the queue `{owner}`"))
                .help("choose another name: the worker keeps dead letters in a queue that ends with `.dead`");
        }
    }

    pub(crate) fn declared(&mut self, report: &mut Report, name: &Spanned<String>) {
        let Some(first) = self.declared.get(&name.value) else {
            self.declared.insert(name.value.clone(), name.span);
            return;
        };
        report
            .add(
                Code::DuplicateQueue,
                name.span,
                format!("the queue `{}` is declared twice", name.value),
            )
            .label("again here")
            .and(*first, "first here")
            .help("two consumers of one queue take each other's messages: give each its own name")
            .help("for one queue with several handlers, put `queue` on the service");
    }
}
