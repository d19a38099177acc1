//! Random catalogs and random messages.
//!
//! `catalogs`: random valid catalogs have no errors, and the code that is generated from them compiles without warnings. `messages`: random
//! messages of the golden catalogs survive a round trip, and their readers and the JSON Schemas agree on which messages are valid.
//! `formatted`: the same catalogs, laid out at random and with comments, say the same when they are formatted. `order`: their files and keys, in
//! another order, give the same bytes.
//!
//! `PROPTEST_CASES` says how many messages are tried of each type and how many catalogs are formatted; a tenth of it, how many catalogs
//! are compiled. `PROPERTY_SEED` says at which of these to begin.

// The golden modules have more than these tests use.
#![allow(dead_code)]

#[path = "../golden/constraints/bus/mod.rs"]
#[rustfmt::skip]
mod constraints;
#[path = "../golden/enums/bus/mod.rs"]
#[rustfmt::skip]
mod enums;
#[path = "../golden/presence/bus/mod.rs"]
#[rustfmt::skip]
mod presence;
#[path = "../golden/scalars/bus/mod.rs"]
#[rustfmt::skip]
mod scalars;
#[path = "../golden/unions/bus/mod.rs"]
#[rustfmt::skip]
mod unions;

mod catalogs;
mod dice;
mod formatted;
mod generated;
mod messages;
mod mutation;
mod normal;
mod order;
mod scalar;
mod script;
mod types;
mod values;
mod words;

/// How many cases a property is tried with.
fn cases(default: u32) -> u32 {
    let wanted = std::env::var("PROPTEST_CASES").ok();
    wanted
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(default)
}
