//! What a program changes about its generated code: types of its own, attributes, derives. Such rules stand in the build script and not in
//! the catalog, which is shared by services in any language.

mod error;
mod pattern;

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

pub use error::InvalidHook;

use crate::model::{Field, Model, Path, TypeKind};
use pattern::Pattern;

/// One change to the generated code. Types and messages are named in full, as in the catalog: `shop.orders.OrderPlaced`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hook {
    /// This record, enum or union of the catalog is not generated: the program has a type for it.
    ExternType {
        /// Its full name in the catalog.
        name: String,
        /// Where it is in Rust: `::my_crate::Money`.
        path: String,
    },
    /// An attribute on types and messages.
    TypeAttribute {
        /// A full name, with `*` for any characters; `.` for everything.
        pattern: String,
        /// Such as `#[non_exhaustive]`.
        attribute: String,
    },
    /// An attribute on fields.
    FieldAttribute {
        /// As for types, with the name of the field behind another dot: `shop.orders.OrderPlaced.note`.
        pattern: String,
        /// Such as `#[doc(alias = "remark")]`.
        attribute: String,
    },
    /// More traits that types and messages derive.
    Derive {
        /// A full name, with `*` for any characters; `.` for everything.
        pattern: String,
        /// The paths of derive macros: `Ord`, `::my_macros::Table`.
        derives: Vec<String>,
    },
}

impl Hook {
    /// The rule as a build script writes it, for errors.
    fn written(&self) -> String {
        match self {
            Self::ExternType { name, path } => format!("extern_type({name:?}, {path:?})"),
            Self::TypeAttribute { pattern, attribute } => {
                format!("type_attribute({pattern:?}, {attribute:?})")
            }
            Self::FieldAttribute { pattern, attribute } => {
                format!("field_attribute({pattern:?}, {attribute:?})")
            }
            Self::Derive { pattern, derives } => format!("derive({pattern:?}, {derives:?})"),
        }
    }
}

/// Hooks that are known to be Rust, and to fit a model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hooks {
    external: BTreeMap<Path, String>,
    types: BTreeMap<Path, Additions>,
    fields: BTreeMap<(Path, String), Vec<String>>,
}

/// What is added to one type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Additions {
    attributes: Vec<String>,
    derives: Vec<String>,
}

impl Hooks {
    /// Checks rules against the model that they are for. A rule that matches nothing is an error.
    pub fn new(model: &Model, hooks: &[Hook]) -> Result<Self, InvalidHook> {
        let names = Names::of(model);
        let mut made = Self::default();
        for hook in hooks {
            made.add(model, &names, hook)?;
        }
        Ok(made)
    }

    fn add(&mut self, model: &Model, names: &Names<'_>, hook: &Hook) -> Result<(), InvalidHook> {
        match hook {
            Hook::ExternType { name, path } => {
                rust::<syn::TypePath>(hook, path, "the path of a type, like `::my_crate::Money`")?;
                let found = names.types.iter().find(|(full, _)| full == name);
                let (_, found) = found.ok_or_else(|| names.nothing(hook, name, false))?;
                let definition = model.namespaces.get(&found.namespace);
                let definition = definition.and_then(|n| n.types.get(&found.name));
                match definition.map(|definition| &definition.kind) {
                    Some(TypeKind::Alias { .. }) => Err(InvalidHook::Alias(hook.written())),
                    None => Err(InvalidHook::Message(hook.written())),
                    Some(_) => {
                        self.external.insert(found.clone(), path.clone());
                        Ok(())
                    }
                }
            }
            Hook::TypeAttribute { pattern, attribute } => {
                check_attribute(hook, attribute)?;
                for path in names.matching(hook, pattern)? {
                    let additions = self.types.entry(path.clone()).or_default();
                    additions.attributes.push(attribute.clone());
                }
                Ok(())
            }
            Hook::Derive { pattern, derives } => {
                for derive in derives {
                    rust::<syn::Path>(hook, derive, "the path of a derive macro, like `Ord`")?;
                }
                for path in names.matching(hook, pattern)? {
                    let additions = self.types.entry(path.clone()).or_default();
                    additions.derives.extend(derives.iter().cloned());
                }
                Ok(())
            }
            Hook::FieldAttribute { pattern, attribute } => {
                check_attribute(hook, attribute)?;
                let wanted = Pattern::new(pattern);
                let mut matching = names
                    .fields
                    .iter()
                    .filter(|(full, ..)| wanted.matches(full));
                let first = matching
                    .next()
                    .ok_or_else(|| names.nothing(hook, pattern, true))?;
                for (_, path, field) in std::iter::once(first).chain(matching) {
                    let attributes = self.fields.entry(((*path).clone(), (*field).to_owned()));
                    attributes.or_default().push(attribute.clone());
                }
                Ok(())
            }
        }
    }

    /// The program's own type for this one.
    pub(super) fn external(&self, path: &Path) -> Option<TokenStream> {
        self.external.get(path).map(|path| tokens(path))
    }

    /// The external types of a namespace.
    pub(super) fn external_of<'h>(&'h self, namespace: &'h str) -> impl Iterator<Item = &'h Path> {
        self.external
            .keys()
            .filter(move |path| path.namespace == namespace)
    }

    /// More attributes of a type.
    pub(super) fn attributes(&self, path: &Path) -> TokenStream {
        let additions = self.types.get(path);
        additions
            .into_iter()
            .flat_map(|additions| &additions.attributes)
            .map(|attribute| tokens(attribute))
            .collect()
    }

    /// More derives of a type that has these implementations already.
    pub(super) fn derives(&self, path: &Path, present: &[&str]) -> Vec<TokenStream> {
        let Some(additions) = self.types.get(path) else {
            return Vec::new();
        };
        let mut seen: BTreeSet<&str> = present.iter().copied().collect();
        additions
            .derives
            .iter()
            .filter(|derive| seen.insert(last_word(derive)))
            .map(|derive| tokens(derive))
            .collect()
    }

    /// More attributes of a field.
    pub(super) fn field(&self, path: &Path, field: &str) -> TokenStream {
        if self.fields.is_empty() {
            return TokenStream::new();
        }
        let attributes = self.fields.get(&(path.clone(), field.to_owned()));
        attributes
            .into_iter()
            .flatten()
            .map(|attribute| tokens(attribute))
            .collect()
    }
}

/// `Ord` of `::core::cmp::Ord`: what a derive implements is named by its last word.
fn last_word(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path).trim()
}

/// Text that was parsed when the hooks were made.
fn tokens(text: &str) -> TokenStream {
    text.parse().unwrap_or_default()
}

fn rust<T: syn::parse::Parse>(
    hook: &Hook,
    text: &str,
    what: &'static str,
) -> Result<T, InvalidHook> {
    syn::parse_str(text).map_err(|error| InvalidHook::NotRust {
        rule: hook.written(),
        what,
        why: error.to_string(),
    })
}

fn check_attribute(hook: &Hook, text: &str) -> Result<(), InvalidHook> {
    let not_rust = |why: String| InvalidHook::NotRust {
        rule: hook.written(),
        what: "an attribute, like `#[non_exhaustive]`",
        why,
    };
    let attributes = Attribute::parse_outer.parse_str(text);
    let attributes = attributes.map_err(|error| not_rust(error.to_string()))?;
    if attributes.is_empty() {
        return Err(not_rust("there is no attribute in it".to_owned()));
    }
    for attribute in &attributes {
        if is_serde(&attribute.meta) {
            return Err(InvalidHook::Serde(hook.written()));
        }
        if attribute.path().is_ident("derive") {
            let derives = Punctuated::<syn::Path, Token![,]>::parse_terminated;
            let why = match attribute.parse_args_with(derives) {
                Ok(_) => "a derive has a rule of its own, `derive`, which leaves out what is there already".to_owned(),
                Err(error) => error.to_string(),
            };
            return Err(not_rust(why));
        }
    }
    Ok(())
}

/// Whether it is an attribute of serde, also behind a condition: `cfg_attr(test, serde(skip))`.
fn is_serde(attribute: &Meta) -> bool {
    let conditional = attribute.path().is_ident("cfg_attr");
    attribute.path().is_ident("serde") || (conditional && holds_serde(attribute))
}

/// Whether one of the attributes behind the condition is serde's. What cannot be read is left to the compiler.
fn holds_serde(conditional: &Meta) -> bool {
    let behind = |input: ParseStream<'_>| {
        while !input.is_empty() && !input.peek(Token![,]) {
            input.parse::<TokenTree>()?;
        }
        input.parse::<Option<Token![,]>>()?;
        Punctuated::<Meta, Token![,]>::parse_terminated(input)
    };
    let attributes = conditional
        .require_list()
        .and_then(|list| list.parse_args_with(behind));
    attributes.is_ok_and(|attributes| attributes.iter().any(is_serde))
}

/// Everything that a rule can be about, by its full name.
struct Names<'m> {
    types: Vec<(String, Path)>,
    fields: Vec<(String, Path, &'m str)>,
}

impl<'m> Names<'m> {
    fn of(model: &'m Model) -> Self {
        let mut names = Self {
            types: Vec::new(),
            fields: Vec::new(),
        };
        for (namespace, content) in &model.namespaces {
            let types = content.types.iter().map(|(name, definition)| {
                let fields = match &definition.kind {
                    TypeKind::Record(fields) => fields.as_slice(),
                    _ => &[],
                };
                (name, fields)
            });
            let messages = content.messages.iter();
            let messages = messages.map(|(name, message)| (name, message.fields.as_slice()));
            for (name, fields) in types.chain(messages) {
                let path = Path {
                    namespace: namespace.clone(),
                    name: name.clone(),
                };
                names.add(path, fields);
            }
        }
        names
    }

    fn add(&mut self, path: Path, fields: &'m [Field]) {
        let full = path.to_string();
        let fields = fields.iter().map(|field| field.name.as_str());
        self.fields
            .extend(fields.map(|field| (format!("{full}.{field}"), path.clone(), field)));
        self.types.push((full, path));
    }

    fn matching(&self, hook: &Hook, pattern: &str) -> Result<Vec<&Path>, InvalidHook> {
        let wanted = Pattern::new(pattern);
        let matching: Vec<&Path> = self
            .types
            .iter()
            .filter(|(full, _)| wanted.matches(full))
            .map(|(_, path)| path)
            .collect();
        if matching.is_empty() {
            return Err(self.nothing(hook, pattern, false));
        }
        Ok(matching)
    }

    fn nothing(&self, hook: &Hook, name: &str, is_field: bool) -> InvalidHook {
        let types = self.types.iter().map(|(full, _)| full.as_str());
        let fields = self.fields.iter().map(|(full, ..)| full.as_str());
        InvalidHook::nothing(hook.written(), name, is_field, types, fields)
    }
}
