//! What of a catalog becomes code: all of it, or what some services need.

use std::collections::BTreeSet;
use std::fmt;

use crate::diagnostic::nearest;
use crate::graph::Graph;
use crate::model::{Model, Path};

/// The part of a model that becomes code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    kept: BTreeSet<Path>,
    readable: BTreeSet<Path>,
    published: BTreeSet<Path>,
    services: BTreeSet<String>,
}

impl Selection {
    /// The whole model: everything can be published and read.
    pub fn everything(model: &Model) -> Self {
        let mut kept = BTreeSet::new();
        let mut published = BTreeSet::new();
        let mut services = BTreeSet::new();
        for (namespace, content) in &model.namespaces {
            let path = |name: &String| Path {
                namespace: namespace.clone(),
                name: name.clone(),
            };
            kept.extend(content.types.keys().map(path));
            published.extend(content.messages.keys().map(path));
            services.extend(content.services.keys().cloned());
        }
        kept.extend(published.iter().cloned());
        Self {
            readable: kept.clone(),
            kept,
            published,
            services,
        }
    }

    /// What these services publish and handle, and the types that it needs. Only what they handle can be read: reading is most of
    /// what generated code costs the compiler.
    pub fn of_services(model: &Model, services: &[String]) -> Result<Self, UnknownService> {
        let mut published = BTreeSet::new();
        let mut handled = BTreeSet::new();
        for name in services {
            let service = model
                .namespaces
                .values()
                .find_map(|namespace| namespace.services.get(name))
                .ok_or_else(|| UnknownService::new(model, name))?;
            published.extend(service.publishes.iter().cloned());
            let handlers = service.queues.iter().flat_map(|queue| &queue.handlers);
            handled.extend(handlers.map(|handler| handler.message.clone()));
        }
        let graph = Graph::of(model);
        let readable = graph.reachable_from(handled);
        let mut kept = graph.reachable_from(published.iter().cloned());
        kept.extend(readable.iter().cloned());
        Ok(Self {
            kept,
            readable,
            published,
            services: services.iter().cloned().collect(),
        })
    }

    /// Whether this type or message becomes code.
    pub fn keeps(&self, path: &Path) -> bool {
        self.kept.contains(path)
    }

    /// Whether this type or message can be read from JSON.
    pub fn reads(&self, path: &Path) -> bool {
        self.readable.contains(path)
    }

    /// Whether this message gets a publisher function.
    pub fn publishes(&self, path: &Path) -> bool {
        self.published.contains(path)
    }

    /// Whether this service gets its handler trait.
    pub fn serves(&self, service: &str) -> bool {
        self.services.contains(service)
    }
}

/// The filter names a service that the catalog does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownService {
    name: String,
    known: Vec<String>,
}

impl UnknownService {
    fn new(model: &Model, name: &str) -> Self {
        let mut known: Vec<String> = model
            .namespaces
            .values()
            .flat_map(|namespace| namespace.services.keys().cloned())
            .collect();
        known.sort();
        Self {
            name: name.to_owned(),
            known,
        }
    }

    /// The known name that was probably meant.
    pub fn suggestion(&self) -> Option<&str> {
        nearest(&self.name, self.known.iter().map(String::as_str))
    }
}

impl fmt::Display for UnknownService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the catalog has no service `{}`", self.name)?;
        if let Some(suggestion) = self.suggestion() {
            write!(f, "; did you mean `{suggestion}`?")
        } else if self.known.is_empty() {
            f.write_str("; it has no services at all")
        } else {
            write!(f, "; it has `{}`", self.known.join("`, `"))
        }
    }
}

impl std::error::Error for UnknownService {}
