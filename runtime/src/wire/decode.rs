//! A body becomes a typed message; where it cannot, the error says where and why, and never repeats a value of the message: it
//! goes to logs and headers, and the value may be one that must not be seen there.

use serde::de::DeserializeOwned;

use super::Undecodable;
use crate::message::Message;

/// Reads a body as JSON. That it is UTF-8 is seen once for all of it: otherwise each name and each text in it would be looked at by itself.
pub(crate) fn decode<M: Message + DeserializeOwned>(body: &[u8]) -> Result<M, Undecodable> {
    let why = match std::str::from_utf8(body) {
        Ok(text) => match serde_json::from_str(text) {
            Ok(message) => return Ok(message),
            Err(error) => explain::<M>(text, &error),
        },
        Err(error) => not_utf8(body, error.valid_up_to()),
    };
    Err(Undecodable::Json {
        type_id: M::CONTRACT.type_id,
        why,
    })
}

fn not_utf8(body: &[u8], at: usize) -> String {
    let lines = || body[..at].split(|byte| *byte == b'\n');
    let column = lines().next_back().map_or(1, |last| last.len() + 1);
    format!(
        "it is not UTF-8 (line {}, column {column})",
        lines().count()
    )
}

/// Reads the body once more, now with an eye on the path: that costs time, and failures are rare.
fn explain<M: DeserializeOwned>(body: &str, error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    let what = without_values(error);
    let reader = &mut serde_json::Deserializer::from_str(body);
    let path = match serde_path_to_error::deserialize::<_, M>(reader) {
        Err(error) if error.inner().is_data() => error.path().to_string(),
        _ => String::new(),
    };
    match path.as_str() {
        "" | "." => format!("{what} ({place})"),
        path => format!("`{}`: {what} ({place})", crate::failure::bounded(path)),
    }
}

/// What serde says, without the value that it says it of.
fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    let text = text.strip_suffix(&position).unwrap_or(&text);
    if !error.is_data() {
        // Of the syntax only: it names no values.
        return text.to_owned();
    }
    let names_only = ["missing field ", "duplicate field ", "invalid length "];
    if names_only.iter().any(|start| text.starts_with(start)) {
        return text.to_owned();
    }
    // `KIND "the value", expected ...`: the kind and what was expected may be told. The value may hold anything, also these words, so the
    // search for them begins at the end.
    let expected = text.rfind(", expected ").map_or("", |at| &text[at..]);
    for start in ["invalid type: ", "invalid value: "] {
        if let Some(rest) = text.strip_prefix(start) {
            let kind = rest.split([',', '`', '"']).next().unwrap_or_default();
            return format!("{start}{}{expected}", kind.trim_end());
        }
    }
    if text.starts_with("unknown value ") || text.starts_with("unknown variant ") {
        return format!("unknown value{expected}");
    }
    "the value is not valid for its type".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Timestamp, UnknownValue, Uuid};
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read, to fail")]
    struct Order {
        id: Uuid,
        lines: Vec<Line>,
        #[serde(default)]
        at: Option<Timestamp>,
        #[serde(default)]
        labels: BTreeMap<String, u8>,
        #[serde(default)]
        channel: Option<Channel>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read, to fail")]
    struct Line {
        qty: u8,
    }

    #[derive(Debug)]
    struct Channel;

    impl std::str::FromStr for Channel {
        type Err = UnknownValue;

        fn from_str(value: &str) -> Result<Self, UnknownValue> {
            Err(UnknownValue::new(value, &["web", "app"]))
        }
    }

    impl<'de> Deserialize<'de> for Channel {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            crate::codegen::closed(deserializer)
        }
    }

    fn why(json: &str) -> String {
        let error = serde_json::from_str::<Order>(json).expect_err("not an order");
        let why = explain::<Order>(json, &error);
        let place = format!(" (line 1, column {})", error.column());
        why.strip_suffix(&place)
            .expect("it names the place")
            .to_owned()
    }

    const ID: &str = r#""id": "0197f0c2-0000-7000-8000-000000000001""#;

    #[test]
    fn the_error_names_the_field_and_never_its_value() {
        let with = |rest: &str| why(&format!("{{{ID}, {rest}}}"));
        assert_eq!(
            with(r#""lines": [{"qty": 1}, {"qty": "secret, expected u9"}]"#),
            "`lines[1].qty`: invalid type: string, expected u8"
        );
        assert_eq!(
            with(r#""lines": [{"qty": 4711}]"#),
            "`lines[0].qty`: invalid value: integer, expected u8"
        );
        assert_eq!(
            with(r#""lines": [], "labels": {"a": null}"#),
            "`labels.a`: invalid type: null, expected u8"
        );
        assert_eq!(
            with(r#""lines": [], "at": "tomorrow""#),
            "`at`: the value is not valid for its type"
        );
        assert_eq!(with(r#""at": null"#), "missing field `lines`");
        assert_eq!(why("{\"id\": \"se"), "EOF while parsing a string");
        assert_eq!(why("7"), "invalid type: integer, expected struct Order");
    }

    #[test]
    fn the_error_of_a_body_that_is_no_text_says_where_that_begins() {
        for (body, line, column) in [
            (&b"\xff"[..], 1, 1),
            (b"{\"name\": \"\xc3\"}", 1, 11),
            (b"{\n\n \xe2\x82", 3, 2),
        ] {
            let at = std::str::from_utf8(body).expect_err("no text");
            let expected = format!("it is not UTF-8 (line {line}, column {column})");
            assert_eq!(not_utf8(body, at.valid_up_to()), expected);
        }
    }
}
