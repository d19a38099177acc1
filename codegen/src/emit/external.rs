//! Types that the program has itself: what generated code asks of them, in one line that fails to compile where it is not there.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::Context;
use crate::model::Path;

/// The check of an external type, `None` if the program does not need it.
pub(super) fn check(cx: &Context<'_>, path: &Path) -> Option<TokenStream> {
    if !cx.selection.keeps(path) {
        return None;
    }
    let (runtime, ty) = (&cx.runtime, cx.hooks.external(path)?);
    let mut checks = vec![quote!(external)];
    if cx.facts.hashable(path) {
        checks.push(quote!(external_hash));
    }
    if cx.selection.reads(path) {
        checks.push(quote!(external_read));
    }
    Some(quote!(const _: () = { #(#runtime::codegen::#checks::<#ty>();)* };))
}
