//! Enums. An open one keeps values that it does not know in `Unknown`; a closed one refuses them.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::context::Place;
use super::module::Prelude;
use super::{docs, wire};
use crate::model::{EnumValue, TypeDef};
use crate::names::{self, Scope};

/// The variants' names; `Unknown` is taken in open enums and unions.
pub(super) fn variants<'v>(open: bool, wires: impl Iterator<Item = &'v str>) -> Vec<Ident> {
    let mut scope = Scope::with(open.then_some("Unknown"));
    wires
        .map(|wire| names::ident(&scope.take(&names::variant(wire))))
        .collect()
}

/// The enum with its implementations.
pub(super) fn items(
    place: &Place<'_>,
    definition: &TypeDef,
    open: bool,
    values: &[EnumValue],
) -> Vec<TokenStream> {
    let idents = variants(open, values.iter().map(|value| value.wire.as_str()));
    let wires: Vec<&str> = values.iter().map(|value| value.wire.as_str()).collect();
    let mut items = vec![
        declaration(place, definition, open, values, &idents),
        text(place, open, &idents, &wires),
        display(place),
    ];
    items.extend(if open {
        from_text(place, &idents, &wires)
    } else {
        vec![parse(place, &idents, &wires)]
    });
    items.push(serialize(place));
    if place.cx().selection.reads(place.path) {
        items.push(deserialize(place, open));
    }
    items
}

/// The variant of a value, for defaults.
pub(super) fn variant_of(open: bool, values: &[EnumValue], wire: &str) -> Option<Ident> {
    let idents = variants(open, values.iter().map(|value| value.wire.as_str()));
    let index = values.iter().position(|value| value.wire == wire)?;
    idents.into_iter().nth(index)
}

fn declaration(
    place: &Place<'_>,
    definition: &TypeDef,
    open: bool,
    values: &[EnumValue],
    idents: &[Ident],
) -> TokenStream {
    let ident = &place.ident;
    let doc = docs::attributes(&docs::text(definition.doc.as_deref()));
    let deprecated = docs::deprecated(definition.deprecated.as_ref());
    let derives: &[&str] = if open {
        &["Clone", "Debug"]
    } else {
        &["Clone", "Copy", "Debug"]
    };
    let attributes = place.attributes(derives, &[]);
    let variants = values.iter().zip(idents).map(|(value, ident)| {
        let mut lines = docs::text(value.doc.as_deref());
        if lines.is_empty() {
            lines.push(format!("{:?} in JSON.", value.wire));
        }
        // The fallback holds text of the catalog too.
        let doc = docs::attributes(&docs::text(Some(&lines.join("\n"))));
        quote!(#doc #ident,)
    });
    let string = &place.module.prelude.string;
    let unknown = open.then(|| {
        quote! {
            #[doc = " A value that the contract did not have when this code was generated."]
            Unknown(#string),
        }
    });
    quote! {
        #doc
        #deprecated
        #attributes
        pub enum #ident { #(#variants)* #unknown }
    }
}

fn text(place: &Place<'_>, open: bool, idents: &[Ident], wires: &[&str]) -> TokenStream {
    let ident = &place.ident;
    let unknown = open.then(|| quote!(Self::Unknown(value) => value,));
    let (receiver, text) = if open {
        (quote!(&self), quote!(&str))
    } else {
        (quote!(self), quote!(&'static str))
    };
    quote! {
        impl #ident {
            #[doc = " The known values, as they stand in JSON."]
            pub const VALUES: &'static [&'static str] = &[#(#wires),*];

            #[doc = " The value as it stands in JSON."]
            #[must_use]
            pub fn as_str(#receiver) -> #text {
                match self { #(Self::#idents => #wires,)* #unknown }
            }
        }
    }
}

fn display(place: &Place<'_>) -> TokenStream {
    let ident = &place.ident;
    quote! {
        impl ::core::fmt::Display for #ident {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad(self.as_str())
            }
        }
    }
}

fn from_text(place: &Place<'_>, idents: &[Ident], wires: &[&str]) -> Vec<TokenStream> {
    let ident = &place.ident;
    let Prelude { string, from, .. } = &place.module.prelude;
    vec![
        quote! {
            impl #from<&str> for #ident {
                fn from(value: &str) -> Self {
                    match value {
                        #(#wires => Self::#idents,)*
                        _ => Self::Unknown(#string::from(value)),
                    }
                }
            }
        },
        quote! {
            impl #from<#string> for #ident {
                fn from(value: #string) -> Self {
                    match value.as_str() {
                        #(#wires => Self::#idents,)*
                        _ => Self::Unknown(value),
                    }
                }
            }
        },
    ]
}

fn parse(place: &Place<'_>, idents: &[Ident], wires: &[&str]) -> TokenStream {
    let (ident, runtime) = (&place.ident, &place.cx().runtime);
    let Prelude {
        result, ok, err, ..
    } = &place.module.prelude;
    quote! {
        impl ::core::str::FromStr for #ident {
            type Err = #runtime::UnknownValue;

            fn from_str(value: &str) -> #result<Self, #runtime::UnknownValue> {
                match value {
                    #(#wires => #ok(Self::#idents),)*
                    _ => #err(#runtime::UnknownValue::new(value, Self::VALUES)),
                }
            }
        }
    }
}

fn serialize(place: &Place<'_>) -> TokenStream {
    wire::serialize_by(place, &quote!(serializer.serialize_str(self.as_str())))
}

fn deserialize(place: &Place<'_>, open: bool) -> TokenStream {
    let runtime = &place.cx().runtime;
    let read = if open { quote!(open) } else { quote!(closed) };
    wire::deserialize_by(place, &quote!(#runtime::codegen::#read))
}
