//! Messages: from declarations to the model.

use std::collections::BTreeMap;

use super::Settings;
use super::symbols::Symbols;
use super::types::{self, Types};
use crate::check;
use crate::diagnostic::Report;
use crate::model::{Message, MessageKind, Path};

pub(super) fn lower(
    report: &mut Report,
    settings: &Settings,
    symbols: &Symbols<'_>,
    types: &Types,
) -> BTreeMap<Path, Message> {
    let mut messages = BTreeMap::new();
    for (path, (contract, decl)) in &symbols.messages {
        let mut fields = types::fields(report, symbols, &path.namespace, &decl.fields);
        types::constrain_fields(report, types, &decl.fields, &mut fields);
        check::possible::fields(report, types, &decl.fields, &fields);
        types::default_fields(report, types, &decl.fields, &mut fields);
        let what = format!("the message `{}`", path.name);
        check::wire::names(report, &what, &decl.fields, &decl.reserved);
        let examples = decl.examples.iter().filter_map(|example| {
            check::values::example(report, types, &path.name, &fields, example)
        });
        let examples = examples.collect();
        let exchange = decl.exchange.as_ref().or(contract.exchange.as_ref());
        let exchange = exchange.map_or(&settings.exchange, |exchange| &exchange.value);
        let message = Message {
            doc: decl.doc.clone(),
            deprecated: decl.deprecated.clone(),
            // What is missing was reported; an empty topic tells the rules to stay silent.
            kind: decl.kind.unwrap_or(MessageKind::Event),
            topic: decl
                .topic
                .as_ref()
                .map(|topic| topic.value.clone())
                .unwrap_or_default(),
            exchange: exchange.clone(),
            priority: decl.priority,
            ttl: decl.ttl,
            fields,
            reserved: decl
                .reserved
                .iter()
                .map(|name| name.value.clone())
                .collect(),
            examples,
        };
        messages.insert(path.clone(), message);
    }
    check::topics::shared(report, symbols, &messages);
    messages
}
