//! Writing numbers as text, alone or in containers. The other types' own way of writing is the grammar of the wire.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::scalar::Nullable;

/// A number that is text on the wire, or what a field can make of one.
pub trait Write {
    /// Writes it.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// Makes serde of [`Write`], for the items of a container.
pub(crate) struct Item<'a, T>(pub(crate) &'a T);

impl<T: Write> Serialize for Item<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

impl<T: Write> Write for Vec<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Item))
    }
}

impl<T: Write> Write for BTreeMap<String, T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(key, value)| (key, Item(value))))
    }
}

impl<T: Write> Write for Option<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().map(Item).serialize(serializer)
    }
}

impl<T: Write> Write for Nullable<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().map(Item).serialize(serializer)
    }
}
