//! The body of a message, for a terminal and for machines.

use std::fmt::Write as _;

use serde_json::Value;

use super::layout::{Layout, laid_out};

/// A longer one is not indented: nested deeply, each byte of it would become a line of some hundred.
const INDENTED: usize = 256 * 1024;

/// A body as it can be shown.
pub(super) enum Body {
    /// JSON, as it came.
    Json(String),
    /// Other text.
    Text(String),
    /// Anything else, in base64.
    Base64(String),
}

impl Body {
    pub(super) fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) if serde_json::from_str::<Value>(text).is_ok() => Self::Json(text.to_owned()),
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Base64(base64(bytes)),
        }
    }

    /// What it is: `json`, `text` or `base64`.
    pub(super) fn encoding(&self) -> &'static str {
        match self {
            Self::Json(_) => "json",
            Self::Text(_) => "text",
            Self::Base64(_) => "base64",
        }
    }

    /// As a JSON value on one line.
    pub(super) fn to_json(&self) -> String {
        match self {
            Self::Json(text) => visible_json(&laid_out(text, Layout::Line)),
            Self::Text(text) | Self::Base64(text) => {
                visible_json(&Value::from(text.as_str()).to_string())
            }
        }
    }

    /// For people: JSON is indented.
    pub(super) fn lines(&self) -> String {
        match self {
            Self::Json(text) if text.len() > INDENTED => {
                visible_json(&laid_out(text, Layout::Line))
            }
            Self::Json(text) => visible_json(&laid_out(text, Layout::Indented)),
            Self::Text(text) | Self::Base64(text) => {
                let lines: Vec<_> = text.lines().map(visible).collect();
                lines.join("\n")
            }
        }
    }
}

/// Text in which nothing can move the cursor, colour the terminal or turn the direction of writing.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            c if is_hidden(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// The same for JSON, where such characters stand only in strings, but for the line breaks of a layout.
pub(super) fn visible_json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        if is_hidden(c) && c != '\n' {
            // Writing to a string cannot fail.
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn base64(bytes: &[u8]) -> String {
    match serde_json::to_value(urutu::Bytes::from(bytes)) {
        Ok(Value::String(text)) => text,
        // Bytes are a string in JSON, always.
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_json_or_text_or_base64() {
        let json = Body::of(br#"{"b": 1, "a": 100000000000000000001}"#);
        assert_eq!(json.encoding(), "json");
        assert_eq!(json.to_json(), r#"{"b":1,"a":100000000000000000001}"#);
        assert_eq!(
            json.lines(),
            "{\n  \"b\": 1,\n  \"a\": 100000000000000000001\n}"
        );
        let text = Body::of(b"one\ntwo \x1b[31m");
        assert_eq!(
            (text.encoding(), text.lines().as_str()),
            ("text", "one\ntwo \\u{1b}[31m")
        );
        assert_eq!(text.to_json(), r#""one\ntwo \u001b[31m""#);
        let bytes = Body::of(b"\xff\xfe");
        assert_eq!(
            (bytes.encoding(), bytes.lines().as_str()),
            ("base64", "//4=")
        );
        assert_eq!(Body::of(b"").to_json(), r#""""#);
    }

    #[test]
    fn nothing_in_a_letter_can_command_the_terminal() {
        assert_eq!(
            visible("a\u{9b}1m\r\nb\u{202e}"),
            "a\\u{9b}1m\\u{d}\\nb\\u{202e}"
        );
        let body = Body::of("{\"a\": \"\u{9b}1m\u{202e}\"}".as_bytes());
        assert_eq!(body.to_json(), "{\"a\":\"\\u009b1m\\u202e\"}");
    }
}
