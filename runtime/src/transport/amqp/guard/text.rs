//! Texts that are none.

/// Makes the bytes UTF-8 of the same length: what is none becomes `?`. Tells whether anything was.
pub(super) fn mend(bytes: &mut [u8]) -> bool {
    let mut valid = 0;
    let mut mended = false;
    while let Err(error) = std::str::from_utf8(&bytes[valid..]) {
        let start = valid + error.valid_up_to();
        let end = error.error_len().map_or(bytes.len(), |len| start + len);
        bytes[start..end].fill(b'?');
        valid = end;
        mended = true;
    }
    mended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_becomes_one_of_the_same_length() {
        for (bytes, expected) in [
            (&b""[..], ""),
            (b"order-1", "order-1"),
            ("\u{e9}\u{1f40d}".as_bytes(), "\u{e9}\u{1f40d}"),
            (b"caf\xe9", "caf?"),
            (b"\xff\xfe", "??"),
            (b"a\xe2\x82b", "a??b"),
            (b"\xed\xa0\x80", "???"),
            (b"a\xf0\x9f", "a??"),
        ] {
            let mut text = bytes.to_vec();
            assert_eq!(mend(&mut text), text != bytes);
            assert_eq!(std::str::from_utf8(&text), Ok(expected));
        }
    }
}
