//! A regular expression of a contract.

use std::fmt;
use std::sync::OnceLock;

use regex::Regex;

/// A regular expression, compiled when it is first used. Generated code holds it in a `static`.
#[derive(Debug)]
pub struct Pattern {
    source: &'static str,
    compiled: OnceLock<Result<Regex, regex::Error>>,
}

impl Pattern {
    /// The pattern of this source.
    pub const fn new(source: &'static str) -> Self {
        Self {
            source,
            compiled: OnceLock::new(),
        }
    }

    pub(super) fn is_match(&self, text: &str) -> Result<bool, &regex::Error> {
        let compiled = self.compiled.get_or_init(|| Regex::new(self.source));
        compiled.as_ref().map(|regex| regex.is_match(text))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.source)
    }
}
