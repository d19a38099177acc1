//! The names of everything that is generated, made from the whole model: a filter never renames anything.

use std::collections::BTreeMap;

use proc_macro2::Ident;

use crate::model::{Model, Namespace, Path, Service};
use crate::names::{self, Scope};

/// The names of all namespaces.
pub(super) struct Idents {
    items: BTreeMap<Path, String>,
    publishers: BTreeMap<Path, String>,
    services: BTreeMap<String, ServiceIdents>,
}

/// The names of one service.
pub(super) struct ServiceIdents {
    /// The handler trait.
    pub(super) handlers: Ident,
    /// The struct that runs it.
    pub(super) service: Ident,
    /// The type parameter of that struct.
    pub(super) parameter: Ident,
    methods: BTreeMap<Path, String>,
}

impl ServiceIdents {
    /// The method that handles a message, and its name as text.
    pub(super) fn method(&self, message: &Path) -> (Ident, String) {
        let name = self
            .methods
            .get(message)
            .cloned()
            .unwrap_or_else(|| names::snake(&message.name));
        (names::ident(&name), name)
    }
}

impl Idents {
    pub(super) fn of(model: &Model) -> Self {
        let mut idents = Self {
            items: BTreeMap::new(),
            publishers: BTreeMap::new(),
            services: BTreeMap::new(),
        };
        for (name, namespace) in &model.namespaces {
            idents.add(name, namespace);
        }
        idents
    }

    fn add(&mut self, namespace: &str, content: &Namespace) {
        let path = |name: &String| Path {
            namespace: namespace.to_owned(),
            name: name.clone(),
        };
        let mut types = Scope::default();
        for name in content.types.keys().chain(content.messages.keys()) {
            self.items.insert(path(name), types.take(name));
        }
        let mut functions = Scope::default();
        for name in content.messages.keys() {
            let function = functions.take(&format!("publish_{}", names::snake(name)));
            self.publishers.insert(path(name), function);
        }
        for (name, service) in &content.services {
            let camel = names::variant(name);
            let idents = ServiceIdents {
                handlers: names::ident(&types.take(&format!("{camel}Handlers"))),
                service: names::ident(&types.take(&format!("{camel}Service"))),
                // Free in this namespace, but not taken: it lives inside one item only.
                parameter: names::ident(&types.clone().take("H")),
                methods: methods(service),
            };
            self.services.insert(name.clone(), idents);
        }
    }

    /// A type or message.
    pub(super) fn item(&self, path: &Path) -> Ident {
        names::ident(self.items.get(path).unwrap_or(&path.name))
    }

    /// The function that publishes a message.
    pub(super) fn publisher(&self, path: &Path) -> Ident {
        match self.publishers.get(path) {
            Some(name) => names::ident(name),
            None => names::ident(&format!("publish_{}", names::snake(&path.name))),
        }
    }

    /// The names of a service.
    pub(super) fn service(&self, name: &str) -> Option<&ServiceIdents> {
        self.services.get(name)
    }
}

/// Methods are called like their messages; where two namespaces have a message of the same name, after both namespace and message.
fn methods(service: &Service) -> BTreeMap<Path, String> {
    let handled: Vec<&Path> = service
        .queues
        .iter()
        .flat_map(|queue| &queue.handlers)
        .map(|handler| &handler.message)
        .collect();
    let mut scope = Scope::with(["into_service"]);
    let mut methods = BTreeMap::new();
    for message in &handled {
        let alone = handled
            .iter()
            .filter(|other| other.name == message.name)
            .count()
            == 1;
        let name = names::snake(&message.name);
        let name = if alone {
            name
        } else {
            format!("{}_{name}", message.namespace.replace('.', "_"))
        };
        methods.insert((*message).clone(), scope.take(&name));
    }
    methods
}
