//! How a text is written: plain where that is safe, else in quotes.

use super::again::reads_as;
use super::tree::{Collection, Item, Scalar, Style, Value};
use crate::yaml::{Meaning, trap};

/// Where a scalar is written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    /// Inside brackets, where fewer texts can be plain.
    pub(super) flow: bool,
    /// Whether quotes stay that could go.
    pub(super) keep_quotes: bool,
}

impl Place {
    /// Inside a collection. In a list with texts that need their quotes, the others keep theirs.
    pub(super) fn inside(collection: &Collection, flow: bool) -> Self {
        let needs_quotes = |item: &Item| match &item.value {
            Value::Scalar(scalar) => {
                scalar.style == Style::Quoted && !can_lose_quotes(scalar, flow)
            }
            Value::Collection(_) => false,
        };
        let keep_quotes = !collection.is_map && collection.items.iter().any(needs_quotes);
        Self { flow, keep_quotes }
    }
}

/// A scalar on one line.
pub(super) fn on_one_line(scalar: &Scalar, place: Place) -> String {
    let text = &scalar.text;
    let plain = match scalar.style {
        Style::Plain => text.is_empty() || can_be_plain(text, place.flow),
        _ => !place.keep_quotes && can_lose_quotes(scalar, place.flow),
    };
    if plain { text.clone() } else { quote(text) }
}

/// Whether a text can be written plain so that nobody, and no other reader of YAML, takes it for something else.
fn can_lose_quotes(scalar: &Scalar, flow: bool) -> bool {
    let text = &scalar.text;
    let starts_as_word = text.starts_with(|c: char| c.is_alphabetic() || c == '_');
    starts_as_word
        && can_be_plain(text, flow)
        && scalar.plain_meaning() == Meaning::Text
        && !trap::is_old_boolean(text)
        && !text.contains(['#', '*', ':', '\\'])
}

/// Whether YAML reads the plain text as this text. The rules tell it of most texts; where signs are about, the parser has the last word.
fn can_be_plain(text: &str, flow: bool) -> bool {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "_. ".contains(c);
    fits_the_rules(text, flow) && (text.chars().all(harmless) || fits_the_parser(text, flow))
}

/// Whether the parser reads a plain text as this text, at each place where it may stand.
fn fits_the_parser(text: &str, flow: bool) -> bool {
    if flow {
        let yaml = format!("[{text}, {{{text}, {text}: {text}, {text}}}, {text}]\n");
        reads_as(&yaml, &[text, text, "", text, text, text, "", text])
    } else {
        let key = if is_long_key(text) { "key" } else { text };
        let yaml = format!("- {text}\n- {key}: {text}\n");
        reads_as(&yaml, &[text, key, text])
    }
}

fn fits_the_rules(text: &str, flow: bool) -> bool {
    let mut chars = text.chars();
    let (Some(first), second) = (chars.next(), chars.next()) else {
        return false;
    };
    let starts_well = match first {
        '-' | '?' | ':' => second.is_some_and(|c| !c.is_whitespace() && !",[]{}".contains(c)),
        _ => !",[]{}#&*!|>'\"%@`".contains(first),
    };
    starts_well
        && text.trim() == text
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':')
        && !text.starts_with("---")
        && !text.starts_with("...")
        && !text.chars().any(needs_escape)
        && !(flow && text.contains([',', '[', ']', '{', '}']))
        && !(flow && text.contains(":,"))
}

/// Whether a key must be announced with `?`: YAML demands it of those with more than 1024 characters.
pub(super) fn is_long_key(text: &str) -> bool {
    text.chars().nth(1000).is_some()
}

/// A text in double quotes; in single ones where those spare it all escapes.
pub(super) fn quote(text: &str) -> String {
    let escapes = text.chars().any(needs_escape);
    if !escapes && text.contains(['"', '\\']) && !text.contains('\'') {
        return format!("'{text}'");
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if needs_escape(c) => quoted.push_str(&escape(c)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn escape(c: char) -> String {
    let code = u32::from(c);
    match code {
        0..=0xff => format!("\\x{code:02X}"),
        0x100..=0xffff => format!("\\u{code:04X}"),
        _ => format!("\\U{code:08X}"),
    }
}

/// Characters that cannot be seen, or that turn others around.
fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, style: Style, flow: bool) -> String {
        let scalar = Scalar {
            text: text.to_owned(),
            style,
            lines: Vec::new(),
        };
        let keep_quotes = false;
        on_one_line(&scalar, Place { flow, keep_quotes })
    }

    #[test]
    fn quotes_go_where_nobody_misses_them() {
        for text in ["EUR", "A text.", "list<Money>?", "São Paulo", "it's", "_x"] {
            assert_eq!(written(text, Style::Quoted, true), text);
        }
        assert_eq!(written("one, two", Style::Quoted, false), "one, two");
        assert_eq!(written("one, two", Style::Quoted, true), "\"one, two\"");
    }

    #[test]
    fn quotes_stay_where_they_matter() {
        let texts = [
            "",
            "1.0",
            "true",
            "no",
            "Off",
            "null",
            "~",
            "2026-11-23",
            "orders.#",
            "user.*",
            "a: b",
            "a:b",
            "- a",
            "^[A-Z]$",
            " a",
            "a ",
            "=",
            "<<",
            "---",
            "@a",
            "0x1f",
            ".5",
            "1_000",
        ];
        for text in texts {
            assert_eq!(written(text, Style::Quoted, false), format!("\"{text}\""));
        }
    }

    #[test]
    fn plain_text_stays_plain() {
        for text in [
            "1.0",
            "true",
            "no",
            "~",
            "",
            "2026-11-23",
            "a:b",
            "-1",
            "^a$",
            "orders.#",
        ] {
            assert_eq!(written(text, Style::Plain, true), text);
        }
    }

    #[test]
    fn the_quotes_with_fewer_escapes_are_taken() {
        assert_eq!(quote(r"^\d+$"), r"'^\d+$'");
        assert_eq!(quote("\"a\""), "'\"a\"'");
        assert_eq!(quote("'a' \\"), "\"'a' \\\\\"");
        assert_eq!(
            quote("a\n\t\u{7}\u{202e}\u{fffe}é"),
            "\"a\\n\\t\\x07\\u202E\\uFFFEé\""
        );
    }
}
