//! Whatever is done to a valid catalog, `load` answers, and there is a model exactly without errors.

use std::fs;

use urutu_codegen::load;
use urutu_tests::Scratch;

use crate::language;

/// Loads a text as a contract file, and says what was done to it if the answer makes no sense.
fn check(scratch: &Scratch, text: &[u8], what: impl FnOnce() -> String) {
    let path = scratch.write("contract.yaml", text);
    let catalog = load(&path);
    assert_eq!(
        catalog.model.is_none(),
        catalog.diagnostics.has_errors(),
        "{}\n{}",
        what(),
        String::from_utf8_lossy(text)
    );
    // Rendering must stand whatever the spans are.
    let rendered = catalog.diagnostics.render(false);
    assert_eq!(rendered.is_empty(), catalog.diagnostics.is_empty());
}

/// Everything of the language in one file.
fn whole() -> String {
    let root = language::root().join("contracts");
    let mut text = String::from("catalog: 1\nnamespace: shop.orders\n");
    let read = |name: &str| {
        fs::read_to_string(root.join(name)).expect("the catalog is part of the repository")
    };
    let section = |text: &str, from: &str, to: Option<&str>| {
        let start = text
            .find(from)
            .map(|at| at + from.len())
            .unwrap_or_default();
        let end = to.and_then(|to| text.find(to)).unwrap_or(text.len());
        text[start..end].to_owned()
    };
    let (common, orders, services) = (
        read("common.yaml"),
        read("orders.yaml"),
        read("services.yaml"),
    );
    text += "types:\n";
    text += &section(&common, "types:\n", Some("messages:\n"));
    text += &section(&orders, "types:\n", Some("messages:\n"));
    text += "messages:\n";
    text += &section(&common, "messages:\n", None);
    text += &section(&orders, "messages:\n", None);
    text += "  OrderAudited: {kind: event, topic: orders.audited}\n";
    text += "services:\n";
    text += &section(&services, "services:\n", None);
    // Its own namespace has the type now.
    text.replace("shop.common.", "shop.orders.")
}

#[test]
fn the_whole_is_valid() {
    let scratch = Scratch::new("robust-whole");
    let path = scratch.write("contract.yaml", whole());
    let catalog = load(&path);
    assert!(
        catalog.model.is_some(),
        "{}",
        catalog.diagnostics.render(false)
    );
}

#[test]
fn a_text_that_ends_anywhere() {
    let scratch = Scratch::new("robust-truncated");
    let text = whole();
    for end in 0..text.len() {
        check(&scratch, &text.as_bytes()[..end], || {
            format!("cut off at {end}")
        });
    }
}

#[test]
fn lines_that_are_missing_or_twice() {
    let scratch = Scratch::new("robust-lines");
    let text = whole();
    let lines: Vec<&str> = text.lines().collect();
    for index in 0..lines.len() {
        let mut without = lines.clone();
        without.remove(index);
        check(&scratch, without.join("\n").as_bytes(), || {
            format!("without line {index}")
        });
        let mut twice = lines.clone();
        twice.insert(index, lines[index]);
        check(&scratch, twice.join("\n").as_bytes(), || {
            format!("line {index} twice")
        });
    }
}

#[test]
fn odd_words_everywhere() {
    const ODD: [&str; 26] = [
        "",
        "~",
        "null",
        "true",
        "no",
        "0",
        "-1",
        "1e999",
        "9999999999999999999999",
        ".nan",
        "\"\"",
        "[]",
        "{}",
        "[[[",
        "*x",
        "&x y",
        "!t x",
        "<<",
        "?",
        "-",
        "a: b",
        "é🐍",
        "\u{202e}x",
        "\t",
        "list<list<list<>>>",
        "'unclosed",
    ];
    let scratch = Scratch::new("robust-odd");
    let text = whole();
    // A word is what stands between blanks and the signs of YAML.
    let is_sign = |c: char| c.is_whitespace() || "{}[],:\"".contains(c);
    let mut start = 0;
    for (turn, word) in text.split(is_sign).enumerate() {
        let end = start + word.len();
        if !word.is_empty() {
            // Each word meets every fifth odd one, so that all pairs of kinds occur in bounded time.
            for odd in ODD.iter().skip(turn % 5).step_by(5) {
                let changed = format!("{}{odd}{}", &text[..start], &text[end..]);
                check(&scratch, changed.as_bytes(), || {
                    format!("`{word}` became `{odd}`")
                });
            }
        }
        start = end + text[end..].chars().next().map_or(0, char::len_utf8);
    }
}

#[test]
fn odd_bytes_everywhere() {
    let scratch = Scratch::new("robust-bytes");
    let text = whole().into_bytes();
    for at in (0..text.len()).step_by(7) {
        for byte in [0, b'\t', b'\r', 0x7f, 0xff] {
            let mut changed = text.clone();
            changed[at] = byte;
            check(&scratch, &changed, || format!("byte {byte:#x} at {at}"));
        }
    }
}

#[test]
fn great_depth_and_width() {
    let scratch = Scratch::new("robust-depth");
    for sign in ["[", "{", "{a: ", "- ", "? ", "list<", "a.b."] {
        let text = format!("catalog: 1\nnamespace: a\nx: {}", sign.repeat(50_000));
        check(&scratch, text.as_bytes(), || format!("`{sign}` many times"));
    }
    let fields =
        |ty: &str| format!("catalog: 1\nnamespace: a\ntypes: {{A: {{record: {{a: \"{ty}\"}}}}}}\n");
    let deep = format!("{}i32{}", "list<".repeat(50_000), ">".repeat(50_000));
    check(&scratch, fields(&deep).as_bytes(), || {
        "a deep type".to_owned()
    });
    let wide = (0..20_000).map(|n| format!("  T{n}: {{type: T{}}}\n", n + 1));
    let chain: String = wide.collect();
    let text = format!("catalog: 1\nnamespace: a\ntypes:\n{chain}");
    check(&scratch, text.as_bytes(), || {
        "a long chain of aliases".to_owned()
    });
}
