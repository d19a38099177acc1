//! JSON laid out anew. Numbers, strings and the order of keys stay as they came: going through values would round the numbers
//! and sort the keys.

/// How JSON is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// On one line.
    Line,
    /// A line for every member and item, indented by two blanks.
    Indented,
}

/// Lays out valid JSON.
pub(super) fn laid_out(json: &str, layout: Layout) -> String {
    let mut out = String::with_capacity(json.len());
    let mut depth = 0_usize;
    let new_line = |out: &mut String, depth: usize| {
        if layout == Layout::Indented {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth));
        }
    };
    let mut rest = json.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => {
                out.push(c);
                while let Some(c) = rest.next() {
                    out.push(c);
                    match c {
                        '\\' => out.extend(rest.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '{' | '[' => {
                out.push(c);
                while rest.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(end) = rest.next_if(|c| matches!(c, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    new_line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                new_line(&mut out, depth);
            }
            ':' => {
                out.push(c);
                if layout == Layout::Indented {
                    out.push(' ');
                }
            }
            c if c.is_ascii_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_blanks_change() {
        let json = r#" { "z" : [ 1.50 , { } , [] , "a, \"b\" : {" ] , "a" : 1E400 } "#;
        assert_eq!(
            laid_out(json, Layout::Line),
            r#"{"z":[1.50,{},[],"a, \"b\" : {"],"a":1E400}"#
        );
        let indented = laid_out(json, Layout::Indented);
        assert_eq!(
            indented,
            "{\n  \"z\": [\n    1.50,\n    {},\n    [],\n    \"a, \\\"b\\\" : {\"\n  ],\n  \"a\": 1E400\n}"
        );
        assert_eq!(
            laid_out(&indented, Layout::Line),
            laid_out(json, Layout::Line)
        );
    }
}
