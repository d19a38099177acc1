//! Patterns of `include`: `*` and `?` inside one part of a path, `**` for any number of parts.
//!
//! As in a shell, wildcards do not match a name that starts with a dot.

/// A pattern, relative to the root of the catalog.
#[derive(Debug, Clone)]
pub(super) struct Glob {
    parts: Vec<String>,
}

impl Glob {
    /// `Err` says what is wrong with the pattern.
    pub(super) fn new(pattern: &str) -> Result<Self, &'static str> {
        if pattern.starts_with('/') || pattern.get(1..2) == Some(":") {
            return Err("is absolute, but patterns are relative to the manifest");
        }
        if pattern.contains('\\') {
            return Err("holds a `\\`, but the parts of a path are separated by `/`");
        }
        if pattern.contains(['[', ']', '{', '}', '!']) {
            return Err("holds a sign of another pattern language");
        }
        let parts: Vec<String> = pattern
            .split('/')
            .filter(|part| *part != ".")
            .map(str::to_owned)
            .collect();
        if parts.is_empty() || parts.iter().any(String::is_empty) {
            return Err("has an empty part");
        }
        if parts.iter().any(|part| part == "..") {
            return Err("leads out of the catalog");
        }
        if parts.iter().any(|part| part.contains("**") && part != "**") {
            return Err("mixes `**` with other characters; `**` is a part of its own");
        }
        Ok(Self { parts })
    }

    /// Whether the path of a file, given as its parts, fits.
    pub(super) fn matches(&self, path: &[&str]) -> bool {
        let deep = |part: &String| part == "**";
        wildcard(
            &self.parts,
            path,
            deep,
            |part, name| part_matches(part, name),
            |name| !hidden(name),
        )
    }

    /// Whether a file below this directory may fit; the root has no parts.
    pub(super) fn reaches(&self, directory: &[&str]) -> bool {
        for (index, name) in directory.iter().enumerate() {
            match self.parts.get(index).map(String::as_str) {
                // From here on any depth may fit: hidden names only where the rest of the pattern names them.
                Some("**") => {
                    let named = |part: &String| part_matches(part, name);
                    return !hidden(name) || self.parts[index..].iter().any(named);
                }
                Some(part) if part_matches(part, name) => {}
                _ => return false,
            }
        }
        directory.len() < self.parts.len()
    }
}

fn hidden(name: &str) -> bool {
    name.starts_with('.')
}

fn part_matches(part: &str, name: &str) -> bool {
    if hidden(name) && !hidden(part) {
        return false;
    }
    let part: Vec<char> = part.chars().collect();
    let name: Vec<char> = name.chars().collect();
    wildcard(
        &part,
        &name,
        |p| *p == '*',
        |p, c| *p == '?' || p == c,
        |_| true,
    )
}

/// Matches a sequence with a pattern in which some items (`any`) stand for any number of those that they may `swallow`.
///
/// Only the last such item is ever tried again, which is enough, so that the work is at most the product of the lengths.
fn wildcard<P, T>(
    pattern: &[P],
    items: &[T],
    any: impl Fn(&P) -> bool,
    matches: impl Fn(&P, &T) -> bool,
    swallows: impl Fn(&T) -> bool,
) -> bool {
    let (mut p, mut i) = (0, 0);
    // Where the last `any` stands, and the first item that it has not swallowed yet.
    let mut last: Option<(usize, usize)> = None;
    while i < items.len() {
        if pattern.get(p).is_some_and(&any) {
            last = Some((p, i));
            p += 1;
        } else if pattern.get(p).is_some_and(|part| matches(part, &items[i])) {
            p += 1;
            i += 1;
        } else if let Some((at, next)) = last
            && swallows(&items[next])
        {
            last = Some((at, next + 1));
            p = at + 1;
            i = next + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(any)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        let glob = Glob::new(pattern).expect("the patterns of this test are valid");
        glob.matches(&path.split('/').collect::<Vec<_>>())
    }

    #[test]
    fn patterns_match_paths() {
        assert!(matches("a.yaml", "a.yaml"));
        assert!(matches("./a.yaml", "a.yaml"));
        assert!(matches("*.yaml", "a.yaml"));
        assert!(!matches("*.yaml", "b/a.yaml"));
        assert!(matches("**/*.yaml", "a.yaml"));
        assert!(matches("**/*.yaml", "b/c/a.yaml"));
        assert!(matches("b/**", "b/c/a.yaml"));
        assert!(matches("b/**/a.yaml", "b/a.yaml"));
        assert!(!matches("b/**/a.yaml", "c/b/a.yaml"));
        assert!(matches("**/b/**/a*.yaml", "x/b/y/b/z/abc.yaml"));
        assert!(matches("a?c*e", "abcde"));
        assert!(!matches("a?c", "ac"));
        assert!(matches("?.yaml", "é.yaml"));
    }

    #[test]
    fn hidden_names_must_be_named() {
        assert!(!matches("**/*.yaml", ".git/a.yaml"));
        assert!(!matches("*", ".a.yaml"));
        assert!(matches(".*/*.yaml", ".shared/a.yaml"));
        assert!(matches("**/.shared/*.yaml", "x/.shared/a.yaml"));
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = "*a".repeat(40) + "b";
        assert!(!matches(&pattern, &"a".repeat(200)));
        let pattern = "**/a/".repeat(40) + "b";
        assert!(!matches(&pattern, &["a"; 200].join("/")));
    }

    #[test]
    fn only_directories_that_may_hold_something_are_searched() {
        let reaches = |pattern: &str, path: &[&str]| {
            let glob = Glob::new(pattern).expect("the patterns of this test are valid");
            glob.reaches(path)
        };
        assert!(reaches("contracts/*.yaml", &[]));
        assert!(reaches("contracts/*.yaml", &["contracts"]));
        assert!(!reaches("contracts/*.yaml", &["contracts", "old"]));
        assert!(!reaches("contracts/**", &["target"]));
        assert!(reaches("contracts/**", &["contracts", "a", "b"]));
        assert!(!reaches("**/*.yaml", &[".git"]));
    }

    #[test]
    fn malformed_patterns() {
        for pattern in [
            "",
            "/etc/*.yaml",
            "../*.yaml",
            "a//b",
            "a**/b",
            "[ab].yaml",
            "a\\b",
        ] {
            assert!(Glob::new(pattern).is_err(), "{pattern}");
        }
    }
}
