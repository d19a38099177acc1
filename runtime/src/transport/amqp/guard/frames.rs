//! Frames on their way in, in pieces of any size.

use std::borrow::Cow;

use super::{header, method};

/// Type, channel and size of a frame; a byte that ends it comes behind its payload.
const HEAD: usize = 7;
const METHOD: u8 = 1;
const HEADER: u8 = 2;
const END: u8 = 0xce;

/// A frame that claims to be larger, and larger than both sides have agreed on, is none of a broker's. lapin ends its connection.
const LARGEST_HELD: usize = 1024 * 1024;

/// The same where they have agreed on no limit.
const LARGEST_UNLIMITED: usize = 16 * LARGEST_HELD;

/// `connection.tune`, by which the broker says how large a frame may be.
const TUNE: [u8; 4] = [0, 10, 0, 30];

/// Finds the frames whose content somebody else has written, and makes them readable. All others pass as they come.
#[derive(Debug)]
pub(super) struct Frames {
    state: State,
    /// The largest frame that lapin takes; 0 where there is no limit.
    frame_max: usize,
}

#[derive(Debug)]
enum State {
    /// So much of a head.
    Head(Vec<u8>),
    /// So many bytes of a frame are still to pass.
    Passing(usize),
    /// A frame that is looked at when all of it is here, and how many bytes are still to come.
    Held(Vec<u8>, usize),
}

impl Frames {
    /// `frame_max` is the largest frame that our side takes, where it sets one; the broker's counts where that is smaller.
    pub(super) fn new(frame_max: Option<u32>) -> Self {
        Self {
            state: State::Head(Vec::new()),
            frame_max: frame_max.map_or(0, size),
        }
    }

    /// Takes the next bytes from the broker, and adds to `ready` what lapin may read.
    pub(super) fn pass(&mut self, mut bytes: &[u8], ready: &mut Vec<u8>) {
        while !bytes.is_empty() {
            match &mut self.state {
                State::Head(head) => {
                    if head.is_empty()
                        && let Some((frame, rest)) = whole_frame(bytes)
                    {
                        bytes = rest;
                        self.take(frame, ready);
                        continue;
                    }
                    move_some(&mut bytes, head, HEAD);
                    if head.len() == HEAD {
                        let (left, head) = (1 + payload_size(head), std::mem::take(head));
                        self.state = if is_looked_at(&head) && left <= self.largest_held() {
                            State::Held(head, left)
                        } else {
                            ready.extend(head);
                            State::Passing(left)
                        };
                    }
                }
                State::Passing(left) => {
                    let count = bytes.len().min(*left);
                    ready.extend_from_slice(&bytes[..count]);
                    bytes = &bytes[count..];
                    *left -= count;
                    if *left == 0 {
                        self.state = State::Head(Vec::new());
                    }
                }
                State::Held(frame, left) => {
                    let before = frame.len();
                    let end = before + *left;
                    move_some(&mut bytes, frame, end);
                    *left -= frame.len() - before;
                    if *left == 0 {
                        let frame = std::mem::take(frame);
                        self.state = State::Head(Vec::new());
                        self.take(&frame, ready);
                    }
                }
            }
        }
    }

    fn largest_held(&self) -> usize {
        match self.frame_max {
            0 => LARGEST_UNLIMITED,
            frame_max => LARGEST_HELD.max(frame_max),
        }
    }

    /// Takes a frame that is here as a whole.
    fn take(&mut self, frame: &[u8], ready: &mut Vec<u8>) {
        let start = ready.len();
        ready.extend_from_slice(frame);
        if !is_looked_at(frame) {
            return;
        }
        let payload = &mut ready[start + HEAD..start + frame.len() - 1];
        if frame[0] == METHOD {
            self.note_tune(payload);
            method::mend(payload);
            return;
        }
        let limit = match self.frame_max {
            0 => usize::MAX,
            // No broker means one that has no room for a frame.
            frame_max => frame_max.saturating_sub(HEAD + 1),
        };
        if let Cow::Owned(payload) = header::mended(payload, limit) {
            let size = u32::try_from(payload.len()).unwrap_or(u32::MAX);
            // Type and channel stay.
            ready.truncate(start + 3);
            ready.extend(size.to_be_bytes());
            ready.extend(payload);
            ready.push(END);
        }
    }

    fn note_tune(&mut self, payload: &[u8]) {
        let frame_max = payload
            .strip_prefix(&TUNE)
            .and_then(|tune| tune.get(2..)?.first_chunk())
            .map_or(0, |bytes| size(u32::from_be_bytes(*bytes)));
        if frame_max > 0 && (self.frame_max == 0 || frame_max < self.frame_max) {
            self.frame_max = frame_max;
        }
    }
}

/// The first frame and what follows, where it is here as a whole: most are.
fn whole_frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let head = bytes.get(..HEAD)?;
    bytes.split_at_checked(payload_size(head).checked_add(HEAD + 1)?)
}

/// Methods name the address of a message, headers hold its properties.
fn is_looked_at(head: &[u8]) -> bool {
    matches!(head.first(), Some(&(METHOD | HEADER)))
}

/// Moves bytes to `to` until it has `length`.
fn move_some(from: &mut &[u8], to: &mut Vec<u8>, length: usize) {
    let count = from.len().min(length.saturating_sub(to.len()));
    to.extend_from_slice(&from[..count]);
    *from = &from[count..];
}

fn payload_size(head: &[u8]) -> usize {
    head[3..]
        .first_chunk()
        .map_or(0, |bytes| size(u32::from_be_bytes(*bytes)))
}

/// A size that does not fit is none that comes.
fn size(size: u32) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX - HEAD - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
        let size = u32::try_from(payload.len()).expect("a small number");
        [&[kind, 0, 1][..], &size.to_be_bytes(), payload, &[END]].concat()
    }

    fn passed(frames: &mut Frames, bytes: &[u8], step: usize) -> Vec<u8> {
        let mut ready = Vec::new();
        for piece in bytes.chunks(step) {
            frames.pass(piece, &mut ready);
        }
        ready
    }

    /// A header frame with a content type.
    fn header(content_type: &[u8]) -> Vec<u8> {
        let fixed = [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0b1000_0000, 0];
        let length = u8::try_from(content_type.len()).expect("a short text");
        frame(HEADER, &[&fixed[..], &[length], content_type].concat())
    }

    #[test]
    fn frames_pass_in_pieces_of_any_size_and_those_of_others_are_mended() {
        let deliver = |key| {
            frame(
                METHOD,
                &[&[0, 60, 0, 60, 0], &[0; 9][..], &[0, 1, key]].concat(),
            )
        };
        let body = frame(3, &[0xff; 1_000]);
        let sent = [deliver(0xff), header(b"\xff"), body.clone(), frame(8, &[])].concat();
        let expected = [deliver(b'?'), header(b"?"), body, frame(8, &[])].concat();
        for step in 1..sent.len() {
            assert_eq!(passed(&mut Frames::new(None), &sent, step), expected);
        }
    }

    #[test]
    fn the_broker_says_how_large_a_frame_may_be_unless_we_want_smaller_ones() {
        for (ours, of_broker, expected) in [
            (None, 131_072, 131_072),
            (Some(8_192), 131_072, 8_192),
            (Some(8_192), 0, 8_192),
            (None, 0, 0),
        ] {
            let mut frames = Frames::new(ours);
            let tune = tune(of_broker);
            assert_eq!(passed(&mut frames, &tune, 5), tune);
            assert_eq!(frames.frame_max, expected);
        }
    }

    fn tune(size: u32) -> Vec<u8> {
        frame(
            METHOD,
            &[&TUNE[..], &[7, 0xff], &size.to_be_bytes(), &[0, 60]].concat(),
        )
    }

    #[test]
    fn frames_as_large_as_agreed_are_looked_at_and_a_limit_without_room_for_one_is_survived() {
        let content_type = header(b"\xff");
        let mut large = content_type.clone();
        // What a header has behind its properties is handed on as it is.
        let payload = content_type.len() - HEAD - 1 + 2 * LARGEST_HELD;
        let size = u32::try_from(payload).expect("it is less than 4 GiB");
        large[3..HEAD].copy_from_slice(&size.to_be_bytes());
        large.pop();
        large.resize(HEAD + payload, 0);
        large.push(END);
        for frame_max in [4 * 1024 * 1024, 0] {
            let mut frames = Frames::new(None);
            passed(&mut frames, &tune(frame_max), 100);
            let ready = passed(&mut frames, &large, 100_000);
            assert!(ready.contains(&b'?'), "it was not looked at: {frame_max}");
        }

        for size in 1..16 {
            let mut frames = Frames::new(None);
            passed(&mut frames, &tune(size), 100);
            passed(&mut frames, &content_type, 100);
        }
    }

    #[test]
    fn a_frame_that_claims_to_be_huge_is_not_kept() {
        let head = [HEADER, 0, 1, 0xff, 0xff, 0xff, 0xff];
        let mut frames = Frames::new(None);
        assert_eq!(passed(&mut frames, &head, 7), head);
        assert_eq!(passed(&mut frames, &[1; 1_000], 100), [1; 1_000]);
    }
}
