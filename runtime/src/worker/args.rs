//! The options of a worker, for the command line and the environment.

use std::fmt;
use std::time::Duration;

use crate::topology::TopologyMode;

/// The options of a worker. A service flattens them into its own:
///
/// ```
/// use clap::Parser;
///
/// #[derive(Parser)]
/// struct Options {
///     #[command(flatten)]
///     worker: urutu::WorkerArgs,
///     #[arg(long)]
///     dry_run: bool,
/// }
///
/// let options = Options::parse_from(["billing", "--handlers", "billing.capture_payment", "--dry-run"]);
/// assert_eq!(options.worker.handlers, ["billing.capture_payment"]);
/// ```
#[derive(Clone, clap::Parser)]
#[non_exhaustive]
pub struct WorkerArgs {
    /// The broker: `amqp://user:password@host:5672/vhost` (`%2f` is the default vhost); the nodes of a cluster with commas between them
    #[arg(long, env = "BROKER_URL", value_name = "URL", hide_env_values = true)]
    pub broker_url: Option<String>,

    /// Run only these handlers, each `service` or `service.handler`
    #[arg(long, env = "HANDLERS", value_name = "NAME", value_delimiter = ',')]
    pub handlers: Vec<String>,

    /// How long handlers may go on after SIGTERM or SIGINT, in seconds
    #[arg(long, env = "DRAIN_TIMEOUT", value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub drain_timeout: Duration,

    /// End when a lost consumer could not be had again in this many attempts; without it, try for ever
    #[arg(long, env = "GIVE_UP_AFTER", value_name = "ATTEMPTS", value_parser = clap::value_parser!(u32).range(1..))]
    pub give_up_after: Option<u32>,

    /// The longest time between two heartbeats, in seconds: a broker that vanished is noticed after two to three of them
    #[arg(long, env = "HEARTBEAT", value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub heartbeat: Duration,

    /// Who creates exchanges, queues and bindings: this worker (declare), or somebody else, and it checks them (verify) or not (off)
    #[arg(
        long,
        env = "TOPOLOGY",
        value_enum,
        value_name = "MODE",
        default_value_t
    )]
    pub topology: TopologyMode,

    /// Serve `/live`, `/ready` and `/health` over HTTP at this address, for example 0.0.0.0:8080
    #[cfg(feature = "health-http")]
    #[arg(long, env = "HEALTH_ADDRESS", value_name = "ADDRESS")]
    pub health_address: Option<std::net::SocketAddr>,
}

impl WorkerArgs {
    /// Reads the command line and the environment of the process. Ends the process with a message where they are wrong.
    pub fn parse() -> Self {
        <Self as clap::Parser>::parse()
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .map(Duration::from_secs)
        .map_err(|_| "give whole seconds, for example 30".to_owned())
}

/// Shows everything but the URL, which holds a password.
impl fmt::Debug for WorkerArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("WorkerArgs");
        shown
            .field("broker_url", &self.broker_url.as_ref().map(|_| "(set)"))
            .field("handlers", &self.handlers)
            .field("drain_timeout", &self.drain_timeout)
            .field("give_up_after", &self.give_up_after)
            .field("heartbeat", &self.heartbeat)
            .field("topology", &self.topology);
        #[cfg(feature = "health-http")]
        shown.field("health_address", &self.health_address);
        shown.finish()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::WorkerArgs;
    use crate::topology::TopologyMode;

    #[cfg(feature = "health-http")]
    #[test]
    fn the_address_of_health_is_a_socket_address() {
        let parse = |text| WorkerArgs::try_parse_from(["worker", "--health-address", text]);
        let args = parse("127.0.0.1:8080").unwrap();
        assert_eq!(args.health_address, Some(([127, 0, 0, 1], 8080).into()));
        let error = parse("8080").unwrap_err().to_string();
        assert!(error.contains("--health-address"), "{error}");
    }

    #[test]
    fn the_heartbeat_is_in_whole_seconds() {
        let parse = |text| WorkerArgs::try_parse_from(["worker", "--heartbeat", text]);
        assert_eq!(parse("5").unwrap().heartbeat.as_secs(), 5);
        let error = parse("5s").unwrap_err().to_string();
        assert!(error.contains("whole seconds"), "{error}");
        let unset = WorkerArgs::try_parse_from(["worker"]).unwrap();
        assert_eq!(unset.heartbeat, crate::transport::amqp::HEARTBEAT);
    }

    #[test]
    fn the_topology_mode_is_one_of_three_words() {
        let parse = |text: &str| WorkerArgs::try_parse_from(["worker", "--topology", text]);
        for mode in [
            TopologyMode::Declare,
            TopologyMode::Verify,
            TopologyMode::Off,
        ] {
            assert_eq!(parse(&mode.to_string()).unwrap().topology, mode);
        }
        let error = parse("on").unwrap_err().to_string();
        for word in ["declare", "verify", "off"] {
            assert!(error.contains(word), "{error}");
        }
    }
}
