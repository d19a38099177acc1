//! One node: its place, its processes and the commands it takes.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::certificates::{Authority, Identity};
use crate::install::Install;
use crate::ports;
use crate::tls::Listener;
use crate::warden::{Epmd, Warden};

/// Far more than a node needs on a busy machine; a test must not hang on one that does not come up.
const START_LIMIT: Duration = Duration::from_secs(90);
pub(crate) const END_LIMIT: Duration = Duration::from_secs(30);

/// After so long, a quorum queue of a node forwards again what found no way on. RabbitMQ's own three minutes are longer than tests wait, and a message that
/// is due while a node starts may need them.
pub const FORWARDS_AGAIN_AFTER: Duration = Duration::from_secs(10);

/// Where a node tells its process id.
const PID_FILE: &str = "pid";

/// What RabbitMQ calls it, in milliseconds.
const FORWARDS_AGAIN: &str = "dead_letter_worker_publisher_confirm_timeout";

/// An expression that sets it on a running node.
pub(crate) fn setting_of_forwarding(time: Duration) -> String {
    let millis = time.as_millis();
    format!("application:set_env(rabbit, {FORWARDS_AGAIN}, {millis}).")
}

/// What a node is to have beside AMQP.
#[derive(Default)]
pub(crate) struct Wish<'a> {
    /// The management API.
    pub(crate) management: bool,
    /// A TLS listener with this certificate, which asks clients for certificates of this authority.
    pub(crate) tls: Option<(&'a Identity, Option<&'a Authority>)>,
}

/// Where a node lives: its folder and ports, the same over all its restarts.
pub(crate) struct Place {
    install: Install,
    folder: PathBuf,
    pub(crate) amqp_port: u16,
    /// Of the management API, where the node has it.
    pub(crate) management_port: Option<u16>,
    /// Where it speaks TLS, where it does.
    pub(crate) tls: Option<Listener>,
    distribution_port: u16,
    /// What other nodes know it by.
    pub(crate) node_name: String,
    family: Option<Family>,
    epmd_port: u16,
}

/// What the nodes of a cluster have in common.
#[derive(Debug, Clone)]
pub(crate) struct Family {
    pub(crate) cookie: String,
    /// Of an epmd that outlives each of them.
    pub(crate) epmd_port: u16,
    /// Further lines for each node's `rabbitmq.conf`.
    pub(crate) config: String,
}

impl Place {
    /// A place for a node that is alone.
    pub(crate) fn new(install: Install, wish: &Wish<'_>) -> Result<Self, String> {
        Self::choose(install, "urutu@localhost".to_owned(), None, wish)
    }

    /// A place for a node of a cluster.
    pub(crate) fn in_cluster(
        install: Install,
        node_name: String,
        family: Family,
    ) -> Result<Self, String> {
        Self::choose(install, node_name, Some(family), &Wish::default())
    }

    fn choose(
        install: Install,
        node_name: String,
        family: Option<Family>,
        wish: &Wish<'_>,
    ) -> Result<Self, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let [
            amqp_port,
            distribution_port,
            epmd_port,
            management_port,
            tls_port,
        ] = ports::free();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("urutu-broker-{}-{number}-{amqp_port}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let mut place = Self {
            install,
            folder,
            amqp_port,
            management_port: wish.management.then_some(management_port),
            tls: None,
            distribution_port,
            node_name,
            epmd_port: family.as_ref().map_or(epmd_port, |family| family.epmd_port),
            family,
        };
        match place.prepare(wish, tls_port) {
            Ok(()) => Ok(place),
            Err(error) => Err(format!("cannot write {}: {error}", place.folder.display())),
        }
    }

    fn prepare(&mut self, wish: &Wish<'_>, tls_port: u16) -> std::io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let log = "log.console = true\nlog.console.level = info\nlog.file = false\n";
        let mut plugins = Vec::new();
        let mut configuration = log.to_owned();
        if let Some((identity, clients)) = wish.tls {
            let listener = Listener::new(&self.folder, tls_port, identity, clients)?;
            configuration.push_str(&listener.configuration());
            plugins.push("rabbitmq_auth_mechanism_ssl");
            self.tls = Some(listener);
        }
        if let Some(port) = self.management_port {
            let lines = match &self.tls {
                None => format!("management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {port}\n"),
                Some(tls) => tls.management(port),
            };
            configuration.push_str(&lines);
            plugins.push("rabbitmq_management");
        }
        fs::write(
            self.file("enabled_plugins"),
            format!("[{}].\n", plugins.join(",")),
        )?;
        let (in_common, cookie) = match &self.family {
            Some(family) => (family.config.as_str(), family.cookie.clone()),
            None => ("", format!("URUTU{}{}", std::process::id(), self.amqp_port)),
        };
        fs::write(self.file("rabbitmq.conf"), configuration + in_common)?;
        let forwards = format!("{{{FORWARDS_AGAIN}, {}}}", FORWARDS_AGAIN_AFTER.as_millis());
        fs::write(
            self.file("advanced.config"),
            format!("[{{rabbit, [{forwards}]}}].\n"),
        )?;

        let cookie_file = self.file(".erlang.cookie");
        fs::write(&cookie_file, cookie)?;
        fs::set_permissions(&cookie_file, fs::Permissions::from_mode(0o600))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Whether the processes of the node stand still.
    pub(crate) fn is_paused(&self) -> bool {
        self.file("paused").exists()
    }

    /// A command that sees nothing of the system's own RabbitMQ.
    fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("RABBITMQ_") || text.starts_with("ERL_") {
                command.env_remove(&name);
            }
        }
        command
            .current_dir(&self.folder)
            .env("HOME", &self.folder)
            .env("ERL_EPMD_PORT", self.epmd_port.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODENAME", &self.node_name)
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", self.amqp_port.to_string())
            .env("RABBITMQ_DIST_PORT", self.distribution_port.to_string())
            .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
            .env("RABBITMQ_CONFIG_FILE", self.file("rabbitmq.conf"))
            .env(
                "RABBITMQ_ADVANCED_CONFIG_FILE",
                self.file("advanced.config"),
            )
            .env(
                "RABBITMQ_ENABLED_PLUGINS_FILE",
                self.file("enabled_plugins"),
            )
            .env("RABBITMQ_MNESIA_BASE", self.file("data"))
            .env("RABBITMQ_LOG_BASE", self.file("log"))
            .env("RABBITMQ_GENERATED_CONFIG_DIR", self.file("config"))
            .env("RABBITMQ_PID_FILE", self.file(PID_FILE))
            // Few threads that do not spin: tests share the machine.
            .env(
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "+S 2:2 +SDcpu 1:1 +SDio 2 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}",
            )
            // Port 0: any free one, so that many commands can run at once.
            .env("RABBITMQ_CTL_DIST_PORT_MIN", "0")
            .env("RABBITMQ_CTL_DIST_PORT_MAX", "0")
            .env(
                "RABBITMQ_CTL_ERL_ARGS",
                "-kernel inet_dist_use_interface {127,0,0,1}",
            );
        command
    }

    /// The process id of the node that runs here, as it has told it.
    pub(crate) fn process(&self) -> Result<u32, String> {
        let file = self.file(PID_FILE);
        let told = fs::read_to_string(&file);
        let told = told.map_err(|error| format!("{}: {error}", file.display()))?;
        let process = told.trim().parse();
        process.map_err(|error| format!("{} holds `{told}`: {error}", file.display()))
    }

    /// Runs `rabbitmqctl` and gives what it printed.
    pub(crate) fn ctl(&self, args: &[&str]) -> Result<String, String> {
        let output = self
            .command(&self.install.ctl)
            .args(["--quiet", "--node", &self.node_name])
            .args(args)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("cannot run {}: {error}", self.install.ctl.display()))?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(printed);
        }
        let complaint = String::from_utf8_lossy(&output.stderr);
        Err(format!(
            "rabbitmqctl {} failed ({}): {complaint}{printed}",
            args.join(" "),
            output.status
        ))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // The warden removes it too; this is for a node that never had one. A folder that is gone is what we want.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The processes of a node, from its start to its end. Dropping it kills them.
pub(crate) struct Node {
    warden: Warden,
    amqp_port: u16,
}

impl Node {
    /// Starts a node and waits until it accepts connections.
    pub(crate) fn start(place: &Place) -> Result<Self, String> {
        let epmd = match place.family {
            Some(_) => Epmd::Elsewhere,
            None => Epmd::Own,
        };
        let bash = place.command("bash");
        let node = Self {
            warden: Warden::start(bash, &place.folder, epmd, &place.install.server)?,
            amqp_port: place.amqp_port,
        };
        let output = &node.warden.output;
        if output.await_ready(START_LIMIT) {
            Ok(node)
        } else {
            Err(format!(
                "the private RabbitMQ node did not come up; the end of its log:{}",
                output.tail()
            ))
        }
    }

    /// Kills every process of the node and keeps its folder.
    pub(crate) fn kill(&mut self) {
        self.warden.kill();
        assert!(
            self.await_end(),
            "the private RabbitMQ node survived SIGKILL for {END_LIMIT:?}"
        );
    }

    /// Stops every process of the node where it is, or lets it go on, and waits until that is so.
    pub(crate) fn pause(&mut self, place: &Place, paused: bool) {
        self.warden.pause(paused);
        let deadline = Instant::now() + END_LIMIT;
        while place.is_paused() != paused {
            assert!(
                Instant::now() < deadline,
                "the private RabbitMQ node could not be paused or resumed: has it ended?"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits until every process of the node is gone, and its port with them.
    pub(crate) fn await_end(&self) -> bool {
        // The kernel closes a dying process' output a moment before its sockets.
        self.warden.await_end(END_LIMIT) && await_closed(self.amqp_port)
    }

    /// The end of its log.
    pub(crate) fn log(&self) -> String {
        self.warden.output.tail()
    }

    /// Leaves the folder to the next node; this one must be killed and the next one started.
    pub(crate) fn hand_over(mut self) {
        self.warden.hand_over();
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let handed_over = self.warden.is_handed_over();
        self.warden.end();
        if !handed_over {
            self.await_end();
        }
    }
}

/// Waits until nobody listens on a port.
pub(crate) fn await_closed(port: u16) -> bool {
    let deadline = Instant::now() + END_LIMIT;
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
        if Instant::now() > deadline {
            return false;
        }
        std::thread::yield_now();
    }
    true
}
