//! What is declared in a catalog, and what a name refers to.

use std::collections::BTreeMap;

use super::Lost;
use crate::diagnostic::{Code, Report, did_you_mean, nearest};
use crate::model::Path;
use crate::source::{Span, Spanned};
use crate::syntax::{Contract, MessageDecl, SCALARS, ServiceDecl, TypeDecl, foreign, one_of};

/// Everything that has a name.
#[derive(Debug)]
pub(crate) struct Symbols<'a> {
    pub(crate) types: BTreeMap<Path, &'a TypeDecl>,
    pub(crate) messages: BTreeMap<Path, (&'a Contract, &'a MessageDecl)>,
    /// By name: a service's name is unique in the catalog.
    pub(crate) services: BTreeMap<&'a str, (&'a Contract, &'a ServiceDecl)>,
    /// The full names of a simple one: a catalog may refer to thousands of messages by their simple names.
    type_names: BTreeMap<String, Vec<Path>>,
    message_names: BTreeMap<String, Vec<Path>>,
    lost: &'a Lost,
}

const DECLARE_TYPE: &str = "declare it under `types` of this file or of another one of the catalog";
const DECLARE_MESSAGE: &str =
    "declare it under `messages` of this file or of another one of the catalog";

/// The longest name of a message on the wire: a short string of AMQP.
const LONGEST_PATH: usize = 255;

impl<'a> Symbols<'a> {
    /// Collects the declarations; of two with one name, the first stands.
    pub(super) fn new(report: &mut Report, contracts: &'a [Contract], lost: &'a Lost) -> Self {
        let mut symbols = Self {
            types: BTreeMap::new(),
            messages: BTreeMap::new(),
            services: BTreeMap::new(),
            type_names: BTreeMap::new(),
            message_names: BTreeMap::new(),
            lost,
        };
        for contract in contracts {
            let path = |name: &Spanned<String>| Path {
                namespace: contract.namespace.value.clone(),
                name: name.value.clone(),
            };
            for decl in &contract.types {
                symbols.add_type(report, path(&decl.name), decl);
            }
            for decl in &contract.messages {
                symbols.add_message(report, path(&decl.name), contract, decl);
            }
            for decl in &contract.services {
                symbols.add_service(report, contract, decl);
            }
        }
        symbols.type_names = by_name(symbols.types.keys());
        symbols.message_names = by_name(symbols.messages.keys());
        symbols.check_types_against_messages(report);
        symbols
    }

    fn add_type(&mut self, report: &mut Report, path: Path, decl: &'a TypeDecl) {
        if let Some(first) = self.types.get(&path) {
            let message = format!("the type `{path}` is declared twice");
            twice(
                report,
                Code::DuplicateType,
                &decl.name,
                first.name.span,
                message,
            );
        } else {
            self.types.insert(path, decl);
        }
    }

    fn add_message(
        &mut self,
        report: &mut Report,
        path: Path,
        contract: &'a Contract,
        decl: &'a MessageDecl,
    ) {
        let length = path.to_string().len();
        if length > LONGEST_PATH {
            let message = format!("the full name of this message has {length} bytes");
            report
                .add(Code::InvalidName, decl.name.span, message)
                .help(format!(
                    "it travels with every message and has at most {LONGEST_PATH}: shorten it, or its namespace"
                ));
        }
        if let Some((_, first)) = self.messages.get(&path) {
            let message = format!("the message `{path}` is declared twice");
            twice(
                report,
                Code::DuplicateMessage,
                &decl.name,
                first.name.span,
                message,
            );
        } else {
            self.messages.insert(path, (contract, decl));
        }
    }

    fn add_service(&mut self, report: &mut Report, contract: &'a Contract, decl: &'a ServiceDecl) {
        if let Some((_, first)) = self.services.get(decl.name.value.as_str()) {
            let message = format!("the service `{}` is declared twice", decl.name.value);
            twice(
                report,
                Code::DuplicateService,
                &decl.name,
                first.name.span,
                message,
            );
        } else {
            self.services.insert(&decl.name.value, (contract, decl));
        }
    }

    fn check_types_against_messages(&self, report: &mut Report) {
        for (path, (_, message)) in &self.messages {
            if let Some(decl) = self.types.get(path) {
                report
                    .add(
                        Code::TypeAndMessage,
                        message.name.span,
                        format!("`{path}` is a type and a message"),
                    )
                    .label("the message")
                    .and(decl.name.span, "the type")
                    .help("rename one of them");
            }
        }
    }

    /// What a type is called in a namespace. `None` is reported, unless it may be declared in what was lost.
    pub(super) fn find_type(
        &self,
        report: &mut Report,
        namespace: &str,
        name: &str,
        span: Span,
    ) -> Option<Path> {
        match find(&self.types, &self.type_names, namespace, name) {
            Found::One(path) => return Some(path),
            Found::Many(paths) => ambiguous(report, "type", name, span, &paths),
            Found::None if self.lost.may_declare(last_word(name)) => {}
            Found::None => {
                let message = format!("there is no type `{name}`");
                let is_message = matches!(
                    find(&self.messages, &self.message_names, namespace, name),
                    Found::One(_)
                );
                let scalars = SCALARS.iter().map(|(name, _)| (*name).to_owned());
                let known = known(&self.types, namespace).chain(scalars);
                report
                    .add(Code::UnknownType, span, message)
                    .label("not declared anywhere")
                    .help(if is_message {
                        format!("`{name}` is a message; declare a record for what both hold")
                    } else {
                        suggestion(name, known, &self.types)
                            .or_else(|| foreign(name))
                            .unwrap_or_else(|| DECLARE_TYPE.to_owned())
                    });
            }
        }
        None
    }

    /// What a message is called in a namespace. `None` is reported, unless it may be declared in what was lost.
    pub(super) fn find_message(
        &self,
        report: &mut Report,
        namespace: &str,
        name: &Spanned<String>,
    ) -> Option<Path> {
        let Spanned { value: name, span } = name;
        match find(&self.messages, &self.message_names, namespace, name) {
            Found::One(path) => return Some(path),
            Found::Many(paths) => ambiguous(report, "message", name, *span, &paths),
            Found::None if self.lost.may_declare(last_word(name)) => {}
            Found::None => {
                let message = format!("there is no message `{name}`");
                let is_type = matches!(
                    find(&self.types, &self.type_names, namespace, name),
                    Found::One(_)
                );
                let known = known(&self.messages, namespace);
                report
                    .add(Code::UnknownMessage, *span, message)
                    .label("not declared anywhere")
                    .help(if is_type {
                        format!("`{name}` is a type, and only messages travel")
                    } else {
                        suggestion(name, known, &self.messages)
                            .unwrap_or_else(|| DECLARE_MESSAGE.to_owned())
                    });
            }
        }
        None
    }
}

fn twice(report: &mut Report, code: Code, name: &Spanned<String>, first: Span, message: String) {
    report
        .add(code, name.span, message)
        .label("again here")
        .and(first, "first here")
        .help("remove or rename one of them");
}

enum Found {
    One(Path),
    Many(Vec<String>),
    None,
}

/// First the own namespace, then the full path, then a simple name that is unique in the catalog.
fn find<T>(
    table: &BTreeMap<Path, T>,
    names: &BTreeMap<String, Vec<Path>>,
    namespace: &str,
    name: &str,
) -> Found {
    if let Some((namespace, name)) = name.rsplit_once('.') {
        let path = Path {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
        return if table.contains_key(&path) {
            Found::One(path)
        } else {
            Found::None
        };
    }
    let own = Path {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    };
    if table.contains_key(&own) {
        return Found::One(own);
    }
    match names.get(name).map_or(&[][..], Vec::as_slice) {
        [] => Found::None,
        [path] => Found::One(path.clone()),
        paths => Found::Many(paths.iter().map(Path::to_string).collect()),
    }
}

fn by_name<'p>(paths: impl Iterator<Item = &'p Path>) -> BTreeMap<String, Vec<Path>> {
    let mut names: BTreeMap<String, Vec<Path>> = BTreeMap::new();
    for path in paths {
        names
            .entry(path.name.clone())
            .or_default()
            .push(path.clone());
    }
    names
}

fn ambiguous(report: &mut Report, what: &str, name: &str, span: Span, paths: &[String]) {
    report
        .add(
            Code::AmbiguousName,
            span,
            format!("there are several {what}s `{name}`"),
        )
        .help(format!(
            "write the full name: {}",
            one_of(paths.iter().map(String::as_str))
        ));
}

fn last_word(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The names that could have been written in a namespace: simple ones, and full ones for those of other namespaces.
fn known<T>(table: &BTreeMap<Path, T>, namespace: &str) -> impl Iterator<Item = String> {
    let simple = table.keys().map(|path| path.name.clone());
    let full = table.keys().filter(move |path| path.namespace != namespace);
    simple.chain(full.map(Path::to_string))
}

fn suggestion<T>(
    name: &str,
    known: impl Iterator<Item = String>,
    table: &BTreeMap<Path, T>,
) -> Option<String> {
    let known: Vec<String> = known.collect();
    did_you_mean(name, known.iter().map(String::as_str)).or_else(|| {
        // The path is wrong, but the name is right or nearly so.
        let (_, simple) = name.rsplit_once('.')?;
        let names = table.keys().map(|path| path.name.as_str());
        let exact = table.keys().find(|path| path.name == simple);
        let path = exact.or_else(|| {
            let near = nearest(simple, names)?;
            table.keys().find(|path| path.name == near)
        });
        path.map(|path| format!("did you mean `{path}`?"))
    })
}
