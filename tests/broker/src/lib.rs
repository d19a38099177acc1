//! Private RabbitMQ nodes for tests.
//!
//! [`Broker::start`] gives a node with ports, data and a cookie of its own that listens on the loopback interface alone, and [`Cluster::start`] gives several that
//! are one broker. They die with the test: at the end, after a panic, and when the test's process is killed.

mod certificates;
mod cluster;
mod install;
mod node;
mod output;
mod ports;
mod tls;
mod warden;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use certificates::{Authority, Identity, Valid};
pub use cluster::{Cluster, Members};
use install::Install;
pub use node::FORWARDS_AGAIN_AFTER;
use node::{Node, Place, Wish};

/// Another process may take a port between our look and the node's: then the next ports are tried.
const START_ATTEMPTS: usize = 3;

/// Quorum queues keep their members in dets tables; queues and bindings stand in Mnesia, where a later version has no Khepri.
const FLUSH: &str = "[ok = dets:sync(Table) || Table <- dets:all()],
    whereis(mnesia_controller) =:= undefined orelse mnesia:sync_log().";

/// A private RabbitMQ node. Dropping it ends the node and removes its data.
pub struct Broker {
    // Before `place`: the processes end before their folder goes.
    node: Mutex<Option<Node>>,
    place: Place,
}

/// A queue, as the broker lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueInfo {
    /// Its name.
    pub name: String,
    /// The messages in it, delivered but unsettled ones included.
    pub messages: u64,
    /// `classic`, `quorum` or `stream`.
    pub kind: String,
}

impl Broker {
    /// Starts a node and waits until it accepts connections.
    ///
    /// # Panics
    ///
    /// When RabbitMQ is not installed (the message says how to install it) or the node does not come up (with the end of its
    /// log).
    pub fn start() -> Self {
        Self::start_node(&Wish::default())
    }

    /// Starts a node with the management API, on a port of its own. It takes longer to start.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn with_management() -> Self {
        Self::start_node(&Wish {
            management: true,
            ..Wish::default()
        })
    }

    /// Starts a node that also speaks TLS, on a port of its own, and shows this certificate. With `clients`, only clients with a certificate of that
    /// authority may connect there; one who shows a certificate may log in by it (`EXTERNAL`), as the user of its common name.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn with_tls(identity: &Identity, clients: Option<&Authority>) -> Self {
        Self::start_node(&Wish {
            tls: Some((identity, clients)),
            ..Wish::default()
        })
    }

    /// As [`with_tls`](Self::with_tls), with the management API, which speaks TLS as well and with the same certificates.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn with_tls_and_management(identity: &Identity, clients: Option<&Authority>) -> Self {
        Self::start_node(&Wish {
            management: true,
            tls: Some((identity, clients)),
        })
    }

    fn start_node(wish: &Wish<'_>) -> Self {
        let mut failure = String::new();
        for _ in 0..START_ATTEMPTS {
            let place = Install::find()
                .and_then(|install| Place::new(install, wish))
                .unwrap_or_else(|error| panic!("{error}"));
            match Self::start_at(place) {
                Ok(broker) => return broker,
                Err(error) => failure = error,
            }
        }
        panic!("{failure}");
    }

    fn start_at(place: Place) -> Result<Self, String> {
        let node = Node::start(&place)?;
        Ok(Self {
            node: Mutex::new(Some(node)),
            place,
        })
    }

    /// The address of the default vhost, `/`, with the default user's credentials.
    pub fn url(&self) -> String {
        format!("{}/%2f", self.authority())
    }

    /// Creates a vhost, where it does not exist, and gives its address.
    ///
    /// # Panics
    ///
    /// As [`ctl`](Self::ctl).
    pub fn url_for_vhost(&self, name: &str) -> String {
        self.urls_for_vhosts(&[name]).remove(0)
    }

    /// Creates vhosts, and gives their addresses in the same order. One command for all of them: each starts an Erlang of its own.
    ///
    /// # Panics
    ///
    /// As [`ctl`](Self::ctl).
    pub fn urls_for_vhosts(&self, names: &[&str]) -> Vec<String> {
        // As numbers, no name can end the expression.
        let binary = |name: &&str| format!("<<{}>>", join(name.bytes()));
        let vhosts = join(names.iter().map(binary));
        self.ctl(&[
            "eval",
            &format!(
                "All = <<\".*\">>, By = <<\"test\">>,
                [begin
                    ok = rabbit_vhost:add(Name, By),
                    ok = rabbit_auth_backend_internal:set_permissions(<<\"guest\">>, Name, All, All, All, By)
                end || Name <- [{vhosts}]]."
            ),
        ]);
        let url = |name: &&str| {
            let encoded: String = name.bytes().map(percent_encoded).collect();
            format!("{}/{encoded}", self.authority())
        };
        names.iter().map(url).collect()
    }

    /// The port on 127.0.0.1 where it speaks AMQP; the same after every restart.
    pub fn port(&self) -> u16 {
        self.place.amqp_port
    }

    /// The port on 127.0.0.1 where it speaks TLS.
    ///
    /// # Panics
    ///
    /// When the node was started without it.
    pub fn tls_port(&self) -> u16 {
        self.listener().port
    }

    /// The address of the default vhost over TLS, by the name `localhost`.
    ///
    /// # Panics
    ///
    /// When the node was started without TLS.
    pub fn tls_url(&self) -> String {
        format!("amqps://guest:guest@localhost:{}/%2f", self.tls_port())
    }

    /// Shows this certificate from the next TLS connection on.
    ///
    /// # Panics
    ///
    /// When the node was started without TLS, or its files cannot be written.
    pub fn show_certificate(&self, identity: &Identity) {
        let forget = self.listener().show(identity);
        self.ctl(&["eval", forget.expect("the folder of the node takes files")]);
    }

    /// The address of the management API, without credentials.
    ///
    /// # Panics
    ///
    /// When the node was started without it.
    pub fn management_url(&self) -> String {
        let port = self.place.management_port;
        let port = port.expect("a node started by `Broker::with_management`");
        if self.place.tls.is_some() {
            format!("https://localhost:{port}")
        } else {
            format!("http://127.0.0.1:{port}")
        }
    }

    /// Runs `rabbitmqctl` on the node and gives what it printed.
    ///
    /// # Panics
    ///
    /// When the command fails, with its words.
    pub fn ctl(&self, args: &[&str]) -> String {
        self.try_ctl(args).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Runs `rabbitmqctl` on a node that may be away.
    ///
    /// # Errors
    ///
    /// When the command fails: its words.
    pub fn try_ctl(&self, args: &[&str]) -> Result<String, String> {
        self.place.ctl(args)
    }

    /// A quorum queue forwards again what found no way on after this time, until the node starts again: then it is [`FORWARDS_AGAIN_AFTER`].
    ///
    /// # Panics
    ///
    /// When the node does not answer.
    pub fn forward_again_after(&self, time: Duration) {
        let set = node::setting_of_forwarding(time);
        self.ctl(&["eval", &set]);
    }

    /// The node is short of memory from now on, as far as it knows: it takes nothing more from publishers.
    ///
    /// # Panics
    ///
    /// As [`ctl`](Self::ctl).
    pub fn raise_alarm(&self) {
        self.ctl(&["set_vm_memory_high_watermark", "absolute", "1"]);
    }

    /// The node has memory again.
    ///
    /// # Panics
    ///
    /// As [`ctl`](Self::ctl).
    pub fn clear_alarm(&self) {
        self.ctl(&["set_vm_memory_high_watermark", "0.6"]);
    }

    /// The queues of the default vhost, by name.
    ///
    /// # Panics
    ///
    /// As [`ctl`](Self::ctl).
    pub fn queues(&self) -> Vec<QueueInfo> {
        self.queues_in("/")
    }

    /// The queues of a vhost, by name.
    ///
    /// # Panics
    ///
    /// As [`ctl`](Self::ctl).
    pub fn queues_in(&self, vhost: &str) -> Vec<QueueInfo> {
        let listing = [
            "list_queues",
            "--vhost",
            vhost,
            "--no-table-headers",
            "name",
            "messages",
            "type",
        ];
        let mut queues: Vec<QueueInfo> = self
            .ctl(&listing)
            .lines()
            .filter_map(queue_of_line)
            .collect();
        queues.sort_by(|one, other| one.name.cmp(&other.name));
        queues
    }

    /// Waits until no queue holds messages, but those that are named. It keeps its thread: whoever empties them needs another one.
    ///
    /// # Panics
    ///
    /// Where one still does after so long, and as [`ctl`](Self::ctl).
    pub fn wait_until_empty(&self, but: &[&str], within: Duration) {
        let begun = Instant::now();
        loop {
            let mut held = self.queues();
            held.retain(|queue| queue.messages > 0 && !but.contains(&queue.name.as_str()));
            if held.is_empty() {
                return;
            }
            assert!(
                begun.elapsed() < within,
                "after {within:?} there are still messages in {held:?}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Closes every client connection from the broker's side.
    ///
    /// # Panics
    ///
    /// As [`ctl`](Self::ctl).
    pub fn close_all_connections(&self) {
        self.ctl(&["close_all_connections", "closed by the test"]);
    }

    /// Has the broker write its queues and bindings to disk now.
    ///
    /// It does so by itself within seconds. A [`kill`](Self::kill) before that loses new declarations, or leaves a quorum queue
    /// whose half is known: the broker then takes publishes to it and never confirms them.
    ///
    /// # Panics
    ///
    /// As [`ctl`](Self::ctl).
    pub fn flush(&self) {
        self.ctl(&["eval", FLUSH]);
    }

    /// The process id that the node had when it started last.
    ///
    /// # Panics
    ///
    /// When it has not told it.
    pub fn process(&self) -> u32 {
        self.place
            .process()
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// Kills the node (SIGKILL), as a crash of the machine would, and waits until it is gone. Its data stays.
    ///
    /// # Panics
    ///
    /// When a process of it survives.
    pub fn kill(&self) {
        if let Some(node) = self.node().as_mut() {
            node.kill();
        }
    }

    /// Stops every process of the node where it is (SIGSTOP): a broker that hangs. Its port still takes connections, and nothing is answered, nor
    /// does [`ctl`](Self::ctl) come back. It may be killed or restarted in this state, and ends with its test as ever.
    ///
    /// # Panics
    ///
    /// When the node is not there to be paused.
    pub fn pause(&self) {
        if let Some(node) = self.node().as_mut() {
            node.pause(&self.place, true);
        }
    }

    /// Lets a paused node go on.
    ///
    /// # Panics
    ///
    /// As [`pause`](Self::pause).
    pub fn resume(&self) {
        if let Some(node) = self.node().as_mut() {
            node.pause(&self.place, false);
        }
    }

    /// Stops the node in order and waits until it is gone. Its data stays.
    ///
    /// # Panics
    ///
    /// When it refuses to stop.
    pub fn stop(&self) {
        self.stop_node(self.node().as_ref());
    }

    /// Starts the node again on the same data and ports; one that still runs is killed before.
    ///
    /// # Panics
    ///
    /// When it does not come up.
    pub fn restart(&self) {
        let mut node = self.node();
        if let Some(old) = node.as_mut() {
            old.kill();
        }
        self.start_again(&mut node);
    }

    /// Stops the node in order and starts it again.
    ///
    /// # Panics
    ///
    /// As [`stop`](Self::stop) and [`restart`](Self::restart).
    pub fn restart_in_order(&self) {
        let mut node = self.node();
        self.stop_node(node.as_ref());
        self.start_again(&mut node);
    }

    fn stop_node(&self, node: Option<&Node>) {
        self.ctl(&["stop"]);
        assert!(
            node.is_none_or(Node::await_end),
            "the private RabbitMQ node did not stop in time"
        );
    }

    fn start_again(&self, node: &mut Option<Node>) {
        let new = Node::start(&self.place).unwrap_or_else(|error| panic!("{error}"));
        if let Some(old) = node.replace(new) {
            old.hand_over();
        }
    }

    fn authority(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}", self.place.amqp_port)
    }

    fn listener(&self) -> &tls::Listener {
        let listener = self.place.tls.as_ref();
        listener.expect("a node started by `Broker::with_tls`")
    }

    fn node(&self) -> MutexGuard<'_, Option<Node>> {
        self.node.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the node holds, and the end of its log.
    fn last_words(&self) -> String {
        let queues = self.try_ctl(&[
            "list_queues",
            "--timeout",
            "20",
            "--no-table-headers",
            "name",
            "messages",
            "messages_ready",
            "messages_unacknowledged",
            "consumers",
        ]);
        let queues = queues.unwrap_or_else(|error| error);
        let held: String = queues
            .lines()
            .filter(|line| line.split('\t').nth(1) != Some("0"))
            .fold(String::new(), |text, line| text + "\n    " + line);
        let log = self.node().as_ref().map_or(String::new(), Node::log);
        format!("the node at the end: queues that hold messages:{held}\nthe end of its log:{log}")
    }
}

/// A test that fails tells what it leaves.
impl Drop for Broker {
    fn drop(&mut self) {
        // A node that is paused answers nothing.
        if std::thread::panicking() && self.node().is_some() && !self.place.is_paused() {
            eprintln!("{}", self.last_words());
        }
    }
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker")
            .field("port", &self.place.amqp_port)
            .finish_non_exhaustive()
    }
}

fn queue_of_line(line: &str) -> Option<QueueInfo> {
    let mut columns = line.split('\t');
    let (name, messages, kind) = (columns.next()?, columns.next()?, columns.next()?);
    Some(QueueInfo {
        name: name.to_owned(),
        messages: messages.parse().ok()?,
        kind: kind.to_owned(),
    })
}

fn join(parts: impl Iterator<Item = impl ToString>) -> String {
    let parts: Vec<String> = parts.map(|part| part.to_string()).collect();
    parts.join(",")
}

fn percent_encoded(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}
