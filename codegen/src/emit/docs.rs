//! Documentation. The catalog's text is Markdown for people; rustdoc would also run it, link it and obey it.
//!
//! - An indented block or a fence without a language would become a doctest: indentation is cut to three spaces, and a fence keeps its
//!   language only where that is not Rust, else it is `text`.
//! - `[Order]` would be looked up as a Rust item: the bracket is escaped unless a web link follows.
//! - HTML blocks would change the meaning of what follows them: `<` at the start of a line is escaped.
//! - Control characters go, and with them the bidirectional ones that make text read differently from what it says.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::Deprecated;

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

/// `#[doc]` for every line.
pub(super) fn attributes(lines: &[String]) -> TokenStream {
    let lines = lines.iter().map(|line| after_a_space(line));
    quote!(#(#[doc = #lines])*)
}

/// `#![doc]` for every line, at the start of a file.
pub(super) fn inner_attributes(lines: &[String]) -> TokenStream {
    let lines = lines.iter().map(|line| after_a_space(line));
    quote!(#(#![doc = #lines])*)
}

/// As people write it: `/// text`.
fn after_a_space(line: &str) -> String {
    if line.is_empty() {
        String::new()
    } else {
        format!(" {line}")
    }
}

/// `#[deprecated]`, where it is.
pub(super) fn deprecated(deprecated: Option<&Deprecated>) -> Option<TokenStream> {
    let deprecated = deprecated?;
    let instead = deprecated
        .use_instead
        .as_ref()
        .map(|name| format!("use `{name}`"));
    let removal = deprecated
        .remove_after
        .as_ref()
        .map(|date| format!("removed after {date}"));
    let words: Vec<String> = instead
        .into_iter()
        .chain(deprecated.note.clone())
        .chain(removal)
        .map(|words| words.chars().filter(|c| is_harmless(*c)).collect())
        .collect();
    if words.is_empty() {
        return Some(quote!(#[deprecated]));
    }
    let note = words.join("; ");
    Some(quote!(#[deprecated(note = #note)]))
}

/// The lines of a text of the catalog.
pub(super) fn text(doc: Option<&str>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut fence: Option<Fence> = None;
    for line in doc.unwrap_or_default().trim_end().lines() {
        let line: String = line
            .chars()
            .map(|c| if c == '\t' { ' ' } else { c })
            .filter(|c| is_harmless(*c))
            .collect();
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
    let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
    let indent = line.chars().take_while(|c| *c == ' ').count().min(INDENT);
    let mut prose = " ".repeat(indent);
    let mut start = true;
    for word in words {
        if !start {
            prose.push(' ');
        }
        start = false;
        prose.push_str(word);
    }
    let prose = escape_start(&prose);
    escape_brackets(&prose)
}

/// Escapes a `<` or a fence that starts the content of a line, behind the signs of quotes and lists.
fn escape_start(line: &str) -> String {
    let content = line.trim_start_matches(|c: char| {
        c == ' ' || c.is_ascii_digit() || matches!(c, '>' | '-' | '*' | '+' | '.' | ')')
    });
    if content.starts_with('<') || content.starts_with("```") || content.starts_with("~~~") {
        let before = &line[..line.len() - content.len()];
        format!("{before}\\{content}")
    } else {
        line.to_owned()
    }
}

fn escape_brackets(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len());
    let mut in_code = false;
    for (at, c) in line.char_indices() {
        if c == '`' {
            in_code = !in_code;
        }
        if c == '[' && !in_code && !line[..at].ends_with('\\') && !is_web_link(&line[at..]) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn is_web_link(text: &str) -> bool {
    let after = text.split_once(']').map_or("", |(_, after)| after);
    after.starts_with("(https://") || after.starts_with("(http://")
}

fn is_harmless(c: char) -> bool {
    !c.is_control()
        && !matches!(
            c,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
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
            lines("A shopper has checked out.\n\n- one\n- `two`\n"),
            ["A shopper has checked out.", "", "- one", "- `two`"]
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
        assert_eq!(lines("> ```\n> x"), ["> \\```", "> x"]);
        assert_eq!(lines("1. ~~~\n"), ["1. \\~~~"]);
    }

    #[test]
    fn brackets_are_not_links_to_items() {
        assert_eq!(
            lines("see [Order] and `a[0]`"),
            ["see \\[Order] and `a[0]`"]
        );
        assert_eq!(
            lines("[x](y) [docs](https://example.com) [x](y)"),
            ["\\[x](y) [docs](https://example.com) \\[x](y)"]
        );
    }

    #[test]
    fn html_and_control_characters_are_defused() {
        assert_eq!(lines("<!--\n```\n"), ["\\<!--", "```text", "```"]);
        assert_eq!(lines("a\u{202e}b\u{0}c\r"), ["abc"]);
    }

    #[test]
    fn deprecation_says_what_to_use() {
        let deprecated_ = Deprecated {
            use_instead: Some("promotions".to_owned()),
            note: Some("nobody reads it".to_owned()),
            remove_after: Some("2027-05-31".to_owned()),
        };
        assert_eq!(
            deprecated(Some(&deprecated_)).map(|tokens| tokens.to_string()),
            Some("# [deprecated (note = \"use `promotions`; nobody reads it; removed after 2027-05-31\")]".to_owned())
        );
        assert_eq!(
            deprecated(Some(&Deprecated::default())).map(|tokens| tokens.to_string()),
            Some("# [deprecated]".to_owned())
        );
    }
}
