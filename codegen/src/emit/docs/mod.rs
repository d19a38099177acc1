//! Documentation. The catalog's text is Markdown for people; rustdoc would also run it, link it and obey it, see [`markdown`]. What the
//! contract demands of a value is told beside it, see [`notes`].

mod markdown;
mod notes;

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::Deprecated;

pub(super) use markdown::text;
pub(super) use notes::{in_json, of_alias, of_field};

/// `#[doc]` for every line.
pub(super) fn attributes(lines: &[String]) -> TokenStream {
    let lines = lines.iter().map(|line| after_a_space(line));
    quote!(#(#[doc = #lines])*)
}

/// `#![doc]` for every line, at the start of a file.
pub(super) fn inner_attributes(lines: &[String]) -> TokenStream {
    let lines = lines.iter().map(|line| after_a_space(line));
    quote!(#(#![doc = #lines])*)
}

/// As people write it: `/// text`.
fn after_a_space(line: &str) -> String {
    if line.is_empty() {
        String::new()
    } else {
        format!(" {line}")
    }
}

/// `#[deprecated]`, where it is.
pub(super) fn deprecated(deprecated: Option<&Deprecated>) -> Option<TokenStream> {
    let deprecated = deprecated?;
    let instead = deprecated.use_instead.as_ref();
    let removal = deprecated.remove_after.as_ref();
    let words: Vec<String> = instead
        .map(|name| format!("use {}", markdown::code(name)))
        .into_iter()
        .chain(deprecated.note.as_ref().map(|note| markdown::line(note)))
        .chain(removal.map(|date| format!("removed after {date}")))
        .collect();
    if words.is_empty() {
        return Some(quote!(#[deprecated]));
    }
    let note = words.join("; ");
    Some(quote!(#[deprecated(note = #note)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deprecation_says_what_to_use() {
        let deprecated_ = Deprecated {
            use_instead: Some("promotions".to_owned()),
            note: Some("nobody reads it".to_owned()),
            remove_after: Some("2027-05-31".to_owned()),
        };
        assert_eq!(
            deprecated(Some(&deprecated_)).map(|tokens| tokens.to_string()),
            Some("# [deprecated (note = \"use `promotions`; nobody reads it; removed after 2027-05-31\")]".to_owned())
        );
        assert_eq!(
            deprecated(Some(&Deprecated::default())).map(|tokens| tokens.to_string()),
            Some("# [deprecated]".to_owned())
        );
    }
}
