//! What YAML will read in a text that was written.

use saphyr_parser::{Event, Parser};

/// Whether a text is valid and holds these scalars, in this order.
pub(super) fn reads_as(yaml: &str, scalars: &[&str]) -> bool {
    let mut expected = scalars.iter();
    for event in Parser::new_from_str(yaml) {
        match event {
            Ok((Event::Scalar(found, ..), _)) if expected.next() != Some(&&*found) => return false,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
    expected.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_scalars_count_and_no_errors() {
        assert!(reads_as("- a\n- b: {c}\n", &["a", "b", "c", ""]));
        assert!(!reads_as("- a\n- b\n", &["a"]));
        assert!(!reads_as("- a\n", &["a", "b"]));
        assert!(!reads_as("- a\n]", &["a"]));
    }
}
