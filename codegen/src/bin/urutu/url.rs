//! A URL with a password in it, which nothing shows.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// A URL with a password in it.
#[derive(Clone)]
pub(crate) struct Url(String);

impl Url {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Url {
    type Err = Infallible;

    fn from_str(url: &str) -> Result<Self, Infallible> {
        Ok(Self(url.to_owned()))
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Url(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::Url;

    #[test]
    fn it_is_not_shown() {
        let Ok(url) = "amqp://me:s3cret@rabbit".parse::<Url>();
        assert_eq!(format!("{url:?}"), "Url(..)");
        assert!(url.as_str().contains("s3cret"));
    }
}
