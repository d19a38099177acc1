//! A model becomes Rust. Pure: the same model gives the same bytes, nothing is read or written, nothing fails.
//!
//! Every construct has a file. Rust is made by `quote` and laid out by `print`; text of the catalog enters only as literals and
//! `#[doc]` attributes, its names only through `names`.

mod alias;
mod constraints;
mod context;
mod docs;
mod enumeration;
mod external;
mod facts;
mod field;
mod handlers;
mod hooks;
mod idents;
mod layout;
mod lints;
mod literal;
mod message;
mod module;
mod package;
mod print;
mod publisher;
mod record;
mod snippet;
mod spec;
mod time;
mod types;
mod union;
mod value;
mod wire;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use hooks::{Hook, Hooks, InvalidHook};
pub use layout::Layout;
pub use package::{Package, RuntimeDependency};
pub use print::is_generated;

use crate::model::{Model, Namespace, Path, TypeKind};
use crate::prune::Selection;
use context::{Context, Place};
use module::Module;
use print::Items;

/// The version of the contract between generated code and the runtime; the runtime refuses any other at compile time.
pub const CONTRACT_VERSION: u32 = 1;

/// How code is generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Which files there are, and how they find each other.
    pub layout: Layout,
    /// The path of the runtime crate as the generated code names it.
    pub runtime: RuntimePath,
    /// Whose types timestamps, dates and durations have.
    pub date_time: DateTimeCrate,
    /// What the program changes about the code; made for the model that is emitted.
    pub hooks: Hooks,
}

impl Options {
    /// This layout, and the runtime at `::urutu`.
    pub fn new(layout: Layout) -> Self {
        Self {
            layout,
            runtime: RuntimePath::default(),
            date_time: DateTimeCrate::default(),
            hooks: Hooks::default(),
        }
    }
}

/// Whose types `timestamp`, `date` and `duration` of the catalog become. On the wire they are the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DateTimeCrate {
    /// `jiff::Timestamp`, `jiff::civil::Date`, `jiff::SignedDuration`.
    #[default]
    Jiff,
    /// `chrono::DateTime<Utc>`, `chrono::NaiveDate`, `chrono::TimeDelta`; with the feature `chrono` of `urutu`.
    Chrono,
    /// `time::OffsetDateTime`, `time::Date`, `time::Duration`; with the feature `time` of `urutu`.
    Time,
}

impl DateTimeCrate {
    /// The feature of `urutu` that reads and writes its types.
    fn feature(self) -> Option<&'static str> {
        match self {
            Self::Jiff => None,
            Self::Chrono => Some("chrono"),
            Self::Time => Some("time"),
        }
    }
}

/// The path of the runtime crate: `::urutu`, or where another crate exports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimePath(String);

impl RuntimePath {
    /// A path like `::my::urutu` or `crate::bus::urutu`.
    pub fn parse(path: &str) -> Result<Self, InvalidRuntimePath> {
        match syn::parse_str::<syn::Path>(path) {
            Ok(parsed) if parsed.segments.iter().all(|s| s.arguments.is_none()) => {
                Ok(Self(path.to_owned()))
            }
            _ => Err(InvalidRuntimePath(path.to_owned())),
        }
    }
}

impl Default for RuntimePath {
    fn default() -> Self {
        Self("::urutu".to_owned())
    }
}

/// What should be the path of the runtime crate is not a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidRuntimePath(String);

impl std::fmt::Display for InvalidRuntimePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the runtime path {:?} is not a Rust path; write it like `::my_crate::urutu`",
            self.0
        )
    }
}

impl std::error::Error for InvalidRuntimePath {}

/// The files of the generated code, by their path relative to the output folder.
pub fn emit(model: &Model, selection: &Selection, options: &Options) -> BTreeMap<PathBuf, String> {
    let cx = Context::new(model, selection, options);
    let bodies = model
        .namespaces
        .iter()
        .map(|(name, namespace)| (name.as_str(), body(&cx, name, namespace)))
        .filter(|(_, items)| !items.is_empty())
        .collect();
    layout::files(&cx, bodies, &options.layout)
}

/// The items of a namespace: types, then messages with their publishers, then services; each by name.
fn body(cx: &Context<'_>, name: &str, namespace: &Namespace) -> Items {
    let module = &Module::new(cx, name, namespace);
    let mut items = Items::default();
    let external = cx.hooks.external_of(name);
    items.extend(external.filter_map(|path| external::check(cx, path)));
    for (type_name, definition) in &namespace.types {
        let path = Path {
            namespace: name.to_owned(),
            name: type_name.clone(),
        };
        if !cx.selection.keeps(&path) || cx.hooks.external(&path).is_some() {
            continue;
        }
        let place = &Place::new(module, &path);
        items.extend(match &definition.kind {
            TypeKind::Record(fields) => record::items(place, definition, fields),
            TypeKind::Enum { open, values } => enumeration::items(place, definition, *open, values),
            TypeKind::Union {
                open,
                tag,
                variants,
            } => union::items(place, definition, *open, tag, variants),
            TypeKind::Alias { ty, constraints } => alias::items(place, definition, ty, constraints),
        });
    }
    for (message_name, message) in &namespace.messages {
        let path = Path {
            namespace: name.to_owned(),
            name: message_name.clone(),
        };
        if cx.selection.keeps(&path) {
            let place = &Place::new(module, &path);
            items.extend(message::items(place, message));
            if cx.selection.publishes(&path) {
                items.extend([publisher::item(place, message)]);
            }
        }
    }
    for (service_name, service) in &namespace.services {
        if cx.selection.serves(service_name) && !service.queues.is_empty() {
            items.extend(handlers::items(module, service_name, service));
        }
    }
    items
}
