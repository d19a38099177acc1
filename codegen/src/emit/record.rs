//! A struct with named fields: a record, or the body of a message.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::Place;
use super::field::RustField;
use super::{constraints, docs, wire};
use crate::model::{Deprecated, Field, Presence, TypeDef};

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
    let doc = docs::attributes(&[starts(fields).to_owned()]);
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

/// What the constructor makes of the fields.
fn starts(fields: &[RustField<'_>]) -> &'static str {
    let is_there = |presence: fn(&Presence) -> bool| {
        let mut presences = fields.iter().map(|field| &field.field.presence);
        presences.any(presence)
    };
    let required = is_there(|presence| *presence == Presence::Required);
    let optional = is_there(|presence| *presence == Presence::Optional);
    let default = is_there(|presence| matches!(presence, Presence::Default(_)));
    match (required, optional, default) {
        (false, false, false) => "There are no fields.",
        (true, false, false) => "Takes every field.",
        (true, true, false) => "Takes the required fields; the others start empty.",
        (true, false, true) => "Takes the required fields; the others start at their default.",
        (true, true, true) => {
            "Takes the required fields; optional ones start empty, the others at their default."
        }
        (false, true, false) => "Every field starts empty.",
        (false, false, true) => "Every field starts at its default.",
        (false, true, true) => "Optional fields start empty, the others at their default.",
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
