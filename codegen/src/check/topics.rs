//! The topics of messages, together.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Report};
use crate::model::{Message, Path};
use crate::resolve::Symbols;

/// Warns of messages with one topic on one exchange: a queue that is bound by it gets both.
pub(crate) fn shared(
    report: &mut Report,
    symbols: &Symbols<'_>,
    messages: &BTreeMap<Path, Message>,
) {
    let mut first: BTreeMap<(&str, &str), &Path> = BTreeMap::new();
    for (path, message) in messages {
        // It was reported that this one has no topic.
        if message.topic.is_empty() {
            continue;
        }
        let key = (message.exchange.as_str(), message.topic.as_str());
        let Some(other) = first.get(&key) else {
            first.insert(key, path);
            continue;
        };
        let place = |path: &Path| {
            let (_, decl) = symbols.messages.get(path)?;
            decl.topic.as_ref().map(|topic| topic.span)
        };
        let (Some(span), Some(other_span)) = (place(path), place(other)) else {
            continue;
        };
        report
            .add(
                Code::SharedTopic,
                span,
                format!(
                    "`{path}` and `{other}` have the topic `{}` on the exchange `{}`",
                    message.topic, message.exchange
                ),
            )
            .and(other_span, format!("the topic of `{other}`"))
            .help("each queue for one of them gets both, and a message without a type, from a foreign publisher, cannot be told apart: use two topics");
    }
}
