//! The variant of an open union that this program does not know.

use std::fmt;

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serializer};
use serde_json::{Map, Value};

/// A variant that the contract did not have when this code was generated. It is kept as it is, so that it survives a round trip.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UnknownVariant {
    name: String,
    fields: Map<String, Value>,
}

impl UnknownVariant {
    /// A variant of this name with these fields.
    pub fn new(name: impl Into<String>, fields: Map<String, Value>) -> Self {
        Self {
            name: name.into(),
            fields,
        }
    }

    /// The value of the union's tag.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The other fields.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// Keeps the variant `name`.
    pub fn read<'de, D: Deserializer<'de>>(name: &str, fields: D) -> Result<Self, D::Error> {
        Ok(Self::new(name, Map::deserialize(fields)?))
    }

    /// Writes the variant into a union with this tag.
    pub fn write<S: Serializer>(
        &self,
        serializer: S,
        tag: &'static str,
    ) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len() + 1))?;
        map.serialize_entry(tag, &self.name)?;
        for (key, value) in self.fields.iter().filter(|(key, _)| *key != tag) {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// Leaves the fields out: nobody knows which of them are sensitive.
impl fmt::Debug for UnknownVariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnknownVariant")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
