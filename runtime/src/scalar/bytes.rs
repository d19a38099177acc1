//! `bytes`: binary data, base64 in JSON.

use std::fmt;
use std::ops::Deref;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Binary data; in JSON a base64 string (RFC 4648, standard alphabet, padded). Clones share the data.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(::bytes::Bytes);

impl Bytes {
    /// No bytes.
    pub const fn new() -> Self {
        Self(::bytes::Bytes::new())
    }

    /// Bytes that are part of the program.
    pub const fn from_static(bytes: &'static [u8]) -> Self {
        Self(::bytes::Bytes::from_static(bytes))
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self(::bytes::Bytes::copy_from_slice(bytes))
    }
}

impl<const N: usize> From<[u8; N]> for Bytes {
    fn from(bytes: [u8; N]) -> Self {
        Self::from(bytes.as_slice())
    }
}

impl From<::bytes::Bytes> for Bytes {
    fn from(bytes: ::bytes::Bytes) -> Self {
        Self(bytes)
    }
}

impl From<Bytes> for ::bytes::Bytes {
    fn from(bytes: Bytes) -> Self {
        bytes.0
    }
}

impl From<Bytes> for Vec<u8> {
    fn from(bytes: Bytes) -> Self {
        bytes.0.into()
    }
}

/// Shows the length only: the content is seldom readable and may be long.
impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({} bytes)", self.0.len())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Base64;

        impl Visitor<'_> for Base64 {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("padded base64 in the standard alphabet")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Bytes, E> {
                // The text stays out of the error: it may be long, and nothing that anyone can read.
                let bytes = STANDARD
                    .decode(text)
                    .map_err(|_| E::invalid_value(Unexpected::Other("a string"), &self))?;
                Ok(Bytes::from(bytes))
            }
        }

        deserializer.deserialize_str(Base64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_base64_in_json() {
        let bytes = Bytes::from([0xfb, 0xff, 0x00]);
        let json = serde_json::to_string(&bytes).expect("bytes have a JSON form");
        assert_eq!(json, "\"+/8A\"");
        let read: Bytes = serde_json::from_str(&json).expect("it was just written");
        assert_eq!(read, bytes);
    }

    #[test]
    fn other_alphabets_and_missing_padding_are_refused() {
        for text in ["\"-_8A\"", "\"YQ\"", "\"Y Q==\"", "7"] {
            let error = serde_json::from_str::<Bytes>(text).expect_err(text);
            assert!(error.to_string().contains("base64"), "{error}");
        }
    }

    #[test]
    fn debug_shows_the_length_only() {
        assert_eq!(
            format!("{:?}", Bytes::from_static(b"secret")),
            "Bytes(6 bytes)"
        );
    }
}
