//! Names and texts that are legal in a catalog and awkward in Rust.

use std::collections::BTreeSet;

use crate::dice::Dice;

pub(crate) const NAMESPACES: [&str; 12] = [
    "shop",
    "shop.orders",
    "type",
    "mod",
    "self.crate",
    "std",
    "core.result",
    "urutu",
    "serde.de",
    "a1.b_2",
    "shop.orders.r#gen",
    "super.alloc",
];

const TYPES: [&str; 37] = [
    "Option",
    "Result",
    "String",
    "Vec",
    "Box",
    "Some",
    "None",
    "Ok",
    "Err",
    "Self",
    "Type",
    "Unknown",
    "Error",
    "Bytes",
    "Message",
    "Default",
    "Clone",
    "Debug",
    "Send",
    "Sync",
    "Sized",
    "Into",
    "From",
    "Iterator",
    "Drop",
    "Fn",
    "HTTPDown",
    "A1",
    "X",
    "Nullable",
    "Context",
    "Delivery",
    "Validate",
    "Contract",
    "Serialize",
    "Money",
    "IntoService",
];

const FIELDS: [&str; 40] = [
    "type",
    "self",
    "crate",
    "super",
    "gen",
    "async",
    "await",
    "dyn",
    "fn",
    "impl",
    "match",
    "move",
    "mut",
    "ref",
    "static",
    "struct",
    "try",
    "union",
    "use",
    "where",
    "yield",
    "abstract",
    "box",
    "message",
    "checker",
    "test",
    "result",
    "value",
    "items",
    "name",
    "new",
    "default",
    "bus",
    "id",
    "a_b_c",
    "x1",
    "serializer",
    "deserializer",
    "none",
    "f64",
];

pub(crate) const TEXTS: [&str; 14] = [
    "web",
    "in-house",
    "in_house",
    "1st",
    "self",
    "Self",
    "unknown",
    "Unknown",
    "é",
    "日本",
    "+",
    "a b",
    "\"quoted\"",
    "back\\slash",
];

pub(crate) const DOCS: [&str; 8] = [
    "Plain.",
    "Two lines.\n\nAnd a list:\n- one\n- two",
    "```\nassert!(false);\n```",
    "    indented code",
    "*/ /* \" ' \\ # ![deny(warnings)] \u{202e}",
    "A [link](https://example.com), <b>html</b> & `code`, [`Self`].",
    "#![allow(everything)]",
    "| a | b |\n|---|---|\n| 1 | 2 |",
];

/// Names of one scope that stay different whatever their casing becomes.
#[derive(Default)]
pub(crate) struct Names(BTreeSet<String>);

impl Names {
    /// A name for a type or a message.
    pub(crate) fn camel(&mut self, dice: &mut Dice) -> String {
        self.pick(dice, &TYPES, |name, n| format!("{name}{n}"))
    }

    /// A name for a field.
    pub(crate) fn snake(&mut self, dice: &mut Dice) -> String {
        self.pick(dice, &FIELDS, |name, n| format!("{name}_{n}"))
    }

    /// Whatever can stand in JSON.
    pub(crate) fn text(&mut self, dice: &mut Dice) -> String {
        self.pick(dice, &TEXTS, |name, n| format!("{name} {n}"))
    }

    pub(crate) fn namespace(&mut self, dice: &mut Dice) -> String {
        self.pick(dice, &NAMESPACES, |name, n| format!("{name}.n{n}"))
            .replace("r#", "")
    }

    fn pick(
        &mut self,
        dice: &mut Dice,
        pool: &[&str],
        other: impl Fn(&str, usize) -> String,
    ) -> String {
        loop {
            let name = *dice.one_of(pool);
            let name = if dice.once_in(3) {
                other(name, dice.below(100))
            } else {
                name.to_owned()
            };
            if self.0.insert(name.to_lowercase().replace('_', "")) {
                return name;
            }
        }
    }
}
