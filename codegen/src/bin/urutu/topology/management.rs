//! RabbitMQ's management API: the only way to list bindings.

use std::cell::Cell;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use ureq::Agent;
use urutu::tools::Destination;

use super::found::{Found, FoundBinding};
use super::place::Place;
use crate::failure::Failure;

/// How long one answer may take.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// How long it may take to reach a node, before the next one of a cluster is asked.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// The largest answer, in bytes: a hundred thousand queues have about 50 MB.
const SIZE_LIMIT: u64 = 512 * 1024 * 1024;

/// The management API of one broker and vhost.
pub(super) struct Management {
    agent: Agent,
    /// One for each node of a cluster.
    bases: Vec<String>,
    /// The one that has answered last.
    answers: Cell<usize>,
    user: String,
    vhost: String,
    authorization: String,
}

/// An answer, whatever its status.
struct Answer<'a> {
    base: &'a str,
    status: u16,
    body: Vec<u8>,
}

impl Management {
    pub(super) fn new(place: &Place) -> Result<Self, Failure> {
        let config = Agent::config_builder()
            .timeout_global(Some(TIME_LIMIT))
            .timeout_connect(Some(CONNECT_LIMIT))
            .http_status_as_error(false)
            .max_redirects(0)
            // The way to the broker is the same as that of AMQP, which knows no proxies.
            .proxy(None);
        #[cfg(feature = "tls")]
        let config = if place.is_secured() {
            let tls = super::secured::config(place.certificates()?);
            config.tls_config(tls.map_err(|error| Failure::unable(&error))?)
        } else {
            config
        };
        Ok(Self {
            agent: config.build().into(),
            bases: place.bases().to_vec(),
            answers: Cell::new(0),
            user: place.user().to_owned(),
            vhost: place.vhost().to_owned(),
            authorization: format!("Basic {}", STANDARD.encode(place.credentials())),
        })
    }

    /// What the vhost has.
    pub(super) fn found(&self) -> Result<Found, Failure> {
        let exchanges = self.list("exchanges", "")?;
        // Without the statistics, which cost the broker much; the numbers of messages are cheap.
        let queues = self.list("queues", "?disable_stats=true&enable_queue_totals=true")?;
        let bindings = self.list("bindings", "")?;
        Found::read(&exchanges, &queues, &bindings)
            .map_err(|reason| strange(&self.bases[self.answers.get()], &reason))
    }

    /// Removes a binding; one that is gone already is as good.
    pub(super) fn unbind(&self, found: &FoundBinding) -> Result<(), Failure> {
        let (kind, to) = match &found.binding.to {
            Destination::Queue(name) => ("q", name),
            Destination::Exchange(name) => ("e", name),
        };
        let path = format!(
            "/api/bindings/{}/e/{}/{kind}/{}/{}",
            encoded(&self.vhost),
            encoded(&found.binding.exchange),
            encoded(to),
            encoded(&found.properties_key)
        );
        // Where the answer of one node is lost, the next one may say that it is gone already.
        let answer = self.ask(|base| {
            let request = self.agent.delete(format!("{base}{path}"));
            request.header("Authorization", &self.authorization).call()
        })?;
        match answer.status {
            200..=299 | 404 => Ok(()),
            _ => Err(self.refused(&answer)),
        }
    }

    fn list(&self, what: &str, query: &str) -> Result<Json, Failure> {
        let path = format!("/api/{what}/{}{query}", encoded(&self.vhost));
        let answer = self.ask(|base| {
            let request = self.agent.get(format!("{base}{path}"));
            request.header("Authorization", &self.authorization).call()
        })?;
        if answer.status != 200 {
            return Err(self.refused(&answer));
        }
        serde_json::from_slice(&answer.body)
            .map_err(|_| strange(answer.base, "its answer is not JSON"))
    }

    /// Asks the node that has answered last; the others only where it does not answer.
    fn ask(
        &self,
        call: impl Fn(&str) -> Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Answer<'_>, Failure> {
        let mut unreached = Vec::new();
        for step in 0..self.bases.len() {
            let index = (self.answers.get() + step) % self.bases.len();
            let base = self.bases[index].as_str();
            match call(base).and_then(|response| read(base, response)) {
                Ok(answer) => {
                    self.answers.set(index);
                    return Ok(answer);
                }
                Err(error) => unreached.push(told(base, &error)),
            }
        }
        Err(Failure::Unable(format!(
            "cannot reach RabbitMQ's management API at {}; turn it on (`rabbitmq-plugins enable rabbitmq_management`), or say where it is with `--management-url` or MANAGEMENT_URL",
            unreached.join(", nor at ")
        )))
    }

    fn refused(&self, answer: &Answer<'_>) -> Failure {
        let said: Option<Json> = serde_json::from_slice(&answer.body).ok();
        let reason = said.as_ref().and_then(|said| {
            let reason = said.get("reason").or_else(|| said.get("error"))?;
            reason.as_str().map(|reason| format!(" ({reason})"))
        });
        let reason = reason.unwrap_or_default();
        let (Self { user, vhost, .. }, base) = (self, answer.base);
        Failure::Unable(match answer.status {
            401 | 403 => format!(
                "RabbitMQ's management API at {base} refuses the user `{user}`{reason}; check the user and the password, that the user has the tag `management` (`rabbitmqctl set_user_tags`), and its permissions on the vhost `{vhost}`"
            ),
            404 if said.is_some() => format!(
                "RabbitMQ's management API at {base} has no vhost `{vhost}`{reason}; check the end of the broker URL: `%2f` is the default vhost"
            ),
            status => format!(
                "what answers at {base} says {status}{reason}; check that it is RabbitMQ's management API, or say where that is with `--management-url`"
            ),
        })
    }
}

fn read(
    base: &str,
    mut response: ureq::http::Response<ureq::Body>,
) -> Result<Answer<'_>, ureq::Error> {
    let body = response.body_mut().with_config().limit(SIZE_LIMIT);
    let body = body.read_to_vec()?;
    let status = response.status().as_u16();
    Ok(Answer { base, status, body })
}

fn strange(base: &str, reason: &str) -> Failure {
    Failure::Unable(format!(
        "what answers at {base} is not RabbitMQ's management API: {reason}; say where it is with `--management-url` or MANAGEMENT_URL"
    ))
}

/// A part of a path.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(byte).collect()
}

/// Why a node did not answer, and what helps where that is known.
fn told(base: &str, error: &ureq::Error) -> String {
    #[cfg(feature = "tls")]
    if let Some(advice) = super::secured::advice(error) {
        return format!("{base}: {error} ({advice})");
    }
    format!("{base}: {error}")
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    use super::*;

    /// A node that lists nothing, so often.
    fn node(answers: usize) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        std::thread::spawn(move || {
            for stream in listener.incoming().take(answers) {
                let mut stream = stream.expect("a client");
                let head = BufReader::new(&stream).lines().map_while(Result::ok);
                for _ in head.take_while(|line| !line.is_empty()) {}
                let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n[]";
                stream.write_all(answer.as_bytes()).expect("it listens");
            }
        });
        format!("http://{address}")
    }

    #[test]
    fn the_nodes_of_a_cluster_are_asked_until_one_answers() {
        let place = Place::of("amqp://127.0.0.1/%2f", None).expect("a URL");
        let mut management = Management::new(&place).expect("no certificates");
        let down = node(0);
        management.bases = vec![down.clone(), node(2)];
        for _ in 0..2 {
            let Ok(listed) = management.list("queues", "") else {
                panic!("one node answers");
            };
            assert_eq!(listed, serde_json::json!([]));
            assert_eq!(
                management.answers.get(),
                1,
                "it is asked first from then on"
            );
        }
        management.bases = vec![down.clone(), node(0)];
        let Err(Failure::Unable(text)) = management.list("queues", "") else {
            panic!("nobody answers");
        };
        for base in &management.bases {
            assert!(text.contains(base), "{text}");
        }
    }
}
