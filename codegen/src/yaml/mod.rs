//! YAML as a tree of nodes that know where they stand.
//!
//! Only what a contract needs: mappings with text as keys, lists and scalars. Anchors, aliases, tags and merge keys are errors.

mod read;
pub(crate) mod trap;

pub(crate) use read::{Offsets, quoted_length, read};

use crate::source::{Span, Spanned};

/// A value.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Of a list or mapping over several lines: its first line.
    pub(crate) span: Span,
    pub(crate) content: Content,
}

#[derive(Debug, Clone)]
pub(crate) enum Content {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
    /// It was reported already; whoever meets it stays silent.
    Broken,
}

/// A key of a mapping with its value. Keys are distinct.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: Spanned<String>,
    /// Of a key without a colon (`{a, b}`): nothing, and it stands where the key does.
    pub(crate) value: Node,
}

#[derive(Debug, Clone)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    /// Whether it is in quotes or a block (`|`, `>`), and therefore text whatever it looks like.
    pub(crate) quoted: bool,
}

/// What a scalar is in the core schema of YAML 1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    Null,
    Bool(bool),
    Number,
    Text,
}

impl Scalar {
    pub(crate) fn meaning(&self) -> Meaning {
        if self.quoted {
            return Meaning::Text;
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Meaning::Null,
            "true" | "True" | "TRUE" => Meaning::Bool(true),
            "false" | "False" | "FALSE" => Meaning::Bool(false),
            text if is_number(text) => Meaning::Number,
            _ => Meaning::Text,
        }
    }
}

impl Node {
    /// Whether it is an empty value (`key:`) or a `null`.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.content, Content::Scalar(scalar) if scalar.meaning() == Meaning::Null)
    }

    /// Where it ends, on whichever line.
    pub(crate) fn end(&self) -> usize {
        let inner = match &self.content {
            Content::Scalar(_) | Content::Broken => None,
            Content::List(items) => items.last().map(Self::end),
            Content::Map(entries) => entries.last().map(|entry| entry.value.end()),
        };
        inner.unwrap_or_default().max(self.span.end)
    }

    /// Its kind, for a sentence like "found a list".
    pub(crate) fn kind(&self) -> &'static str {
        match &self.content {
            Content::Scalar(scalar) => match scalar.meaning() {
                Meaning::Null => "nothing",
                Meaning::Bool(_) => "a boolean",
                Meaning::Number => "a number",
                Meaning::Text => "text",
            },
            Content::List(_) => "a list",
            Content::Map(_) => "a mapping",
            Content::Broken => "something broken",
        }
    }
}

/// Integers (decimal, `0o`, `0x`), floats, infinities and NaN of the core schema.
fn is_number(text: &str) -> bool {
    let digits = |text: &str, radix| !text.is_empty() && text.chars().all(|c| c.is_digit(radix));
    if let Some(octal) = text.strip_prefix("0o") {
        return digits(octal, 8);
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return digits(hex, 16);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let exponent_fits =
        exponent.is_none_or(|e| digits(e.strip_prefix(['-', '+']).unwrap_or(e), 10));
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction, 10),
        Some((whole, fraction)) => {
            digits(whole, 10) && (fraction.is_empty() || digits(fraction, 10))
        }
        None => digits(mantissa, 10),
    };
    mantissa_fits && exponent_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(text: &str) -> Meaning {
        let text = text.to_owned();
        Scalar {
            text,
            quoted: false,
        }
        .meaning()
    }

    #[test]
    fn plain_scalars_mean_what_the_core_schema_says() {
        for text in ["", "~", "null", "NULL"] {
            assert_eq!(meaning(text), Meaning::Null, "{text}");
        }
        assert_eq!(meaning("True"), Meaning::Bool(true));
        assert_eq!(meaning("false"), Meaning::Bool(false));
        let numbers = [
            "0", "-12", "+7", "007", "0o17", "0xff", "1.5", "1.", ".5", "1e3", "-1.5E-3", "-.inf",
            ".nan",
        ];
        for text in numbers {
            assert_eq!(meaning(text), Meaning::Number, "{text}");
        }
        let texts = [
            "yes",
            "no",
            "on",
            "off",
            "nUll",
            "1_000",
            "1e",
            "e3",
            ".",
            "-",
            "1.2.3",
            "2026-11-23",
            "0x",
            "-.nan",
            "12:30",
        ];
        for text in texts {
            assert_eq!(meaning(text), Meaning::Text, "{text}");
        }
    }
}
