//! Which dead letters a command means.

use std::time::Duration;

use urutu::DeadLetterFilter;

use super::age::age;

/// The filters. Several values of one mean any of them; different ones must all agree.
#[derive(Debug, clap::Args)]
pub(super) struct Filter {
    /// Only messages of this type, for example `shop.orders.OrderPlaced`; may be given several times.
    #[arg(long = "type", value_name = "ID")]
    types: Vec<String>,
    /// Only those that died for this reason, for example `attempts-exhausted`; may be given several times.
    #[arg(long, value_name = "REASON")]
    reason: Vec<String>,
    /// Only the message with this id; may be given several times.
    #[arg(long, value_name = "MESSAGE_ID")]
    id: Vec<String>,
    /// Only those that died in this queue, where several share a dead-letter queue; may be given several times.
    #[arg(long, value_name = "QUEUE")]
    died_in: Vec<String>,
    /// Only those that died longer ago, for example `1h` or `7d`.
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Option<Duration>,
    /// Only those that died since.
    #[arg(long, value_name = "AGE", value_parser = age)]
    newer_than: Option<Duration>,
}

impl Filter {
    pub(super) fn build(&self) -> DeadLetterFilter {
        let mut filter = DeadLetterFilter::new();
        for type_id in &self.types {
            filter = filter.type_id(type_id);
        }
        for reason in &self.reason {
            filter = filter.reason(reason);
        }
        for id in &self.id {
            filter = filter.message_id(id);
        }
        for queue in &self.died_in {
            filter = filter.queue(queue);
        }
        if let Some(age) = self.older_than {
            filter = filter.older_than(age);
        }
        if let Some(age) = self.newer_than {
            filter = filter.newer_than(age);
        }
        filter
    }
}
