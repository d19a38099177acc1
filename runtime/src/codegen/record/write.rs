//! Writing a record.

use serde::ser::{Error as _, Serialize, SerializeStruct, Serializer};

use crate::codegen::exact::Write;
use crate::scalar::Nullable;

/// Its error names the field.
struct Named<'v, T>(&'static str, &'v T);

impl<T: Write> Serialize for Named<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(name, value) = self;
        value
            .write(serializer)
            .map_err(|error| S::Error::custom(format_args!("`{name}`: {error}")))
    }
}

/// Writes the fields of one record, in their order. An error is kept for the end.
#[allow(
    missing_debug_implementations,
    reason = "only generated code holds one, for a moment"
)]
pub struct Writer<S: Serializer> {
    state: Result<S::SerializeStruct, S::Error>,
}

impl<S: Serializer> Writer<S> {
    /// Starts a record of up to so many fields.
    pub fn new(serializer: S, name: &'static str, fields: usize) -> Self {
        Self {
            state: serializer.serialize_struct(name, fields),
        }
    }

    /// A field that is always there.
    #[must_use]
    pub fn field<T: Serialize + ?Sized>(mut self, name: &'static str, value: &T) -> Self {
        if let Ok(state) = &mut self.state
            && let Err(error) = state.serialize_field(name, value)
        {
            self.state = Err(error);
        }
        self
    }

    /// A field that is left out when there is nothing.
    #[must_use]
    pub fn optional<T: Serialize>(self, name: &'static str, value: &Option<T>) -> Self {
        match value {
            Some(value) => self.field(name, value),
            None => self,
        }
    }

    /// A field that may be missing and may be `null`.
    #[must_use]
    pub fn nullable<T: Serialize>(self, name: &'static str, value: &Nullable<T>) -> Self {
        if value.is_missing() {
            self
        } else {
            self.field(name, value)
        }
    }

    /// As [`Self::field`], of a type whose form on the wire is ours.
    #[must_use]
    pub fn exact<T: Write>(self, name: &'static str, value: &T) -> Self {
        self.field(name, &Named(name, value))
    }

    /// As [`Self::optional`], of a type whose form on the wire is ours.
    #[must_use]
    pub fn optional_exact<T: Write>(self, name: &'static str, value: &Option<T>) -> Self {
        match value {
            Some(value) => self.exact(name, value),
            None => self,
        }
    }

    /// As [`Self::nullable`], of a type whose form on the wire is ours.
    #[must_use]
    pub fn nullable_exact<T: Write>(self, name: &'static str, value: &Nullable<T>) -> Self {
        if value.is_missing() {
            self
        } else {
            self.exact(name, value)
        }
    }

    /// Ends the record, or says what went wrong on the way.
    pub fn end(self) -> Result<S::Ok, S::Error> {
        self.state?.end()
    }
}
