//! What is asked of the broker, in words; and what a user needs to be allowed for it.

use std::fmt;

use crate::topology::{Binding, Destination, Object, delay};

/// Something that the broker may refuse.
#[derive(Debug, Clone, Copy)]
pub(super) enum Request<'a> {
    Declare(&'a Object),
    Look(&'a Object),
    Bind(&'a Binding),
    Consume(&'a str),
    GoOnConsuming(&'a str),
    Cancel(&'a str),
    Take(&'a str),
    GiveBack(&'a str),
    Publish(&'a str),
    ConfirmPublishes,
}

/// The broker's `ACCESS_REFUSED`, taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Denied<'a> {
    /// Later releases say it.
    permission: Option<&'a str>,
    /// `exchange` or `queue`.
    kind: &'a str,
    name: &'a str,
    vhost: &'a str,
    user: &'a str,
}

impl Request<'_> {
    /// `ACCESS_REFUSED` in our words: which permission on what is missing, and what to do. `None` where the broker speaks of something else.
    pub(super) fn denied(self, words: &str) -> Option<String> {
        let denied = Denied::read(words)?;
        let permission = denied
            .permission
            .unwrap_or_else(|| self.permission(denied.kind, denied.name));
        let Denied {
            kind,
            name,
            vhost,
            user,
            ..
        } = denied;
        let mut text = format!(
            "the user `{user}` lacks the permission `{permission}` on the {kind} `{name}` in the vhost `{vhost}` (ACCESS_REFUSED); grant it (`rabbitmqctl set_permissions`)"
        );
        if matches!(self, Self::Declare(_) | Self::Bind(_)) {
            text.push_str(
                ", or create the topology as another user (`urutu topology apply`) and choose the topology mode `verify` or `off` here",
            );
        }
        Some(text)
    }

    /// The permission that this needs on an object: <https://www.rabbitmq.com/docs/access-control#authorisation>.
    fn permission(self, kind: &str, name: &str) -> &'static str {
        match self {
            Self::Declare(Object::Queue(_)) if kind == "exchange" => "write",
            // The broker does not say which: a queue with dead letters needs the other one as well.
            Self::Declare(Object::Queue(_)) => "configure` or `read",
            // The exchange that gets what is bound to nothing.
            Self::Declare(Object::Exchange(declared)) if declared != name => "write",
            // Such a one has the exchanges of the delay cascade: the broker does not say which.
            Self::Declare(Object::Exchange(declared)) if delay::is_of_cascade(declared) => {
                "configure` or `read"
            }
            Self::Declare(_) | Self::Look(_) => "configure",
            Self::Bind(binding) => {
                let to = match &binding.to {
                    Destination::Queue(to) if kind == "queue" => to,
                    Destination::Exchange(to) if kind == "exchange" => to,
                    _ => return "read",
                };
                if to == name { "write" } else { "read" }
            }
            Self::Publish(_) | Self::ConfirmPublishes => "write",
            Self::Consume(_)
            | Self::GoOnConsuming(_)
            | Self::Cancel(_)
            | Self::Take(_)
            | Self::GiveBack(_) => "read",
        }
    }
}

impl<'a> Denied<'a> {
    /// Reads `access to queue 'q' in vhost '/' refused for user 'guest'`, with or without the permission before it.
    fn read(words: &'a str) -> Option<Self> {
        let (before, rest) = words.split_once("access to ")?;
        let permission = before.split_whitespace().next_back();
        let permission = permission.filter(|word| ["configure", "write", "read"].contains(word));
        let (kind, rest) = rest.split_once(" '")?;
        let (name, rest) = rest.split_once("' in vhost '")?;
        let (vhost, rest) = rest.split_once("' refused for user '")?;
        // The broker cuts its words at 255 bytes.
        let user = rest.split_once('\'').map_or(rest, |(user, _)| user);
        Some(Self {
            permission,
            kind,
            name,
            vhost,
            user,
        })
    }
}

impl fmt::Display for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declare(object) => write!(f, "declare the {object}"),
            Self::Look(object) => write!(f, "look at the {object}"),
            Self::Bind(Binding { exchange, key, to }) => {
                let to = match to {
                    Destination::Queue(name) => format!("queue `{name}`"),
                    Destination::Exchange(name) => format!("exchange `{name}`"),
                };
                write!(f, "bind the {to} to the exchange `{exchange}` by `{key}`")
            }
            Self::Consume(queue) => write!(f, "consume the queue `{queue}`"),
            Self::GoOnConsuming(queue) => write!(f, "go on consuming the queue `{queue}`"),
            Self::Cancel(queue) => write!(f, "cancel the consumer of the queue `{queue}`"),
            Self::Take(queue) => write!(f, "take a message from the queue `{queue}`"),
            Self::GiveBack(queue) => write!(f, "give messages back to the queue `{queue}`"),
            Self::Publish(exchange) => write!(f, "publish to the exchange `{exchange}`"),
            Self::ConfirmPublishes => f.write_str("turn on publisher confirms"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_permission_is_named_with_its_object() {
        let queue = Object::Queue("q".into());
        let declare = Request::Declare(&queue);
        let words = "ACCESS_REFUSED - access to queue 'q' in vhost '/' refused for user 'reader'";
        let text = declare.denied(words).expect("access is refused");
        assert!(
            text.starts_with(
                "the user `reader` lacks the permission `configure` or `read` on the queue `q` in the vhost `/` (ACCESS_REFUSED); grant it"
            ),
            "{text}"
        );
        assert!(text.contains("`verify` or `off`"), "{text}");
        let words = "ACCESS_REFUSED - read access to queue 'q' in vhost '/' refused for user 'x'";
        let text = declare.denied(words).expect("access is refused");
        assert!(text.contains("`read` on the queue `q`"), "{text}");
        assert_eq!(declare.denied("ACCESS_REFUSED - login refused"), None);
    }

    #[test]
    fn the_permission_depends_on_what_is_asked() {
        let queue = Object::Queue("q".into());
        let exchange = Object::Exchange("x".into());
        let delay = Object::Exchange("urutu.delay.1".into());
        let binding = |to| Binding {
            exchange: "x".into(),
            key: "k".into(),
            to,
        };
        let to_queue = binding(Destination::Queue("q".into()));
        let to_exchange = binding(Destination::Exchange("y".into()));
        for (request, kind, name, permission) in [
            (
                Request::Declare(&queue),
                "queue",
                "q",
                "configure` or `read",
            ),
            (Request::Declare(&queue), "exchange", "dlx", "write"),
            (Request::Declare(&exchange), "exchange", "x", "configure"),
            (Request::Declare(&exchange), "exchange", "other", "write"),
            (
                Request::Declare(&delay),
                "exchange",
                "urutu.delay.1",
                "configure` or `read",
            ),
            (Request::Bind(&to_queue), "queue", "q", "write"),
            (Request::Bind(&to_queue), "exchange", "x", "read"),
            (Request::Bind(&to_exchange), "exchange", "y", "write"),
            (Request::Bind(&to_exchange), "exchange", "x", "read"),
            (Request::Consume("q"), "queue", "q", "read"),
            (Request::Publish("x"), "exchange", "x", "write"),
        ] {
            assert_eq!(request.permission(kind, name), permission, "{request}");
        }
    }
}
