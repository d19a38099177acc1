//! Aliases: another name for a type. Its constraints are checked where it is used.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::Place;
use super::{docs, types};
use crate::model::{Type, TypeDef};

/// The type alias.
pub(super) fn items(place: &Place<'_>, definition: &TypeDef, ty: &Type) -> Vec<TokenStream> {
    let ident = &place.ident;
    let doc = docs::attributes(&docs::text(definition.doc.as_deref()));
    let deprecated = docs::deprecated(definition.deprecated.as_ref());
    let ty = types::rust_type(place.module, ty);
    vec![quote!(#doc #deprecated pub type #ident = #ty;)]
}
