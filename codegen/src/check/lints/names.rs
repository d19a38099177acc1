//! The names of messages: an event says what has happened, a task what is to be done.

use super::say;
use crate::diagnostic::{Code, Report};
use crate::model::MessageKind;
use crate::names::snake;
use crate::resolve::Checked;

/// Past participles that do not end with `ed`.
const IRREGULAR: [&str; 52] = [
    "begun",
    "bought",
    "broken",
    "brought",
    "built",
    "caught",
    "chosen",
    "come",
    "cut",
    "done",
    "drawn",
    "driven",
    "fallen",
    "forgotten",
    "fought",
    "found",
    "frozen",
    "given",
    "gone",
    "grown",
    "held",
    "hidden",
    "hit",
    "kept",
    "known",
    "laid",
    "left",
    "lent",
    "lost",
    "made",
    "met",
    "paid",
    "put",
    "ran",
    "read",
    "run",
    "seen",
    "sent",
    "set",
    "shown",
    "shut",
    "sold",
    "spent",
    "split",
    "taken",
    "told",
    "thrown",
    "understood",
    "withdrawn",
    "won",
    "out",
    "written",
];

/// Those that are the imperative as well.
const BOTH: [&str; 10] = [
    "come", "cut", "hit", "put", "read", "run", "set", "shut", "split", "out",
];

pub(super) fn all(report: &mut Report, catalog: &Checked<'_>) {
    let (events, tasks) = (report.wants(Code::EventName), report.wants(Code::TaskName));
    for (path, (_, decl)) in &catalog.symbols.messages {
        let name = &path.name;
        let words = snake(name);
        let last = words.rsplit('_').next().unwrap_or_default();
        let (code, message, help) = match decl.kind {
            Some(MessageKind::Event) if events && !words.split('_').any(is_past) => (
                Code::EventName,
                format!("the name of the event `{name}` does not say what has happened"),
                "put it into the past tense, such as `OrderPlaced`",
            ),
            Some(MessageKind::Task) if tasks && is_past(last) && !BOTH.contains(&last) => (
                Code::TaskName,
                format!("the name of the task `{name}` does not say what to do"),
                "put the verb first, such as `CapturePayment`; what has happened is an event",
            ),
            _ => continue,
        };
        say(report, code, decl.name.span, message, help);
    }
}

fn is_past(word: &str) -> bool {
    // `feed`, `need` and `embed` are not.
    let regular =
        word.len() > 3 && word.ends_with("ed") && !word.ends_with("eed") && word != "embed";
    regular || word.ends_with("agreed") || word.ends_with("freed") || IRREGULAR.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::is_past;

    #[test]
    fn participles_are_told_from_other_words() {
        for word in ["placed", "sent", "paid", "agreed"] {
            assert!(is_past(word), "{word}");
        }
        for word in ["capture", "feed", "bed", "order", "embed"] {
            assert!(!is_past(word), "{word}");
        }
    }
}
