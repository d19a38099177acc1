//! What stands between two values: comments and blank lines among the signs of YAML.

use super::tree::Line;

/// A comment or a blank line of a gap.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) at: usize,
    /// Whether it is on the line on which the gap begins.
    pub(super) same_line: bool,
    /// How far its line is indented.
    pub(super) column: usize,
    pub(super) line: Line,
}

/// Looks through `text[start..end]`, in which there is no value. Runs of blank lines count as one.
pub(super) fn scan(text: &str, start: usize, end: usize) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut at = start;
    // A block scalar ends with its line, so that what follows is on a line of its own.
    let mut same_line = start > 0 && !text[..start].ends_with('\n');
    for line in text[start..end].split_inclusive('\n') {
        let column = if same_line { 0 } else { indentation(line) };
        if let Some(sign) = comment(text, at, line) {
            found.push(Found {
                at: at + sign,
                same_line,
                column,
                line: Line::Comment(spaced(line[sign..].trim_end())),
            });
        } else if !same_line && line.ends_with('\n') && line.trim().is_empty() {
            let again = found.last().is_some_and(|last| last.line == Line::Blank);
            if !again {
                let line = Line::Blank;
                found.push(Found {
                    at,
                    same_line,
                    column,
                    line,
                });
            }
        }
        at += line.len();
        same_line = false;
    }
    found
}

/// The last of these signs in the gap `text[start..end]` that is not in a comment.
pub(super) fn last_sign(text: &str, start: usize, end: usize, signs: &[char]) -> Option<usize> {
    let mut at = start;
    let mut last = None;
    for line in text.get(start..end)?.split_inclusive('\n') {
        let code = comment(text, at, line).map_or(line, |sign| &line[..sign]);
        last = code.rfind(signs).map(|sign| at + sign).or(last);
        at += line.len();
    }
    last
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// Where a comment begins in this piece of a line that starts at `at`: its `#` stands at the beginning of the line or behind a blank.
fn comment(text: &str, at: usize, line: &str) -> Option<usize> {
    line.match_indices('#').map(|(sign, _)| sign).find(|sign| {
        let before = text[..at + sign].chars().next_back();
        // YAML allows a byte order mark before a comment.
        before.is_none_or(|c| c.is_whitespace() || c == '\u{feff}')
    })
}

/// One blank behind the `#`, unless there are more, or a sign that makes it something special: `##`, `#!`.
fn spaced(comment: &str) -> String {
    let text = comment.strip_prefix('#').unwrap_or(comment);
    let special = |c: char| c.is_whitespace() || matches!(c, '#' | '!');
    if text.is_empty() || text.starts_with(special) {
        return format!("#{text}");
    }
    format!("# {text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_blank_lines_are_told_apart() {
        let text = "a: # one\n\n\n  #two\n - ##\n";
        let found = scan(text, 1, text.len());
        let comment = |text: &str| Line::Comment(text.to_owned());
        let lines: Vec<(Line, bool, usize)> = found
            .into_iter()
            .map(|found| (found.line, found.same_line, found.column))
            .collect();
        assert_eq!(
            lines,
            [
                (comment("# one"), true, 0),
                (Line::Blank, false, 0),
                (comment("# two"), false, 2),
                (comment("##"), false, 1)
            ]
        );
    }

    #[test]
    fn a_sign_inside_a_word_is_no_comment() {
        assert!(scan("%TAG ! a#b\n", 0, 11).is_empty());
    }

    #[test]
    fn signs_in_comments_do_not_count() {
        let text = ": # a | b\n  >- # >\n";
        assert_eq!(last_sign(text, 0, text.len(), &['|', '>']), Some(12));
        assert_eq!(last_sign(text, 0, 10, &['|', '>']), None);
    }
}
