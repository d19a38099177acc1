//! Whether a value fulfils the constraints of its contract.
//!
//! Generated code implements [`Validate`] by calling a [`Checker`]; the runtime asks it before a message is published and after one is
//! read. A checker costs nothing when nothing is wrong: it keeps no path on the way down, but puts the path before what it found on
//! the way up.

mod invalid;
mod pattern;

use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;
use std::ops::{Bound, RangeBounds};

pub use invalid::{Invalid, Violation};
pub use pattern::Pattern;

use invalid::Segment;

/// How many violations are kept in full; the others are counted.
const KEPT: usize = 16;

/// Below this length comparing all pairs is quicker than hashing.
const FEW: usize = 9;

/// A value with constraints. Implemented by generated code.
pub trait Validate {
    /// Tells the checker everything that is wrong with this value.
    fn check(&self, checker: &mut Checker);

    /// Checks this value.
    fn validate(&self) -> Result<(), Invalid> {
        let mut checker = Checker::default();
        self.check(&mut checker);
        checker.finish()
    }
}

/// Collects what is wrong with a value.
///
/// No message repeats the value that it is about: a violation may be logged though the value must not be.
#[derive(Debug, Default)]
pub struct Checker {
    violations: Vec<Violation>,
    dropped: usize,
}

impl Checker {
    /// Checks the inside of a field.
    pub fn field(&mut self, name: &'static str, check: impl FnOnce(&mut Self)) {
        let before = self.violations.len();
        check(self);
        self.inside(before, Segment::Field(name));
    }

    /// Checks every item of a list.
    pub fn each<T>(&mut self, items: &[T], mut check: impl FnMut(&T, &mut Self)) {
        for (index, item) in items.iter().enumerate() {
            let before = self.violations.len();
            check(item, self);
            self.inside(before, Segment::Index(index));
        }
    }

    /// Checks every value of a map.
    pub fn each_entry<'v, T: 'v>(
        &mut self,
        entries: impl IntoIterator<Item = (&'v String, &'v T)>,
        mut check: impl FnMut(&T, &mut Self),
    ) {
        for (key, value) in entries {
            let before = self.violations.len();
            check(value, self);
            self.inside(before, Segment::Key(key));
        }
    }

    /// A number that must not be smaller than `min`.
    pub fn at_least<T: PartialOrd + fmt::Display>(&mut self, value: &T, min: &T) {
        if value < min {
            self.violate(format_args!("must be at least {min}"));
        }
    }

    /// A number that must not be larger than `max`.
    pub fn at_most<T: PartialOrd + fmt::Display>(&mut self, value: &T, max: &T) {
        if value > max {
            self.violate(format_args!("must be at most {max}"));
        }
    }

    /// A double that JSON can express.
    pub fn finite(&mut self, value: f64) {
        if !value.is_finite() {
            self.violate(format_args!("must be a finite number"));
        }
    }

    /// The number of characters of a text.
    pub fn characters(&mut self, text: &str, range: impl RangeBounds<u64>) {
        self.amount(text.chars().count(), &range, ["character", "characters"]);
    }

    /// The number of bytes.
    pub fn bytes(&mut self, bytes: &[u8], range: impl RangeBounds<u64>) {
        self.amount(bytes.len(), &range, ["byte", "bytes"]);
    }

    /// The number of items of a list.
    pub fn items(&mut self, amount: usize, range: impl RangeBounds<u64>) {
        self.amount(amount, &range, ["item", "items"]);
    }

    /// The number of entries of a map.
    pub fn entries(&mut self, amount: usize, range: impl RangeBounds<u64>) {
        self.amount(amount, &range, ["entry", "entries"]);
    }

    /// A text in which the pattern must be found.
    pub fn matches(&mut self, text: &str, pattern: &Pattern) {
        match pattern.is_match(text) {
            Ok(true) => {}
            Ok(false) => self.violate(format_args!("must match the pattern `{pattern}`")),
            Err(error) => self.violate(format_args!(
                "cannot be checked: the contract's pattern `{pattern}` does not compile: {error}"
            )),
        }
    }

    /// A list without equal items.
    pub fn unique<T: Eq + Hash>(&mut self, items: &[T]) {
        if items.len() < FEW {
            return self.unique_by_comparison(items);
        }
        let mut seen = HashSet::with_capacity(items.len());
        if let Some(index) = items.iter().position(|item| !seen.insert(item)) {
            self.repeated(index);
        }
    }

    /// A list without equal items, of a type that cannot be hashed.
    pub fn unique_by_comparison<T: PartialEq>(&mut self, items: &[T]) {
        let repeats = |&index: &usize| items[..index].contains(&items[index]);
        if let Some(index) = (1..items.len()).find(repeats) {
            self.repeated(index);
        }
    }

    fn repeated(&mut self, index: usize) {
        self.violate(format_args!(
            "must not have equal items: item {index} repeats an earlier one"
        ));
    }

    fn amount(&mut self, amount: usize, range: &impl RangeBounds<u64>, units: [&str; 2]) {
        if range.contains(&u64::try_from(amount).unwrap_or(u64::MAX)) {
            return;
        }
        let bound = |bound: Bound<&u64>, step: i64| match bound {
            Bound::Included(bound) => Some(*bound),
            Bound::Excluded(bound) => bound.checked_add_signed(step),
            Bound::Unbounded => None,
        };
        let (min, max) = (bound(range.start_bound(), 1), bound(range.end_bound(), -1));
        self.wrong_amount(amount, min, max, units);
    }

    #[cold]
    fn wrong_amount(
        &mut self,
        amount: usize,
        min: Option<u64>,
        max: Option<u64>,
        [one, many]: [&str; 2],
    ) {
        let unit = |n: u64| if n == 1 { one } else { many };
        let few = |min: u64| u64::try_from(amount).is_ok_and(|amount| amount < min);
        match (min, max) {
            (Some(min), Some(max)) if min == max => {
                self.violate(format_args!("must have exactly {min} {}", unit(min)));
            }
            (Some(min), _) if few(min) => {
                self.violate(format_args!("must have at least {min} {}", unit(min)));
            }
            (_, Some(max)) => {
                self.violate(format_args!("must have at most {max} {}", unit(max)));
            }
            _ => self.violate(format_args!("must have another number of {many}")),
        }
    }

    #[cold]
    fn violate(&mut self, sentence: fmt::Arguments<'_>) {
        if self.violations.len() < KEPT {
            self.violations.push(Violation::new(sentence.to_string()));
        } else {
            self.dropped += 1;
        }
    }

    fn inside(&mut self, before: usize, segment: Segment<'_>) {
        for violation in &mut self.violations[before..] {
            violation.put_inside(segment);
        }
    }

    fn finish(self) -> Result<(), Invalid> {
        if self.violations.is_empty() {
            Ok(())
        } else {
            Err(Invalid::new(self.violations, self.dropped))
        }
    }
}

#[cfg(test)]
mod tests;
