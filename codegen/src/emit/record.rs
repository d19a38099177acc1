//! A struct with named fields: a record, or the body of a message.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::Place;
use super::field::RustField;
use super::{constraints, docs, wire};
use crate::model::{Deprecated, Field, TypeDef};

/// A record's struct with its implementations.
pub(super) fn items(place: &Place<'_>, definition: &TypeDef, fields: &[Field]) -> Vec<TokenStream> {
    let doc = docs::text(definition.doc.as_deref());
    structure(place, &doc, definition.deprecated.as_ref(), fields)
}

/// The struct, its constructor, `Default` where nothing is required, `Debug` where something is sensitive, `Validate`.
pub(super) fn structure(
    place: &Place<'_>,
    doc: &[String],
    deprecated: Option<&Deprecated>,
    fields: &[Field],
) -> Vec<TokenStream> {
    let fields: Vec<RustField<'_>> = fields.iter().map(|f| RustField::new(place, f)).collect();
    let mut items = vec![
        definition(place, doc, deprecated, &fields),
        constructor(place, &fields),
    ];
    items.extend(default(place, &fields));
    items.extend(debug(place, &fields));
    items.push(wire::serialize(place, &fields));
    if place.cx().selection.reads(place.path) {
        items.extend(wire::deserialize(place, &fields));
    }
    items.push(constraints::of_struct(place, &fields));
    items
}

fn definition(
    place: &Place<'_>,
    doc: &[String],
    deprecated: Option<&Deprecated>,
    fields: &[RustField<'_>],
) -> TokenStream {
    let ident = &place.ident;
    let doc = docs::attributes(doc);
    let deprecated = docs::deprecated(deprecated);
    let (debug, secret): (&[&str], &[&str]) = if has_secrets(fields) {
        (&["Clone"], &["Debug", "Default"])
    } else {
        (&["Clone", "Debug"], &["Default"])
    };
    let is_default = fields.iter().all(|field| !field.is_required());
    let implemented = if is_default {
        secret
    } else {
        &secret[..secret.len() - 1]
    };
    let attributes = place.attributes(debug, implemented);
    let fields = fields.iter().map(RustField::definition);
    quote! {
        #doc
        #deprecated
        #attributes
        pub struct #ident { #(#fields,)* }
    }
}

fn constructor(place: &Place<'_>, fields: &[RustField<'_>]) -> TokenStream {
    let ident = &place.ident;
    let required = fields.iter().filter(|f| f.is_required()).map(|field| {
        let (ident, ty) = (&field.ident, field.ty());
        quote!(#ident: #ty)
    });
    let all_required = fields.iter().all(RustField::is_required);
    let doc = if all_required {
        vec!["Takes every field.".to_owned()]
    } else {
        vec![
            "Takes the required fields; optional ones start empty, the others at their default."
                .to_owned(),
        ]
    };
    let doc = docs::attributes(&doc);
    let initial = fields.iter().map(RustField::initial);
    let defaults = fields.iter().filter_map(RustField::default_definition);
    quote! {
        impl #ident {
            #doc
            #[must_use]
            pub fn new(#(#required),*) -> Self { Self { #(#initial),* } }
            #(#defaults)*
        }
    }
}

fn default(place: &Place<'_>, fields: &[RustField<'_>]) -> Option<TokenStream> {
    if fields.iter().any(RustField::is_required) {
        return None;
    }
    let (ident, default) = (&place.ident, &place.module.prelude.default);
    Some(quote! {
        impl #default for #ident {
            fn default() -> Self { Self::new() }
        }
    })
}

fn has_secrets(fields: &[RustField<'_>]) -> bool {
    fields.iter().any(|field| field.field.sensitive)
}

fn debug(place: &Place<'_>, fields: &[RustField<'_>]) -> Option<TokenStream> {
    if !has_secrets(fields) {
        return None;
    }
    let ident = &place.ident;
    let name = ident.to_string();
    let calls = fields.iter().map(|field| {
        let (name, value) = (&field.field.name, field.debug());
        quote!(.field(#name, #value))
    });
    Some(quote! {
        impl ::core::fmt::Debug for #ident {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(#name)#(#calls)*.finish()
            }
        }
    })
}
