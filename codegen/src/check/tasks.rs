//! A task is handled by one service.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Report};
use crate::model::{MessageKind, Path};
use crate::resolve::Handled;
use crate::source::Span;

/// The tasks that were seen, and who handles them.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    handled: BTreeMap<Path, (String, Span)>,
}

impl Tasks {
    pub(crate) fn handled(&mut self, report: &mut Report, service: &str, handler: &Handled<'_>) {
        if handler.message.kind != MessageKind::Task {
            return;
        }
        let path = &handler.path;
        let span = handler.decl.message.span;
        let Some((first, first_span)) = self.handled.get(path) else {
            let seen = (service.to_owned(), span);
            self.handled.insert(path.clone(), seen);
            return;
        };
        report
            .add(
                Code::TaskHandledTwice,
                span,
                format!("the task `{path}` is handled by `{first}` and by `{service}`"),
            )
            .label(format!("`{service}` handles it here"))
            .and(*first_span, format!("`{first}` handles it here"))
            .help("a task is work for one service: remove one of the handlers, or make it `kind: event`");
    }
}
