//! `catalog.yaml`, the manifest of a catalog.

use super::name::{self, Grammar};
use super::value::{Object, integer, object, required, text, texts};
use crate::diagnostic::{Code, Report};
use crate::source::{FileId, Sources, Spanned};
use crate::yaml::Node;

/// The version of the catalog language that this release reads.
pub(crate) const VERSION: u32 = 1;

pub(crate) const KEYS: [&str; 4] = ["catalog", "name", "include", "exchange"];

/// What a manifest says.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    pub(crate) name: Option<Spanned<String>>,
    /// Patterns of contract files; `None` takes every YAML file.
    pub(crate) include: Option<Vec<Spanned<String>>>,
    pub(crate) exchange: Option<Spanned<String>>,
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
        exchange: exchange(report, object),
    }
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
