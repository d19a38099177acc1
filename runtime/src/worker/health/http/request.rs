//! Reads the head of a request, as far as it matters here.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// The longest head, in bytes.
const MAX_HEAD: usize = 8 * 1024;

/// The most headers.
const MAX_HEADERS: usize = 64;

/// What a client wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) asked: Asked,
    /// It is a HEAD: the body stays out.
    pub(super) head_only: bool,
}

/// The resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Live,
    Ready,
    Health,
}

/// Why a request has no other answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Malformed,
    TooLarge,
    NotFound,
    Method,
}

/// Reads until the head is complete or cannot become a good one. `Err` means that nobody waits for an answer.
pub(super) async fn read(
    stream: &mut (impl AsyncRead + Unpin),
) -> io::Result<Result<Request, Refusal>> {
    let mut head = Vec::with_capacity(1024);
    loop {
        let room = MAX_HEAD.saturating_sub(head.len());
        if room == 0 {
            return Ok(Err(Refusal::TooLarge));
        }
        let mut limited = (&mut *stream).take(room as u64);
        if limited.read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(request) = parse(&head) {
            return Ok(request);
        }
    }
}

/// `None` as long as the head is not complete.
fn parse(head: &[u8]) -> Option<Result<Request, Refusal>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(head) {
        Ok(httparse::Status::Partial) => None,
        Ok(httparse::Status::Complete(_)) => Some(understand(
            request.method.unwrap_or_default(),
            request.path.unwrap_or_default(),
        )),
        Err(httparse::Error::TooManyHeaders) => Some(Err(Refusal::TooLarge)),
        Err(_) => Some(Err(Refusal::Malformed)),
    }
}

fn understand(method: &str, target: &str) -> Result<Request, Refusal> {
    let path = target.split_once('?').map_or(target, |(path, _)| path);
    let asked = match path {
        "/live" => Asked::Live,
        "/ready" => Asked::Ready,
        "/health" => Asked::Health,
        _ => return Err(Refusal::NotFound),
    };
    let head_only = match method {
        "GET" => false,
        "HEAD" => true,
        _ => return Err(Refusal::Method),
    };
    Ok(Request { asked, head_only })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read_text(mut bytes: &[u8]) -> Option<Result<Request, Refusal>> {
        read(&mut bytes).await.ok()
    }

    #[tokio::test]
    async fn what_is_asked_is_known_by_method_and_path() {
        for (line, request) in [
            ("GET /live", Ok((Asked::Live, false))),
            ("GET /ready?from=probe", Ok((Asked::Ready, false))),
            ("HEAD /health", Ok((Asked::Health, true))),
            ("GET /", Err(Refusal::NotFound)),
            ("GET /live/", Err(Refusal::NotFound)),
            ("POST /live", Err(Refusal::Method)),
        ] {
            let text = format!("{line} HTTP/1.1\r\nhost: here\r\n\r\n");
            let expected = request.map(|(asked, head_only)| Request { asked, head_only });
            assert_eq!(read_text(text.as_bytes()).await, Some(expected), "{line}");
        }
    }

    #[tokio::test]
    async fn every_cut_and_every_broken_byte_of_a_request_ends_in_an_answer_or_in_none() {
        let text = b"GET /live HTTP/1.1\r\nhost: here\r\naccept: */*\r\n\r\n";
        for length in 0..text.len() {
            assert_eq!(read_text(&text[..length]).await, None, "{length} bytes");
            for byte in 0..=u8::MAX {
                let mut broken = text.to_vec();
                broken[length] = byte;
                // Whatever it is, it ends.
                let _ = read_text(&broken).await;
            }
        }
        assert_eq!(
            read_text(b"\x16\x03\x01\x02\x00\x01").await,
            Some(Err(Refusal::Malformed)),
            "TLS"
        );
    }

    #[tokio::test]
    async fn a_head_has_bounds() {
        let long = format!("GET /live HTTP/1.1\r\nx: {}", "y".repeat(2 * MAX_HEAD));
        let many = format!("GET /live HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(65));
        let blank = "\r\n".repeat(MAX_HEAD);
        for text in [long, many, blank] {
            assert_eq!(
                read_text(text.as_bytes()).await,
                Some(Err(Refusal::TooLarge))
            );
        }
    }
}
