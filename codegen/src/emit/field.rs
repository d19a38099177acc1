//! A field of a struct: its type by presence, its serde attributes, and how a constructor fills it.
//!
//! | presence | nullable | Rust | on the wire |
//! |---|---|---|---|
//! | required | no | `T` | always there |
//! | required | yes | `Option<T>` | always there, `null` for `None` |
//! | optional | no | `Option<T>` | left out for `None`; `null` is an error |
//! | optional | yes | `urutu::Nullable<T>` | left out, `null` or a value |
//! | default | no | `T` | always written; the default where it is missing |
//! | default | yes | `Option<T>` | always written, `null` for `None`; the default where it is missing |

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::context::Place;
use super::{docs, types, value};
use crate::model::{Field, Presence, Scalar, Value};
use crate::names;

/// A field with its place.
pub(super) struct RustField<'f> {
    pub(super) field: &'f Field,
    pub(super) ident: Ident,
    place: &'f Place<'f>,
}

impl<'f> RustField<'f> {
    pub(super) fn new(place: &'f Place<'f>, field: &'f Field) -> Self {
        Self {
            field,
            ident: names::ident(&field.name),
            place,
        }
    }

    fn bare_type(&self) -> TokenStream {
        let ty = types::rust_type(self.place.cx, self.place.namespace(), &self.field.ty);
        if self.field.boxed {
            quote!(::std::boxed::Box<#ty>)
        } else {
            ty
        }
    }

    pub(super) fn ty(&self) -> TokenStream {
        let ty = self.bare_type();
        let runtime = &self.place.cx.runtime;
        match (&self.field.presence, self.field.nullable) {
            (Presence::Required | Presence::Default(_), false) => ty,
            (Presence::Optional, true) => quote!(#runtime::Nullable<#ty>),
            _ => quote!(::core::option::Option<#ty>),
        }
    }

    pub(super) fn definition(&self) -> TokenStream {
        let (ident, ty) = (&self.ident, self.ty());
        let doc = docs::attributes(&docs::text(self.field.doc.as_deref()));
        let deprecated = docs::deprecated(self.field.deprecated.as_ref());
        let serde = self.serde();
        quote!(#doc #deprecated #serde pub #ident: #ty)
    }

    fn serde(&self) -> Option<TokenStream> {
        let mut settings = Vec::new();
        let wire = &self.field.wire;
        if *wire != self.ident.to_string().trim_start_matches("r#") {
            settings.push(quote!(rename = #wire));
        }
        settings.extend(self.field.accepts.iter().map(|name| quote!(alias = #name)));
        settings.extend(self.presence_settings());
        settings.extend(self.codec());
        (!settings.is_empty()).then(|| quote!(#[serde(#(#settings),*)]))
    }

    fn presence_settings(&self) -> Option<TokenStream> {
        match (&self.field.presence, self.field.nullable) {
            (Presence::Required, _) => None,
            (Presence::Optional, false) => Some(quote!(
                default,
                skip_serializing_if = "::core::option::Option::is_none"
            )),
            (Presence::Optional, true) => {
                let skip = format!("{}::Nullable::is_missing", self.place.cx.runtime_text);
                Some(quote!(default, skip_serializing_if = #skip))
            }
            (Presence::Default(_), _) => {
                let default = format!("{}::{}", self.place.ident, self.default_function());
                Some(quote!(default = #default))
            }
        }
    }

    /// How the value is written and read, where the type's own way would blur what the contract tells apart.
    fn codec(&self) -> Option<TokenStream> {
        let function = |name: &str| format!("{}::codegen::{name}", self.place.cx.runtime_text);
        let optional = self.field.presence == Presence::Optional && !self.field.nullable;
        let required = self.field.presence == Presence::Required;
        if let Some(scalar) = self.place.cx.exact(&self.field.ty) {
            let write = (scalar == Scalar::Decimal).then(|| {
                let write = function("exact::write");
                quote!(serialize_with = #write,)
            });
            let read = function(if optional {
                "exact::read_optional"
            } else {
                "exact::read"
            });
            Some(quote!(#write deserialize_with = #read))
        } else if optional {
            let read = function("optional");
            Some(quote!(deserialize_with = #read))
        } else if required && self.field.nullable {
            let read = function("nullable");
            Some(quote!(deserialize_with = #read))
        } else {
            None
        }
    }

    fn default_function(&self) -> Ident {
        format_ident!("default_{}", self.field.name)
    }

    /// The private function that makes the field's default.
    pub(super) fn default_definition(&self) -> Option<TokenStream> {
        let Presence::Default(default) = &self.field.presence else {
            return None;
        };
        let (function, ty) = (self.default_function(), self.ty());
        let value = match (default, self.field.nullable) {
            (Value::Null, true) => quote!(::core::option::Option::None),
            (default, true) => {
                let value = self.default_value(default);
                quote!(::core::option::Option::Some(#value))
            }
            (default, false) => self.default_value(default),
        };
        Some(quote!(fn #function() -> #ty { #value }))
    }

    fn default_value(&self, default: &Value) -> TokenStream {
        let value = value::expression(
            self.place.cx,
            self.place.namespace(),
            &self.field.ty,
            default,
        );
        if self.field.boxed {
            quote!(::std::boxed::Box::new(#value))
        } else {
            value
        }
    }

    pub(super) fn is_required(&self) -> bool {
        self.field.presence == Presence::Required
    }

    /// The field in the expression that makes the struct.
    pub(super) fn initial(&self) -> TokenStream {
        let ident = &self.ident;
        let runtime = &self.place.cx.runtime;
        match (&self.field.presence, self.field.nullable) {
            (Presence::Required, _) => quote!(#ident),
            (Presence::Optional, false) => quote!(#ident: ::core::option::Option::None),
            (Presence::Optional, true) => quote!(#ident: #runtime::Nullable::Missing),
            (Presence::Default(_), _) => {
                let default = self.default_function();
                quote!(#ident: Self::#default())
            }
        }
    }

    /// An expression for `Debug`.
    pub(super) fn debug(&self) -> TokenStream {
        let ident = &self.ident;
        if self.field.sensitive {
            let runtime = &self.place.cx.runtime;
            quote!(&#runtime::codegen::Redacted)
        } else {
            quote!(&self.#ident)
        }
    }
}
