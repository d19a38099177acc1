//! Names that are distinct in the catalog, but not in the code and the queues that are made from it.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Report};
use crate::names::{ident, module, snake};
use crate::resolve::Symbols;
use crate::source::{Span, Spanned};
use crate::syntax::{Contract, FieldDecl, TypeForm};

pub(crate) fn collisions(report: &mut Report, contracts: &[Contract], symbols: &Symbols<'_>) {
    modules(report, contracts);
    messages(report, symbols);
    services(report, symbols);
    for decl in symbols.types.values() {
        if let Some(TypeForm::Record(decls)) = &decl.form {
            fields(report, decls);
        }
    }
    for (_, decl) in symbols.messages.values() {
        fields(report, &decl.fields);
    }
}

/// `self` cannot be a name in code and becomes `self_`, which may be taken.
fn fields(report: &mut Report, fields: &[FieldDecl]) {
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    for FieldDecl { name, .. } in fields {
        let word = ident(&name.value).to_string();
        let what = format!("the field `{}`", name.value);
        distinct(report, &mut seen, word.clone(), name.span, &what, &word);
    }
}

/// The same for the words of namespaces, each of which becomes a module.
fn modules(report: &mut Report, contracts: &[Contract]) {
    // What each module was made of, by its path.
    let mut made: BTreeMap<String, &Spanned<String>> = BTreeMap::new();
    for Contract { namespace, .. } in contracts {
        let mut path = String::new();
        let mut length = 0;
        for (depth, word) in namespace.value.split('.').enumerate() {
            path = format!("{path}::{}", module(word, depth == 0));
            length += word.len() + usize::from(depth > 0);
            let first = made.entry(path.clone()).or_insert(namespace);
            if first.value.get(..length) != namespace.value.get(..length) {
                let message = format!(
                    "the namespace `{}` becomes the module `{}` in code, and so does another one",
                    namespace.value,
                    path.trim_start_matches("::")
                );
                report
                    .add(Code::NamesCollide, namespace.span, message)
                    .label("again here")
                    .and(first.span, "first here")
                    .help("rename one of them");
                break;
            }
        }
    }
}

/// `HTTPDown` and `HttpDown` both give `http_down`, in function and queue names.
fn messages(report: &mut Report, symbols: &Symbols<'_>) {
    let mut seen: BTreeMap<(&str, String), Span> = BTreeMap::new();
    for (path, (_, decl)) in &symbols.messages {
        let word = snake(&path.name);
        let key = (path.namespace.as_str(), word.clone());
        let what = format!("the message `{}`", path.name);
        distinct(report, &mut seen, key, decl.name.span, &what, &word);
    }
}

/// `mail-out` and `mail_out` both give `MailOutHandlers`.
fn services(report: &mut Report, symbols: &Symbols<'_>) {
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    for (name, (_, decl)) in &symbols.services {
        let word = name.replace('-', "_");
        let what = format!("the service `{name}`");
        distinct(
            report,
            &mut seen,
            word.clone(),
            decl.name.span,
            &what,
            &word,
        );
    }
}

fn distinct<K: Ord>(
    report: &mut Report,
    seen: &mut BTreeMap<K, Span>,
    key: K,
    span: Span,
    what: &str,
    word: &str,
) {
    if let Some(first) = seen.get(&key) {
        report
            .add(
                Code::NamesCollide,
                span,
                format!("{what} becomes `{word}` in code, and so does another one"),
            )
            .label("again here")
            .and(*first, "first here")
            .help("rename one of them so that they differ in more than case and signs");
    } else {
        seen.insert(key, span);
    }
}
