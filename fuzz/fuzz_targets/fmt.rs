//! Any text through the formatter: a valid one stays valid and means the same, with its comments, and is formatted once and for all.

#![no_main]

use std::path::Path;

use libfuzzer_sys::{Corpus, fuzz_target};
use urutu_codegen::format::{self, Refusal};

fn formatted(text: &str) -> Option<String> {
    match format::text(Path::new("fuzz.yaml"), text) {
        Ok(formatted) => Some(formatted),
        Err(Refusal::Invalid(_)) => None,
        // It has compared meaning and comments.
        Err(Refusal::Defect(defect)) => panic!("{defect}"),
    }
}

/// The words of all comments and texts, which are all words; quotes and signs come and go.
fn words(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

fuzz_target!(|text: &str| -> Corpus {
    let Some(once) = formatted(text) else {
        return Corpus::Keep;
    };
    let twice = formatted(&once).expect("what was formatted is valid");
    assert_eq!(once, twice, "formatting again changes the text");
    // Where no escapes or signs of blocks are about, every letter stays.
    if !once.contains('\\') && !text.contains(['\\', '|', '>', '%', '!']) {
        assert_eq!(words(text), words(&once), "something was lost");
    }
    Corpus::Keep
});
