//! A dead letter as text and as JSON.

use serde_json::json;
use urutu::DeadLetter;

use super::body::{Body, visible, visible_json};
use crate::terminal::amount;

/// One line about a letter, without its body.
pub(super) fn line(letter: &DeadLetter) -> String {
    let died_at = letter.died_at().map(|time| time.to_string());
    let attempts = usize::try_from(letter.attempts()).unwrap_or(usize::MAX);
    let mut columns = vec![
        died_at.as_deref().unwrap_or("at no known time").to_owned(),
        letter.reason().to_owned(),
        letter.type_id().unwrap_or("no type").to_owned(),
        letter.message_id().unwrap_or("no id").to_owned(),
        letter.queue().unwrap_or("no known queue").to_owned(),
        amount(attempts, "attempt"),
    ];
    columns.extend(letter.errors().into_iter().next());
    let columns: Vec<_> = columns.iter().map(|column| visible(column)).collect();
    columns.join("  ") + "\n"
}

/// All about a letter, with its body.
pub(super) fn page(letter: &DeadLetter) -> String {
    let died_at = letter.died_at().map(|time| time.to_string());
    let attempts = letter.attempts().to_string();
    let mut rows = Vec::new();
    let mut row = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            rows.push(format!("{name:<14} {}", visible(value)));
        }
    };
    row("message", Some(letter.message_id().unwrap_or("no id")));
    row("type", letter.type_id());
    row("correlation", letter.correlation_id());
    row("exchange", letter.exchange());
    row("topic", letter.topic());
    row("queue", letter.queue());
    row("died at", died_at.as_deref());
    row("reason", Some(letter.reason()));
    for (depth, error) in letter.errors().iter().enumerate() {
        let name = if depth == 0 { "error" } else { "caused by" };
        row(name, Some(error.as_str()));
    }
    row("attempts", Some(attempts.as_str()));
    row("first failed", letter.first_failed_at());
    row("last failed", letter.last_failed_at());
    row("replayed at", letter.replayed_at());
    row("content type", letter.content_type());
    let body = Body::of(letter.body());
    let size = amount(letter.body().len(), "byte");
    rows.push(format!("{:<14} {size}, {}", "body", body.encoding()));
    rows.extend(body.lines().lines().map(|line| format!("  {line}")));
    rows.join("\n") + "\n"
}

/// A letter as an object on one line, with or without its body.
pub(super) fn object(letter: &DeadLetter, with_body: bool) -> String {
    let about = visible_json(&about(letter).to_string());
    let Some(members) = about.strip_suffix('}').filter(|_| with_body) else {
        return about + "\n";
    };
    let body = Body::of(letter.body());
    let (encoding, json) = (body.encoding(), body.to_json());
    format!("{members},\"body_encoding\":\"{encoding}\",\"body\":{json}}}\n")
}

fn about(letter: &DeadLetter) -> serde_json::Value {
    json!({
        "dead_letter_queue": letter.dead_letter_queue(),
        "queue": letter.queue(),
        "reason": letter.reason(),
        "errors": letter.errors(),
        "attempts": letter.attempts(),
        "died_at": letter.died_at().map(|time| time.to_string()),
        "first_failed_at": letter.first_failed_at(),
        "last_failed_at": letter.last_failed_at(),
        "replayed_at": letter.replayed_at(),
        "type": letter.type_id(),
        "message_id": letter.message_id(),
        "correlation_id": letter.correlation_id(),
        "exchange": letter.exchange(),
        "topic": letter.topic(),
        "content_type": letter.content_type(),
        "size": letter.body().len(),
    })
}
