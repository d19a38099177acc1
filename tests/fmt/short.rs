//! Every short text out of the signs of YAML: what is valid is formatted, and formatting again changes nothing.
//!
//! The formatter itself compares meaning and comments; that it has to refuse its own result is a defect.

use std::path::Path;

use urutu_codegen::format::{self, Refusal};

const SIGNS: [&str; 20] = [
    "a", "- ", "-", ": ", "? ", "\n", " ", "  ", "#c", " #c\n", "[", "]", "{", "}", ",", "|", ">",
    "\"", "---", "...",
];

/// How many signs a text has.
const LENGTH: u32 = 4;

#[test]
fn long_every_short_text() {
    let mut valid = 0;
    for number in 0..SIGNS.len().pow(LENGTH) {
        let places = (0..LENGTH).map(|place| number / SIGNS.len().pow(place) % SIGNS.len());
        let text: String = places.map(|sign| SIGNS[sign]).collect();
        let once = match format::text(Path::new("a.yaml"), &text) {
            Ok(once) => once,
            Err(Refusal::Invalid(_)) => continue,
            Err(Refusal::Unable(reason)) => panic!("{reason}: {text:?}"),
        };
        let again = format::text(Path::new("a.yaml"), &once).ok();
        assert_eq!(again.as_ref(), Some(&once), "from {text:?}");
        valid += 1;
    }
    assert!(valid > 10_000, "only {valid} texts are valid");
}
