//! What becomes of a finding: the only place where the level of a lint is decided.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Code, Severity};
use crate::source::{FileId, Span};

/// What happens where a rule is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Nothing.
    Allow,
    /// A warning.
    Warn,
    /// An error.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Error => "error",
        })
    }
}

/// A lint that is allowed in a part of a file, with a reason.
#[derive(Debug)]
pub(crate) struct Suppression {
    pub(crate) code: Code,
    /// The name of the lint, where it is written.
    pub(crate) lint: &'static str,
    pub(crate) span: Span,
    /// The declaration in which it holds.
    pub(crate) within: Span,
}

/// The levels of all lints, and the places where they are suppressed.
#[derive(Debug, Default)]
pub(crate) struct Levels {
    set: BTreeMap<Code, Level>,
    /// By lint, each with whether it has suppressed anything.
    suppressions: BTreeMap<Code, Vec<(Suppression, bool)>>,
    ignored: BTreeSet<FileId>,
}

impl Levels {
    pub(super) fn set(&mut self, code: Code, level: Level) {
        self.set.insert(code, level);
    }

    pub(super) fn suppress(&mut self, suppression: Suppression) {
        let of_lint = self.suppressions.entry(suppression.code).or_default();
        of_lint.push((suppression, false));
    }

    pub(super) fn ignore(&mut self, file: FileId) {
        self.ignored.insert(file);
    }

    fn of(&self, code: Code) -> Level {
        let set = self.set.get(&code).copied();
        set.unwrap_or_else(|| code.default_level())
    }

    /// A lint that is allowed everywhere must still be looked for where it is suppressed, to tell whether there is anything.
    pub(super) fn wants(&self, code: Code) -> bool {
        self.of(code) != Level::Allow || self.suppressions.contains_key(&code)
    }

    /// As what a finding is shown, if at all.
    pub(super) fn judge(&mut self, code: Code, span: Span) -> Option<Severity> {
        if code.lint().is_some() {
            let mut suppressed = false;
            for (suppression, used) in self.suppressions.get_mut(&code).into_iter().flatten() {
                if suppression.within.holds(span) {
                    *used = true;
                    suppressed = true;
                }
            }
            if suppressed || self.ignored.contains(&span.file) {
                return None;
            }
        }
        match self.of(code) {
            Level::Allow => None,
            Level::Warn => Some(Severity::Warning),
            Level::Error => Some(Severity::Error),
        }
    }

    pub(super) fn unused(&self) -> Vec<Unused> {
        let all = self.suppressions.values().flatten();
        let unused = all.filter(|(_, used)| !used);
        unused
            .map(|(suppression, _)| Unused {
                lint: suppression.lint,
                span: suppression.span,
            })
            .collect()
    }
}

/// A suppression that suppressed nothing.
pub(super) struct Unused {
    pub(super) lint: &'static str,
    pub(super) span: Span,
}
