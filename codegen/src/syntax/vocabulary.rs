//! The keys and the words that the parser knows, for what describes the language: they are listed once, where they are read.

pub(crate) use super::arguments::{ARGUMENTS, MOST_BYTES, OVERFLOWS};
pub(crate) use super::contract::KEYS as CONTRACT;
pub(crate) use super::duration::UNITS;
pub(crate) use super::field::{CONSTRAINTS, DEPRECATED, ENCODINGS, KEYS as FIELD};
pub(crate) use super::lint::LEVELS;
pub(crate) use super::manifest::{KEYS as MANIFEST, VERSION};
pub(crate) use super::message::{DELIVERY, KEYS as MESSAGE, KINDS};
pub(crate) use super::service::{
    ACK_MODES, BACKOFFS, DEAD_LETTER, DEFAULT_QUEUE, DEFAULTS, HANDLER, ON_ERROR, ON_UNKNOWN,
    QUEUE, QUEUE_KINDS, RETRY, SERVICE,
};
pub(crate) use super::type_expr::SCALARS;
pub(crate) use super::types::{ENUM_VALUE, FORMS, KEYS as TYPE, UNION};
