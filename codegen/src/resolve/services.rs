//! Services: from declarations to queues and handlers.

use std::collections::BTreeMap;

use super::defaults as built_in;
use super::symbols::Symbols;
use super::types::Types;
use crate::check;
use crate::diagnostic::{Code, Report};
use crate::model::{
    Binding, Handler, Message, OnUnknown, Overflow, Path, Queue, QueueArguments, QueueKind, Retry,
    Service,
};
use crate::names::snake;
use crate::source::{Span, Spanned};
use crate::syntax::{
    ArgumentsDecl, Consuming, Contract, Defaults, HandlerDecl, QueueDecl, RetryDecl, ServiceDecl,
    is_name, queue_name,
};

/// A handler whose message is known.
#[derive(Debug)]
pub(crate) struct Handled<'a> {
    pub(crate) path: Path,
    pub(crate) message: &'a Message,
    pub(crate) decl: &'a HandlerDecl,
}

impl Handled<'_> {
    /// The message's name as the contract writes it.
    pub(crate) fn message_name(&self) -> &str {
        &self.decl.message.value
    }
}

pub(super) fn lower(
    report: &mut Report,
    symbols: &Symbols<'_>,
    types: &Types,
    messages: &BTreeMap<Path, Message>,
) -> BTreeMap<Path, Service> {
    let mut services = BTreeMap::new();
    let mut tasks = check::tasks::Tasks::default();
    let mut names = check::queues::Names::default();
    for (name, (contract, decl)) in &symbols.services {
        let handled = handled(report, symbols, messages, contract, decl);
        for handler in &handled {
            tasks.handled(report, name, handler);
            check::ordering::key(report, types, handler);
        }
        check::services::settings(report, decl);
        check::services::outer(report, &decl.policy);
        let queues = match &decl.queue {
            Some(queue) => {
                let defaults = &contract.defaults;
                service_queue(
                    report, &mut names, messages, defaults, decl, queue, &handled,
                )
            }
            None => handler_queues(report, &mut names, &contract.defaults, decl, &handled),
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
    names.of_dead_letters(report);
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
    defaults: &Defaults,
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
    let consuming = effective(report, &[&defaults.consuming, &service.consuming]);
    let bindings = match &service.bindings {
        Some(bindings) => {
            check::bindings::of_service(report, bindings, handled, messages, consuming.on_unknown)
        }
        None => topics(handled),
    };
    let mut handlers: Vec<Handler> = handled
        .iter()
        .map(|one| handler(report, defaults, service, one))
        .collect();
    handlers.sort_by(|a, b| a.message.cmp(&b.message));
    let decls = handled.iter().map(|one| one.decl);
    check::ordering::one_consumer(report, Some(&queue.arguments), decls);
    let queue = self::queue(
        report,
        name.value,
        defaults,
        Some(queue),
        bindings,
        &consuming,
        handlers,
    );
    names.resolved(&queue, consuming.dead_letter);
    vec![queue]
}

/// A queue for each handler.
fn handler_queues(
    report: &mut Report,
    names: &mut check::queues::Names,
    defaults: &Defaults,
    service: &ServiceDecl,
    handled: &[Handled<'_>],
) -> Vec<Queue> {
    if !handled.is_empty() {
        // Once for the service, however many handlers inherit its settings.
        effective(report, &[&defaults.consuming, &service.consuming]);
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
        let layers = [&defaults.consuming, &service.consuming, &decl.consuming];
        let consuming = effective(report, &layers);
        let handlers = vec![handler(report, defaults, service, one)];
        let bindings = topics(std::slice::from_ref(one));
        let own = decl.queue.as_ref();
        check::ordering::one_consumer(report, own.map(|queue| &queue.arguments), [decl]);
        let queue = queue(
            report, name.value, defaults, own, bindings, &consuming, handlers,
        );
        names.resolved(&queue, consuming.dead_letter);
        queues.push(queue);
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
struct Effective<'a> {
    concurrency: u16,
    prefetch: u16,
    on_unknown: OnUnknown,
    dead_letter: Option<&'a Spanned<String>>,
}

/// What the last of the layers says, else the one before it, else the default; what the last one says is checked.
fn effective<'a>(report: &mut Report, layers: &[&'a Consuming]) -> Effective<'a> {
    let layers = || layers.iter().rev();
    let concurrency = layers().find_map(|layer| layer.concurrency.as_ref());
    let prefetch = layers().find_map(|layer| layer.prefetch.as_ref());
    let on_unknown = layers().find_map(|layer| layer.on_unknown.as_ref());
    let workers = concurrency.map_or(built_in::CONCURRENCY, |value| value.value);
    let speaks = layers()
        .next()
        .is_some_and(|own| own.concurrency.is_some() || own.prefetch.is_some());
    if let (Some(prefetch), true) = (prefetch, speaks) {
        check::services::prefetch(report, workers, concurrency, prefetch);
    }
    Effective {
        concurrency: workers,
        prefetch: prefetch.map_or_else(|| built_in::prefetch(workers), |value| value.value),
        on_unknown: on_unknown.map_or(built_in::ON_UNKNOWN, |value| value.value),
        dead_letter: layers().find_map(|layer| layer.dead_letter.as_ref()),
    }
}

/// Checks what a manifest sets.
pub(crate) fn defaults(report: &mut Report, defaults: &Defaults) {
    effective(report, &[&defaults.consuming]);
    check::services::outer(report, &defaults.policy);
    let kind = kind(defaults, None);
    check::arguments::of_defaults(report, kind, &defaults.arguments, attempts(defaults));
}

/// The attempts of a handler that says nothing.
fn attempts(defaults: &Defaults) -> u32 {
    let retry = defaults.policy.retry.as_ref();
    let written = retry.and_then(|retry| retry.attempts.as_ref());
    written.map_or(built_in::RETRY.attempts, |attempts| attempts.value)
}

fn queue(
    report: &mut Report,
    name: String,
    defaults: &Defaults,
    written: Option<&QueueDecl>,
    bindings: Vec<Binding>,
    consuming: &Effective<'_>,
    handlers: Vec<Handler>,
) -> Queue {
    let kind = kind(defaults, written);
    let nothing = ArgumentsDecl::default();
    let own = written.map_or(&nothing, |queue| &queue.arguments);
    let inherited = &defaults.arguments;
    check::arguments::of_queue(report, kind, own, inherited, attempts(defaults), &handlers);
    let arguments = arguments(kind, own, inherited);
    let is_ordered = handlers.iter().any(|handler| handler.ordered_by.is_some());
    Queue {
        name,
        kind,
        arguments: QueueArguments {
            single_active_consumer: arguments.single_active_consumer || is_ordered,
            ..arguments
        },
        bindings,
        concurrency: consuming.concurrency,
        prefetch: consuming.prefetch,
        on_unknown: consuming.on_unknown,
        dead_letter: consuming.dead_letter.map(|name| name.value.clone()),
        handlers,
    }
}

fn kind(defaults: &Defaults, queue: Option<&QueueDecl>) -> QueueKind {
    let written = queue.and_then(|queue| queue.kind);
    written
        .or(defaults.queue_kind)
        .unwrap_or(built_in::QUEUE_KIND)
}

/// What the queue says, else what the manifest says and a queue of this type has.
fn arguments(kind: QueueKind, own: &ArgumentsDecl, inherited: &ArgumentsDecl) -> QueueArguments {
    fn value<T: Copy>(own: Option<&Spanned<T>>, inherited: Option<&Spanned<T>>) -> Option<T> {
        own.or(inherited).map(|written| written.value)
    }
    let fitting =
        |overflow: &&Spanned<Overflow>| check::arguments::can_overflow(kind, overflow.value);
    let counting = check::arguments::counts_deliveries(kind);
    let sorting = check::arguments::has_priorities(kind);
    QueueArguments {
        max_length: value(own.max_length.as_ref(), inherited.max_length.as_ref()),
        max_length_bytes: value(
            own.max_length_bytes.as_ref(),
            inherited.max_length_bytes.as_ref(),
        ),
        overflow: value(
            own.overflow.as_ref(),
            inherited.overflow.as_ref().filter(fitting),
        )
        .unwrap_or_default(),
        message_ttl: value(own.message_ttl.as_ref(), inherited.message_ttl.as_ref()),
        delivery_limit: value(
            own.delivery_limit.as_ref(),
            inherited.delivery_limit.as_ref().filter(|_| counting),
        ),
        single_active_consumer: value(
            own.single_active_consumer.as_ref(),
            inherited.single_active_consumer.as_ref(),
        )
        .unwrap_or_default(),
        max_priority: value(
            own.max_priority.as_ref(),
            inherited.max_priority.as_ref().filter(|_| sorting),
        ),
    }
}

fn handler(
    report: &mut Report,
    defaults: &Defaults,
    service: &ServiceDecl,
    one: &Handled<'_>,
) -> Handler {
    let decl = one.decl;
    let own = &decl.policy;
    let layers = || [own, &service.policy, &defaults.policy].into_iter();
    let on_error = layers().find_map(|layer| layer.on_error.as_ref());
    let on_error = on_error.map_or(built_in::ON_ERROR, |value| value.value);
    let timeout = layers().find_map(|layer| layer.timeout.as_ref());
    if let Some(timeout) = &own.timeout {
        check::services::timeout(report, timeout);
    }
    if let Some(retry) = &own.retry {
        check::services::retry(report, on_error, retry);
    }
    let mut retry = built_in::RETRY;
    for decl in layers().rev().filter_map(|layer| layer.retry.as_ref()) {
        refine(&mut retry, decl);
    }
    Handler {
        message: one.path.clone(),
        ack: decl.ack.unwrap_or(built_in::ACK),
        ordered_by: decl.ordered_by.as_ref().map(|field| field.value.clone()),
        timeout: timeout.map_or(built_in::TIMEOUT, |timeout| timeout.value),
        on_error,
        retry,
    }
}

/// Sets what a layer says of a retry policy; a bound that it does not write gives way to the one that it does.
fn refine(retry: &mut Retry, decl: &RetryDecl) {
    if let Some(attempts) = &decl.attempts {
        retry.attempts = attempts.value;
    }
    if let Some(backoff) = &decl.backoff {
        retry.backoff = backoff.value;
    }
    if let Some(jitter) = &decl.jitter {
        retry.jitter = jitter.value;
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
}
