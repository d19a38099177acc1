//! A field of a struct: its type by presence, and how a constructor fills it.
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
use super::module::Prelude;
use super::{docs, types, value};
use crate::model::{Field, Presence, Value};
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
        let ty = types::rust_type(self.place.module, &self.field.ty);
        if self.field.boxed {
            let boxed = &self.place.module.prelude.boxed;
            quote!(#boxed<#ty>)
        } else {
            ty
        }
    }

    pub(super) fn ty(&self) -> TokenStream {
        let ty = self.bare_type();
        let (runtime, option) = (&self.place.cx().runtime, &self.place.module.prelude.option);
        match (&self.field.presence, self.field.nullable) {
            (Presence::Required | Presence::Default(_), false) => ty,
            (Presence::Optional, true) => quote!(#runtime::Nullable<#ty>),
            _ => quote!(#option<#ty>),
        }
    }

    pub(super) fn definition(&self) -> TokenStream {
        let (ident, ty) = (&self.ident, self.ty());
        let doc = docs::attributes(&docs::text(self.field.doc.as_deref()));
        let deprecated = docs::deprecated(self.field.deprecated.as_ref());
        let attributes = self
            .place
            .cx()
            .hooks
            .field(self.place.path, &self.field.name);
        quote!(#doc #deprecated #attributes pub #ident: #ty)
    }

    /// Whether the runtime reads it, by the grammar of the wire.
    pub(super) fn is_read_exactly(&self) -> bool {
        self.place.cx().exact(&self.field.ty).is_some()
    }

    /// Whether the runtime writes it.
    pub(super) fn is_written_exactly(&self) -> bool {
        self.place.cx().is_written_exactly(&self.field.ty)
    }

    pub(super) fn default_function(&self) -> Ident {
        format_ident!("default_{}", self.field.name)
    }

    /// The private function that makes the field's default.
    pub(super) fn default_definition(&self) -> Option<TokenStream> {
        let Presence::Default(default) = &self.field.presence else {
            return None;
        };
        let (function, ty) = (self.default_function(), self.ty());
        let Prelude { some, none, .. } = &self.place.module.prelude;
        let value = match (default, self.field.nullable) {
            (Value::Null, true) => quote!(#none),
            (default, true) => {
                let value = self.default_value(default);
                quote!(#some(#value))
            }
            (default, false) => self.default_value(default),
        };
        Some(quote!(fn #function() -> #ty { #value }))
    }

    fn default_value(&self, default: &Value) -> TokenStream {
        let value = value::expression(self.place.module, &self.field.ty, default);
        if self.field.boxed {
            let boxed = &self.place.module.prelude.boxed;
            quote!(#boxed::new(#value))
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
        let (runtime, none) = (&self.place.cx().runtime, &self.place.module.prelude.none);
        match (&self.field.presence, self.field.nullable) {
            (Presence::Required, _) => quote!(#ident),
            (Presence::Optional, false) => quote!(#ident: #none),
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
            let runtime = &self.place.cx().runtime;
            quote!(&#runtime::codegen::Redacted)
        } else {
            quote!(&self.#ident)
        }
    }
}
