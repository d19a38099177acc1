//! `Serialize` and `Deserialize`: the impls of every type, and those of a struct field by field: serde's derives would be most of what generated code costs the compiler.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::context::Place;
use super::field::RustField;
use super::module::Prelude;
use crate::model::Presence;

/// `Serialize`.
pub(super) fn serialize(place: &Place<'_>, fields: &[RustField<'_>]) -> TokenStream {
    let (ident, runtime) = (&place.ident, &place.cx().runtime);
    let (name, count) = (ident.to_string(), Literal::usize_unsuffixed(fields.len()));
    let calls = fields.iter().map(|field| {
        let (ident, wire) = (&field.ident, &field.field.wire);
        let method = writer(field);
        quote!(.#method(#wire, &self.#ident))
    });
    serialize_by(
        place,
        &quote!(#runtime::codegen::record::Writer::new(serializer, #name, #count)#(#calls)*.end()),
    )
}

fn writer(field: &RustField<'_>) -> TokenStream {
    let is_exact = field.is_written_exactly();
    match (&field.field.presence, field.field.nullable, is_exact) {
        (Presence::Required | Presence::Default(_), _, false) => quote!(field),
        (Presence::Required | Presence::Default(_), _, true) => quote!(exact),
        (Presence::Optional, false, false) => quote!(optional),
        (Presence::Optional, false, true) => quote!(optional_exact),
        (Presence::Optional, true, false) => quote!(nullable),
        (Presence::Optional, true, true) => quote!(nullable_exact),
    }
}

/// `Deserialize`, and the `Record` that it calls.
pub(super) fn deserialize(place: &Place<'_>, fields: &[RustField<'_>]) -> [TokenStream; 2] {
    let (ident, runtime) = (&place.ident, &place.cx().runtime);
    let name = ident.to_string();
    let names = fields.iter().map(|field| &field.field.wire);
    let older = fields.iter().flat_map(|field| &field.field.accepts);
    let slots = fields.iter().map(|field| &field.ident);
    let read = read(place, fields);
    let Prelude {
        result, none, ok, ..
    } = &place.module.prelude;
    let values = fields.iter().map(value);
    let record = quote! {
        impl #runtime::codegen::record::Record for #ident {
            const NAME: &'static str = #name;

            const FIELDS: &'static [&'static str] = &[#(#names,)* #(#older,)*];

            fn read<'de, __A: #runtime::codegen::MapAccess<'de>>(
                mut __fields: #runtime::codegen::record::Fields<'de, __A>,
            ) -> #result<Self, __A::Error> {
                #(let mut #slots = #none;)*
                #read
                #ok(Self { #(#values),* })
            }
        }
    };
    let function = quote!(#runtime::codegen::record::read);
    [deserialize_by(place, &function), record]
}

/// Reads every field into its slot. The last one needs no number: no other is left.
fn read(place: &Place<'_>, fields: &[RustField<'_>]) -> TokenStream {
    let read = |field: &RustField<'_>| {
        let ident = &field.ident;
        let method = if field.is_read_exactly() {
            quote!(exact)
        } else {
            quote!(value)
        };
        quote!(__fields.#method(&mut #ident)?)
    };
    let Some((last, others)) = fields.split_last() else {
        return quote!(while __fields.next_field()?.is_some() {});
    };
    let last = read(last);
    if others.is_empty() {
        return quote!(while __fields.next_field()?.is_some() { #last; });
    }
    let mut older = fields.len();
    let arms = others.iter().enumerate().map(|(index, field)| {
        let accepts = older..older + field.field.accepts.len();
        older = accepts.end;
        let numbers = std::iter::once(index)
            .chain(accepts)
            .map(Literal::usize_unsuffixed);
        let read = read(field);
        quote!(#(#numbers)|* => #read,)
    });
    let some = &place.module.prelude.some;
    quote! {
        while let #some(__index) = __fields.next_field()? {
            match __index { #(#arms)* _ => #last, }
        }
    }
}

/// The field in the expression that makes the struct from the slots.
fn value(field: &RustField<'_>) -> TokenStream {
    let (ident, wire) = (&field.ident, &field.field.wire);
    match (&field.field.presence, field.field.nullable) {
        (Presence::Required, _) => {
            quote!(#ident: __fields.required(#ident, #wire)?)
        }
        (Presence::Optional, false) => quote!(#ident),
        (Presence::Optional, true) => quote!(#ident: #ident.unwrap_or_default()),
        (Presence::Default(_), _) => {
            let default = field.default_function();
            quote!(#ident: #ident.unwrap_or_else(Self::#default))
        }
    }
}

/// `Serialize` by this expression of `self` and `serializer`.
pub(super) fn serialize_by(place: &Place<'_>, expression: &TokenStream) -> TokenStream {
    let (ident, runtime) = (&place.ident, &place.cx().runtime);
    let result = &place.module.prelude.result;
    quote! {
        impl #runtime::codegen::Serialize for #ident {
            fn serialize<__S: #runtime::codegen::Serializer>(
                &self,
                serializer: __S,
            ) -> #result<__S::Ok, __S::Error> {
                #expression
            }
        }
    }
}

/// `Deserialize` that calls a function of the runtime.
pub(super) fn deserialize_by(place: &Place<'_>, function: &TokenStream) -> TokenStream {
    let (ident, runtime) = (&place.ident, &place.cx().runtime);
    let result = &place.module.prelude.result;
    quote! {
        impl<'de> #runtime::codegen::Deserialize<'de> for #ident {
            fn deserialize<__D: #runtime::codegen::Deserializer<'de>>(
                deserializer: __D,
            ) -> #result<Self, __D::Error> {
                #function(deserializer)
            }
        }
    }
}
