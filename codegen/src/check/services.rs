//! The settings of services and handlers.

use std::time::Duration;

use crate::diagnostic::{Code, Report};
use crate::model::{Backoff, OnError};
use crate::source::{Span, Spanned};
use crate::syntax::{Consuming, Policy, RetryDecl, ServiceDecl};

/// A worker must settle a delivery before RabbitMQ closes its channel.
pub(crate) const CONSUMER_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// Settings that would have no effect where they stand.
pub(crate) fn settings(report: &mut Report, service: &ServiceDecl) {
    if service.handles.is_empty() {
        const HELP: &str = "add what the service handles under `handles`, or remove the setting";
        let why = "has no effect: the service handles nothing";
        let queue = service.queue.as_ref().map(|queue| ("queue", queue.span));
        let bindings = service.bindings.as_ref().map(|b| ("bindings", b.span));
        for (key, span) in queue
            .into_iter()
            .chain(bindings)
            .chain(policy(&service.policy))
            .chain(written(&service.consuming))
        {
            no_effect(report, key, span, why, HELP);
        }
        return;
    }
    match (&service.queue, &service.bindings) {
        (None, Some(bindings)) => no_effect(
            report,
            "bindings",
            bindings.span,
            "belongs to a queue of the whole service",
            "add `queue: name` to the service; a handler's own queue is bound by the topic of its message",
        ),
        (None, None) => {}
        (Some(_), _) => {
            const HELP: &str = "put it on the service, whose queue it concerns, or remove the `queue` of the service";
            let why = "has no effect on a handler of a service with one queue";
            for handler in &service.handles {
                let queue = handler.queue.as_ref().map(|queue| ("queue", queue.span));
                for (key, span) in queue.into_iter().chain(written(&handler.consuming)) {
                    no_effect(report, key, span, why, HELP);
                }
            }
        }
    }
}

/// The settings that are written, and where.
fn written(consuming: &Consuming) -> impl Iterator<Item = (&'static str, Span)> {
    let concurrency = consuming.concurrency.as_ref();
    let prefetch = consuming.prefetch.as_ref();
    let on_unknown = consuming.on_unknown.as_ref();
    let dead_letter = consuming.dead_letter.as_ref();
    [
        concurrency.map(|value| ("concurrency", value.span)),
        prefetch.map(|value| ("prefetch", value.span)),
        on_unknown.map(|value| ("on_unknown", value.span)),
        dead_letter.map(|value| ("dead_letter", value.span)),
    ]
    .into_iter()
    .flatten()
}

fn policy(policy: &Policy) -> impl Iterator<Item = (&'static str, Span)> {
    let timeout = policy.timeout.as_ref().map(|value| value.span);
    let on_error = policy.on_error.as_ref().map(|value| value.span);
    let retry = policy.retry.as_ref().map(|value| value.span);
    [
        timeout.map(|span| ("timeout", span)),
        on_error.map(|span| ("on_error", span)),
        retry.map(|span| ("retry", span)),
    ]
    .into_iter()
    .flatten()
}

fn no_effect(report: &mut Report, key: &str, span: Span, why: &str, help: &str) {
    report
        .add(Code::NoEffect, span, format!("`{key}` {why}"))
        .help(help);
}

/// A worker that may run more handlers than it gets messages would never do so.
pub(crate) fn prefetch(
    report: &mut Report,
    workers: u16,
    concurrency: Option<&Spanned<u16>>,
    prefetch: &Spanned<u16>,
) {
    if prefetch.value >= workers {
        return;
    }
    let mut handle = report.add(
        Code::PrefetchTooSmall,
        prefetch.span,
        format!(
            "the prefetch of {} is smaller than the concurrency of {workers}",
            prefetch.value
        ),
    );
    if let Some(concurrency) = concurrency {
        handle = handle.and(concurrency.span, "the concurrency");
    }
    handle.help(format!(
        "a worker runs no more handlers than it holds messages: set `concurrency` to {} or `prefetch` to {workers} or more",
        prefetch.value
    ));
}

/// The policy of a manifest or a service; a handler may set `on_error` anew, so that nothing is without effect yet.
pub(crate) fn outer(report: &mut Report, policy: &Policy) {
    if let Some(timeout) = &policy.timeout {
        self::timeout(report, timeout);
    }
    if let Some(retry) = &policy.retry {
        let on_error = policy.on_error.as_ref().map(|value| value.value);
        if on_error.is_none_or(|on_error| on_error == OnError::Retry) {
            delays(report, retry);
        }
    }
}

pub(crate) fn timeout(report: &mut Report, timeout: &Spanned<Duration>) {
    if timeout.value.is_zero() {
        report
            .add(Code::InvalidTimeout, timeout.span, "a timeout is not zero")
            .help("write how long one attempt may take, such as `30s`");
    } else if timeout.value >= CONSUMER_TIMEOUT {
        report
            .add(
                Code::InvalidTimeout,
                timeout.span,
                "a timeout is shorter than 30 minutes",
            )
            .help("RabbitMQ closes the channel of a consumer that holds a message for 30 minutes (`consumer_timeout`), and delivers it again")
            .help("split the work into several tasks");
    }
}

pub(crate) fn retry(report: &mut Report, on_error: OnError, retry: &RetryDecl) {
    let initial = retry.initial.as_ref().map(|value| ("initial", value.span));
    let max = retry.max.as_ref().map(|value| ("max", value.span));
    let backoff = retry.backoff.as_ref().map(|value| ("backoff", value.span));
    let jitter = retry.jitter.as_ref().map(|value| ("jitter", value.span));
    match on_error {
        OnError::DeadLetter => no_effect(
            report,
            "retry",
            retry.span,
            "has no effect with `on_error: dead_letter`",
            "remove it, or set `on_error: retry`",
        ),
        OnError::Requeue => {
            for (key, span) in [backoff, initial, max, jitter].into_iter().flatten() {
                no_effect(
                    report,
                    key,
                    span,
                    "has no effect with `on_error: requeue`, which comes back at once",
                    "remove it, or set `on_error: retry`",
                );
            }
        }
        OnError::Retry => delays(report, retry),
    }
}

fn delays(report: &mut Report, retry: &RetryDecl) {
    for delay in [&retry.initial, &retry.max].into_iter().flatten() {
        if delay.value.is_zero() {
            report
                .add(Code::InvalidRetry, delay.span, "a delay is not zero")
                .help("set `on_error: requeue` for a message that shall come back at once");
        }
    }
    let (Some(initial), Some(max)) = (&retry.initial, &retry.max) else {
        return;
    };
    if initial.value > max.value {
        report
            .add(
                Code::InvalidRetry,
                initial.span,
                "the first delay is longer than the longest",
            )
            .and(max.span, "the longest")
            .help("swap `initial` and `max`, or raise `max`");
    } else if retry
        .backoff
        .as_ref()
        .is_some_and(|backoff| backoff.value == Backoff::Fixed)
    {
        no_effect(
            report,
            "max",
            max.span,
            "has no effect with `backoff: fixed`, whose delays are all `initial`",
            "remove it, or set `backoff: exponential`",
        );
    }
}
