//! The limits of the language, from both sides: what reaches one is read, what exceeds it is one clear error, in bounded time.

use std::path::Path;
use std::time::{Duration, Instant};

use urutu_codegen::format::{self, Refusal};
use urutu_codegen::{Catalog, load, load_text};
use urutu_tests::Scratch;

/// More than enough for an unoptimised build on a busy machine.
const SOON: Duration = Duration::from_secs(60);

/// Codes and messages of what is wrong with a contract file.
fn faults(catalog: &Catalog) -> Vec<String> {
    let fault = |d: &urutu_codegen::Diagnostic| format!("{}: {}", d.code(), d.message());
    catalog.diagnostics.iter().map(fault).collect()
}

/// A contract file is refused because of one limit, when it is checked and when it is formatted.
fn exceeds(text: &str, message: &str) {
    let start = Instant::now();
    let catalog = load_text(Path::new("a.yaml"), text);
    assert_eq!(faults(&catalog), [format!("U0003: {message}")]);
    let rendered = catalog.diagnostics.render(false);
    assert!(
        rendered.contains("= help: ") || rendered.contains("help: "),
        "{rendered}"
    );
    assert!(rendered.len() < 10_000, "{} bytes", rendered.len());
    let formatted = format::text(Path::new("a.yaml"), text);
    assert!(matches!(formatted, Err(Refusal::Invalid(_))));
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}

/// A contract file has no fault that has to do with a limit, and can be formatted.
fn is_within(text: &str) {
    let start = Instant::now();
    let faults = faults(&load_text(Path::new("a.yaml"), text));
    assert!(!faults.iter().any(|fault| fault.starts_with("U0003")));
    assert!(format::text(Path::new("a.yaml"), text).is_ok());
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}

/// An example below the mapping, the list and the levels above it.
fn nested(depth: usize, open: &str, close: &str) -> String {
    const ABOVE: usize = 4;
    let (open, close) = (open.repeat(depth - ABOVE), close.repeat(depth - ABOVE));
    format!("catalog: 1\nnamespace: a\nmessages: {{M: {{examples: [{open}{close}]}}}}\n")
}

#[test]
fn depth() {
    is_within(&nested(64, "[", "]"));
    exceeds(&nested(65, "[", "]"), "values are nested more than 64 deep");
    exceeds(
        &nested(50_000, "[", "]"),
        "values are nested more than 64 deep",
    );
    exceeds(
        &nested(50_000, "{a: ", ""),
        "values are nested more than 64 deep",
    );
}

#[test]
fn values() {
    // The root, three keys with two values, and the list.
    let file = |items: usize| {
        let items = "a, ".repeat(items);
        format!("catalog: 1\nnamespace: a\nowners: [{items}]\n")
    };
    is_within(&file(100_000 - 7));
    // A value that nobody wrote is one, too.
    is_within(&format!("catalog: 1\nowners:\n{}", "-\n".repeat(99_000)));
    exceeds(&file(100_000 - 6), "the file holds more than 100000 values");
}

#[test]
fn size() {
    const LIMIT: usize = 4 * 1024 * 1024;
    let start = "catalog: 1\nnamespace: a\n# ";
    // The last line break would be added.
    let file = |size: usize| format!("{start}{}\n", "x".repeat(size - start.len() - 1));
    is_within(&file(LIMIT));
    exceeds(&file(LIMIT + 1), "the file is larger than 4 MiB");
}

/// A file with very many faults, each far into one line, or far from the other place that belongs to it.
#[test]
fn very_many_faults() {
    let start = Instant::now();
    for (text, code) in [
        (format!("a: [{}]", "*a, ".repeat(90_000)), "U0004"),
        (
            format!("a: &a [x]\nb: [{}]", "*a, ".repeat(90_000)),
            "U0006",
        ),
        (format!("catalog: 1\n{}", "a: b\n".repeat(49_000)), "U0005"),
        (format!("a: [{}]", "!t x, ".repeat(90_000)), "U0007"),
    ] {
        let diagnostics = load_text(Path::new("a.yaml"), text).diagnostics;
        assert!(
            diagnostics.iter().any(|d| d.code().as_str() == code),
            "{code}"
        );
        let rendered = diagnostics.render(false);
        assert!(
            rendered.len() < 1_000_000,
            "{code}: {} bytes",
            rendered.len()
        );
        let hidden = diagnostics.iter().count().saturating_sub(1_000);
        let note = format!("note: {hidden} more are not shown; correct these first");
        assert_eq!(rendered.contains(&note), hidden > 0, "{code}");
    }
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}

#[test]
fn files() {
    const LIMIT: usize = 10_000;
    let scratch = Scratch::new("limit-of-files");
    let add = |number: usize| {
        scratch.write(&format!("{number}.yaml"), "catalog: 1\nnamespace: a\n");
    };
    (0..LIMIT).for_each(add);
    let start = Instant::now();
    assert_eq!(faults(&load(scratch.path())), [""; 0]);
    add(LIMIT);
    let found = faults(&load(scratch.path()));
    let [fault] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert!(
        fault.starts_with("U0003: the catalog has more than 10000 files"),
        "{fault}"
    );
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}
