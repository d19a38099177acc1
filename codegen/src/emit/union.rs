//! Tagged unions.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::context::Place;
use super::module::Prelude;
use super::{constraints, docs, enumeration, wire};
use crate::model::{TypeDef, Variant};

/// The union's enum with its implementations.
pub(super) fn items(
    place: &Place<'_>,
    definition: &TypeDef,
    open: bool,
    tag: &str,
    variants: &[Variant],
) -> Vec<TokenStream> {
    let idents = enumeration::variants(open, variants.iter().map(|v| v.wire.as_str()));
    let variants: Vec<(Ident, &Variant)> = idents.into_iter().zip(variants).collect();
    let mut items = vec![declaration(place, definition, open, &variants)];
    items.extend(conversions(place, &variants));
    items.push(serialize(place, open, tag, &variants));
    if place.cx().selection.reads(place.path) {
        let runtime = &place.cx().runtime;
        items.push(wire::deserialize_by(
            place,
            &quote!(#runtime::codegen::union::read),
        ));
        items.push(read(place, open, tag, &variants));
    }
    items.push(constraints::of_union(place, open, &variants));
    items
}

fn declaration(
    place: &Place<'_>,
    definition: &TypeDef,
    open: bool,
    variants: &[(Ident, &Variant)],
) -> TokenStream {
    let (ident, runtime) = (&place.ident, &place.cx().runtime);
    let doc = docs::attributes(&docs::text(definition.doc.as_deref()));
    let deprecated = docs::deprecated(definition.deprecated.as_ref());
    let attributes = place.attributes(&["Clone", "Debug"], &[]);
    let unknown = open.then(|| {
        quote! {
            #[doc = " A variant that the contract did not have when this code was generated."]
            Unknown(#runtime::UnknownVariant),
        }
    });
    let boxed = &place.module.prelude.boxed;
    let variants = variants.iter().map(|(ident, variant)| {
        let doc = docs::text(Some(&format!("{:?} in JSON.", variant.wire)));
        let doc = docs::attributes(&doc);
        let record = place.module.path(&variant.record);
        let content = if variant.boxed {
            quote!(#boxed<#record>)
        } else {
            record
        };
        quote!(#doc #ident(#content),)
    });
    quote! {
        #doc
        #deprecated
        #attributes
        pub enum #ident { #(#variants)* #unknown }
    }
}

/// `From` of every record that only one variant holds.
fn conversions(place: &Place<'_>, variants: &[(Ident, &Variant)]) -> Vec<TokenStream> {
    let ident = &place.ident;
    let Prelude { boxed, from, .. } = &place.module.prelude;
    let alone = |variant: &Variant| {
        let holders = variants
            .iter()
            .filter(|(_, other)| other.record == variant.record);
        holders.count() == 1
    };
    variants
        .iter()
        .filter(|(_, variant)| alone(variant))
        .map(|(name, variant)| {
            let record = place.module.path(&variant.record);
            let content = if variant.boxed {
                quote!(#boxed::new(record))
            } else {
                quote!(record)
            };
            quote! {
                impl #from<#record> for #ident {
                    fn from(record: #record) -> Self { Self::#name(#content) }
                }
            }
        })
        .collect()
}

fn serialize(
    place: &Place<'_>,
    open: bool,
    tag: &str,
    variants: &[(Ident, &Variant)],
) -> TokenStream {
    let runtime = &place.cx().runtime;
    let arms = variants.iter().map(|(ident, variant)| {
        let wire = &variant.wire;
        quote!(Self::#ident(record) => #runtime::codegen::union::write(serializer, #tag, #wire, record),)
    });
    let unknown = open.then(|| quote!(Self::Unknown(unknown) => unknown.write(serializer, #tag),));
    wire::serialize_by(place, &quote!(match self { #(#arms)* #unknown }))
}

fn read(place: &Place<'_>, open: bool, tag: &str, variants: &[(Ident, &Variant)]) -> TokenStream {
    let (ident, runtime) = (&place.ident, &place.cx().runtime);
    let Prelude { result, err, .. } = &place.module.prelude;
    let deserialize = quote!(#runtime::codegen::Deserialize::deserialize(fields));
    let arms = variants.iter().map(|(ident, variant)| {
        let wire = &variant.wire;
        quote!(#wire => #deserialize.map(Self::#ident),)
    });
    let other = if open {
        quote!(_ => #runtime::UnknownVariant::read(name, fields).map(Self::Unknown),)
    } else {
        let known = variants.iter().map(|(_, variant)| &variant.wire);
        quote! {
            _ => #err(
                <__D::Error as #runtime::codegen::serde::de::Error>::unknown_variant(name, &[#(#known),*]),
            ),
        }
    };
    quote! {
        impl #runtime::codegen::union::Union for #ident {
            const TAG: &'static str = #tag;

            fn variant<'de, __D: #runtime::codegen::Deserializer<'de>>(
                name: &str,
                fields: __D,
            ) -> #result<Self, __D::Error> {
                match name { #(#arms)* #other }
            }
        }
    }
}
