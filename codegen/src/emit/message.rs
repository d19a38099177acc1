//! Messages: a struct, and the contract that says how it travels.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::context::Place;
use super::{docs, record, time};
use crate::model::{Message, MessageKind, Value};

/// A message's struct with its implementations.
pub(super) fn items(place: &Place<'_>, message: &Message) -> Vec<TokenStream> {
    let doc = documentation(message);
    let mut items = record::structure(place, &doc, message.deprecated.as_ref(), &message.fields);
    items.push(contract(place, message));
    items
}

/// What the catalog says, how the message travels, and the first example.
fn documentation(message: &Message) -> Vec<String> {
    let mut lines = docs::text(message.doc.as_deref());
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.push(format!(
        "{} on topic `{}`, exchange `{}`.",
        kind(message),
        message.topic,
        message.exchange
    ));
    if let Some(example) = message.examples.first() {
        let mut json = String::new();
        write_json(&mut json, example, 0);
        lines.extend([String::new(), "```json".to_owned()]);
        lines.extend(json.lines().map(str::to_owned));
        lines.push("```".to_owned());
    }
    lines
}

/// The word for the kind.
pub(super) fn kind(message: &Message) -> &'static str {
    match message.kind {
        MessageKind::Task => "Task",
        MessageKind::Event => "Event",
    }
}

fn contract(place: &Place<'_>, message: &Message) -> TokenStream {
    let (ident, runtime) = (&place.ident, &place.cx().runtime);
    let type_id = place.path.to_string();
    let kind = match message.kind {
        MessageKind::Task => quote!(#runtime::Kind::Task),
        MessageKind::Event => quote!(#runtime::Kind::Event),
    };
    let (topic, exchange) = (&message.topic, &message.exchange);
    let prelude = &place.module.prelude;
    let priority = prelude.optional(message.priority.map(|priority| {
        let priority = Literal::u8_unsuffixed(priority);
        quote!(#priority)
    }));
    let ttl = prelude.optional(message.ttl.map(time::duration));
    quote! {
        impl #runtime::Message for #ident {
            const CONTRACT: &'static #runtime::Contract = &#runtime::Contract {
                type_id: #type_id,
                kind: #kind,
                topic: #topic,
                exchange: #exchange,
                priority: #priority,
                ttl: #ttl,
            };
        }
    }
}

/// JSON as people write it; characters that could end a comment or a line are escaped.
fn write_json(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.0),
        Value::String(text) => write_string(out, text),
        Value::List(items) => {
            let items = items.iter().map(|item| (None, item));
            write_block(out, ['[', ']'], items, depth);
        }
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(key, value)| (Some(key.as_str()), value));
            write_block(out, ['{', '}'], fields, depth);
        }
    }
}

fn write_block<'v>(
    out: &mut String,
    [open, close]: [char; 2],
    parts: impl ExactSizeIterator<Item = (Option<&'v str>, &'v Value)>,
    depth: usize,
) {
    out.push(open);
    let last = parts.len().saturating_sub(1);
    let empty = parts.len() == 0;
    for (index, (key, value)) in parts.enumerate() {
        out.push('\n');
        out.push_str(&"  ".repeat(depth + 1));
        if let Some(key) = key {
            write_string(out, key);
            out.push_str(": ");
        }
        write_json(out, value, depth + 1);
        if index < last {
            out.push(',');
        }
    }
    if !empty {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    }
    out.push(close);
}

fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            // Three in a row at the start of a line would end the block that the example stands in.
            '`' => out.push_str("\\u0060"),
            c if c.is_ascii_graphic() || c == ' ' || c.is_alphanumeric() => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.extend(format!("\\u{unit:04x}").chars());
                }
            }
        }
    }
    out.push('"');
}
