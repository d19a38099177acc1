//! The names of queues, together.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Report};
use crate::model::{Queue, QueueKind};
use crate::source::{Span, Spanned};

/// The queues that were declared, and where.
#[derive(Debug, Default)]
pub(crate) struct Names {
    declared: BTreeMap<String, Declared>,
}

#[derive(Debug)]
struct Declared {
    /// Its name.
    span: Span,
    /// Unknown of a queue that nothing is handled in.
    kind: Option<QueueKind>,
    /// The name of its dead-letter queue, where one is written.
    dead_letter: Option<Spanned<String>>,
}

/// The queue that keeps the dead letters of `queue` where no other is named, and which the runtime declares.
fn own_dead_letter_queue(queue: &str) -> String {
    format!("{queue}.dead")
}

impl Names {
    pub(crate) fn declared(&mut self, report: &mut Report, name: &Spanned<String>) {
        let Some(first) = self.declared.get(&name.value) else {
            let declared = Declared {
                span: name.span,
                kind: None,
                dead_letter: None,
            };
            self.declared.insert(name.value.clone(), declared);
            return;
        };
        report
            .add(
                Code::DuplicateQueue,
                name.span,
                format!("the queue `{}` is declared twice", name.value),
            )
            .label("again here")
            .and(first.span, "first here")
            .help("two consumers of one queue take each other's messages: give each its own name")
            .help("for one queue with several handlers, put `queue` on the service");
    }

    /// What a declared queue turned out to be, and where its dead letters go.
    pub(crate) fn resolved(&mut self, queue: &Queue, dead_letter: Option<&Spanned<String>>) {
        if let Some(declared) = self.declared.get_mut(&queue.name) {
            declared.kind = Some(queue.kind);
            declared.dead_letter = dead_letter.cloned();
        }
    }

    /// Dead letters are kept: no handler consumes the queue that they go to, and it is of one type.
    pub(crate) fn of_dead_letters(&self, report: &mut Report) {
        let mut reported: Vec<Span> = Vec::new();
        for (name, queue) in &self.declared {
            match &queue.dead_letter {
                None => self.own(report, name, queue),
                // A name that many queues inherit is reported once.
                Some(written) if reported.contains(&written.span) => {}
                Some(written) => {
                    if self.named(report, name, queue, written) {
                        reported.push(written.span);
                    }
                }
            }
        }
    }

    fn own(&self, report: &mut Report, name: &str, queue: &Declared) {
        let dead = own_dead_letter_queue(name);
        let Some(handled) = self.declared.get(&dead) else {
            return;
        };
        report
            .add(
                Code::QueueOfDeadLetters,
                handled.span,
                format!("the queue `{dead}` would get the dead letters of the queue `{name}`"),
            )
            .and(queue.span, format!("the queue `{name}`"))
            .help("choose another name: the worker keeps dead letters in a queue that ends with `.dead`");
    }

    /// Whether something is wrong with a dead-letter queue that has a name.
    fn named(
        &self,
        report: &mut Report,
        name: &str,
        queue: &Declared,
        written: &Spanned<String>,
    ) -> bool {
        let dead = &written.value;
        if let Some(handled) = self.declared.get(dead) {
            let mut handle = report
                .add(
                    Code::QueueOfDeadLetters,
                    written.span,
                    format!("the queue `{dead}` would get the dead letters of the queue `{name}`"),
                )
                .label("is consumed by a handler");
            if handled.span != queue.span {
                handle = handle.and(handled.span, format!("the queue `{dead}`"));
            }
            handle.help("choose a name that no handler or service has for its queue: dead letters wait there until someone looks at them");
            return true;
        }
        let owner = dead.strip_suffix(".dead").filter(|owner| *owner != name);
        let Some((owner, declared)) = owner.and_then(|owner| self.declared.get_key_value(owner))
        else {
            return false;
        };
        if declared.kind != Some(QueueKind::Classic) || declared.dead_letter.is_some() {
            return false;
        }
        report
            .add(
                Code::DeadLetterQueueType,
                written.span,
                format!("the dead-letter queue `{dead}` would be of two types"),
            )
            .label("a quorum queue, as all that have a name")
            .and(
                declared.span,
                format!("the dead letters of `{owner}`, which is classic, go to a classic queue of that name"),
            )
            .help(format!(
                "choose another name, or give the queue `{owner}` the same `dead_letter`"
            ));
        true
    }
}
