//! One module of the generated code: a namespace, and how code in it names things.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::Context;
use super::snippet::Snippet;
use crate::model::{Namespace, Path};

/// The module of a namespace.
pub(super) struct Module<'c> {
    pub(super) cx: &'c Context<'c>,
    pub(super) namespace: &'c str,
    pub(super) prelude: Prelude,
}

impl<'c> Module<'c> {
    pub(super) fn new(cx: &'c Context<'c>, namespace: &'c str, content: &Namespace) -> Self {
        let is_taken =
            |name: &str| content.types.contains_key(name) || content.messages.contains_key(name);
        Self {
            cx,
            namespace,
            prelude: Prelude::without(is_taken),
        }
    }

    /// A type or message as code in this module names it.
    pub(super) fn path(&self, to: &Path) -> TokenStream {
        self.cx.path(self.namespace, to)
    }
}

/// What every Rust module finds in the prelude: `Option`, and `::core::option::Option` where the namespace has an `Option` of its own.
///
/// Only what the emitters write often has a field; the rest is written with its path.
pub(super) struct Prelude {
    pub(super) option: Snippet,
    pub(super) some: Snippet,
    pub(super) none: Snippet,
    pub(super) result: Snippet,
    pub(super) ok: Snippet,
    pub(super) err: Snippet,
    pub(super) string: Snippet,
    pub(super) vec: Snippet,
    pub(super) boxed: Snippet,
    pub(super) from: Snippet,
    pub(super) into: Snippet,
    pub(super) default: Snippet,
    pub(super) sized: Snippet,
    pub(super) send: Snippet,
    pub(super) sync: Snippet,
}

impl Prelude {
    /// `Some(value)`, or `None`.
    pub(super) fn optional(&self, value: Option<TokenStream>) -> TokenStream {
        let Self { some, none, .. } = self;
        value.map_or_else(|| quote!(#none), |value| quote!(#some(#value)))
    }

    fn without(is_taken: impl Fn(&str) -> bool) -> Self {
        macro_rules! names {
            ($($field:ident: $name:ident in $path:path,)*) => {
                Self {
                    $($field: if is_taken(stringify!($name)) {
                        quote!($path::$name).into()
                    } else {
                        quote!($name).into()
                    },)*
                }
            };
        }
        names! {
            option: Option in ::core::option,
            some: Some in ::core::option::Option,
            none: None in ::core::option::Option,
            result: Result in ::core::result,
            ok: Ok in ::core::result::Result,
            err: Err in ::core::result::Result,
            string: String in ::std::string,
            vec: Vec in ::std::vec,
            boxed: Box in ::std::boxed,
            from: From in ::core::convert,
            into: Into in ::core::convert,
            default: Default in ::core::default,
            sized: Sized in ::core::marker,
            send: Send in ::core::marker,
            sync: Sync in ::core::marker,
        }
    }
}
