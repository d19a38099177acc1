//! The arguments of a queue, beside its type and its handlers.

use crate::diagnostic::{Code, Report};
use crate::model::{Handler, OnError, Overflow, QueueArguments, QueueKind};
use crate::source::{Span, Spanned};
use crate::syntax::ArgumentsDecl;

/// Checks what a queue asks for. What it inherits was checked where it is written; what of it does not fit the queue is left out.
pub(crate) fn of_queue(
    report: &mut Report,
    kind: QueueKind,
    own: &ArgumentsDecl,
    inherited: &ArgumentsDecl,
    usual_attempts: u32,
    handlers: &[Handler],
) {
    fit(report, kind, own);
    let lengths = [&own.max_length, &inherited.max_length];
    let sizes = [&own.max_length_bytes, &inherited.max_length_bytes];
    let limited =
        lengths.into_iter().any(Option::is_some) || sizes.into_iter().any(Option::is_some);
    if let (Some(overflow), false) = (&own.overflow, limited) {
        report
            .add(
                Code::NoEffect,
                overflow.span,
                "`overflow` has no effect: the queue has no limit",
            )
            .help("add `max_length` or `max_length_bytes`, or remove it");
    }
    if counts_deliveries(kind) {
        match (&own.delivery_limit, &inherited.delivery_limit) {
            (Some(limit), _) => delivery_limit(report, limit, handlers),
            // A limit that is too low for the usual attempts was reported where it is written.
            (None, Some(limit)) if !is_below(limit.value, usual_attempts) => {
                delivery_limit(report, limit, handlers);
            }
            _ => {}
        }
    }
}

/// Checks what a manifest asks for, by the type of a queue that says nothing.
pub(crate) fn of_defaults(
    report: &mut Report,
    kind: QueueKind,
    arguments: &ArgumentsDecl,
    attempts: u32,
) {
    fit(report, kind, arguments);
    if let Some(limit) = &arguments.delivery_limit
        && counts_deliveries(kind)
        && is_below(limit.value, attempts)
    {
        too_few(report, limit.span, "a message", attempts);
    }
}

/// Whether every argument is one for queues of this type.
fn fit(report: &mut Report, kind: QueueKind, written: &ArgumentsDecl) {
    if let Some(overflow) = &written.overflow
        && !can_overflow(kind, overflow.value)
    {
        unfit(
            report,
            overflow.span,
            "a quorum queue cannot drop its head: its dead letters go out at least once, and RabbitMQ does so only with `reject_publish`",
            "remove `overflow`, which is `reject_publish` by default, or make the queue `type: classic`",
        );
    }
    if let Some(ttl) = &written.message_ttl
        && ttl.value.is_zero()
    {
        report
            .add(Code::OutOfRange, ttl.span, "`message_ttl` is not zero")
            .help("write how long a message may wait in the queue, such as `1h`");
    }
    if let Some(limit) = &written.delivery_limit
        && !counts_deliveries(kind)
    {
        unfit(
            report,
            limit.span,
            "a classic queue has no `delivery_limit`: it does not count deliveries",
            "remove it, or make the queue `type: quorum`; the worker itself counts the `attempts`",
        );
    }
    if let Some(priority) = &written.max_priority
        && !has_priorities(kind)
    {
        unfit(
            report,
            priority.span,
            "a quorum queue has no `max_priority`: it prefers priorities above 4, without being asked",
            "remove it, or make the queue `type: classic`",
        );
    }
}

/// Whether a queue of this type does so when it is full.
pub(crate) fn can_overflow(kind: QueueKind, overflow: Overflow) -> bool {
    (kind, overflow) != (QueueKind::Quorum, Overflow::DropHead)
}

/// Whether a queue of this type may have a `delivery_limit`.
pub(crate) fn counts_deliveries(kind: QueueKind) -> bool {
    kind == QueueKind::Quorum
}

/// Whether a queue of this type may have a `max_priority`.
pub(crate) fn has_priorities(kind: QueueKind) -> bool {
    kind == QueueKind::Classic
}

/// The broker must not give a message up before the worker does, which knows the reason.
fn delivery_limit(report: &mut Report, limit: &Spanned<u32>, handlers: &[Handler]) {
    let tries = handlers
        .iter()
        .filter(|handler| handler.on_error != OnError::DeadLetter)
        .max_by_key(|handler| handler.retry.attempts);
    if let Some(handler) = tries.filter(|one| is_below(limit.value, one.retry.attempts)) {
        let message = format!("`{}`", handler.message);
        too_few(report, limit.span, &message, handler.retry.attempts);
    }
}

/// Whether a message would come back more often than the broker lets it.
fn is_below(limit: u32, attempts: u32) -> bool {
    limit < attempts.saturating_sub(1)
}

fn too_few(report: &mut Report, span: Span, message: &str, attempts: u32) {
    report
        .add(
            Code::DeliveryLimit,
            span,
            format!("the broker would give {message} up before its {attempts} attempts are spent"),
        )
        .help(format!(
            "set `delivery_limit` to {} or more: it is how often a message may come back; or lower `attempts`",
            attempts.saturating_sub(1)
        ));
}

fn unfit(report: &mut Report, span: Span, message: &str, help: &str) {
    report.add(Code::UnfitArgument, span, message).help(help);
}

/// Whether messages of a priority are told from others.
pub(crate) fn sorts_by_priority(kind: QueueKind, arguments: &QueueArguments) -> bool {
    kind == QueueKind::Quorum || arguments.max_priority.is_some()
}
