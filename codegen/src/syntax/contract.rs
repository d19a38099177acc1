//! A contract file.

use std::sync::Arc;

use super::manifest::{exchange, version};
use super::name::{self, Grammar};
use super::value::{mapping_or_nothing, object, required, text, texts};
use super::{Contract, message, service, types};
use crate::diagnostic::Report;
use crate::source::{FileId, Sources};
use crate::yaml::Node;

pub(crate) const KEYS: [&str; 7] = [
    "catalog",
    "namespace",
    "owners",
    "exchange",
    "types",
    "messages",
    "services",
];

/// Reads a contract file. `None` if nothing in it can be given a name.
pub(crate) fn contract(report: &mut Report, file: FileId, node: &Node) -> Option<Contract> {
    let object = object(report, node, "a contract file", &KEYS)?;
    version(report, file, object);
    let help = "add `namespace: shop.orders`: all names of the file stand in it";
    let top = Sources::top(file);
    let namespace = required(report, object, "namespace", top, "the file", help)
        .and_then(|node| text(report, node, "the namespace"));
    if let Some(name) = &namespace {
        name::check(report, name, Grammar::Namespace, "a namespace");
    }
    let owners = match object.get("owners") {
        Some(node) => texts(report, node, "owners"),
        None => Vec::new(),
    };
    let exchange = exchange(report, object);
    let types = mapping_or_nothing(report, object.get("types"), "`types`");
    let types = types.iter().map(|entry| types::declaration(report, entry));
    let types = types.collect();
    let messages = mapping_or_nothing(report, object.get("messages"), "`messages`");
    let messages = messages
        .iter()
        .map(|entry| message::declaration(report, entry));
    let messages = messages.collect();
    let services = mapping_or_nothing(report, object.get("services"), "`services`");
    let services = services
        .iter()
        .map(|entry| service::declaration(report, entry));
    let services = services.collect();
    Some(Contract {
        namespace: namespace?,
        owners,
        exchange,
        defaults: Arc::default(),
        types,
        messages,
        services,
    })
}
