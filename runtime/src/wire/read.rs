//! Whether a body can be read at all, before any type looks at it.

use lapin::BasicProperties;
use lapin::types::ShortString;

/// Why a delivery cannot be read. It goes to the dead-letter queue at once: no attempt will read it better.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Undecodable {
    #[error("the content type is `{0}`, this handler reads application/json")]
    ContentType(String),
    #[error("the content encoding is `{0}`, this handler reads plain JSON")]
    ContentEncoding(String),
    #[error("the body has {size} bytes, this worker takes at most {limit}")]
    TooLarge { size: usize, limit: usize },
    #[error("the body is not a {type_id}: {why}")]
    Json { type_id: &'static str, why: String },
}

/// Refuses content types and encodings other than plain JSON. Foreign publishers often set none: that is taken as JSON.
pub(crate) fn check_encoding(properties: &BasicProperties) -> Result<(), Undecodable> {
    let content_type = text(properties.content_type().as_ref());
    if let Some(content_type) = content_type.filter(|one| *one != super::CONTENT_TYPE) {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let is = |one: &str| essence.eq_ignore_ascii_case(one);
        let json = is(super::CONTENT_TYPE)
            || is("text/json")
            || essence.to_ascii_lowercase().ends_with("+json");
        if !json && !essence.is_empty() {
            return Err(Undecodable::ContentType(content_type.to_owned()));
        }
    }
    if let Some(encoding) = text(properties.content_encoding().as_ref()) {
        let plain = ["", "identity", "utf-8", "utf8"];
        if !plain.iter().any(|one| encoding.eq_ignore_ascii_case(one)) {
            return Err(Undecodable::ContentEncoding(encoding.to_owned()));
        }
    }
    Ok(())
}

/// A short string of the properties as text.
pub(crate) fn text(value: Option<&ShortString>) -> Option<&str> {
    value.map(ShortString::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_in_its_usual_spellings_is_read_and_other_types_are_not() {
        let check = |content_type: &str| {
            check_encoding(&BasicProperties::default().with_content_type(content_type.into()))
        };
        for fine in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/vnd.shop+json",
            "",
        ] {
            assert!(check(fine).is_ok(), "{fine}");
        }
        let error = check("application/x-protobuf").expect_err("not JSON");
        assert_eq!(
            error.to_string(),
            "the content type is `application/x-protobuf`, this handler reads application/json"
        );
        assert!(check_encoding(&BasicProperties::default()).is_ok());
        assert!(
            check_encoding(&BasicProperties::default().with_content_encoding("gzip".into()))
                .is_err()
        );
    }
}
