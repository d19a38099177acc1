//! A client that writes AMQP byte by byte: what it sends no honest library could be made to send.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Nothing here takes longer, unless it does not happen.
const PATIENCE: Duration = Duration::from_secs(60);

const METHOD: u8 = 1;
const HEADER: u8 = 2;
const BODY: u8 = 3;
const END: u8 = 0xce;
const BASIC: u16 = 60;

/// A connection with one channel that is in confirm mode.
pub(crate) struct Raw {
    stream: TcpStream,
    frame_max: usize,
    /// The number of the next publish that somebody asks about, from 1.
    next: u64,
    /// What came out of order, or for many at once.
    decided: BTreeMap<u64, Answer>,
}

/// What the broker made of a publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Stored,
    Refused,
    /// It has closed the channel or the connection, with these words.
    Closed(String),
}

impl Raw {
    /// Connects as `guest`.
    pub(crate) fn connect(url: &str) -> Self {
        let (authority, vhost) = url
            .strip_prefix("amqp://guest:guest@")
            .and_then(|rest| rest.split_once('/'))
            .expect("the address of a test broker");
        let vhost = vhost.replace("%2f", "/");
        let mut stream = TcpStream::connect(authority).expect("the broker runs");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a time that is not zero");
        stream.write_all(b"AMQP\0\0\x09\x01").expect("it is open");
        let mut raw = Self {
            stream,
            frame_max: 0,
            next: 1,
            decided: BTreeMap::new(),
        };
        raw.expect(10, 10);
        let start_ok = [
            long(b""),
            short(b"PLAIN"),
            long(b"\0guest\0guest"),
            short(b"en_US"),
        ];
        raw.method(0, 10, 11, &start_ok.concat());
        let tune = raw.expect(10, 30);
        let frame_max = tune[2..6].try_into().expect("four bytes");
        raw.frame_max = usize::try_from(u32::from_be_bytes(frame_max)).expect("a small number");
        // No heartbeats: it lives for a moment.
        raw.method(0, 10, 31, &[&tune[..6], &[0, 0]].concat());
        let open = [short(vhost.as_bytes()), short(b""), vec![0]];
        raw.method(0, 10, 40, &open.concat());
        raw.expect(10, 41);
        raw.method(1, 20, 10, &short(b""));
        raw.expect(20, 11);
        raw.method(1, 85, 10, &[0]);
        raw.expect(85, 11);
        raw
    }

    /// How many bytes the headers of a message may have: they travel in one frame, with its head, the class, the size of the body and the flags.
    pub(crate) fn largest_properties(&self) -> usize {
        self.frame_max - 8 - 12
    }

    /// Publishes and waits for the broker's answer.
    pub(crate) fn publish(
        &mut self,
        exchange: &str,
        routing_key: &str,
        properties: &Properties,
        body: &[u8],
    ) -> Answer {
        self.send(exchange, routing_key, properties, body);
        self.answer()
    }

    /// Publishes and does not wait: [`answer`](Self::answer) tells what became of it.
    pub(crate) fn send(
        &mut self,
        exchange: &str,
        routing_key: &str,
        properties: &Properties,
        body: &[u8],
    ) {
        let publish = [
            vec![0, 0],
            short(exchange.as_bytes()),
            short(routing_key.as_bytes()),
            vec![0],
        ];
        self.method(1, BASIC, 40, &publish.concat());
        let size = u64::try_from(body.len()).expect("a small number");
        let header = [
            BASIC.to_be_bytes().to_vec(),
            vec![0, 0],
            size.to_be_bytes().to_vec(),
            properties.to_bytes(),
        ];
        self.frame(HEADER, 1, &header.concat());
        for part in body.chunks(self.frame_max - 8) {
            self.frame(BODY, 1, part);
        }
    }

    /// The answer to the oldest publish that has none.
    pub(crate) fn answer(&mut self) -> Answer {
        loop {
            if let Some(answer) = self.decided.remove(&self.next) {
                self.next += 1;
                return answer;
            }
            let Some((kind, payload)) = self.read() else {
                return Answer::Closed("without a word".to_owned());
            };
            if kind != METHOD {
                continue;
            }
            let answer = match (number(&payload), number(&payload[2..])) {
                (BASIC, 80) => Answer::Stored,
                (BASIC, 120) => Answer::Refused,
                (10, 50) | (20, 40) => {
                    let length = usize::from(payload[6]);
                    let words = String::from_utf8_lossy(&payload[7..7 + length]);
                    return Answer::Closed(words.into_owned());
                }
                _ => continue,
            };
            let tag = u64::from_be_bytes(payload[4..12].try_into().expect("eight bytes"));
            let all = payload[12] & 1 == 1;
            let first = if all { self.next } else { tag };
            for tag in first..=tag {
                self.decided.entry(tag).or_insert(answer.clone());
            }
        }
    }

    fn method(&mut self, channel: u16, class: u16, method: u16, arguments: &[u8]) {
        let payload = [&class.to_be_bytes(), &method.to_be_bytes(), arguments].concat();
        self.frame(METHOD, channel, &payload);
    }

    fn frame(&mut self, kind: u8, channel: u16, payload: &[u8]) {
        let size = u32::try_from(payload.len()).expect("a small number");
        let frame = [
            &[kind][..],
            &channel.to_be_bytes(),
            &size.to_be_bytes(),
            payload,
            &[END],
        ];
        // Where the broker has closed, its words are still to be read.
        let _ = self.stream.write_all(&frame.concat());
    }

    fn expect(&mut self, class: u16, method: u16) -> Vec<u8> {
        let (kind, payload) = self.read().expect("the broker answers");
        assert_eq!(kind, METHOD);
        assert_eq!((number(&payload), number(&payload[2..])), (class, method));
        payload[4..].to_vec()
    }

    /// The next frame; `None` where there is none any more.
    fn read(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut head = [0; 7];
        self.stream.read_exact(&mut head).ok()?;
        let size = u32::from_be_bytes(head[3..].try_into().expect("four bytes"));
        let mut payload = vec![0; usize::try_from(size).expect("a small number") + 1];
        self.stream.read_exact(&mut payload).ok()?;
        assert_eq!(payload.pop(), Some(END));
        Some((head[0], payload))
    }
}

/// The properties of a message, in any bytes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Properties {
    /// Sorted as they travel, by what flags them: the highest first.
    fields: BTreeMap<Reverse<u8>, Vec<u8>>,
}

impl Properties {
    pub(crate) const CONTENT_TYPE: u8 = 15;
    pub(crate) const CONTENT_ENCODING: u8 = 14;
    const HEADERS: u8 = 13;
    const PRIORITY: u8 = 11;
    pub(crate) const CORRELATION_ID: u8 = 10;
    pub(crate) const REPLY_TO: u8 = 9;
    pub(crate) const EXPIRATION: u8 = 8;
    pub(crate) const MESSAGE_ID: u8 = 7;
    const TIMESTAMP: u8 = 6;
    pub(crate) const TYPE: u8 = 5;
    pub(crate) const APP_ID: u8 = 3;
    pub(crate) const CLUSTER_ID: u8 = 2;

    /// None at all.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// Sets a property that is a short text.
    pub(crate) fn text(self, property: u8, value: impl AsRef<[u8]>) -> Self {
        self.with(property, short(value.as_ref()))
    }

    /// Sets the type id.
    pub(crate) fn of_type(self, type_id: &str) -> Self {
        self.text(Self::TYPE, type_id)
    }

    pub(crate) fn priority(self, value: u8) -> Self {
        self.with(Self::PRIORITY, vec![value])
    }

    pub(crate) fn timestamp(self, value: u64) -> Self {
        self.with(Self::TIMESTAMP, value.to_be_bytes().to_vec())
    }

    /// Adds a header: its name, the sign of its type, its value as it travels.
    pub(crate) fn header(mut self, name: impl AsRef<[u8]>, value: &Value) -> Self {
        let headers = self.fields.entry(Reverse(Self::HEADERS));
        let headers = headers.or_insert_with(|| vec![0; 4]);
        headers.extend(short(name.as_ref()));
        headers.extend(&value.0);
        let size = u32::try_from(headers.len() - 4).expect("a small number");
        headers[..4].copy_from_slice(&size.to_be_bytes());
        self
    }

    /// How many bytes they take.
    pub(crate) fn len(&self) -> usize {
        self.fields.values().map(Vec::len).sum()
    }

    fn with(mut self, property: u8, value: Vec<u8>) -> Self {
        self.fields.insert(Reverse(property), value);
        self
    }

    fn to_bytes(&self) -> Vec<u8> {
        let flags = self
            .fields
            .keys()
            .fold(0_u16, |flags, bit| flags | 1 << bit.0);
        let fields = self.fields.values().flatten().copied();
        flags.to_be_bytes().into_iter().chain(fields).collect()
    }
}

/// The value of a header, as it travels.
#[derive(Debug, Clone)]
pub(crate) struct Value(Vec<u8>);

impl Value {
    pub(crate) fn text(text: impl AsRef<[u8]>) -> Self {
        Self([b"S", &long(text.as_ref())[..]].concat())
    }

    pub(crate) fn bytes(bytes: &[u8]) -> Self {
        Self([b"x", &long(bytes)[..]].concat())
    }

    pub(crate) fn number(number: i64) -> Self {
        Self([b"l", &number.to_be_bytes()[..]].concat())
    }

    pub(crate) fn boolean(value: bool) -> Self {
        Self(vec![b't', u8::from(value)])
    }

    pub(crate) fn double(value: f64) -> Self {
        Self([b"d", &value.to_be_bytes()[..]].concat())
    }

    pub(crate) fn decimal(scale: u8, value: u32) -> Self {
        Self([&[b'D', scale][..], &value.to_be_bytes()].concat())
    }

    pub(crate) fn timestamp(seconds: u64) -> Self {
        Self([b"T", &seconds.to_be_bytes()[..]].concat())
    }

    pub(crate) fn void() -> Self {
        Self(b"V".to_vec())
    }

    pub(crate) fn list(items: &[Self]) -> Self {
        let items: Vec<u8> = items.iter().flat_map(|item| item.0.clone()).collect();
        Self([b"A", &long(&items)[..]].concat())
    }

    pub(crate) fn table(entries: &[(&str, Self)]) -> Self {
        let entries: Vec<u8> = entries
            .iter()
            .flat_map(|(name, value)| [short(name.as_bytes()), value.0.clone()].concat())
            .collect();
        Self([b"F", &long(&entries)[..]].concat())
    }

    /// Lists in lists, so many.
    pub(crate) fn lists_in_lists(depth: usize) -> Self {
        // From the outside: each holds all that are in it.
        let mut bytes = Vec::with_capacity(5 * depth);
        for inside in (0..depth).rev() {
            let size = u32::try_from(5 * inside).expect("a small number");
            bytes.push(b'A');
            bytes.extend(size.to_be_bytes());
        }
        Self(bytes)
    }
}

fn short(text: &[u8]) -> Vec<u8> {
    let length = u8::try_from(text.len()).expect("a short text has 255 bytes at most");
    [&[length], text].concat()
}

fn long(text: &[u8]) -> Vec<u8> {
    let length = u32::try_from(text.len()).expect("a small number");
    [&length.to_be_bytes(), text].concat()
}

fn number(payload: &[u8]) -> u16 {
    u16::from_be_bytes([payload[0], payload[1]])
}
