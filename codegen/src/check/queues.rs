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
