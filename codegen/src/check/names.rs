//! Names that are distinct in the catalog, but not in the code and the queues that are made from it.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Report};
use crate::resolve::{Symbols, snake};
use crate::source::Span;

pub(crate) fn collisions(report: &mut Report, symbols: &Symbols<'_>) {
    messages(report, symbols);
    services(report, symbols);
    services_and_types(report, symbols);
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

/// The service `billing` gives a trait `BillingHandlers` and a struct `BillingService` in its namespace.
fn services_and_types(report: &mut Report, symbols: &Symbols<'_>) {
    for (name, (contract, service)) in &symbols.services {
        let words = name.split(['-', '_']).flat_map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(letters)
        });
        let camel: String = words.collect();
        let made = [format!("{camel}Handlers"), format!("{camel}Service")];
        let types = symbols.types.iter().map(|(path, decl)| (path, &decl.name));
        let messages = symbols.messages.iter();
        let messages = messages.map(|(path, (_, decl))| (path, &decl.name));
        let own = types
            .chain(messages)
            .filter(|(path, _)| path.namespace == contract.namespace.value);
        for (path, decl) in own {
            if made.contains(&path.name) {
                report
                    .add(
                        Code::NamesCollide,
                        decl.span,
                        format!(
                            "the code for the service `{name}` takes the name `{}`",
                            path.name
                        ),
                    )
                    .and(service.name.span, "the service")
                    .help("rename one of them");
            }
        }
    }
}
