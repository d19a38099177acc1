//! Reading a record.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::codegen::exact::{Read, ReadItem};

/// A struct of generated code, as its fields are read.
pub trait Record: Sized {
    /// What it is called in errors.
    const NAME: &'static str;

    /// The names of its fields on the wire, then the older names that are read as well.
    const FIELDS: &'static [&'static str];

    /// Reads the fields, whatever their order.
    fn read<'de, A: MapAccess<'de>>(fields: Fields<'de, A>) -> Result<Self, A::Error>;
}

/// Reads a record: an object, whose unknown fields are ignored.
pub fn read<'de, T: Record, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Object<T>(PhantomData<T>);

    impl<'de, T: Record> Visitor<'de> for Object<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "struct {}", T::NAME)
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::read(Fields {
                map,
                names: T::FIELDS,
                next: 0,
                lifetime: PhantomData,
            })
        }
    }

    deserializer.deserialize_struct(T::NAME, T::FIELDS, Object(PhantomData))
}

/// The fields of an object that is being read.
#[allow(
    missing_debug_implementations,
    reason = "only generated code holds one, for a moment"
)]
pub struct Fields<'de, A> {
    map: A,
    names: &'static [&'static str],
    /// Behind the last one that was read: writers mostly keep to the order of the contract.
    next: usize,
    lifetime: PhantomData<&'de ()>,
}

impl<'de, A: MapAccess<'de>> Fields<'de, A> {
    /// The index of the next known field's name. Its value must be read next.
    pub fn next_field(&mut self) -> Result<Option<usize>, A::Error> {
        while let Some(found) = self.map.next_key_seed(Name {
            known: self.names,
            likely: self.next,
        })? {
            if let Some(index) = found {
                self.next = index + 1;
                return Ok(Some(index));
            }
            self.map.next_value::<IgnoredAny>()?;
        }
        Ok(None)
    }

    /// Reads the value; a field that comes twice is an error.
    pub fn value<T: Deserialize<'de>>(&mut self, slot: &mut Option<T>) -> Result<(), A::Error> {
        if slot.is_some() {
            let current = self
                .next
                .checked_sub(1)
                .and_then(|index| self.names.get(index));
            return Err(de::Error::duplicate_field(
                current.copied().unwrap_or_default(),
            ));
        }
        *slot = Some(self.map.next_value()?);
        Ok(())
    }

    /// As [`Self::value`], of a type whose form on the wire is ours.
    pub fn exact<T: Read>(&mut self, slot: &mut Option<T>) -> Result<(), A::Error> {
        let mut item = slot.take().map(ReadItem);
        self.value(&mut item)?;
        *slot = item.map(|item| item.0);
        Ok(())
    }

    /// The value of a field that must have been there when all are read.
    pub fn required<T>(&self, slot: Option<T>, name: &'static str) -> Result<T, A::Error> {
        slot.ok_or_else(|| de::Error::missing_field(name))
    }
}

/// Finds the name of a field among those that are known.
struct Name {
    known: &'static [&'static str],
    /// The index of the one that it probably is.
    likely: usize,
}

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Option<usize>, E> {
        if self.known.get(self.likely) == Some(&name) {
            return Ok(Some(self.likely));
        }
        Ok(self.known.iter().position(|known| *known == name))
    }
}
