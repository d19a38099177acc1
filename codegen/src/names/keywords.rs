//! The words that Rust keeps for itself. One table, because those of syn and of rustc differ with the edition: `gen` is a keyword since
//! edition 2024, and a generator that leaves it to syn emits code that does not compile there.

/// Strict and reserved keywords of all editions, those included that are keywords only in some places; sorted.
const KEYWORDS: &[&str] = &[
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Types that a module of the same name would shadow.
const PRIMITIVES: &[&str] = &[
    "bool", "char", "f16", "f32", "f64", "f128", "i8", "i16", "i32", "i64", "i128", "isize", "str",
    "u8", "u16", "u32", "u64", "u128", "usize",
];

/// Crates that a module at the root of a program would hide from it.
const CRATES: &[&str] = &["alloc", "core", "proc_macro", "std", "test", "urutu"];

pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.binary_search(&word).is_ok()
}

/// `r#self` and its like do not exist.
pub(super) fn cannot_be_raw(word: &str) -> bool {
    matches!(word, "crate" | "self" | "Self" | "super" | "_")
}

pub(super) fn is_primitive(word: &str) -> bool {
    PRIMITIVES.contains(&word)
}

pub(super) fn is_crate(word: &str) -> bool {
    CRATES.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_keyword_is_found() {
        assert!(KEYWORDS.is_sorted());
        for word in KEYWORDS {
            assert!(is_keyword(word), "{word}");
        }
        assert!(!is_keyword("order") && !is_keyword("self_") && !is_keyword(""));
    }
}
