//! The traps of YAML that people fall into, and how to say what happened.

use super::{Content, Entry};
use crate::diagnostic::{Code, Report};
use crate::source::{FileId, Source, Span};

/// Reports a syntax error that the parser found at `at`.
pub(super) fn syntax_error(
    report: &mut Report,
    file: FileId,
    source: &Source,
    at: usize,
    reason: &str,
) {
    // What is missing at the end is missing after the last text.
    let at = at.min(source.text.trim_end().len());
    let rest = &source.text[at..];
    let width = rest.chars().next().filter(|c| !c.is_control());
    let span = Span {
        file,
        start: at,
        end: at + width.map_or(0, char::len_utf8),
    };
    let (_, line) = source.lines(at..at);
    let indent = &line[..line.len() - line.trim_start().len()];
    let in_flow = ["flow", "',' or", "indentation"]
        .iter()
        .any(|word| reason.contains(word));
    let opened = unclosed(&source.text[..at]).filter(|_| in_flow);
    let help = if reason.contains("unknown anchor") {
        let word = rest.split([' ', ',', ']', '}', '\r', '\n']).next();
        let word = word.filter(|word| word.len() > 1).unwrap_or("*.placed");
        format!("a bare `*` starts an alias; quote the text: `\"{word}\"`")
    } else if reason.contains("comments must be separated") {
        let word = rest.split([' ', ',', ']', '}', '\r', '\n']).next();
        let word = word.filter(|word| word.starts_with('#')).unwrap_or("#");
        format!("a bare `#` starts a comment; quote the text: `\"{word}\"`")
    } else if opened.is_some() && is_within_word(&source.text[..at], rest) {
        "inside `{...}` and `[...]`, brackets end a text: quote a text that holds them".to_owned()
    } else if indent.contains('\t') || reason.contains("tab") {
        "YAML is indented with spaces, never with tabs".to_owned()
    } else if rest.starts_with(['@', '`', '%']) || reason.contains("cannot start any token") {
        "quote a text that starts with a sign: `\"...\"`".to_owned()
    } else if reason.contains("mapping values are not allowed") {
        "a text that contains `: ` must be quoted; a nested key stands on a line of its own, indented by two spaces"
            .to_owned()
    } else if opened.is_some() {
        "close each `{` with `}` and each `[` with `]`; in them, ` #` starts a comment, so quote a text that holds it"
            .to_owned()
    } else if reason.contains("quoted scalar") {
        "close the quote that was opened; in double quotes, write `\\\\` for a backslash".to_owned()
    } else {
        "check the indentation and the quotes of this line and the one above".to_owned()
    };
    let mut handle = report.add(Code::InvalidYaml, span, format!("invalid YAML: {reason}"));
    if let Some(start) = opened {
        let end = start + 1;
        handle = handle.and(Span { file, start, end }, "opened here");
    }
    handle.help(help);
}

/// Whether a bracket stands in the middle of a plain text, as in `^[a-z]$`.
fn is_within_word(before: &str, rest: &str) -> bool {
    let last = before.chars().next_back();
    rest.starts_with(['[', '{'])
        && last.is_some_and(|c| !c.is_whitespace() && !"[{,:'\"".contains(c))
}

/// The key that a comma in a type has made: `{type: map<string, x>}` is `type: map<string` and `x>:` with no value.
pub(crate) fn is_split_type(key: &str, entries: &[Entry]) -> bool {
    let surplus = |text: &str| text.matches('<').count() > text.matches('>').count();
    let lacks = |text: &str| text.matches('<').count() < text.matches('>').count();
    lacks(key)
        && entries.iter().any(|entry| {
            matches!(&entry.value.content, Content::Scalar(scalar) if !scalar.quoted && surplus(&scalar.text))
        })
}

/// Whether a key was meant to be the rest of a text: inside `{...}`, a comma ends a plain text, and what follows is a key.
pub(crate) fn is_split_text(entry: &Entry) -> bool {
    let bare = entry.value.span == entry.key.span;
    (bare || entry.key.value.contains(' ')) && entry.value.is_null()
}

/// Whether YAML 1.1 reads this as a boolean, and therefore many people do.
pub(crate) fn is_old_boolean(text: &str) -> bool {
    matches!(
        text.to_ascii_lowercase().as_str(),
        "yes" | "no" | "on" | "off" | "y" | "n"
    )
}

/// Whether every common reader of YAML 1.1 takes this for a boolean. (`y` and `n`, too, by the letter; in practice none does.)
pub(crate) fn is_boolean_elsewhere(text: &str) -> bool {
    is_old_boolean(text) && text.len() > 1
}

/// Reports characters that make a text read otherwise than it is, as rustc does: each once, and no more than a few of a file.
pub(super) fn bidi_controls(report: &mut Report, file: FileId, source: &Source) {
    const MOST: usize = 20;
    let found = source.text.char_indices().filter(|(_, c)| is_bidi(*c));
    for (start, c) in found.take(MOST) {
        let end = start + c.len_utf8();
        bidi_control(report, Span { file, start, end }, c);
    }
}

/// Reports such a character that a double-quoted text makes by an escape.
pub(super) fn escaped_bidi_control(report: &mut Report, span: Span, raw: &str, text: &str) {
    if let Some(c) = text.chars().find(|c| is_bidi(*c) && !raw.contains(*c)) {
        bidi_control(report, span, c);
    }
}

fn bidi_control(report: &mut Report, span: Span, c: char) {
    let message = format!(
        "the character U+{:04X} turns the direction of the text around",
        u32::from(c)
    );
    report
        .add(Code::BidiControl, span, message)
        .help("remove it: what follows it is shown in another order than it is read");
}

/// Embeddings, overrides and isolates.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The bracket before `at` that is opened and not closed, the innermost of them.
fn unclosed(text: &str) -> Option<usize> {
    let mut open = Vec::new();
    let mut quote = None;
    let mut before = '\n';
    let mut comment = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (_, '\n') => comment = false,
            (Some(sign), _) if c == sign && before != '\\' => quote = None,
            (Some(_), _) => {}
            _ if comment => {}
            (None, '#') if before.is_whitespace() => comment = true,
            // A quote in the middle of a word is a character like any other.
            (None, '\'' | '"') if before.is_whitespace() || "[{,:".contains(before) => {
                quote = Some(c);
            }
            (None, '{' | '[') => open.push(at),
            (None, '}' | ']') => {
                open.pop();
            }
            _ => {}
        }
        before = c;
    }
    open.pop()
}
