//! The lints that generated code may break, each with its reason. They stand at the start of the outermost file; where that one is included
//! and can have no inner attributes, on the outermost modules.

use proc_macro2::TokenStream;
use quote::quote;

/// Lint and reason.
const ALLOWED: &[(&str, &str)] = &[
    ("dead_code", "a program need not use all of its catalog"),
    ("deprecated", "the code of a deprecated name names it"),
    ("missing_docs", "the catalog may leave documentation out"),
    (
        "non_snake_case",
        "a name in the catalog may hold two underscores together",
    ),
    (
        "unreachable_pub",
        "how public the modules are is decided where they are included",
    ),
    (
        "clippy::doc_markdown",
        "the catalog's documentation is prose",
    ),
    (
        "clippy::doc_lazy_continuation",
        "the catalog's documentation is not written for rustdoc",
    ),
    (
        "clippy::doc_overindented_list_items",
        "the catalog's documentation is not written for rustdoc",
    ),
    (
        "clippy::enum_variant_names",
        "values are named by the catalog",
    ),
    (
        "clippy::fn_params_excessive_bools",
        "fields are given by the catalog",
    ),
    (
        "clippy::large_enum_variant",
        "boxing would change the API whenever a record grows",
    ),
    (
        "clippy::many_single_char_names",
        "fields are named by the catalog",
    ),
    (
        "clippy::match_same_arms",
        "two variants of a union may hold the same record",
    ),
    (
        "clippy::missing_errors_doc",
        "the error type of a publisher says all of it",
    ),
    (
        "clippy::module_inception",
        "namespaces are named by the catalog",
    ),
    (
        "clippy::module_name_repetitions",
        "names are those of the catalog",
    ),
    (
        "clippy::self_named_constructors",
        "a message may be called `New`",
    ),
    ("clippy::similar_names", "fields are named by the catalog"),
    (
        "clippy::struct_excessive_bools",
        "fields are given by the catalog",
    ),
    (
        "clippy::struct_field_names",
        "fields are named by the catalog",
    ),
    (
        "clippy::too_long_first_doc_paragraph",
        "the catalog's documentation is prose",
    ),
    (
        "clippy::too_many_arguments",
        "a constructor takes every required field",
    ),
    ("clippy::too_many_lines", "a service may have many handlers"),
    (
        "clippy::unicode_not_nfc",
        "text on the wire is that of the catalog",
    ),
    (
        "clippy::unnecessary_wraps",
        "a nullable field may have a default that is not null",
    ),
    (
        "clippy::unreadable_literal",
        "literals are written by a generator",
    ),
    (
        "clippy::upper_case_acronyms",
        "names are those of the catalog",
    ),
    (
        "clippy::wrong_self_convention",
        "handlers are named after messages, whatever those start with",
    ),
    (
        "rustdoc::bare_urls",
        "the catalog's documentation is not written for rustdoc",
    ),
    (
        "rustdoc::broken_intra_doc_links",
        "the catalog's documentation is not written for rustdoc",
    ),
    (
        "rustdoc::invalid_html_tags",
        "the catalog's documentation is not written for rustdoc",
    ),
];

/// The attribute of an outermost module.
pub(super) fn attribute() -> TokenStream {
    let allow = allow();
    quote!(#[#allow])
}

/// The attribute at the start of a file.
pub(super) fn inner_attribute() -> TokenStream {
    let allow = allow();
    quote!(#![#allow])
}

fn allow() -> TokenStream {
    let lints = ALLOWED.iter().map(|(lint, _)| {
        let path: TokenStream = lint.parse().unwrap_or_default();
        path
    });
    quote!(allow(#(#lints),*))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lint_is_named_once_and_has_a_reason() {
        let mut names: Vec<&str> = ALLOWED.iter().map(|(lint, _)| *lint).collect();
        names.dedup();
        assert_eq!(names.len(), ALLOWED.len());
        for (lint, reason) in ALLOWED {
            assert!(syn::parse_str::<syn::Path>(lint).is_ok(), "{lint}");
            assert!(reason.contains(' '), "{lint}");
        }
    }
}
