//! The arguments of a queue, beside its type and its handlers.

use crate::diagnostic::{Code, Report};
use crate::model::{Handler, OnError, Overflow, QueueArguments, QueueKind};
use crate::source::Span;
use crate::syntax::ArgumentsDecl;

/// Checks what a queue asks for.
pub(crate) fn arguments(
    report: &mut Report,
    kind: QueueKind,
    written: &ArgumentsDecl,
    handlers: &[Handler],
) {
    if let Some(overflow) = &written.overflow {
        self::overflow(report, kind, written, overflow.span, overflow.value);
    }
    if let Some(ttl) = written
        .message_ttl
        .as_ref()
        .filter(|ttl| ttl.value.is_zero())
    {
        report
            .add(Code::OutOfRange, ttl.span, "`message_ttl` is not zero")
            .help("write how long a message may wait in the queue, such as `1h`");
    }
    if let (Some(limit), QueueKind::Classic) = (&written.delivery_limit, kind) {
        unfit(
            report,
            limit.span,
            "a classic queue has no `delivery_limit`: it does not count deliveries",
            "remove it, or make the queue `type: quorum`; the worker itself counts the `attempts`",
        );
    } else {
        delivery_limit(report, written, handlers);
    }
    if let (Some(priority), QueueKind::Quorum) = (&written.max_priority, kind) {
        unfit(
            report,
            priority.span,
            "a quorum queue has no `max_priority`: it prefers priorities above 4, without being asked",
            "remove it, or make the queue `type: classic`",
        );
    }
}

fn overflow(
    report: &mut Report,
    kind: QueueKind,
    written: &ArgumentsDecl,
    span: Span,
    overflow: Overflow,
) {
    if written.max_length.is_none() && written.max_length_bytes.is_none() {
        report
            .add(
                Code::NoEffect,
                span,
                "`overflow` has no effect: the queue has no limit",
            )
            .help("add `max_length` or `max_length_bytes`, or remove it");
    }
    if (kind, overflow) == (QueueKind::Quorum, Overflow::DropHead) {
        unfit(
            report,
            span,
            "a quorum queue cannot drop its head: its dead letters go out at least once, and RabbitMQ does so only with `reject_publish`",
            "remove `overflow`, which is `reject_publish` by default, or make the queue `type: classic`",
        );
    }
}

/// The broker must not give a message up before the worker does, which knows the reason.
fn delivery_limit(report: &mut Report, written: &ArgumentsDecl, handlers: &[Handler]) {
    let Some(limit) = &written.delivery_limit else {
        return;
    };
    let tries = handlers
        .iter()
        .filter(|handler| handler.on_error != OnError::DeadLetter)
        .max_by_key(|handler| handler.retry.attempts);
    let Some(handler) =
        tries.filter(|handler| limit.value < handler.retry.attempts.saturating_sub(1))
    else {
        return;
    };
    let (message, attempts) = (&handler.message, handler.retry.attempts);
    report
        .add(
            Code::DeliveryLimit,
            limit.span,
            format!(
                "the broker would give `{message}` up before its {attempts} attempts are spent"
            ),
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
