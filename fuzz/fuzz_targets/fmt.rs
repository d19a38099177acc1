//! Any text through the formatter: a valid one stays valid and means the same, with its comments, and is formatted once and for all.

#![no_main]

use std::path::Path;

use libfuzzer_sys::{Corpus, fuzz_target};
use urutu_codegen::format::{self, Refusal, Unable};

fn formatted(text: &str) -> Option<String> {
    match format::text(Path::new("fuzz.yaml"), text) {
        Ok(formatted) => Some(formatted),
        Err(Refusal::Invalid(_)) => None,
        Err(Refusal::Unable(Unable::TooLarge)) => None,
        // It has compared meaning and comments.
        Err(Refusal::Unable(defect)) => panic!("{defect}"),
    }
}

/// The words of all comments and texts, which are all words; quotes and signs come and go.
fn words(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Corpus::Reject;
    };
    let Some(once) = formatted(text) else {
        return Corpus::Keep;
    };
    let twice = formatted(&once);
    assert_eq!(
        Some(&once),
        twice.as_ref(),
        "formatting again changes the text"
    );
    // Where no escapes or signs of blocks are about, every letter stays.
    if !once.contains('\\') && !text.contains(['\\', '|', '>', '%', '!']) {
        assert_eq!(words(text), words(&once), "something was lost");
    }
    Corpus::Keep
});
