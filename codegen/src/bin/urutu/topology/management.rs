//! RabbitMQ's management API: the only way to list bindings.

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

/// The largest answer, in bytes: a hundred thousand queues have about 50 MB.
const SIZE_LIMIT: u64 = 512 * 1024 * 1024;

/// The management API of one broker and vhost.
pub(super) struct Management {
    agent: Agent,
    base: String,
    user: String,
    vhost: String,
    authorization: String,
}

/// An answer, whatever its status.
struct Answer {
    status: u16,
    body: Vec<u8>,
}

impl Management {
    pub(super) fn new(place: &Place) -> Result<Self, Failure> {
        let config = Agent::config_builder()
            .timeout_global(Some(TIME_LIMIT))
            .http_status_as_error(false)
            .max_redirects(0)
            // The way to the broker is the same as that of AMQP, which knows no proxies.
            .proxy(None);
        #[cfg(feature = "tls")]
        let config = if place.base().starts_with("https://") {
            let tls = super::secured::config(place.certificates()?);
            config.tls_config(tls.map_err(|error| Failure::unable(&error))?)
        } else {
            config
        };
        Ok(Self {
            agent: config.build().into(),
            base: place.base().to_owned(),
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
        Found::read(&exchanges, &queues, &bindings).map_err(|reason| self.strange(&reason))
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
        let request = self.agent.delete(format!("{}{path}", self.base));
        let answer = self.answer(request.header("Authorization", &self.authorization).call())?;
        match answer.status {
            200..=299 | 404 => Ok(()),
            _ => Err(self.refused(&answer)),
        }
    }

    fn list(&self, what: &str, query: &str) -> Result<Json, Failure> {
        let url = format!("{}/api/{what}/{}{query}", self.base, encoded(&self.vhost));
        let request = self.agent.get(url);
        let answer = self.answer(request.header("Authorization", &self.authorization).call())?;
        if answer.status != 200 {
            return Err(self.refused(&answer));
        }
        serde_json::from_slice(&answer.body).map_err(|_| self.strange("its answer is not JSON"))
    }

    fn answer(
        &self,
        called: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Answer, Failure> {
        let mut response = called.map_err(|error| self.unreachable(&error))?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(SIZE_LIMIT);
        Ok(Answer {
            status,
            body: body
                .read_to_vec()
                .map_err(|error| self.unreachable(&error))?,
        })
    }

    fn unreachable(&self, error: &ureq::Error) -> Failure {
        #[cfg(feature = "tls")]
        if let Some(advice) = super::secured::advice(error) {
            return Failure::Unable(format!(
                "cannot reach RabbitMQ's management API at {}: {error}; {advice}",
                self.base
            ));
        }
        Failure::Unable(format!(
            "cannot reach RabbitMQ's management API at {}: {error}; turn it on (`rabbitmq-plugins enable rabbitmq_management`), or say where it is with `--management-url` or MANAGEMENT_URL",
            self.base
        ))
    }

    fn refused(&self, answer: &Answer) -> Failure {
        let said: Option<Json> = serde_json::from_slice(&answer.body).ok();
        let reason = said.as_ref().and_then(|said| {
            let reason = said.get("reason").or_else(|| said.get("error"))?;
            reason.as_str().map(|reason| format!(" ({reason})"))
        });
        let reason = reason.unwrap_or_default();
        let Self {
            base, user, vhost, ..
        } = self;
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

    fn strange(&self, reason: &str) -> Failure {
        Failure::Unable(format!(
            "what answers at {} is not RabbitMQ's management API: {reason}; say where it is with `--management-url` or MANAGEMENT_URL",
            self.base
        ))
    }
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
