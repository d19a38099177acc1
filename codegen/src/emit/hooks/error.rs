//! Rules that cannot be followed.

use std::fmt;

use crate::diagnostic::nearest;

/// A hook that is no Rust, or that fits nothing in the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidHook {
    /// It matches no type, message or field.
    Nothing {
        /// The rule.
        rule: String,
        /// What to do.
        help: String,
    },
    /// Part of it is not the Rust that it should be.
    NotRust {
        /// The rule.
        rule: String,
        /// What it should be.
        what: &'static str,
        /// What the parser says.
        why: String,
    },
    /// An external type for an alias, which is no type of its own.
    Alias(String),
    /// An external type for a message, whose contract is generated.
    Message(String),
    /// An attribute of serde, which generated code does not derive.
    Serde(String),
}

impl InvalidHook {
    pub(super) fn nothing<'n>(
        rule: String,
        name: &str,
        is_field: bool,
        types: impl Iterator<Item = &'n str> + Clone,
        fields: impl Iterator<Item = &'n str> + Clone,
    ) -> Self {
        let near = if is_field {
            nearest(name, fields)
        } else {
            nearest(name, types.clone())
        };
        // A simple name where the full one is needed.
        let ending = format!(".{name}");
        let full = types.into_iter().find(|full| full.ends_with(&ending));
        let help = match near.or(full.filter(|_| !is_field)) {
            Some(name) => format!("did you mean `{name}`?"),
            None if is_field => {
                "write the full name of a field, like `shop.orders.OrderPlaced.note`, with `*` for any characters".to_owned()
            }
            None => {
                "write a full name, like `shop.orders.OrderPlaced`, with `*` for any characters, or `.` for everything".to_owned()
            }
        };
        Self::Nothing { rule, help }
    }
}

impl fmt::Display for InvalidHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing { rule, help } => {
                write!(f, "the rule {rule} matches nothing in the catalog; {help}")
            }
            Self::NotRust { rule, what, why } => {
                write!(f, "the rule {rule} needs {what}: {why}")
            }
            Self::Alias(rule) => write!(
                f,
                "the rule {rule} is for an alias, which is only another name; name the record, enum or union that it stands for"
            ),
            Self::Message(rule) => write!(
                f,
                "the rule {rule} is for a message, whose contract must be generated; only records, enums and unions can be yours"
            ),
            Self::Serde(rule) => write!(
                f,
                "the rule {rule} has no effect: generated code reads and writes itself, without serde's derives; what stands on the wire is \
                 said by the catalog (`wire`, `accepts`, `default`)"
            ),
        }
    }
}

impl std::error::Error for InvalidHook {}
