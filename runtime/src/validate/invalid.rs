//! What is wrong with a value, and where.

use std::fmt;

/// A value breaks the constraints of its contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    violations: Vec<Violation>,
    dropped: usize,
}

impl Invalid {
    pub(super) fn new(violations: Vec<Violation>, dropped: usize) -> Self {
        Self {
            violations,
            dropped,
        }
    }

    /// What is wrong; the first sixteen where there is more.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// How many violations there are in all.
    pub fn count(&self) -> usize {
        self.violations.len() + self.dropped
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 3;
        for (index, violation) in self.violations.iter().take(SHOWN).enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{violation}")?;
        }
        match self.count().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl std::error::Error for Invalid {}

/// One broken constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    path: String,
    message: String,
}

impl Violation {
    pub(super) fn new(message: String) -> Self {
        Self {
            path: String::new(),
            message,
        }
    }

    /// Where, by the names of the JSON: `lines[3].qty`. Empty for the value itself.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What, as the end of a sentence: `must be at least 1`. It never repeats the value.
    pub fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn put_inside(&mut self, segment: Segment<'_>) {
        let dot = match self.path.chars().next() {
            None | Some('[') => "",
            Some(_) => ".",
        };
        self.path = format!("{segment}{dot}{}", self.path);
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "the value {}", self.message)
        } else {
            write!(f, "`{}` {}", self.path, self.message)
        }
    }
}

/// One step of a path.
#[derive(Debug, Clone, Copy)]
pub(super) enum Segment<'a> {
    Field(&'static str),
    Index(usize),
    Key(&'a str),
}

impl fmt::Display for Segment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => f.write_str(name),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Key(key) => {
                // A key comes from outside: escaped, and not at any length.
                let short: String = key.chars().take(64).collect();
                write!(f, "[{short:?}]")
            }
        }
    }
}
