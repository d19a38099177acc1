//! The options of a worker, for the command line and the environment.

use std::fmt;
use std::time::Duration;

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
    /// The broker: `amqp://user:password@host:5672/vhost` (`%2f` is the default vhost)
    #[arg(long, env = "BROKER_URL", value_name = "URL", hide_env_values = true)]
    pub broker_url: Option<String>,

    /// Run only these handlers, each `service` or `service.handler`
    #[arg(long, env = "HANDLERS", value_name = "NAME", value_delimiter = ',')]
    pub handlers: Vec<String>,

    /// How long handlers may go on after SIGTERM or SIGINT, in seconds
    #[arg(long, env = "DRAIN_TIMEOUT", value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub drain_timeout: Duration,
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
        f.debug_struct("WorkerArgs")
            .field("broker_url", &self.broker_url.as_ref().map(|_| "(set)"))
            .field("handlers", &self.handlers)
            .field("drain_timeout", &self.drain_timeout)
            .finish()
    }
}
