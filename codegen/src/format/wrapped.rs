//! Scalars over several lines, whose line breaks are kept.
//!
//! Where the lines would not be read as the same text at another place, which is rare, there are none, and the text goes into quotes.

use super::again::reads_as;
use super::tree::Style;

/// The lines of a plain or quoted scalar.
pub(super) fn flow_lines(raw: &str, text: &str) -> Vec<String> {
    if !raw.contains('\n') {
        return Vec::new();
    }
    let lines: Vec<String> = raw.lines().map(|line| line.trim().to_owned()).collect();
    let again = format!("{}\n", lines.join("\n  "));
    let in_list = format!("- {again}");
    // As the root, it begins without indentation, where `---` is a marker.
    if reads_as(&again, &[text]) && reads_as(&in_list, &[text]) {
        lines
    } else {
        Vec::new()
    }
}

/// The lines of a literal scalar (`|`).
pub(super) fn literal_lines(text: &str) -> (Style, Vec<String>) {
    let content = text.strip_suffix('\n').unwrap_or(text);
    let lines = content.split('\n').map(str::to_owned).collect();
    block(Style::Literal, lines, text)
}

/// The lines of a folded scalar (`>`), which only its source tells.
pub(super) fn folded_lines(raw: &str, text: &str) -> (Style, Vec<String>) {
    let base = indentation(raw).saturating_sub(indentation(text));
    let strip = |line: &str| match line.get(..base) {
        Some(indent) if indent.trim().is_empty() => line[base..].to_owned(),
        _ => line.trim_start().to_owned(),
    };
    let lines = raw.lines().map(strip).collect();
    block(Style::Folded, lines, text)
}

/// The blanks at the beginning of the first line that is not blank.
fn indentation(text: &str) -> usize {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let line = lines.next().unwrap_or_default();
    line.len() - line.trim_start_matches(' ').len()
}

fn block(style: Style, lines: Vec<String>, text: &str) -> (Style, Vec<String>) {
    let mut again = format!("- {}\n", header(style, &lines, text));
    for line in &lines {
        again.push_str("  ");
        again.push_str(line);
        again.push('\n');
    }
    // Line breaks at the end would make the blank lines that follow part of the text.
    if text.trim().is_empty() || text.ends_with("\n\n") || !reads_as(&again, &[text]) {
        return (Style::Quoted, Vec::new());
    }
    (style, lines)
}

/// `|`, `>-`, `|2`, ...
pub(super) fn header(style: Style, lines: &[String], text: &str) -> String {
    let sign = if style == Style::Literal { '|' } else { '>' };
    let mut filled = lines.iter().filter(|line| !line.is_empty());
    let indented = filled.next().is_some_and(|line| line.starts_with(' '));
    let indent = if indented { "2" } else { "" };
    let chomp = if text.ends_with('\n') { "" } else { "-" };
    format!("{sign}{indent}{chomp}")
}
