//! The binding keys of a service's queue against the topics of messages.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Report};
use crate::model::{Binding, Message, MessageKind, OnUnknown, Path};
use crate::resolve::Handled;
use crate::source::Spanned;
use crate::syntax::{Bindings, one_of};

/// Binds each key to the exchanges of the handled messages that it matches.
///
/// A key that matches nothing, and a handled message that no key matches, are errors; a message of the catalog that comes along
/// unhandled is worth a warning, unless the queue ignores what it does not know.
pub(crate) fn of_service(
    report: &mut Report,
    bindings: &Bindings,
    handled: &[Handled<'_>],
    messages: &BTreeMap<Path, Message>,
    on_unknown: OnUnknown,
) -> Vec<Binding> {
    let mut made = Vec::new();
    // A message without a topic was reported; it might have been meant by any key.
    let whole = handled.iter().all(|one| !one.message.topic.is_empty());
    for key in &bindings.keys {
        let matched = handled
            .iter()
            .filter(|one| matches(&key.value, &one.message.topic));
        let mut exchanges: Vec<&str> = matched.map(|one| one.message.exchange.as_str()).collect();
        exchanges.sort_unstable();
        exchanges.dedup();
        if exchanges.is_empty() && whole {
            matches_nothing(report, key, handled);
        }
        captures_tasks(report, key, &exchanges, handled, messages);
        if on_unknown == OnUnknown::DeadLetter {
            captures(report, key, &exchanges, handled, messages);
        }
        made.extend(exchanges.into_iter().map(|exchange| Binding {
            exchange: exchange.to_owned(),
            key: key.value.clone(),
        }));
    }
    redundant(report, &bindings.keys);
    // With no key left, all of them were malformed, which was reported.
    if !bindings.keys.is_empty() {
        for one in handled {
            unbound(report, bindings, one);
        }
    }
    made.sort();
    made.dedup();
    made
}

fn matches_nothing(report: &mut Report, key: &Spanned<String>, handled: &[Handled<'_>]) {
    let topics = handled.iter().map(|one| one.message.topic.as_str());
    report
        .add(
            Code::BindingMatchesNothing,
            key.span,
            format!(
                "the binding key `{}` matches no message that the service handles",
                key.value
            ),
        )
        .help(format!(
            "it handles messages with the topic {}",
            one_of(topics)
        ));
}

fn unbound(report: &mut Report, bindings: &Bindings, one: &Handled<'_>) {
    let topic = &one.message.topic;
    let bound = bindings.keys.iter().any(|key| matches(&key.value, topic));
    if bound || topic.is_empty() {
        return;
    }
    report
        .add(
            Code::NotBound,
            one.decl.message.span,
            format!(
                "no binding key matches the topic `{topic}` of `{}`",
                one.path
            ),
        )
        .label("would never be called")
        .and(bindings.span, "the binding keys of the queue")
        .help(format!("add `\"{topic}\"` to them"));
}

fn captures(
    report: &mut Report,
    key: &Spanned<String>,
    exchanges: &[&str],
    handled: &[Handled<'_>],
    messages: &BTreeMap<Path, Message>,
) {
    let captured = messages.iter().filter(|(path, message)| {
        message.kind == MessageKind::Event
            && exchanges.contains(&message.exchange.as_str())
            && matches(&key.value, &message.topic)
            && !handled.iter().any(|one| one.path == **path)
    });
    let captured: Vec<String> = captured.map(|(path, _)| format!("`{path}`")).collect();
    let Some(first) = captured.first() else {
        return;
    };
    let more = match captured.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    report
        .add(
            Code::CapturesUnhandled,
            key.span,
            format!("the binding key `{}` captures {first}{more}, which the service does not handle", key.value),
        )
        .help("they go to the dead-letter queue: handle them, narrow the key, or set `on_unknown: ignore`");
}

/// A task is work for one service. A queue that gets it as well makes its publisher believe that it was taken, even if nobody has.
fn captures_tasks(
    report: &mut Report,
    key: &Spanned<String>,
    exchanges: &[&str],
    handled: &[Handled<'_>],
    messages: &BTreeMap<Path, Message>,
) {
    let mut captured = messages.iter().filter(|(path, message)| {
        message.kind == MessageKind::Task
            && exchanges.contains(&message.exchange.as_str())
            && matches(&key.value, &message.topic)
            && !handled.iter().any(|one| one.path == **path)
    });
    let Some((path, _)) = captured.next() else {
        return;
    };
    let more = match captured.count() {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    report
        .add(
            Code::CapturesTask,
            key.span,
            format!("the binding key `{}` captures the task `{path}`{more}, which another service has to handle", key.value),
        )
        .help("a task that any queue gets counts as delivered, even if nobody does the work: narrow the key, or give tasks topics of their own");
}

/// Keys whose messages another key brings as well.
fn redundant(report: &mut Report, keys: &[Spanned<String>]) {
    for key in keys {
        let covers =
            |other: &&Spanned<String>| other.value != key.value && covers(&other.value, &key.value);
        // Of two keys that cover each other, the later one is too much.
        let other = keys.iter().filter(covers).find(|other| {
            !self::covers(&key.value, &other.value) || other.span.start < key.span.start
        });
        if let Some(other) = other {
            report
                .add(
                    Code::RedundantBinding,
                    key.span,
                    format!(
                        "the binding key `{}` adds nothing to `{}`",
                        key.value, other.value
                    ),
                )
                .and(other.span, "brings the same messages, and maybe more")
                .help("remove it");
        }
    }
}

/// Whether every topic that `narrow` matches is matched by `wide`. Not every such pair is recognised, but none in error.
fn covers(wide: &str, narrow: &str) -> bool {
    reaches(wide, narrow, |word, found| match word {
        "#" => true,
        "*" => found != "#",
        word => word == found,
    })
}

/// Whether a binding key matches a topic: `*` stands for one word, `#` for any number of words.
fn matches(key: &str, topic: &str) -> bool {
    if topic.is_empty() {
        return false;
    }
    reaches(key, topic, |word, found| {
        matches!(word, "*" | "#") || word == found
    })
}

/// Whether the words of a key, of which `#` stands for any number, stand for those of a text.
fn reaches(key: &str, text: &str, fits: impl Fn(&str, &str) -> bool) -> bool {
    let key: Vec<&str> = key.split('.').collect();
    let topic: Vec<&str> = text.split('.').collect();
    // Whether the key up to some word matches the topic up to some word, row by row: no key can make it slow.
    let mut row = vec![false; topic.len() + 1];
    row[0] = true;
    for word in key {
        let mut next = vec![false; topic.len() + 1];
        next[0] = word == "#" && row[0];
        for (at, found) in topic.iter().enumerate() {
            next[at + 1] = match word {
                "#" => row[at + 1] || next[at],
                word => row[at] && fits(word, found),
            };
        }
        row = next;
    }
    row[topic.len()]
}

#[cfg(test)]
mod tests {
    use super::{covers, matches};

    #[test]
    fn a_key_covers_another_where_it_brings_all_of_its_messages() {
        for (wide, narrow, expected) in [
            ("orders.#", "orders.placed", true),
            ("orders.#", "orders.*", true),
            ("orders.#", "orders.#.late", true),
            ("#", "*.placed", true),
            ("orders.*", "orders.#", false),
            ("orders.*", "orders.placed", true),
            ("orders.placed", "orders.*", false),
            ("*.placed", "orders.*", false),
            ("*.*", "orders.#", false),
        ] {
            assert_eq!(covers(wide, narrow), expected, "{wide} {narrow}");
        }
    }

    #[test]
    fn binding_keys_match_as_on_the_broker() {
        for (key, topic, expected) in [
            ("orders.placed", "orders.placed", true),
            ("orders.*", "orders.placed", true),
            ("orders.*", "orders", false),
            ("orders.*", "orders.placed.late", false),
            ("orders.#", "orders", true),
            ("orders.#", "orders.placed.late", true),
            ("#", "orders", true),
            ("#.late", "orders.placed.late", true),
            ("#.late", "late", true),
            ("*.#", "a", true),
            ("a.#.b.#.c", "a.x.b.c", true),
            ("a.#.b.#.c", "a.x.c", false),
        ] {
            assert_eq!(matches(key, topic), expected, "{key} {topic}");
        }
    }
}
