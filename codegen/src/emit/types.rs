//! The Rust type of a type of the catalog.

use proc_macro2::TokenStream;
use quote::quote;

use super::module::Module;
use crate::model::{Scalar, Type};

/// The type as code in the module names it.
pub(super) fn rust_type(module: &Module<'_>, ty: &Type) -> TokenStream {
    match ty {
        Type::Scalar(scalar) => rust_scalar(module, *scalar),
        Type::List(item) => {
            let item = rust_type(module, item);
            let vec = &module.prelude.vec;
            quote!(#vec<#item>)
        }
        Type::Map(value) => {
            let value = rust_type(module, value);
            let string = &module.prelude.string;
            quote!(::std::collections::BTreeMap<#string, #value>)
        }
        Type::Named(path) => module.path(path),
    }
}

fn rust_scalar(module: &Module<'_>, scalar: Scalar) -> TokenStream {
    let runtime = &module.cx.runtime;
    let time = |ty: TokenStream| {
        let times = module.cx.times();
        quote!(#times::#ty)
    };
    match scalar {
        Scalar::String => {
            let string = &module.prelude.string;
            quote!(#string)
        }
        Scalar::Bool => quote!(bool),
        Scalar::I32 => quote!(i32),
        Scalar::I64 | Scalar::I64Text => quote!(i64),
        Scalar::U32 => quote!(u32),
        Scalar::U64 | Scalar::U64Text => quote!(u64),
        Scalar::F64 => quote!(f64),
        Scalar::Decimal => quote!(#runtime::Decimal),
        Scalar::Uuid => quote!(#runtime::Uuid),
        Scalar::Timestamp => time(quote!(Timestamp)),
        Scalar::Date => time(quote!(Date)),
        Scalar::Duration => time(quote!(SignedDuration)),
        Scalar::Bytes => quote!(#runtime::Bytes),
        Scalar::Json => quote!(#runtime::Json),
    }
}
