//! Which handlers a worker runs.

use std::sync::Arc;

use super::error::WorkerError;
use crate::service::Service;
use crate::spec::{HandlerSpec, QueueSpec, ServiceSpec};

/// Names of handlers, each `service` or `service.handler`; none means all.
#[derive(Debug, Default)]
pub(super) struct Selection(Vec<String>);

/// A service and those of its queues that this worker consumes.
pub(super) struct Chosen {
    pub(super) service: Arc<dyn Service>,
    pub(super) queues: Vec<&'static QueueSpec>,
}

impl Selection {
    pub(super) fn new(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }

    /// The queues whose handlers are selected.
    pub(super) fn choose(&self, services: &[Arc<dyn Service>]) -> Result<Vec<Chosen>, WorkerError> {
        self.check_names(services)?;
        let mut chosen = Vec::new();
        for service in services {
            let spec = service.spec();
            let mut queues = Vec::new();
            for queue in spec.queues {
                if self.takes_queue(spec, queue)? {
                    queues.push(queue);
                }
            }
            if !queues.is_empty() {
                chosen.push(Chosen {
                    service: Arc::clone(service),
                    queues,
                });
            }
        }
        Ok(chosen)
    }

    fn takes(&self, service: &ServiceSpec, handler: &HandlerSpec) -> bool {
        self.0.is_empty()
            || self
                .0
                .iter()
                .any(|name| *name == service.name || *name == full_name(service, handler))
    }

    /// A queue with a handler that is not run would lose that handler's messages.
    fn takes_queue(&self, service: &ServiceSpec, queue: &QueueSpec) -> Result<bool, WorkerError> {
        let (taken, left): (Vec<_>, Vec<_>) = queue
            .handlers
            .iter()
            .partition(|handler| self.takes(service, handler));
        match left.first() {
            Some(other) if !taken.is_empty() => Err(WorkerError::Selection(format!(
                "the queue `{}` is shared: it also has the handler `{}`; choose all of its handlers or none",
                queue.name,
                full_name(service, other)
            ))),
            _ => Ok(!taken.is_empty()),
        }
    }

    fn check_names(&self, services: &[Arc<dyn Service>]) -> Result<(), WorkerError> {
        let mut known = Vec::new();
        for spec in services.iter().map(|service| service.spec()) {
            known.push(spec.name.to_owned());
            known.extend(
                spec.queues
                    .iter()
                    .flat_map(|queue| queue.handlers)
                    .map(|handler| full_name(spec, handler)),
            );
        }
        match self.0.iter().find(|name| !known.contains(name)) {
            Some(unknown) => Err(WorkerError::Selection(format!(
                "there is no handler `{unknown}`; this worker has {}",
                known.join(", ")
            ))),
            None => Ok(()),
        }
    }
}

fn full_name(service: &ServiceSpec, handler: &HandlerSpec) -> String {
    format!("{}.{}", service.name, handler.name)
}
