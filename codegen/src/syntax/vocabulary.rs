//! The keys and the words that the parser knows, for what describes the language and what lays it out: they are listed once, where they
//! are read.
//!
//! Each table of keys is in the order in which they read best: `urutu fmt` writes them so, the schema and the errors name them so.

pub(crate) use super::arguments::ARGUMENTS;
pub(crate) use super::contract::KEYS as CONTRACT;
pub(crate) use super::field::{DEPRECATED, KEYS as FIELD};
pub(crate) use super::manifest::KEYS as MANIFEST;
pub(crate) use super::message::{DELIVERY, KEYS as MESSAGE};
pub(crate) use super::service::{
    DEAD_LETTER, DEFAULT_QUEUE, DEFAULTS, HANDLER, QUEUE, RETRY, SERVICE,
};
pub(crate) use super::types::{ENUM_VALUE, KEYS as TYPE, UNION};
#[cfg(feature = "render")]
pub(crate) use super::{
    arguments::{MOST_BYTES, OVERFLOWS},
    duration::UNITS,
    field::{CONSTRAINTS, ENCODINGS},
    lint::LEVELS,
    manifest::VERSION,
    message::KINDS,
    percentage::PATTERN as PERCENTAGE,
    service::{ACK_MODES, BACKOFFS, ON_ERROR, ON_UNKNOWN, QUEUE_KINDS},
    type_expr::SCALARS,
    types::FORMS,
};

/// The keys by which a file is a manifest, and no contract file.
pub(crate) fn of_manifests_only() -> impl Iterator<Item = &'static str> {
    MANIFEST.into_iter().filter(|key| !CONTRACT.contains(key))
}
