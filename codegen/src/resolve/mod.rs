//! From contract files to the model: looks up every name, applies the defaults and lets the rules of [`crate::check`] judge.
//!
//! What is broken was reported, and is left out of the tables. A reference to it, or to a name that is unknown, becomes
//! [`types::unknown`], about which no rule has anything to say: one mistake is one error.

mod defaults;
mod messages;
mod services;
mod symbols;
pub(crate) mod types;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::check;
use crate::diagnostic::Report;
use crate::model::{Message, Model, Namespace, Path, Service};
use crate::source::Source;
use crate::syntax::Contract;
use types::Types;

pub(crate) use services::{Handled, defaults as check_defaults};
pub(crate) use symbols::Symbols;

/// What the manifest sets for the whole catalog.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) exchange: String,
}

impl Settings {
    /// The default exchange is called like the catalog.
    pub(crate) fn new(name: String, exchange: Option<String>) -> Self {
        let exchange = exchange.unwrap_or_else(|| name.clone());
        Self { name, exchange }
    }
}

/// A catalog without errors, beside the declarations that it comes from.
#[derive(Debug)]
pub(crate) struct Checked<'a> {
    pub(crate) contracts: &'a [Contract],
    pub(crate) symbols: &'a Symbols<'a>,
    pub(crate) types: &'a Types,
    pub(crate) messages: &'a BTreeMap<Path, Message>,
    pub(crate) services: &'a BTreeMap<Path, Service>,
}

/// What could not be read, and may declare what others refer to.
#[derive(Debug, Default)]
pub(crate) struct Lost {
    /// Files with text that could not be understood.
    pub(crate) files: Vec<Arc<Source>>,
    /// Whether there are more, without a text.
    pub(crate) more: bool,
}

impl Lost {
    /// Whether a name may be declared in what was lost.
    fn may_declare(&self, name: &str) -> bool {
        self.more || self.files.iter().any(|source| source.text.contains(name))
    }
}

/// Builds the model. It is only of use if nothing was reported as an error.
pub(crate) fn model(
    report: &mut Report,
    settings: &Settings,
    contracts: &[Contract],
    lost: &Lost,
) -> Model {
    let symbols = Symbols::new(report, contracts, lost);
    check::names::collisions(report, contracts, &symbols);
    let types = types::lower(report, &symbols);
    let messages = messages::lower(report, settings, &symbols, &types);
    let services = services::lower(report, &symbols, &types, &messages);
    // Of a catalog that is broken, more is said when it is mended.
    if !report.has_errors() {
        check::lints::all(
            report,
            &Checked {
                contracts,
                symbols: &symbols,
                types: &types,
                messages: &messages,
                services: &services,
            },
        );
    }

    let mut namespaces: BTreeMap<String, Namespace> = BTreeMap::new();
    for contract in contracts {
        let namespace = namespaces.entry(contract.namespace.value.clone());
        let namespace = namespace.or_default();
        for owner in &contract.owners {
            // By name: the order of files means nothing.
            if let Err(place) = namespace.owners.binary_search(&owner.value) {
                namespace.owners.insert(place, owner.value.clone());
            }
        }
    }
    for (path, def) in types.into_defs() {
        let namespace = namespaces.entry(path.namespace).or_default();
        namespace.types.insert(path.name, def);
    }
    for (path, message) in messages {
        let namespace = namespaces.entry(path.namespace).or_default();
        namespace.messages.insert(path.name, message);
    }
    for (path, service) in services {
        let namespace = namespaces.entry(path.namespace).or_default();
        namespace.services.insert(path.name, service);
    }
    Model {
        name: settings.name.clone(),
        namespaces,
    }
}
