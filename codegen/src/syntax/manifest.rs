//! `catalog.yaml`, the manifest of a catalog.

use std::sync::Arc;

use super::name::{self, Grammar};
use super::value::{Object, integer, mapping_or_nothing, object, required, text, texts};
use super::{Defaults, lint, service};
use crate::diagnostic::{Code, Level, Report};
use crate::source::{FileId, Sources, Spanned};
use crate::yaml::Node;

/// The version of the catalog language that this release reads.
pub(crate) const VERSION: u32 = 1;

pub(crate) const KEYS: [&str; 7] = [
    "catalog", "name", "include", "roots", "exchange", "defaults", "lint",
];

/// What a manifest says.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    pub(crate) name: Option<Spanned<String>>,
    /// Patterns of contract files; `None` takes every YAML file.
    pub(crate) include: Option<Vec<Spanned<String>>>,
    /// Further directories with catalogs of their own.
    pub(crate) roots: Vec<Root>,
    pub(crate) exchange: Option<Spanned<String>>,
    pub(crate) defaults: Arc<Defaults>,
    /// The levels of lints; those of a root's manifest are for its owners.
    pub(crate) levels: Vec<(Code, Level)>,
}

/// A directory whose catalog becomes part of this one.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) name: Spanned<String>,
    pub(crate) path: Spanned<String>,
}

pub(crate) fn manifest(report: &mut Report, file: FileId, node: &Node) -> Manifest {
    let Some(object) = object(report, node, "a manifest", &KEYS) else {
        return Manifest::default();
    };
    version(report, file, object);
    let help = "add `name: shop`: the catalog is called so, and its default exchange as well";
    let top = Sources::top(file);
    let name = required(report, object, "name", top, "the manifest", help)
        .and_then(|node| text(report, node, "the name of the catalog"));
    if let Some(name) = &name {
        name::check(report, name, Grammar::Lower, "a catalog");
    }
    Manifest {
        name,
        include: object
            .get("include")
            .map(|node| texts(report, node, "included files")),
        roots: roots(report, object),
        exchange: exchange(report, object),
        defaults: Arc::new(service::defaults(report, object)),
        levels: lint::levels(report, object),
    }
}

/// `roots: {shared: vendor/shared-contracts}`
fn roots(report: &mut Report, object: Object<'_>) -> Vec<Root> {
    let entries = mapping_or_nothing(report, object.get("roots"), "`roots`");
    let roots = entries.iter().filter_map(|entry| {
        let name = name::declared(report, entry, Grammar::Lower, "a root");
        let path = text(report, &entry.value, "the directory of a root")?;
        Some(Root { name, path })
    });
    roots.collect()
}

/// Checks `catalog: 1`, with which every file begins.
pub(super) fn version(report: &mut Report, file: FileId, object: Object<'_>) {
    let help = "add `catalog: 1` as its first line: the version of the language";
    let node = required(
        report,
        object,
        "catalog",
        Sources::top(file),
        "the file",
        help,
    );
    if let Some(version) = node.and_then(|node| integer(report, node, "`catalog`", 0..=u32::MAX))
        && version.value != VERSION
    {
        report
            .add(
                Code::UnsupportedVersion,
                version.span,
                format!(
                    "version {} of the catalog language is not supported",
                    version.value
                ),
            )
            .help(format!(
                "this release reads version {VERSION}: write `catalog: {VERSION}`"
            ));
    }
}

/// The key `exchange` of a manifest, a file or a message.
pub(super) fn exchange(report: &mut Report, object: Object<'_>) -> Option<Spanned<String>> {
    let exchange = text(report, object.get("exchange")?, "the exchange")?;
    name::exchange_name(report, &exchange);
    Some(exchange)
}
