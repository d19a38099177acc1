//! Ages on the command line: `90s`, `15m`, `12h`, `7d`, `1h30m`.

use std::time::Duration;

/// Reads an age.
pub(super) fn age(text: &str) -> Result<Duration, String> {
    read(text).ok_or_else(|| "give numbers with units: 90s, 15m, 12h, 7d, 1h30m".to_owned())
}

fn read(mut rest: &str) -> Option<Duration> {
    let mut seconds = 0_u64;
    while !rest.is_empty() || seconds == 0 {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let unit = match rest.as_bytes()[digits] {
            b's' => 1,
            b'm' => 60,
            b'h' => 3_600,
            b'd' => 86_400,
            _ => return None,
        };
        let number: u64 = rest[..digits].parse().ok()?;
        seconds = seconds.checked_add(number.checked_mul(unit)?)?;
        rest = &rest[digits + 1..];
        if rest.is_empty() {
            break;
        }
    }
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_numbers_with_units() {
        for (text, seconds) in [
            ("0s", 0),
            ("90s", 90),
            ("15m", 900),
            ("12h", 43_200),
            ("7d", 604_800),
            ("1h30m", 5_400),
        ] {
            assert_eq!(age(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "1",
            "h",
            "1w",
            "-1h",
            "1.5h",
            "1h ",
            "1h30",
            "99999999999999999999d",
            "1é",
        ] {
            assert!(age(text).is_err(), "{text}");
        }
    }
}
