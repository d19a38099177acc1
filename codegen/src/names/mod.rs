//! The one owner of identifiers: every name of a catalog that becomes a Rust name does so here.
//!
//! # Rules
//!
//! - **Types and messages** are `UpperCamel` in the catalog and keep their name: `OrderPlaced`. The one keyword among them becomes `Self_`.
//! - **Fields** are lower snake and keep their name. A keyword of any edition becomes a raw identifier (`r#type`, `r#gen`); the four that
//!   cannot be raw get an underscore (`self_`). The name on the wire is untouched.
//! - **Modules** are the words of a namespace, escaped in the same way. Words that would shadow a primitive type (`str`) or, as the outermost
//!   module, a crate (`std`, `urutu`) get an underscore.
//! - **Functions** are the `snake_case` of a message: `order_placed`, `http_request_sent` for `HTTPRequestSent`.
//! - **Variants** are the `UpperCamel` of a value, made of its letters and digits: `in-transit` becomes `InTransit`. A value that starts with a
//!   digit gets a `V` before it (`2fast`: `V2fast`); the empty value is `Empty`. Letters of Latin alphabets stay (`é`: `É`); those of others
//!   become their code points (`日`: `U65e5`), since rustc warns of letters that look alike, and so do signs where there is nothing
//!   else (`+`: `U2b`).
//! - **Collisions** are settled by [`Scope`]: the first to come keeps the name, the next gets `2`, `3`, ... Names that a construct needs for itself
//!   are taken first. Callers come in the order of the catalog, so that appending a value never renames another.
//!
//! # Guarantees
//!
//! Every result is an identifier that compiles in all editions, distinct in its scope, and the same on every machine. Nothing panics.

mod case;
mod keywords;
mod scope;

pub(crate) use case::snake;
pub(crate) use scope::Scope;

use case::upper_camel;
use proc_macro2::{Ident, Span};

/// The identifier of a name that is made of ASCII letters, digits and underscores, or came out of [`variant`]. Keywords are escaped.
pub(crate) fn ident(name: &str) -> Ident {
    if keywords::cannot_be_raw(name) {
        Ident::new(&format!("{name}_"), Span::call_site())
    } else if keywords::is_keyword(name) {
        Ident::new_raw(name, Span::call_site())
    } else {
        Ident::new(&sound(name), Span::call_site())
    }
}

/// The module of one word of a namespace; `outermost` for the first word.
pub(crate) fn module(word: &str, outermost: bool) -> Ident {
    if keywords::is_primitive(word) || (outermost && keywords::is_crate(word)) {
        Ident::new(&format!("{word}_"), Span::call_site())
    } else {
        ident(word)
    }
}

/// The name of an enum's or union's variant; not yet settled against its neighbours.
pub(crate) fn variant(wire: &str) -> String {
    if wire.is_empty() {
        return "Empty".to_owned();
    }
    let mut latin = String::with_capacity(wire.len());
    for c in wire.chars() {
        if c.is_alphanumeric() && !is_latin(c) {
            latin.extend(["_", &code_point(c), "_"]);
        } else {
            latin.push(c);
        }
    }
    let mut name = upper_camel(&latin);
    if name.is_empty() {
        let points: Vec<String> = wire.chars().map(code_point).collect();
        name = upper_camel(&points.join("_"));
    }
    if name.starts_with(|first: char| !first.is_alphabetic()) {
        name.insert(0, 'V');
    }
    name
}

/// ASCII, and the letters of Latin alphabets that look like no other and have two cases.
fn is_latin(c: char) -> bool {
    c.is_ascii() || (matches!(c, '\u{c0}'..='\u{17e}') && !"ĐđĔĕĬĭİıĲĳĸĿŀŉ".contains(c))
}

/// `+` becomes `u2b`.
fn code_point(c: char) -> String {
    format!("u{:x}", u32::from(c))
}

/// Whatever the caller passes, the result is an identifier: characters that cannot stand in one become underscores.
fn sound(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    // A keyword has been escaped, so that it needs no parser to see that this is fine.
    if is_plain {
        return name.to_owned();
    }
    // The parser also takes what has blanks or comments around it.
    let same = |ident: Ident| ident == name;
    if !name.starts_with("r#") && syn::parse_str(name).is_ok_and(same) {
        return name.to_owned();
    }
    let mut sound: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if !sound.starts_with(|c: char| c.is_ascii_alphabetic()) {
        sound.insert(0, 'V');
    }
    sound
}

#[cfg(test)]
mod tests;
