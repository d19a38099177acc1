//! Names that must differ from each other.

use std::collections::BTreeSet;

/// The names that are taken in one place: a module, a trait, an enum.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    taken: BTreeSet<String>,
}

impl Scope {
    /// A scope in which these names are taken.
    pub(crate) fn with<'a>(taken: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            taken: taken.into_iter().map(str::to_owned).collect(),
        }
    }

    /// Takes the name, or the first of `name2`, `name3`, ... that is free.
    pub(crate) fn take(&mut self, name: &str) -> String {
        let mut free = name.to_owned();
        let mut number = 2_u32;
        while !self.taken.insert(free.clone()) {
            // `Sha1` and a number would read as another name: `Sha1_2`.
            let separator = if name.ends_with(|c: char| c.is_ascii_digit()) {
                "_"
            } else {
                ""
            };
            free = format!("{name}{separator}{number}");
            number += 1;
        }
        free
    }
}
