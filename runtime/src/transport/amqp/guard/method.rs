//! The methods that bring a message: the exchange and the routing key are the publisher's words. What is not UTF-8 in them becomes `?`.

use super::text;

/// `basic.return`, `basic.deliver` and `basic.get-ok`, each with what comes before its two texts.
const LAYOUTS: [(u16, &[Part]); 3] = [
    (50, &[Part::Bytes(2), Part::Text]),
    (60, &[Part::Text, Part::Bytes(9)]),
    (71, &[Part::Bytes(9)]),
];
const BASIC: u16 = 60;

#[derive(Debug, Clone, Copy)]
enum Part {
    Bytes(usize),
    /// Begins with its length.
    Text,
}

/// Makes the payload of a method readable, in its place.
pub(super) fn mend(payload: &mut [u8]) {
    let Some(&[class, class_low, method, method_low]) = payload.first_chunk() else {
        return;
    };
    if u16::from_be_bytes([class, class_low]) != BASIC {
        return;
    }
    let method = u16::from_be_bytes([method, method_low]);
    let Some((_, before)) = LAYOUTS.iter().find(|(known, _)| *known == method) else {
        return;
    };
    let mut rest = &mut payload[4..];
    for part in before.iter().chain(&[Part::Text, Part::Text]) {
        let size = match part {
            Part::Bytes(count) => *count,
            Part::Text => rest.first().map_or(0, |length| 1 + usize::from(*length)),
        };
        let Some((this, behind)) = std::mem::take(&mut rest).split_at_mut_checked(size) else {
            return;
        };
        if let (Part::Text, [_, words @ ..]) = (part, this) {
            text::mend(words);
        }
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(parts: &[&[u8]]) -> Vec<u8> {
        let mut payload = parts.concat();
        mend(&mut payload);
        payload
    }

    #[test]
    fn addresses_become_texts_and_nothing_else_changes() {
        let tag = [0xff; 8];
        assert_eq!(
            mended(&[&[0, 60, 0, 60, 1, b'c'], &tag, &[1, 2, b'x', 0xff, 1, 0xfe]]),
            [
                &[0, 60, 0, 60, 1, b'c'][..],
                &tag,
                &[1, 2, b'x', b'?', 1, b'?']
            ]
            .concat()
        );
        assert_eq!(
            mended(&[
                &[0, 60, 0, 71],
                &tag,
                &[0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff]
            ]),
            [
                &[0, 60, 0, 71][..],
                &tag,
                &[0, 0, 1, b'?', 0xff, 0xff, 0xff, 0xff]
            ]
            .concat()
        );
        let returned = [0, 60, 0, 50, 0xff, 0xff, 1, b'w', 1, 0xff, 1, 0xff];
        assert_eq!(
            mended(&[&returned]),
            [0, 60, 0, 50, 0xff, 0xff, 1, b'w', 1, b'?', 1, b'?']
        );
        let other = [0, 60, 0, 80, 0xff, 0xff, 0xff];
        assert_eq!(mended(&[&other]), other);
    }

    #[test]
    fn what_is_cut_short_is_left_to_lapin() {
        let whole = [&[0, 60, 0, 60, 1, b'c'][..], &[0; 9], &[1, b'x', 1, b'y']].concat();
        for length in 0..whole.len() {
            assert_eq!(mended(&[&whole[..length]]), &whole[..length]);
        }
    }
}
