//! What the broker has: declaring exchanges, queues and bindings.

use std::time::Instant;

use super::broker::{Broker, refused};
use super::exchange::Target;
use super::message::LONGEST_NAME;
use super::queue::{Queue, QueueId};
use crate::topology::{self, Binding, Conflict, Declaration, Destination, Object, Topology};
use crate::transport::{Findings, TransportError};

impl Broker {
    /// Declares exchanges, then queues, then bindings, up to the first that is refused.
    pub(super) fn declare(
        &mut self,
        topology: &Topology,
        now: Instant,
    ) -> Result<(), TransportError> {
        let declared = self.declare_objects(topology);
        // What had no route may have one now.
        for index in 0..self.queues.len() {
            for (entry, reason) in std::mem::take(&mut self.queues[index].stranded) {
                self.dead_letter(QueueId(index), entry, reason, now);
            }
        }
        self.run(now);
        declared
    }

    /// Creates nothing: exchanges and queues must exist as the topology has them.
    pub(super) fn verify(&self, topology: &Topology) -> Result<(), TransportError> {
        let mut findings = Findings::default();
        for exchange in &topology.exchanges {
            match self.exchanges.declared(&exchange.name) {
                Some(declared) => findings.conflicts.extend(conflict(declared, exchange)),
                None => findings
                    .missing
                    .push(Object::Exchange(exchange.name.clone())),
            }
        }
        for asked in &topology.queues {
            match self.queue_ids.get(&*asked.name) {
                Some(&QueueId(index)) => findings
                    .conflicts
                    .extend(conflict(&self.queues[index].declared, asked)),
                None => findings.missing.push(Object::Queue(asked.name.clone())),
            }
        }
        findings.into_result()
    }

    /// Whether a queue exists.
    pub(super) fn look(&self, queue: &str) -> Result<(), TransportError> {
        if self.queue_ids.contains_key(queue) {
            return Ok(());
        }
        Findings::missing(Object::Queue(queue.to_owned().into())).into_result()
    }

    fn declare_objects(&mut self, topology: &Topology) -> Result<(), TransportError> {
        for exchange in &topology.exchanges {
            self.declare_exchange(exchange)?;
        }
        for queue in &topology.queues {
            self.declare_queue(queue)?;
        }
        topology
            .bindings
            .iter()
            .try_for_each(|binding| self.bind(binding))
    }

    fn declare_exchange(&mut self, asked: &topology::Exchange) -> Result<(), TransportError> {
        if let Some(declared) = self.exchanges.declared(&asked.name) {
            return match conflict(declared, asked) {
                None => Ok(()),
                Some(conflict) => refused(conflict.to_string()),
            };
        }
        check_name("exchange", &asked.name)?;
        self.exchanges.declare(asked);
        Ok(())
    }

    fn declare_queue(&mut self, asked: &topology::Queue) -> Result<(), TransportError> {
        let name: &str = &asked.name;
        if let Some(&QueueId(index)) = self.queue_ids.get(name) {
            return match conflict(&self.queues[index].declared, asked) {
                None => Ok(()),
                Some(conflict) => refused(conflict.to_string()),
            };
        }
        check_name("queue", name)?;
        self.queue_ids
            .insert(name.into(), QueueId(self.queues.len()));
        self.queues.push(Queue::new(asked.clone()));
        Ok(())
    }

    fn bind(&mut self, binding: &Binding) -> Result<(), TransportError> {
        let Binding { exchange, key, to } = binding;
        let (kind, name, target) = match to {
            Destination::Queue(name) => (
                "queue",
                name,
                self.queue_ids.get(&**name).copied().map(Target::Queue),
            ),
            Destination::Exchange(name) => (
                "exchange",
                name,
                self.exchanges.find(name).map(Target::Exchange),
            ),
        };
        let fault = match (self.exchanges.find(exchange), target) {
            (Some(_), Some(_)) if key.len() > LONGEST_NAME => {
                format!("the key has more than {LONGEST_NAME} bytes; shorten it")
            }
            (Some(source), Some(target)) => {
                self.exchanges.bind(source, key, target);
                return Ok(());
            }
            (None, _) if exchange.is_empty() => {
                "the default exchange takes no bindings; every queue is bound to it by its name"
                    .to_owned()
            }
            (None, _) => format!("the exchange `{exchange}` does not exist; declare it too"),
            (_, None) => format!("the {kind} `{name}` does not exist; declare it too"),
        };
        refused(format!(
            "cannot bind the {kind} `{name}` to the exchange `{exchange}` with the key `{key}`: {fault}"
        ))
    }
}

/// What `asked` wants otherwise than it was declared.
fn conflict<'a, T>(declared: &'a T, asked: &'a T) -> Option<Conflict>
where
    Declaration: From<&'a T>,
{
    let (is, wanted) = (Declaration::from(declared), Declaration::from(asked));
    Conflict::new(&wanted.object, is.differences(&wanted))
}

/// What RabbitMQ demands of the name of something new.
fn check_name(kind: &str, name: &str) -> Result<(), TransportError> {
    if name.is_empty() {
        return refused(format!(
            "cannot declare an {kind} without a name; give it one"
        ));
    }
    if name.starts_with("amq.") {
        return refused(format!(
            "cannot declare the {kind} `{name}`: names that begin with `amq.` are the broker's own; \
             choose another"
        ));
    }
    if name.len() > LONGEST_NAME {
        return refused(format!(
            "cannot declare the {kind} `{name}`: its name has {} bytes and AMQP allows \
             {LONGEST_NAME}; shorten it",
            name.len()
        ));
    }
    Ok(())
}
