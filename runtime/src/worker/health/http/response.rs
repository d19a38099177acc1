//! Writes the answer.

use super::request::{Asked, Refusal, Request};
use crate::worker::health::HealthReport;

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

struct Answer {
    status: &'static str,
    content_type: &'static str,
    body: String,
}

pub(super) fn write(request: Result<Request, Refusal>, report: &HealthReport) -> Vec<u8> {
    let answer = match request {
        Ok(request) => tell(request.asked, report),
        Err(refusal) => refuse(refusal),
    };
    let allow = match request {
        Err(Refusal::Method) => "allow: GET, HEAD\r\n",
        _ => "",
    };
    let Answer {
        status,
        content_type,
        body,
    } = answer;
    let length = body.len();
    let body = match request {
        Ok(request) if request.head_only => "",
        _ => &body,
    };
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n{allow}\
         cache-control: no-store\r\nconnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

fn tell(asked: Asked, report: &HealthReport) -> Answer {
    let good = match asked {
        Asked::Live => report.live,
        Asked::Ready | Asked::Health => report.ready,
    };
    let (content_type, body) = match asked {
        Asked::Live | Asked::Ready => (TEXT, format!("{report}\n")),
        Asked::Health => match serde_json::to_string(report) {
            Ok(json) => (JSON, json),
            Err(error) => {
                return Answer {
                    status: "500 Internal Server Error",
                    content_type: TEXT,
                    body: format!("the report cannot be written as JSON: {error}\n"),
                };
            }
        },
    };
    Answer {
        status: if good {
            "200 OK"
        } else {
            "503 Service Unavailable"
        },
        content_type,
        body,
    }
}

fn refuse(refusal: Refusal) -> Answer {
    let (status, body) = match refusal {
        Refusal::Malformed => ("400 Bad Request", "this is not a request of HTTP/1\n"),
        Refusal::TooLarge => (
            "431 Request Header Fields Too Large",
            "the head of the request is too large\n",
        ),
        Refusal::NotFound => ("404 Not Found", "ask for /live, /ready or /health\n"),
        Refusal::Method => ("405 Method Not Allowed", "use GET or HEAD\n"),
    };
    Answer {
        status,
        content_type: TEXT,
        body: body.to_owned(),
    }
}
