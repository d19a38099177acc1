//! Text of the catalog as Markdown that rustdoc only shows.
//!
//! - An indented block or a fence without a language would become a doctest: indentation is cut to three spaces, and a fence keeps its
//!   language only where that is not Rust, else it is `text`.
//! - `[Order]` would be looked up as a Rust item, and `![](...)` fetched: the bracket is escaped unless it begins a plain link to the web.
//! - HTML would end up in the page, scripts too: `<` is escaped unless it begins a link to the web.
//! - A code span ends in its line: where the rules above see one, rustdoc sees it too. A backtick without its partner is escaped.
//! - Control characters go, and with them those that make text read differently from what it says, or cannot be seen.

use std::fmt::Write as _;

/// Languages that a fence may name. rustdoc takes every block whose language it does not know for something else than Rust, but some
/// of its own words (`ignore`, `should_panic`) look like languages.
const LANGUAGES: &[&str] = &[
    "bash",
    "console",
    "css",
    "go",
    "graphql",
    "html",
    "http",
    "ini",
    "java",
    "javascript",
    "js",
    "json",
    "json5",
    "markdown",
    "md",
    "mermaid",
    "python",
    "sh",
    "sql",
    "text",
    "toml",
    "ts",
    "typescript",
    "xml",
    "yaml",
];

/// Three spaces are the most that Markdown does not take for code.
const INDENT: usize = 3;

/// The most characters of a value that documentation repeats.
const LONGEST_CODE: usize = 80;

/// The lines of a text.
pub(in crate::emit) fn text(doc: Option<&str>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut fence: Option<Fence> = None;
    let doc = doc.unwrap_or_default().trim_end();
    for line in doc.trim_start_matches(['\n', '\r']).lines() {
        let line = harmless(line);
        let line = line.trim_end();
        match &fence {
            Some(open) if open.is_closed_by(line) => {
                lines.push(open.marker());
                fence = None;
            }
            Some(_) => lines.push(line.to_owned()),
            None => match Fence::opened_by(line) {
                Some(open) => {
                    lines.push(format!("{}{}", open.marker(), language(line)));
                    fence = Some(open);
                }
                None => lines.push(prose(line)),
            },
        }
    }
    lines.extend(fence.map(|open| open.marker()));
    lines
}

/// A text as one line.
pub(super) fn line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    prose(&harmless(&text))
}

/// A value as a code span. A long one is cut.
pub(super) fn code(value: &str) -> String {
    if value.is_empty() {
        return "`\"\"`".to_owned();
    }
    let mut shown = String::with_capacity(value.len() + 2);
    for (index, c) in value.chars().enumerate() {
        if index == LONGEST_CODE {
            shown.push('…');
            break;
        }
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if is_harmless(c) => shown.push(c),
            // Text can be written to a string.
            c => _ = write!(shown, "\\u{{{:x}}}", u32::from(c)),
        }
    }
    let longest = shown.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // Markdown takes one space from each side; it is the backtick's.
    let is_edge = |c| matches!(c, '`' | ' ');
    let pad = if shown.starts_with(is_edge) || shown.ends_with(is_edge) {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{shown}{pad}{fence}")
}

/// The fence of a code block.
struct Fence {
    sign: char,
    length: usize,
}

impl Fence {
    fn opened_by(line: &str) -> Option<Self> {
        let line = line.trim_start();
        let sign = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let length = line.chars().take_while(|c| *c == sign).count();
        let is_code_span = sign == '`' && line[length..].contains('`');
        (length >= 3 && !is_code_span).then_some(Self { sign, length })
    }

    fn is_closed_by(&self, line: &str) -> bool {
        let line = line.trim_start();
        line.len() >= self.length && line.chars().all(|c| c == self.sign)
    }

    fn marker(&self) -> String {
        String::from(self.sign).repeat(self.length)
    }
}

fn language(line: &str) -> &'static str {
    let named = line.trim_start_matches([' ', '`', '~']).trim();
    LANGUAGES
        .iter()
        .find(|language| **language == named)
        .unwrap_or(&"text")
}

/// A line outside of code blocks.
fn prose(line: &str) -> String {
    let indent = line.chars().take_while(|c| *c == ' ').count().min(INDENT);
    let mut prose = " ".repeat(indent);
    for (index, word) in line.split(' ').filter(|word| !word.is_empty()).enumerate() {
        if index > 0 {
            prose.push(' ');
        }
        prose.push_str(word);
    }
    escape_signs(&escape_fence(prose))
}

/// Escapes a fence of tildes behind the signs of quotes and lists; one of backticks has no partner in its line.
fn escape_fence(line: String) -> String {
    let content = line.trim_start_matches(|c: char| {
        c == ' ' || c.is_ascii_digit() || matches!(c, '>' | '-' | '*' | '+' | '.' | ')')
    });
    if content.starts_with("~~~") {
        let before = &line[..line.len() - content.len()];
        format!("{before}\\{content}")
    } else {
        line
    }
}

/// Escapes what would be a link, HTML, or a code span that goes on in the next line.
fn escape_signs(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['\\', '`', '<', '[']) {
        escaped.push_str(&rest[..at]);
        let is_image = rest[..at].ends_with('!');
        rest = &rest[at..];
        let whole = match rest.as_bytes() {
            [b'\\', next, ..] if next.is_ascii_punctuation() => Some(2),
            [b'\\', ..] => Some(1),
            [b'`', ..] => code_span(rest),
            [b'<', ..] => web_address(&rest[1..], '>').map(|length| length + 2),
            _ if is_image => None,
            _ => web_link(rest),
        };
        let length = whole.unwrap_or_else(|| {
            // A run of backticks goes together: a part of it could find a partner.
            rest.bytes().take_while(|sign| *sign == b'`').count().max(1)
        });
        for sign in rest[..length].chars() {
            escaped.extend(whole.is_none().then_some('\\'));
            escaped.push(sign);
        }
        rest = &rest[length..];
    }
    escaped.push_str(rest);
    escaped
}

/// The length of the code span that starts here, if it ends.
fn code_span(text: &str) -> Option<usize> {
    let open = text.bytes().take_while(|sign| *sign == b'`').count();
    let mut at = open;
    while let Some(next) = text[at..].find('`') {
        at += next;
        let close = text[at..].bytes().take_while(|sign| *sign == b'`').count();
        at += close;
        if close == open {
            return Some(at);
        }
    }
    None
}

/// The length of the link `[text](https://...)` that starts here.
fn web_link(text: &str) -> Option<usize> {
    let (label, after) = text[1..].split_once(']')?;
    let is_code = label.len() > 2 && label.starts_with('`') && label.ends_with('`');
    let plain = if is_code {
        &label[1..label.len() - 1]
    } else {
        label
    };
    if plain.contains(['[', '`', '\\', '<']) {
        return None;
    }
    let address = web_address(after.strip_prefix('(')?, ')')?;
    // The brackets and the parentheses.
    Some(label.len() + address + 4)
}

/// The length of an address of the web that ends before this sign.
fn web_address(text: &str, end: char) -> Option<usize> {
    let (address, _) = text.split_once(end)?;
    let is_web = address.starts_with("https://") || address.starts_with("http://");
    let is_plain = !address.contains([' ', '<', '>', '`', '\\', '"']);
    (is_web && is_plain).then_some(address.len())
}

/// The text without what cannot be seen; what ends a line or a column is a space.
fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_whitespace() && is_special(c) {
                ' '
            } else {
                c
            }
        })
        .filter(|c| is_harmless(*c))
        .collect()
}

fn is_special(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn is_harmless(c: char) -> bool {
    !is_special(c)
        && !matches!(
            c,
            '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(doc: &str) -> Vec<String> {
        text(Some(doc))
    }

    #[test]
    fn plain_text_stays() {
        assert_eq!(
            lines("\nA shopper has checked out.\n\n- one\n- `two` 1 \\< 2\n"),
            ["A shopper has checked out.", "", "- one", "- `two` 1 \\< 2"]
        );
        assert!(text(None).is_empty());
    }

    #[test]
    fn no_block_becomes_a_doctest() {
        assert_eq!(lines("a\n\n    panic!()"), ["a", "", "   panic!()"]);
        assert_eq!(lines("\tpanic!()"), [" panic!()"]);
        assert_eq!(lines(">     panic!()"), ["> panic!()"]);
        assert_eq!(lines("-      panic!()"), ["- panic!()"]);
        assert_eq!(lines("```\nx\n```"), ["```text", "x", "```"]);
        assert_eq!(lines("  ```rust,ignore\n  x"), ["```text", "  x", "```"]);
        assert_eq!(
            lines("~~~~ should_panic\n~~~\n~~~~"),
            ["~~~~text", "~~~", "~~~~"]
        );
        assert_eq!(lines("```json\n{}\n```"), ["```json", "{}", "```"]);
        assert_eq!(lines("> ```\n> x"), ["> \\`\\`\\`", "> x"]);
        assert_eq!(lines("1. ~~~\n"), ["1. \\~~~"]);
    }

    #[test]
    fn brackets_are_not_links_to_items() {
        for (doc, expected) in [
            ("see [Order] and `a[0]`", "see \\[Order] and `a[0]`"),
            (
                "[x](y) [docs](https://example.com) [x](y)",
                "\\[x](y) [docs](https://example.com) \\[x](y)",
            ),
            ("[`x`](https://a.b)", "[`x`](https://a.b)"),
            ("[a `b](https://a.b)` c]", "\\[a `b](https://a.b)` c]"),
            ("\\[x] \\\\[x]", "\\[x] \\\\\\[x]"),
            ("![x](https://a.b)", "!\\[x](https://a.b)"),
            ("[x](https://a.b \"title\")", "\\[x](https://a.b \"title\")"),
        ] {
            assert_eq!(lines(doc), [expected], "{doc}");
        }
    }

    #[test]
    fn code_spans_end_in_their_line() {
        for (doc, expected) in [
            ("`[a]` `[b]", "`[a]` \\`\\[b]"),
            ("``a`[b]``", "``a`[b]``"),
            ("``[a]`", "\\`\\`\\[a]\\`"),
            ("\\`[a]`", "\\`\\[a]\\`"),
        ] {
            assert_eq!(lines(doc), [expected], "{doc}");
        }
    }

    #[test]
    fn html_and_control_characters_are_defused() {
        assert_eq!(lines("<!--\n```\n"), ["\\<!--", "```text", "```"]);
        assert_eq!(
            lines("a</script> <https://a.b> `<b>`"),
            ["a\\</script> <https://a.b> `<b>`"]
        );
        assert_eq!(lines("a\u{202e}b\u{0}c\r"), ["abc"]);
        assert_eq!(lines("a\u{2028}b\u{200b}\u{85}c"), ["a b c"]);
        assert_eq!(line(" a\r\n\n\tb [c]"), "a b \\[c]");
    }

    #[test]
    fn any_value_is_a_code_span() {
        for (value, expected) in [
            ("web", "`web`"),
            ("", "`\"\"`"),
            ("^[A-Z]{3}$", "`^[A-Z]{3}$`"),
            ("a`b", "``a`b``"),
            ("```", "```` ``` ````"),
            (" a", "`  a `"),
            ("\n\u{202e}\0", "`\\n\\u{202e}\\u{0}`"),
        ] {
            assert_eq!(code(value), expected, "{value:?}");
        }
        assert_eq!(code(&"é".repeat(100)).chars().count(), 83);
    }
}
