//! The key of a message that is handled in order, taken out of its body without reading the rest.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use uuid::Uuid;

/// A value of a key. Values that are equal to the contract are equal here, whatever their spelling in JSON.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key(Box<str>);

impl Key {
    /// The value of the first field with one of these names. `None` where there is none, or none that can be a key: then the message
    /// breaks its contract, and reading it will say how.
    pub(crate) fn of(body: &[u8], names: &[&str]) -> Option<Self> {
        let mut found = None;
        let search = Search {
            names,
            found: &mut found,
        };
        // It ends with an error also where the key was found: what comes behind it is not read.
        let _ = serde_json::Deserializer::from_slice(body).deserialize_map(search);
        found
    }

    /// UUIDs are read in either case.
    fn of_text(text: &str) -> Self {
        let is_uuid = text.len() == 36 && Uuid::try_parse(text).is_ok();
        if is_uuid {
            Self(text.to_ascii_lowercase().into())
        } else {
            Self(text.into())
        }
    }
}

/// Looks for the key among the fields of an object.
struct Search<'s> {
    names: &'s [&'s str],
    found: &'s mut Option<Key>,
}

impl<'de> Visitor<'de> for Search<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(is_key) = map.next_key_seed(Name(self.names))? {
            if is_key {
                *self.found = Some(map.next_value_seed(Value)?);
                return Ok(());
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// Whether the name of a field is that of the key.
struct Name<'s>(&'s [&'s str]);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<bool, E> {
        Ok(self.0.contains(&name))
    }
}

/// Reads a text or a whole number.
struct Value;

impl<'de> DeserializeSeed<'de> for Value {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Value {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a whole number")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Key, E> {
        Ok(Key::of_text(text))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Key, E> {
        Ok(Key(number.to_string().into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Key, E> {
        Ok(Key(number.to_string().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(body: &str) -> Option<String> {
        Key::of(body.as_bytes(), &["order", "id"]).map(|key| key.0.into())
    }

    #[test]
    fn it_is_found_wherever_it_stands_under_any_of_its_names() {
        assert_eq!(key(r#"{"order": "a"}"#).as_deref(), Some("a"));
        assert_eq!(key(r#"{"id": "a"}"#).as_deref(), Some("a"));
        let deep = r#"{"x": {"order": "b", "y": [{"order": "c"}]}, "order": "a", "z": "d"}"#;
        assert_eq!(key(deep).as_deref(), Some("a"));
        assert_eq!(key(r#"{"\u006frder": "a"}"#).as_deref(), Some("a"));
    }

    #[test]
    fn one_value_has_one_key_however_it_is_spelled() {
        assert_eq!(
            key(r#"{"order": "é\n"}"#),
            key(r#"{"order": "\u00e9\u000a"}"#)
        );
        // As a number, and as one with `encoding: string`.
        assert_eq!(key(r#"{"order": 17}"#), key(r#"{"order": "17"}"#));
        assert_eq!(key(r#"{"order": -1}"#).as_deref(), Some("-1"));
        let uuid = "0197f0c2-0000-7000-8000-00000000000a";
        let upper = uuid.to_uppercase();
        assert_eq!(
            key(&format!(r#"{{"order": "{upper}"}}"#)).as_deref(),
            Some(uuid)
        );
        assert_ne!(key(r#"{"order": "A"}"#), key(r#"{"order": "a"}"#));
        let most = u64::MAX.to_string();
        assert_eq!(key(&format!(r#"{{"order": {most}}}"#)), Some(most));
    }

    #[test]
    fn what_breaks_the_contract_has_no_key() {
        for body in [
            "",
            "7",
            "[]",
            "{}",
            r#"{"x": 1}"#,
            r#"{"order": null}"#,
            r#"{"order": 1.5}"#,
            r#"{"order": true}"#,
            r#"{"order": ["a"]}"#,
            r#"{"order": {"order": "a"}}"#,
            r#"{"order": "a"#,
            r#"{"x": [1, "order": "a"}"#,
        ] {
            assert_eq!(key(body), None, "{body}");
        }
        assert!(Key::of(b"{\"order\": \"\xff\"}", &["order"]).is_none());
    }

    #[test]
    fn the_rest_is_not_read() {
        assert_eq!(key(r#"{"order": "a", "x": what"#).as_deref(), Some("a"));
        let deep = format!(r#"{{"x": {}, "order": "a"}}"#, "[".repeat(100_000));
        assert_eq!(key(&deep), None, "and nothing overflows");
    }
}
