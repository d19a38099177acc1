//! Which dead-letter queue, on which broker.

use urutu::{Bus, DeadLetterError, DeadLetterQueue};

use crate::failure::Failure;
use crate::url::Url;

/// Where the broker is.
#[derive(Debug, clap::Args)]
pub(super) struct Broker {
    /// The broker: `amqp://user:password@host:5672/vhost` (`%2f` is the default vhost); the nodes of a cluster with commas between them.
    #[arg(long, env = "BROKER_URL", value_name = "URL", hide_env_values = true)]
    broker_url: Url,
}

impl Broker {
    pub(super) async fn connect(&self) -> Result<Bus, Failure> {
        Bus::connect(self.broker_url.as_str())
            .await
            .map_err(|error| Failure::unable(&error))
    }
}

/// A dead-letter queue.
#[derive(Debug, clap::Args)]
pub(super) struct Target {
    /// The queue whose messages died; their letters are in `QUEUE.dead`.
    queue: String,
    /// QUEUE is the dead-letter queue itself: one that the catalog names with `dead_letter`.
    #[arg(long)]
    exact: bool,
    #[command(flatten)]
    broker: Broker,
}

impl Target {
    pub(super) async fn open(&self) -> Result<Dead, Failure> {
        let bus = self.broker.connect().await?;
        Ok(Dead::of(bus, &self.queue, self.exact))
    }
}

/// A dead-letter queue, and the connection to its broker.
pub(super) struct Dead {
    pub(super) bus: Bus,
    pub(super) queue: DeadLetterQueue,
    /// What may be wrong with the name where there is no such queue.
    advice: String,
}

impl Dead {
    pub(super) fn of(bus: Bus, queue: &str, exact: bool) -> Self {
        let advice = if exact {
            "; without `--exact`, QUEUE is the queue whose messages died".to_owned()
        } else if queue.rsplit('.').next() == Some("dead") {
            "; QUEUE is the queue whose messages died, or say `--exact`".to_owned()
        } else {
            format!(
                "; if the catalog names the dead-letter queue of `{queue}`, give that name with `--exact`"
            )
        };
        let dead = if exact {
            bus.dead_letter_queue_named(queue)
        } else {
            bus.dead_letter_queue(queue)
        };
        Self {
            bus,
            queue: dead,
            advice,
        }
    }

    /// The letters cannot be read at all.
    pub(super) fn unable(&self, error: &DeadLetterError) -> Failure {
        let missing = error.to_string().contains("NOT_FOUND - no queue");
        let advice = if missing { self.advice.as_str() } else { "" };
        Failure::Unable(format!("{error}{advice}"))
    }
}
