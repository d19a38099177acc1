//! The Rust type of a type of the catalog.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::Context;
use crate::model::{Scalar, Type};

/// The type as code in the namespace `from` names it.
pub(super) fn rust_type(cx: &Context<'_>, from: &str, ty: &Type) -> TokenStream {
    match ty {
        Type::Scalar(scalar) => rust_scalar(cx, *scalar),
        Type::List(item) => {
            let item = rust_type(cx, from, item);
            quote!(::std::vec::Vec<#item>)
        }
        Type::Map(value) => {
            let value = rust_type(cx, from, value);
            quote!(::std::collections::BTreeMap<::std::string::String, #value>)
        }
        Type::Named(path) => cx.path(from, path),
    }
}

fn rust_scalar(cx: &Context<'_>, scalar: Scalar) -> TokenStream {
    let (runtime, times) = (&cx.runtime, cx.times());
    match scalar {
        Scalar::String => quote!(::std::string::String),
        Scalar::Bool => quote!(bool),
        Scalar::I32 => quote!(i32),
        Scalar::I64 | Scalar::I64Text => quote!(i64),
        Scalar::U32 => quote!(u32),
        Scalar::U64 | Scalar::U64Text => quote!(u64),
        Scalar::F64 => quote!(f64),
        Scalar::Decimal => quote!(#runtime::Decimal),
        Scalar::Uuid => quote!(#runtime::Uuid),
        Scalar::Timestamp => quote!(#times::Timestamp),
        Scalar::Date => quote!(#times::Date),
        Scalar::Duration => quote!(#times::SignedDuration),
        Scalar::Bytes => quote!(#runtime::Bytes),
        Scalar::Json => quote!(#runtime::Json),
    }
}
