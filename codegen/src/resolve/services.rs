//! Services: from declarations to queues and handlers.

use std::collections::BTreeMap;

use super::defaults;
use super::symbols::Symbols;
use crate::check;
use crate::diagnostic::{Code, Report};
use crate::model::{Binding, Handler, Message, OnError, OnUnknown, Path, Queue, Retry, Service};
use crate::names::snake;
use crate::source::{Span, Spanned};
use crate::syntax::{
    Consuming, Contract, HandlerDecl, QueueDecl, RetryDecl, ServiceDecl, is_name, queue_name,
};

/// A handler whose message is known.
#[derive(Debug)]
pub(crate) struct Handled<'a> {
    pub(crate) path: Path,
    pub(crate) message: &'a Message,
    pub(crate) decl: &'a HandlerDecl,
}

pub(super) fn lower(
    report: &mut Report,
    symbols: &Symbols<'_>,
    messages: &BTreeMap<Path, Message>,
) -> BTreeMap<Path, Service> {
    let mut services = BTreeMap::new();
    let mut tasks = check::tasks::Tasks::default();
    let mut names = check::queues::Names::default();
    for (name, (contract, decl)) in &symbols.services {
        let handled = handled(report, symbols, messages, contract, decl);
        for handler in &handled {
            tasks.handled(report, name, handler);
        }
        check::services::settings(report, decl);
        let queues = match &decl.queue {
            Some(queue) => service_queue(report, &mut names, messages, decl, queue, &handled),
            None => handler_queues(report, &mut names, decl, &handled),
        };
        let path = Path {
            namespace: contract.namespace.value.clone(),
            name: (*name).to_owned(),
        };
        let service = Service {
            doc: decl.doc.clone(),
            publishes: publishes(report, symbols, contract, decl),
            queues,
        };
        services.insert(path, service);
    }
    services
}

/// What a service says it publishes; each message once, under whichever name.
fn publishes(
    report: &mut Report,
    symbols: &Symbols<'_>,
    contract: &Contract,
    decl: &ServiceDecl,
) -> Vec<Path> {
    let mut found: Vec<(Path, Span)> = Vec::new();
    for name in &decl.publishes {
        let Some(path) = symbols.find_message(report, &contract.namespace.value, name) else {
            continue;
        };
        if let Some((_, first)) = found.iter().find(|(known, _)| *known == path) {
            report
                .add(
                    Code::ListedTwice,
                    name.span,
                    format!("`{path}` stands twice in the list of published messages"),
                )
                .label("again here")
                .and(*first, "first here")
                .help("remove one of them");
        } else {
            found.push((path, name.span));
        }
    }
    found.into_iter().map(|(path, _)| path).collect()
}

/// The handlers of a service in the order of the contract, each message once.
fn handled<'a>(
    report: &mut Report,
    symbols: &Symbols<'_>,
    messages: &'a BTreeMap<Path, Message>,
    contract: &Contract,
    service: &'a ServiceDecl,
) -> Vec<Handled<'a>> {
    let mut found: Vec<Handled<'a>> = Vec::new();
    for decl in &service.handles {
        let namespace = &contract.namespace.value;
        let Some(path) = symbols.find_message(report, namespace, &decl.message) else {
            continue;
        };
        let Some(message) = messages.get(&path) else {
            continue;
        };
        if let Some(first) = found.iter().find(|first| first.path == path) {
            report
                .add(
                    Code::HandledTwice,
                    decl.message.span,
                    format!(
                        "the service `{}` handles `{path}` twice",
                        service.name.value
                    ),
                )
                .label("again here")
                .and(first.decl.message.span, "first here")
                .help("a service has one handler for a message: remove one of them");
            continue;
        }
        found.push(Handled {
            path,
            message,
            decl,
        });
    }
    found
}

/// One queue for the whole service.
fn service_queue(
    report: &mut Report,
    names: &mut check::queues::Names,
    messages: &BTreeMap<Path, Message>,
    service: &ServiceDecl,
    queue: &QueueDecl,
    handled: &[Handled<'_>],
) -> Vec<Queue> {
    let name = queue.name.clone().unwrap_or_else(|| Spanned {
        value: service.name.value.clone(),
        span: queue.span,
    });
    names.declared(report, &name);
    if handled.is_empty() {
        return Vec::new();
    }
    let consuming = effective(report, &service.consuming, None);
    let bindings = match &service.bindings {
        Some(bindings) => {
            check::bindings::of_service(report, bindings, handled, messages, consuming.on_unknown)
        }
        None => topics(handled),
    };
    let mut handlers: Vec<Handler> = handled.iter().map(|one| handler(report, one)).collect();
    handlers.sort_by(|a, b| a.message.cmp(&b.message));
    vec![Queue {
        name: name.value,
        kind: queue.kind.unwrap_or(defaults::QUEUE_KIND),
        bindings,
        concurrency: consuming.concurrency,
        prefetch: consuming.prefetch,
        on_unknown: consuming.on_unknown,
        handlers,
    }]
}

/// A queue for each handler.
fn handler_queues(
    report: &mut Report,
    names: &mut check::queues::Names,
    service: &ServiceDecl,
    handled: &[Handled<'_>],
) -> Vec<Queue> {
    if !handled.is_empty() {
        // Once for the service, however many handlers inherit its settings.
        effective(report, &service.consuming, None);
    }
    let mut queues = Vec::with_capacity(handled.len());
    for one in handled {
        let decl = one.decl;
        let written = decl.queue.as_ref().and_then(|queue| queue.name.clone());
        let name = written.unwrap_or_else(|| {
            let name = Spanned {
                value: default_queue_name(&service.name.value, &one.path, handled),
                span: decl.message.span,
            };
            // A name that breaks its own grammar was reported.
            let ascii = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric());
            if is_name(&service.name.value) && ascii(&one.path.name) {
                queue_name(report, &name);
            }
            name
        });
        names.declared(report, &name);
        let consuming = effective(report, &service.consuming, Some(&decl.consuming));
        queues.push(Queue {
            name: name.value,
            kind: decl
                .queue
                .as_ref()
                .and_then(|queue| queue.kind)
                .unwrap_or(defaults::QUEUE_KIND),
            bindings: topics(std::slice::from_ref(one)),
            concurrency: consuming.concurrency,
            prefetch: consuming.prefetch,
            on_unknown: consuming.on_unknown,
            handlers: vec![handler(report, one)],
        });
    }
    queues.sort_by(|a, b| a.name.cmp(&b.name));
    queues
}

/// `billing.order_placed`; part of the topology, and therefore never to be changed. With the namespace if the service handles two messages of one simple name.
fn default_queue_name(service: &str, path: &Path, handled: &[Handled<'_>]) -> String {
    let message = snake(&path.name);
    let alike = handled.iter().filter(|other| other.path.name == path.name);
    if alike.count() < 2 {
        return format!("{service}.{message}");
    }
    let namespace = path.namespace.replace('.', "_");
    format!("{service}.{namespace}_{message}")
}

/// The topics of messages, each on its exchange.
fn topics(handled: &[Handled<'_>]) -> Vec<Binding> {
    let mut bindings: Vec<Binding> = handled
        .iter()
        .map(|one| Binding {
            exchange: one.message.exchange.clone(),
            key: one.message.topic.clone(),
        })
        .collect();
    bindings.sort();
    bindings.dedup();
    bindings
}

/// The settings that hold for a queue.
struct Effective {
    concurrency: u16,
    prefetch: u16,
    on_unknown: OnUnknown,
}

/// What a handler says, else the service, else the default.
fn effective(report: &mut Report, service: &Consuming, own: Option<&Consuming>) -> Effective {
    let of_handler = own.and_then(|own| own.concurrency.as_ref());
    let concurrency = of_handler.or(service.concurrency.as_ref());
    let of_handler = own.and_then(|own| own.prefetch.as_ref());
    let prefetch = of_handler.or(service.prefetch.as_ref());
    let on_unknown = own.and_then(|own| own.on_unknown.as_ref());
    let on_unknown = on_unknown.or(service.on_unknown.as_ref());
    let workers = concurrency.map_or(defaults::CONCURRENCY, |value| value.value);
    let inherits = own.is_some_and(|own| own.concurrency.is_none() && own.prefetch.is_none());
    if let (Some(prefetch), false) = (prefetch, inherits) {
        check::services::prefetch(report, workers, concurrency, prefetch);
    }
    Effective {
        concurrency: workers,
        prefetch: prefetch.map_or_else(|| defaults::prefetch(workers), |value| value.value),
        on_unknown: on_unknown.map_or(defaults::ON_UNKNOWN, |value| value.value),
    }
}

fn handler(report: &mut Report, one: &Handled<'_>) -> Handler {
    let decl = one.decl;
    let on_error = decl.on_error.as_ref().map(|value| value.value);
    let on_error = on_error.unwrap_or(defaults::ON_ERROR);
    let timeout = decl.timeout.as_ref().map(|timeout| {
        check::services::timeout(report, timeout);
        timeout.value
    });
    Handler {
        message: one.path.clone(),
        ack: decl.ack.unwrap_or(defaults::ACK),
        timeout: timeout.unwrap_or(defaults::TIMEOUT),
        on_error,
        retry: retry(report, on_error, decl.retry.as_ref()),
    }
}

/// The retry policy; a bound that is not written gives way to the one that is.
fn retry(report: &mut Report, on_error: OnError, decl: Option<&RetryDecl>) -> Retry {
    let mut retry = defaults::RETRY;
    let Some(decl) = decl else {
        return retry;
    };
    check::services::retry(report, on_error, decl);
    if let Some(attempts) = &decl.attempts {
        retry.attempts = attempts.value;
    }
    if let Some(backoff) = &decl.backoff {
        retry.backoff = backoff.value;
    }
    match (&decl.initial, &decl.max) {
        (Some(initial), Some(max)) => (retry.initial, retry.max) = (initial.value, max.value),
        (Some(initial), None) => {
            retry.initial = initial.value;
            retry.max = retry.max.max(initial.value);
        }
        (None, Some(max)) => {
            retry.max = max.value;
            retry.initial = retry.initial.min(max.value);
        }
        (None, None) => {}
    }
    retry
}
