//! The files of a whole crate that are not Rust.

use std::fmt;

use super::DateTimeCrate;
use super::print::header;
use crate::model::{Model, Namespace, Path};
use crate::prune::Selection;

/// The crate that a catalog becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    name: String,
    version: String,
    runtime: RuntimeDependency,
}

/// How the crate depends on the runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuntimeDependency {
    /// From the registry, in the version of this generator.
    Registry,
    /// From a folder, relative to the crate.
    Path(String),
}

impl Package {
    /// A crate of this name and version.
    pub fn new(
        name: &str,
        version: &str,
        runtime: RuntimeDependency,
    ) -> Result<Self, InvalidPackage> {
        let starts = name.starts_with(|c: char| c.is_ascii_alphabetic());
        let sign = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let reserved = syn::parse_str::<syn::Ident>(&name.replace('-', "_")).is_err();
        if !starts || !name.chars().all(sign) || name.len() > 64 || reserved || name == "urutu" {
            return Err(InvalidPackage::Name(name.to_owned()));
        }
        if !is_version(version) {
            return Err(InvalidPackage::Version(version.to_owned()));
        }
        Ok(Self {
            name: name.to_owned(),
            version: version.to_owned(),
            runtime,
        })
    }

    pub(super) fn manifest(&self, model: &Model, date_time: DateTimeCrate) -> String {
        let Self { name, version, .. } = self;
        let header = header(&model.name);
        let description = string(&format!(
            "The typed message bus of the catalog {}",
            model.name
        ));
        let own = env!("CARGO_PKG_VERSION");
        let path = match &self.runtime {
            RuntimeDependency::Registry => String::new(),
            RuntimeDependency::Path(path) => format!(", path = {}", string(path)),
        };
        let features = match date_time.feature() {
            None => String::new(),
            Some(feature) => format!(", features = [\"{feature}\"]"),
        };
        let runtime = if path.is_empty() && features.is_empty() {
            format!("\"{own}\"")
        } else {
            format!("{{ version = \"{own}\"{path}{features} }}")
        };
        format!(
            r#"# {header}

[package]
name = "{name}"
version = "{version}"
edition = "2024"
rust-version = "{}"
description = {description}

[dependencies]
urutu = {runtime}
"#,
            env!("CARGO_PKG_RUST_VERSION"),
        )
    }

    pub(super) fn readme(&self, model: &Model, selection: &Selection) -> String {
        let Self { name, version, .. } = self;
        let header = header(&model.name);
        let namespaces: String = model
            .namespaces
            .iter()
            .filter_map(|(name, content)| line(selection, name, content))
            .collect();
        format!(
            r#"<!-- {header} -->

# {name}

The messages of the catalog `{catalog}` as Rust: structs, typed publishers and handler traits for the
[urutu](https://crates.io/crates/urutu) runtime. Change the catalog, not this crate.

```toml
[dependencies]
{name} = "{version}"
urutu = "{own}"
```

## Namespaces

{namespaces}"#,
            catalog = model.name,
            own = env!("CARGO_PKG_VERSION"),
        )
    }
}

/// A namespace in a list, as far as it is in the crate.
fn line(selection: &Selection, name: &str, content: &Namespace) -> Option<String> {
    let kept = |simple: &&String| {
        selection.keeps(&Path {
            namespace: name.to_owned(),
            name: (*simple).clone(),
        })
    };
    let types = content.types.keys().filter(kept).count();
    let messages = content.messages.keys().filter(kept).count();
    let services = content
        .services
        .keys()
        .filter(|s| selection.serves(s))
        .count();
    if types + messages + services == 0 {
        return None;
    }
    let owners = match content.owners.as_slice() {
        [] => String::new(),
        owners => format!(" ({})", owners.join(", ")),
    };
    Some(format!(
        "- `{name}`{owners}: {}, {}, {}\n",
        amount(messages, "message"),
        amount(types, "type"),
        amount(services, "service"),
    ))
}

/// `MAJOR.MINOR.PATCH`, with a pre-release or build part if need be.
fn is_version(text: &str) -> bool {
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let (numbers, rest) = text.split_at(end);
    let numbers: Vec<&str> = numbers.split('.').collect();
    let number = |n: &&str| n.parse::<u64>().is_ok_and(|value| value.to_string() == **n);
    let sign = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
    numbers.len() == 3 && numbers.iter().all(number) && rest.len() != 1 && rest.chars().all(sign)
}

/// A basic string of TOML.
fn string(text: &str) -> String {
    let mut string = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => string.extend(['\\', c]),
            c if c.is_control() => string.extend(format!("\\u{:04X}", u32::from(c)).chars()),
            c => string.push(c),
        }
    }
    string.push('"');
    string
}

fn amount(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// A crate cannot have this name or version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidPackage {
    /// The name.
    Name(String),
    /// The version.
    Version(String),
}

impl fmt::Display for InvalidPackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(
                f,
                "a crate cannot be called {name:?}; use letters, digits, `-` and `_`, start with a letter, \
                 and take neither a keyword nor `urutu`"
            ),
            Self::Version(version) => {
                write!(f, "{version:?} is not a version; write it like `1.2.0`")
            }
        }
    }
}

impl std::error::Error for InvalidPackage {}
