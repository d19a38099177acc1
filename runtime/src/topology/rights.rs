//! What a user of the broker must be allowed: <https://www.rabbitmq.com/docs/access-control#authorisation>.

use std::collections::BTreeSet;

use super::{DeadLetter, Destination, Topology, TopologyMode};

/// What RabbitMQ calls the exchange without a name, which leads to every queue.
const DEFAULT_EXCHANGE: &str = "amq.default";

/// Begins the names of the exchanges and queues of the delay cascade.
const DELAY: &str = "urutu.delay.";

/// The names on which a user has each permission.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    /// To create.
    pub configure: BTreeSet<String>,
    /// To publish to exchanges and to bind queues.
    pub write: BTreeSet<String>,
    /// To consume queues and to bind to exchanges.
    pub read: BTreeSet<String>,
}

/// What a program does on a vhost.
#[derive(Debug, Clone, Copy)]
pub struct Doings<'a> {
    /// Who creates what it needs.
    pub mode: TopologyMode,
    /// What it needs, with the delay cascade where it has retries or messages for later.
    pub topology: &'a Topology,
    /// The exchanges that it publishes to.
    pub publishes: &'a [&'a str],
    /// The queues that it handles.
    pub handles: &'a [&'a str],
    /// Whether it publishes for later.
    pub later: bool,
}

impl Rights {
    /// What these doings need, and no more.
    pub fn of(doings: Doings<'_>) -> Self {
        let mut rights = match doings.mode {
            TopologyMode::Declare => Self::to_declare(doings.topology),
            TopologyMode::Verify | TopologyMode::Off => Self::default(),
        };
        add(&mut rights.write, doings.publishes);
        add(&mut rights.read, doings.handles);
        if !doings.handles.is_empty() {
            // Copies that are tried again at once, and dead letters.
            rights.write.insert(DEFAULT_EXCHANGE.to_owned());
        }
        if doings.later || !doings.handles.is_empty() {
            let exchanges = doings.topology.exchanges.iter();
            let levels = exchanges.filter(|exchange| exchange.name.starts_with(DELAY));
            rights
                .write
                .extend(levels.map(|level| level.name.to_string()));
        }
        rights
    }

    /// What it takes to create everything in a topology.
    fn to_declare(topology: &Topology) -> Self {
        let mut rights = Self::default();
        for exchange in &topology.exchanges {
            rights.configure.insert(exchange.name.to_string());
        }
        for queue in &topology.queues {
            rights.configure.insert(queue.name.to_string());
            // Its messages leave by that exchange on behalf of who declares it.
            if let Some(DeadLetter { exchange, .. }) = &queue.dead_letter {
                rights.read.insert(queue.name.to_string());
                rights.write.insert(named(exchange).to_owned());
            }
        }
        for binding in &topology.bindings {
            rights.read.insert(binding.exchange.to_string());
            let (Destination::Queue(to) | Destination::Exchange(to)) = &binding.to;
            rights.write.insert(to.to_string());
        }
        rights
    }

    /// The three patterns for `rabbitmqctl set_permissions`: configure, write, read.
    pub fn patterns(&self) -> [String; 3] {
        [&self.configure, &self.write, &self.read].map(pattern)
    }
}

fn add(names: &mut BTreeSet<String>, more: &[&str]) {
    names.extend(more.iter().map(|&name| named(name).to_owned()));
}

fn named(exchange: &str) -> &str {
    if exchange.is_empty() {
        DEFAULT_EXCHANGE
    } else {
        exchange
    }
}

/// Matches these names and no others; those of the cascade's many levels at once.
fn pattern(names: &BTreeSet<String>) -> String {
    let alternatives: BTreeSet<String> = names
        .iter()
        .map(|name| match name.strip_prefix(DELAY) {
            Some(_) => escaped(DELAY) + ".*",
            None => escaped(name),
        })
        .collect();
    let alternatives: Vec<String> = alternatives.into_iter().collect();
    if alternatives.is_empty() {
        // An empty pattern would match everything.
        "^$".to_owned()
    } else {
        format!("^({})$", alternatives.join("|"))
    }
}

fn escaped(name: &str) -> String {
    let mut pattern = String::with_capacity(name.len() + 8);
    for c in name.chars() {
        if c.is_ascii() && !c.is_ascii_alphanumeric() && !"_-/ ".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{QueueArguments, QueueKind};
    use crate::topology::service::ServiceQueue;
    use crate::topology::{Outlet, delay};

    #[test]
    fn a_service_that_declares_may_do_so_and_one_that_does_not_may_create_nothing() {
        let queue = ServiceQueue {
            name: "billing.capture".into(),
            kind: QueueKind::Quorum,
            arguments: QueueArguments::NONE,
            bindings: vec![("shop".into(), "payments.capture".into())],
            dead_letter: None,
        };
        let mut topology = Topology::of_queues(["bank".into()], [queue]);
        topology.extend(delay::whole_cascade());
        topology.extend(Outlet::Queue("billing.capture").topology());
        let doings = Doings {
            mode: TopologyMode::Declare,
            topology: &topology,
            publishes: &["bank"],
            handles: &["billing.capture"],
            later: false,
        };
        assert_eq!(
            Rights::of(doings).patterns(),
            [
                r"^(bank|billing\.capture|billing\.capture\.dead|shop|urutu\.delay\..*|urutu\.due\.queue/billing\.capture)$",
                r"^(amq\.default|bank|billing\.capture|urutu\.delay\..*|urutu\.due\.queue/billing\.capture)$",
                r"^(billing\.capture|shop|urutu\.delay\..*|urutu\.due\.queue/billing\.capture)$",
            ]
        );
        for mode in [TopologyMode::Verify, TopologyMode::Off] {
            assert_eq!(
                Rights::of(Doings { mode, ..doings }).patterns(),
                [
                    "^$",
                    r"^(amq\.default|bank|urutu\.delay\..*)$",
                    r"^(billing\.capture)$",
                ]
            );
        }
        let publisher = Doings {
            mode: TopologyMode::Off,
            handles: &[],
            ..doings
        };
        assert_eq!(Rights::of(publisher).patterns(), ["^$", "^(bank)$", "^$"]);
    }

    #[test]
    fn a_name_is_matched_as_it_is_written() {
        assert_eq!(escaped("a.b+(c)|d_e-f/é"), r"a\.b\+\(c\)\|d_e-f/é");
    }
}
