//! Default values as expressions.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::module::{Module, Prelude};
use super::snippet::Snippet;
use super::{enumeration, literal, time};
use crate::model::{Path, Scalar, Type, TypeKind, Value};

/// A value of a type, as code in the module writes it.
pub(super) fn expression(module: &Module<'_>, ty: &Type, value: &Value) -> TokenStream {
    let Prelude { string, vec, .. } = &module.prelude;
    match (ty, value) {
        (Type::Scalar(scalar), value) => scalar_expression(module, *scalar, value),
        (Type::List(_), Value::List(items)) if items.is_empty() => quote!(#vec::new()),
        (Type::List(ty), Value::List(items)) => {
            let items = items.iter().map(|item| expression(module, ty, item));
            quote!(#vec::from([#(#items),*]))
        }
        (Type::Map(_), Value::Object(entries)) if entries.is_empty() => {
            quote!(::std::collections::BTreeMap::new())
        }
        (Type::Map(ty), Value::Object(entries)) => {
            let entries = entries.iter().map(|(key, value)| {
                let value = expression(module, ty, value);
                quote!((#string::from(#key), #value))
            });
            quote!(::std::collections::BTreeMap::from([#(#entries),*]))
        }
        (Type::Named(path), value) => named(module, path, value),
        (_, value) => literal::unfit(&format!("{value:?}"), "default of this type"),
    }
}

fn named(module: &Module<'_>, path: &Path, value: &Value) -> TokenStream {
    match (
        module.cx.type_def(path).map(|definition| &definition.kind),
        value,
    ) {
        (Some(TypeKind::Alias { ty, .. }), value) => expression(module, ty, value),
        (Some(TypeKind::Enum { open, values }), Value::String(wire)) => {
            match enumeration::variant_of(*open, values, wire) {
                Some(variant) => {
                    let ty = module.path(path);
                    quote!(#ty::#variant)
                }
                None => literal::unfit(wire, "value of this enum"),
            }
        }
        _ => literal::unfit(&format!("{value:?}"), "default of this type"),
    }
}

fn scalar_expression(module: &Module<'_>, scalar: Scalar, value: &Value) -> TokenStream {
    let (cx, runtime, string) = (module.cx, &module.cx.runtime, &module.prelude.string);
    match (scalar, value) {
        (Scalar::Json, value) => json(module, value),
        (Scalar::Bool, Value::Bool(value)) => quote!(#value),
        (Scalar::String, Value::String(text)) if text.is_empty() => {
            quote!(#string::new())
        }
        (Scalar::String, Value::String(text)) => quote!(#string::from(#text)),
        (Scalar::Uuid, Value::String(text)) => uuid(runtime, text),
        (Scalar::Timestamp, Value::String(text)) => time::timestamp(cx, text),
        (Scalar::Date, Value::String(text)) => time::date(cx, text),
        (Scalar::Duration, Value::String(text)) => time::signed_duration(cx, text),
        (Scalar::Bytes, Value::String(text)) => bytes(runtime, text),
        (scalar, Value::String(text)) if scalar.is_number_in_text() => {
            literal::number(runtime, scalar, &crate::model::Number(text.clone()))
        }
        (_, Value::Number(number)) => literal::number(runtime, scalar, number),
        (_, value) => literal::unfit(&format!("{value:?}"), "default of this type"),
    }
}

fn json(module: &Module<'_>, value: &Value) -> TokenStream {
    let (runtime, vec) = (&module.cx.runtime, &module.prelude.vec);
    match value {
        Value::Null => quote!(#runtime::Json::Null),
        Value::Bool(value) => quote!(#runtime::Json::Bool(#value)),
        Value::String(text) => quote!(#runtime::Json::from(#text)),
        Value::List(items) => {
            let items = items.iter().map(|item| json(module, item));
            quote!(#runtime::Json::Array(#vec::from([#(#items),*])))
        }
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| {
                let value = json(module, value);
                quote!((#key, #value))
            });
            // The type of an empty array would be unknown.
            quote!(<#runtime::Json as ::core::iter::FromIterator<(&str, #runtime::Json)>>::from_iter([#(#entries),*]))
        }
        Value::Number(number) => {
            let text = number.0.as_str();
            let number = if let Ok(number) = text.parse::<u64>() {
                Literal::u64_suffixed(number)
            } else if let Ok(number) = text.parse::<i64>() {
                Literal::i64_suffixed(number)
            } else {
                match text.parse() {
                    Ok(number) if f64::is_finite(number) => Literal::f64_suffixed(number),
                    _ => return literal::unfit(text, "number"),
                }
            };
            quote!(#runtime::Json::from(#number))
        }
    }
}

fn uuid(runtime: &Snippet, text: &str) -> TokenStream {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    match u128::from_str_radix(&digits, 16) {
        Ok(bits) if digits.len() == 32 => {
            let bits: Result<Literal, _> = format!("0x{bits:032x}").parse();
            match bits {
                Ok(bits) => quote!(#runtime::Uuid::from_u128(#bits)),
                Err(_) => literal::unfit(text, "uuid"),
            }
        }
        _ => literal::unfit(text, "uuid"),
    }
}

fn bytes(runtime: &Snippet, text: &str) -> TokenStream {
    match decode_base64(text) {
        Some(bytes) if bytes.is_empty() => quote!(#runtime::Bytes::new()),
        Some(bytes) => {
            let bytes = Literal::byte_string(&bytes);
            quote!(#runtime::Bytes::from_static(#bytes))
        }
        None => literal::unfit(text, "base64"),
    }
}

/// RFC 4648, the standard alphabet, padded.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let data = text.trim_end_matches('=');
    let padding = text.len() - data.len();
    if !text.len().is_multiple_of(4) || padding > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(data.len() / 4 * 3 + 2);
    for group in data.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for sign in group {
            bits = bits << 6 | sextet(*sign)?;
        }
        bits <<= 6 * (4 - group.len());
        let [_, decoded @ ..] = bits.to_be_bytes();
        bytes.extend_from_slice(&decoded[..group.len() * 6 / 8]);
    }
    Some(bytes)
}

fn sextet(sign: u8) -> Option<u32> {
    let value = match sign {
        b'A'..=b'Z' => sign - b'A',
        b'a'..=b'z' => sign - b'a' + 26,
        b'0'..=b'9' => sign - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_decoded() {
        for (text, expected) in [
            ("", Some(&b""[..])),
            ("YQ==", Some(b"a")),
            ("YWI=", Some(b"ab")),
            ("YWJj", Some(b"abc")),
            ("+/8A", Some(&[0xfb, 0xff, 0x00])),
            ("YQ", None),
            ("Y===", None),
            ("_-8A", None),
        ] {
            assert_eq!(decode_base64(text).as_deref(), expected, "{text}");
        }
    }
}
