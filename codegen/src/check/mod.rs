//! The rules, by subject. Each says what is wrong, where, why and what to do.

pub(crate) mod aliases;
pub(crate) mod arguments;
pub(crate) mod bindings;
pub(crate) mod constraints;
pub(crate) mod encoding;
pub(crate) mod finite;
mod format;
pub(crate) mod lints;
pub(crate) mod names;
mod number;
pub(crate) mod ordering;
pub(crate) mod possible;
pub(crate) mod queues;
mod same;
pub(crate) mod services;
pub(crate) mod tasks;
pub(crate) mod topics;
pub(crate) mod unions;
pub(crate) mod values;
pub(crate) mod wire;

pub(crate) use format::is_date;
