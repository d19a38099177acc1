//! Reading a union.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

/// A tagged union. Implemented by generated code.
pub trait Union: Sized {
    /// The field that names the variant.
    const TAG: &'static str;

    /// Reads the variant `name` from the other fields.
    fn variant<'de, D: Deserializer<'de>>(name: &str, fields: D) -> Result<Self, D::Error>;
}

/// Reads a union.
pub fn read<'de, T: Union, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(Tagged(PhantomData))
}

struct Tagged<T>(PhantomData<T>);

impl<'de, T: Union> Visitor<'de> for Tagged<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the field `{}`", T::TAG)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if key != T::TAG {
                insert(&mut fields, key, map.next_value()?)?;
                continue;
            }
            let name: String = map.next_value()?;
            if fields.is_empty() {
                // The tag came first: the record reads the rest itself.
                return T::variant(&name, MapAccessDeserializer::new(map));
            }
            while let Some((key, value)) = map.next_entry()? {
                insert(&mut fields, key, value)?;
            }
            return T::variant(&name, Value::Object(fields))
                .map_err(|error| de::Error::custom(format_args!("variant `{name}`: {error}")));
        }
        Err(de::Error::missing_field(T::TAG))
    }
}

/// A record refuses a field that comes twice. Here it must be seen before it is one.
fn insert<E: de::Error>(
    fields: &mut Map<String, Value>,
    key: String,
    value: Value,
) -> Result<(), E> {
    match fields.insert(key, value) {
        None => Ok(()),
        Some(_) => Err(E::custom("a field comes twice")),
    }
}
