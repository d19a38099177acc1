//! Percentages of the catalog: `20%`.

use super::value;
use crate::diagnostic::{Code, Report};
use crate::source::Spanned;
use crate::yaml::{Content, Node};

/// The form of a percentage, as a regular expression.
#[cfg(any(feature = "render", test))]
pub(crate) const PATTERN: &str = "^(100|[1-9]?[0-9])%$";

/// Reads a whole percentage from `0%` to `100%`.
pub(super) fn percentage(report: &mut Report, node: &Node, what: &str) -> Option<Spanned<u8>> {
    let span = node.span;
    let Content::Scalar(scalar) = &node.content else {
        return value::wrong_shape(report, node, what, "a percentage");
    };
    if let Some(value) = parse(&scalar.text) {
        return Some(Spanned { value, span });
    }
    let message = format!("{what} is a percentage; found `{}`", scalar.text);
    report
        .add(Code::InvalidPercentage, span, message)
        .help("write a whole number from 0 to 100 with its sign: `20%`");
    None
}

fn parse(text: &str) -> Option<u8> {
    let digits = text.strip_suffix('%')?;
    let canonical = digits == "0" || !digits.starts_with('0');
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let value: u8 = digits.parse().ok()?;
    (canonical && is_number && value <= 100).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_whole_and_have_one_form() {
        for (text, value) in [("0%", 0), ("7%", 7), ("20%", 20), ("100%", 100)] {
            assert_eq!(parse(text), Some(value), "{text}");
        }
        for text in [
            "", "%", "20", "0.2", "true", "101%", "256%", "+5%", "-5%", "05%", "00%", "5 %", "5%%",
            "2.5%", "٣%",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        let pattern = regex::Regex::new(PATTERN).expect("it is one");
        let texts = (0..=255).map(|number| format!("{number}%"));
        for text in texts.chain(["05%", "%", "20", "+5%"].map(str::to_owned)) {
            assert_eq!(pattern.is_match(&text), parse(&text).is_some(), "{text}");
        }
    }
}
