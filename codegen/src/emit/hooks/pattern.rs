//! Patterns of names.

/// A full name in which `*` stands for any characters, dots too; `.` alone stands for every name.
pub(super) struct Pattern<'p> {
    parts: Vec<&'p str>,
}

impl<'p> Pattern<'p> {
    pub(super) fn new(pattern: &'p str) -> Self {
        let pattern = if pattern == "." { "*" } else { pattern };
        Self {
            parts: pattern.split('*').collect(),
        }
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        let [first, between @ .., last] = self.parts.as_slice() else {
            return self.parts == [name];
        };
        let Some(mut rest) = name.strip_prefix(first) else {
            return false;
        };
        // The earliest place for each part leaves the most for the next.
        for part in between {
            let Some(at) = rest.find(part) else {
                return false;
            };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_characters() {
        for (pattern, name, expected) in [
            (".", "shop.Money", true),
            ("shop.Money", "shop.Money", true),
            ("shop.Money", "shop.Moneys", false),
            ("shop.*", "shop.orders.Order", true),
            ("*.Order", "shop.orders.Order", true),
            ("*.Order", "shop.orders.Order2", false),
            ("*Placed", "shop.OrderPlaced", true),
            ("shop.*.O*r", "shop.orders.Order", true),
            ("shop.*.O*r", "shop.Or", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("", "shop.Money", false),
        ] {
            assert_eq!(
                Pattern::new(pattern).matches(name),
                expected,
                "{pattern} {name}"
            );
        }
    }
}
