//! The frame with the properties of a message, made readable:
//!
//! - in texts and in the names of headers, what is not UTF-8 becomes `?`;
//! - a list or table that is nested too deeply, has too many values, or names that are no texts becomes a byte array, which holds it as it came;
//! - of a table with too many headers, or of a frame that is too large, headers are left out: the largest, and never those that urutu reads.
//!
//! No handler sees a header of the sender. Only copies of the message lack what was left out here.

use std::borrow::Cow;

use super::text;
use crate::wire::headers::is_read;

/// How deep a header's value may be nested. What RabbitMQ writes has three levels.
const DEPTH: usize = 8;
/// How many headers a message may have, and how many values may be in those of the sender together, and in each that urutu reads: parsed they take
/// forty times as much memory as on the wire.
const VALUES: usize = 1024;

/// Class, weight, size of the body, flags.
const FIXED: usize = 14;
/// The flags of the properties that come in this order.
const PROPERTIES: [(u16, Kind); 14] = [
    (1 << 15, Kind::Text),
    (1 << 14, Kind::Text),
    (1 << 13, Kind::Headers),
    (1 << 12, Kind::Bytes(1)),
    (1 << 11, Kind::Bytes(1)),
    (1 << 10, Kind::Text),
    (1 << 9, Kind::Text),
    (1 << 8, Kind::Text),
    (1 << 7, Kind::Text),
    (1 << 6, Kind::Bytes(8)),
    (1 << 5, Kind::Text),
    (1 << 4, Kind::Text),
    (1 << 3, Kind::Text),
    (1 << 2, Kind::Text),
];

#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    Headers,
    Bytes(usize),
}

/// One header as it travels.
struct Header<'a> {
    /// With its length before it.
    name: Cow<'a, [u8]>,
    /// With the sign of its type before it.
    value: Cow<'a, [u8]>,
}

/// The payload of a header frame as lapin may read it: itself, where nothing is wrong with it. It has `limit` bytes at most, unless what urutu reads alone
/// has more.
pub(crate) fn mended(payload: &[u8], limit: usize) -> Cow<'_, [u8]> {
    let Some((fixed, properties)) = payload.split_at_checked(FIXED) else {
        return Cow::Borrowed(payload);
    };
    let flags = u16::from_be_bytes([fixed[FIXED - 2], fixed[FIXED - 1]]);
    let mut rest = Rest(properties);
    let mut broken = Vec::new();
    let mut headers = None;
    for (flag, kind) in PROPERTIES {
        if flags & flag == 0 {
            continue;
        }
        let start = payload.len() - rest.0.len();
        let property = match kind {
            Kind::Bytes(count) => rest.take(count),
            Kind::Text => rest.short(),
            Kind::Headers => rest.long(),
        };
        let Some(property) = property else {
            // No broker sends that.
            return Cow::Borrowed(payload);
        };
        let place = start..start + property.len();
        match kind {
            Kind::Headers => headers = Some(place),
            // A byte for its length stands before a text.
            Kind::Text if std::str::from_utf8(&property[1..]).is_err() => {
                broken.push(start + 1..place.end);
            }
            Kind::Text | Kind::Bytes(_) => {}
        }
    }
    let end = payload.len() - rest.0.len();
    let table = headers.clone().map(|place| {
        let room = limit.saturating_sub(end - place.len());
        mended_table(&payload[place][4..], room.saturating_sub(4))
    });
    let is_fine = broken.is_empty() && !matches!(table, Some(Cow::Owned(_)));
    if is_fine {
        return Cow::Borrowed(payload);
    }
    let mut mended = payload[..end].to_vec();
    for text in broken {
        text::mend(&mut mended[text]);
    }
    if let (Some(place), Some(table)) = (headers, table) {
        let sized = length(table.len()).into_iter().chain(table.iter().copied());
        mended.splice(place, sized);
    }
    Cow::Owned(mended)
}

/// A table, without its length.
fn mended_table(table: &[u8], limit: usize) -> Cow<'_, [u8]> {
    let mut headers = Vec::new();
    let mut rest = Rest(table);
    let mut left = VALUES;
    while let Some(header) = rest.header(&mut left) {
        headers.push(header);
    }
    let is_whole = rest.0.is_empty();
    let is_fine = |header: &Header<'_>| {
        matches!(
            (&header.name, &header.value),
            (Cow::Borrowed(_), Cow::Borrowed(_))
        )
    };
    if is_whole && headers.len() <= VALUES && table.len() <= limit && headers.iter().all(is_fine) {
        return Cow::Borrowed(table);
    }
    // What urutu reads comes first, then the small ones: from the end they are left out.
    let size = |header: &Header<'_>| header.name.len() + header.value.len();
    headers.sort_by_cached_key(|header| (!is_known(&header.name), size(header)));
    headers.truncate(VALUES);
    let mut sizes: usize = headers.iter().map(size).sum();
    while sizes > limit
        && let Some(largest) = headers.pop()
    {
        sizes -= size(&largest);
    }
    let parts = headers
        .iter()
        .flat_map(|header| [&header.name, &header.value]);
    Cow::Owned(parts.flat_map(|part| part.iter().copied()).collect())
}

/// What has not been read yet. Every method takes nothing where there is not all of what it takes.
#[derive(Clone, Copy)]
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// A text of up to 255 bytes, with its length.
    fn short(&mut self) -> Option<&'a [u8]> {
        self.take(1 + usize::from(*self.0.first()?))
    }

    /// A text, a list or a table, with its length.
    fn long(&mut self) -> Option<&'a [u8]> {
        let size = usize::try_from(u32::from_be_bytes(*self.0.first_chunk()?)).ok()?;
        self.take(size.checked_add(4)?)
    }

    /// The value of a header, with the sign of its type.
    fn value(&mut self) -> Option<&'a [u8]> {
        let (sign, mut content) = self
            .0
            .split_first()
            .map(|(sign, rest)| (*sign, Self(rest)))?;
        let size = match sign {
            b'V' => 0,
            b't' | b'b' | b'B' => 1,
            b's' | b'U' | b'u' => 2,
            b'I' | b'i' | b'f' => 4,
            b'D' => 5,
            b'l' | b'L' | b'd' | b'T' => 8,
            b'S' | b'x' | b'A' | b'F' => content.long()?.len(),
            _ => return None,
        };
        self.take(1 + size)
    }

    /// A header, whose name and value are owned where they had to be mended.
    fn header(&mut self, left: &mut usize) -> Option<Header<'a>> {
        let mut rest = *self;
        let (name, value) = (rest.short()?, rest.value()?);
        *self = rest;
        let mut header = Header {
            name: Cow::Borrowed(name),
            value: Cow::Borrowed(value),
        };
        if std::str::from_utf8(&name[1..]).is_err() {
            text::mend(&mut header.name.to_mut()[1..]);
        }
        let own = &mut VALUES.clone();
        let left = if is_known(name) { own } else { left };
        if !is_readable(value, DEPTH, left) {
            header.value.to_mut()[0] = b'x';
        }
        Some(header)
    }
}

/// Whether urutu reads the header with this name, which has its length before it.
fn is_known(name: &[u8]) -> bool {
    std::str::from_utf8(&name[1..]).is_ok_and(is_read)
}

/// Whether a value is nested no deeper than `depth`, has no more parts than are left, and names that are texts.
fn is_readable(value: &[u8], depth: usize, left: &mut usize) -> bool {
    let (is_table, content) = match value {
        [b'A', _, _, _, _, content @ ..] => (false, content),
        [b'F', _, _, _, _, content @ ..] => (true, content),
        _ => return true,
    };
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    let mut rest = Rest(content);
    while !rest.0.is_empty() {
        let Some(fewer) = left.checked_sub(1) else {
            return false;
        };
        *left = fewer;
        if is_table {
            match rest.short() {
                Some(name) if std::str::from_utf8(&name[1..]).is_ok() => {}
                _ => return false,
            }
        }
        match rest.value() {
            Some(value) if is_readable(value, depth, left) => {}
            _ => return false,
        }
    }
    true
}

fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapin::types::{AMQPValue, FieldArray, FieldTable};
    use lapin::{BasicProperties, protocol::basic};

    const NO_LIMIT: usize = usize::MAX;

    /// A payload with these headers, behind a content type and before a message id.
    fn payload(headers: &[(&[u8], &[u8])], id: &[u8]) -> Vec<u8> {
        let table: Vec<u8> = headers
            .iter()
            .flat_map(|(name, value)| [&[short(name)], *name, value].concat())
            .collect();
        [
            &[
                0,
                60,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                2,
                0b1010_0000,
                0b1000_0000,
                1,
                b'j',
            ][..],
            &length(table.len()),
            &table,
            &[short(id)],
            id,
        ]
        .concat()
    }

    fn short(text: &[u8]) -> u8 {
        u8::try_from(text.len()).expect("a short text")
    }

    fn long(sign: u8, content: &[u8]) -> Vec<u8> {
        [&[sign][..], &length(content.len()), content].concat()
    }

    /// Lists in lists, the innermost with `content`.
    fn nested(depth: usize, content: &[u8]) -> Vec<u8> {
        (0..depth).fold(content.to_vec(), |inner, _| long(b'A', &inner))
    }

    /// As lapin reads it.
    fn parsed(payload: &[u8]) -> BasicProperties {
        let (rest, properties) = basic::parse_properties(&payload[12..]).expect("it is readable");
        assert!(rest.is_empty());
        properties
    }

    fn headers(payload: &[u8]) -> FieldTable {
        parsed(payload).headers().clone().expect("a table")
    }

    fn header(value: &[u8]) -> AMQPValue {
        let payload = payload(&[(b"a", value)], b"id");
        let table = headers(&mended(&payload, NO_LIMIT));
        table.inner()["a"].clone()
    }

    #[test]
    fn what_honest_programs_send_stays_as_it_is() {
        let death = [
            &[5][..],
            b"count",
            &[b'l', 0, 0, 0, 0, 0, 0, 0, 1],
            &[4],
            b"keys",
            &nested(1, &long(b'S', b"\xff")),
        ]
        .concat();
        let all = [
            (&b"x-death"[..], long(b'A', &long(b'F', &death))),
            (b"text", long(b'S', b"caf\xe9")),
            (b"flag", vec![b't', 1]),
            (b"deep", nested(DEPTH, b"V")),
            (b"long", long(b'A', &[b'V'; VALUES - DEPTH])),
        ];
        let all: Vec<(&[u8], &[u8])> = all.iter().map(|(name, value)| (*name, &**value)).collect();
        for id in ["id", "caf\u{e9}", ""] {
            let payload = payload(&all, id.as_bytes());
            assert!(matches!(mended(&payload, payload.len()), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn texts_and_names_become_utf8() {
        let payload = payload(&[(b"\xff", b"V")], b"\xfe1");
        let properties = parsed(&mended(&payload, NO_LIMIT));
        assert_eq!(
            properties.message_id().as_ref().map(ToString::to_string),
            Some("?1".to_owned())
        );
        assert_eq!(
            headers(&mended(&payload, NO_LIMIT)).inner()["?"],
            AMQPValue::Void
        );
    }

    #[test]
    fn what_is_nested_too_deeply_or_too_large_to_parse_becomes_bytes() {
        let bytes = |value: &[u8]| AMQPValue::ByteArray(value[5..].to_vec().into());
        for value in [
            nested(DEPTH + 1, b"V"),
            nested(25_000, b""),
            long(b'A', &[b'V'; VALUES + 1]),
            long(b'F', b"\x01\xffV"),
            long(b'A', b"?"),
        ] {
            assert_eq!(header(&value), bytes(&value));
        }
        let fine = nested(DEPTH, b"V");
        assert!(matches!(header(&fine), AMQPValue::FieldArray(_)));
        assert_eq!(
            header(b"A\0\0\0\0"),
            AMQPValue::FieldArray(FieldArray::default())
        );
    }

    #[test]
    fn many_lists_of_the_sender_have_no_more_values_together_and_leave_those_of_the_broker_alone() {
        let list = long(b'A', &[b'V'; VALUES - 1]);
        let payload = payload(&[(b"a", &list), (b"b", &list), (b"x-death", &list)], b"");
        let table = headers(&mended(&payload, NO_LIMIT));
        let is_list = |name| matches!(table.inner()[name], AMQPValue::FieldArray(_));
        assert_eq!(["a", "b", "x-death"].map(is_list), [true, false, true]);
    }

    #[test]
    fn too_many_headers_are_left_out_but_none_that_urutu_reads() {
        let names: Vec<String> = (0..5_000).map(|number| format!("n{number}")).collect();
        let mut all: Vec<(&[u8], &[u8])> = names
            .iter()
            .map(|name| (name.as_bytes(), &b"V"[..]))
            .collect();
        all.push((b"urutu-attempts", b"b\x02"));
        let table = headers(&mended(&payload(&all, b""), NO_LIMIT));
        assert_eq!(table.inner().len(), VALUES);
        assert_eq!(table.inner()["urutu-attempts"], AMQPValue::ShortShortInt(2));
    }

    #[test]
    fn of_a_frame_that_is_too_large_the_largest_headers_are_left_out() {
        let (large, larger) = (long(b'S', &[b'x'; 1_000]), long(b'S', &[b'x'; 1_001]));
        let all: [(&[u8], &[u8]); 4] = [
            (b"one", &large),
            (b"two", &larger),
            (b"urutu-topic", &larger),
            (b"three", b"V"),
        ];
        let whole = payload(&all, b"id");
        let names = |limit| {
            let mended = mended(&whole, limit).into_owned();
            assert!(mended.len() <= limit);
            let table = headers(&mended);
            let names: Vec<_> = table.inner().keys().map(ToString::to_string).collect();
            names.join(" ")
        };
        assert_eq!(names(whole.len()), "one three two urutu-topic");
        assert_eq!(names(whole.len() - 1), "one three urutu-topic");
        assert_eq!(names(1_100), "three urutu-topic");
        assert_eq!(names(100), "");
    }

    #[test]
    fn what_no_broker_sends_is_left_to_lapin_and_never_a_panic() {
        let whole = payload(&[(b"a", &nested(2, b"V")), (b"b", b"t\x01")], b"id");
        for length in 0..whole.len() {
            mended(&whole[..length], NO_LIMIT);
            mended(&whole[..length], 20);
        }
        // A sign that nobody knows ends the table.
        let unknown = payload(&[(b"a", b"V"), (b"b", b"?")], b"id");
        assert_eq!(headers(&mended(&unknown, NO_LIMIT)).inner().len(), 1);
    }
}
