//! Numbers of the catalog as Rust literals.
//!
//! The model has checked that a number fits its type. Where it did not, the generated code says so instead of holding another number.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::snippet::Snippet;
use crate::model::{Number, Scalar};

/// The number as a literal of the scalar's type.
pub(super) fn number(runtime: &Snippet, scalar: Scalar, number: &Number) -> TokenStream {
    let text = number.0.as_str();
    let literal = match scalar {
        Scalar::I32 => text.parse().ok().map(Literal::i32_unsuffixed),
        Scalar::I64 | Scalar::I64Text => text.parse().ok().map(Literal::i64_unsuffixed),
        Scalar::U32 => text.parse().ok().map(Literal::u32_unsuffixed),
        Scalar::U64 | Scalar::U64Text => text.parse().ok().map(Literal::u64_unsuffixed),
        Scalar::F64 => text
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .map(Literal::f64_unsuffixed),
        Scalar::Decimal => return decimal(runtime, text),
        _ => None,
    };
    literal.map_or_else(|| unfit(text, "number"), |literal| quote!(#literal))
}

/// A decimal in the parts that its `const` constructor takes.
fn decimal(runtime: &Snippet, text: &str) -> TokenStream {
    let Some(parts) = DecimalParts::parse(text) else {
        return unfit(text, "decimal");
    };
    let [low, middle, high] = parts.words.map(Literal::u32_unsuffixed);
    let (negative, scale) = (parts.negative, Literal::u32_unsuffixed(parts.scale));
    quote!(#runtime::Decimal::from_parts(#low, #middle, #high, #negative, #scale))
}

struct DecimalParts {
    /// 96 bits, the lowest first.
    words: [u32; 3],
    negative: bool,
    /// Digits after the point.
    scale: u32,
}

impl DecimalParts {
    fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) || fraction.len() > 28 {
            return None;
        }
        let mantissa: u128 = format!("{whole}{fraction}").parse().ok()?;
        let word = |shift: u32| u32::try_from((mantissa >> shift) & u128::from(u32::MAX)).ok();
        (mantissa >> 96 == 0).then_some(())?;
        Some(Self {
            words: [word(0)?, word(32)?, word(64)?],
            negative: negative && mantissa != 0,
            scale: u32::try_from(fraction.len()).ok()?,
        })
    }
}

/// A compile error in place of a value that the model should not have let through.
pub(super) fn unfit(text: &str, what: &str) -> TokenStream {
    let message = format!("urutu-codegen: {text:?} in the catalog is not a valid {what}");
    quote!(::core::compile_error!(#message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(scalar: Scalar, text: &str) -> String {
        number(&quote!(::urutu).into(), scalar, &Number(text.to_owned()))
            .to_string()
            .replace(' ', "")
    }

    #[test]
    fn numbers_keep_their_value() {
        assert_eq!(literal(Scalar::I32, "-5"), "-5");
        assert_eq!(
            literal(Scalar::U64, "18446744073709551615"),
            "18446744073709551615"
        );
        assert_eq!(literal(Scalar::F64, "1"), "1.0");
        assert_eq!(
            literal(Scalar::Decimal, "-12.50"),
            "::urutu::Decimal::from_parts(1250,0,0,true,2)"
        );
        assert_eq!(
            literal(Scalar::Decimal, "79228162514264337593543950335"),
            "::urutu::Decimal::from_parts(4294967295,4294967295,4294967295,false,0)"
        );
    }

    #[test]
    fn a_number_that_does_not_fit_is_a_compile_error() {
        for (scalar, text) in [
            (Scalar::I32, "3000000000"),
            (Scalar::U32, "-1"),
            (Scalar::F64, "1e999"),
            (Scalar::Decimal, "79228162514264337593543950336"),
            (Scalar::Decimal, "1.5.5"),
            (Scalar::String, "1"),
        ] {
            assert!(literal(scalar, text).contains("compile_error"), "{text}");
        }
    }
}
