//! Which handler of a queue takes a delivery.

use std::collections::BTreeMap;

use crate::delivery::Received;
use crate::spec::{HandlerSpec, QueueSpec};

/// The handlers of one queue, by what a delivery says about itself. They are few: a comparison or two finds one sooner than a hash.
#[derive(Debug)]
pub(crate) struct Routes {
    by_type: BTreeMap<&'static str, &'static HandlerSpec>,
    /// `None` where two messages share a topic: it does not tell them apart.
    by_topic: BTreeMap<&'static str, Option<&'static HandlerSpec>>,
}

impl Routes {
    pub(crate) fn of(queue: &'static QueueSpec) -> Self {
        let by_type = queue
            .handlers
            .iter()
            .map(|handler| (handler.message.type_id, handler))
            .collect();
        let mut by_topic = BTreeMap::new();
        for handler in queue.handlers {
            by_topic
                .entry(handler.message.topic)
                .and_modify(|known| *known = None)
                .or_insert(Some(handler));
        }
        Self { by_type, by_topic }
    }

    /// The handler for a delivery: by its type id; where a foreign publisher has set none, by its topic. `Err` says what it is instead.
    pub(crate) fn find(&self, received: &Received) -> Result<&'static HandlerSpec, String> {
        if let Some(type_id) = received.type_id() {
            return self.by_type.get(type_id).copied().ok_or_else(|| {
                format!(
                    "no handler of this queue takes messages of type `{type_id}` (topic `{}`)",
                    received.topic()
                )
            });
        }
        let topic = received.topic();
        match self.by_topic.get(topic) {
            Some(Some(handler)) => Ok(handler),
            Some(None) => Err(format!(
                "it has no type, and several handlers of this queue take messages with the topic `{topic}`; the publisher must set \
                 the AMQP property `type`"
            )),
            None => Err(format!(
                "it has no type, and no handler of this queue takes messages with the topic `{topic}`"
            )),
        }
    }
}
