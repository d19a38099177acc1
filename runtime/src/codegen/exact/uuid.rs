//! `uuid`: with hyphens, in either case.

use serde::Deserializer;
use uuid::Uuid;

use super::read::{Read, text};

impl Read for Uuid {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, "a UUID with hyphens", parse)
    }
}

fn parse(text: &str) -> Option<Uuid> {
    /// The other notations are shorter or longer.
    const LENGTH: usize = 36;
    (text.len() == LENGTH).then(|| Uuid::try_parse(text).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_have_one_notation() {
        let id = Uuid::from_u128(0x0197_f0c2_0000_7000_8000_0000_0000_000a);
        let text = id.hyphenated().to_string();
        assert_eq!(parse(&text), Some(id));
        assert_eq!(parse(&text.to_uppercase()), Some(id));
        let simple = id.simple().to_string();
        let (braced, urn) = (id.braced().to_string(), id.urn().to_string());
        let moved = format!("{}-{}", &text[..35].replace('-', ""), "000a");
        for wrong in ["", &simple, &braced, &urn, &moved, &text[..35]] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
