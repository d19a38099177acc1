//! The field by whose value messages are handled in order.

use crate::diagnostic::{Code, Report, did_you_mean};
use crate::model::{Field, Presence, Scalar};
use crate::resolve::Handled;
use crate::resolve::types::{Base, Types};
use crate::source::Spanned;
use crate::syntax::{ArgumentsDecl, HandlerDecl, one_of};

/// Checks the field that a handler is ordered by.
pub(crate) fn key(report: &mut Report, types: &Types, handled: &Handled<'_>) {
    let Some(written) = &handled.decl.ordered_by else {
        return;
    };
    let fields = &handled.message.fields;
    match fields.iter().find(|field| field.name == written.value) {
        Some(field) => {
            always_there(report, written, field);
            comparable(report, types, written, field);
        }
        None => unknown(report, written, handled),
    }
}

fn unknown(report: &mut Report, written: &Spanned<String>, handled: &Handled<'_>) {
    /// More would not be read.
    const NAMED: usize = 8;
    let fields = &handled.message.fields;
    let names = || fields.iter().map(|field| field.name.as_str());
    let message = &handled.message_name();
    let help = match fields.len() {
        0 => "remove `ordered_by`, or add a field to the message".to_owned(),
        1..=NAMED => format!("name a field of the message itself: {}", one_of(names())),
        _ => "name a field of the message itself, not one within a record".to_owned(),
    };
    report
        .add(
            Code::UnknownOrderField,
            written.span,
            format!("the message `{message}` has no field `{}`", written.value),
        )
        .help_if(did_you_mean(&written.value, names()))
        .help(help);
}

fn always_there(report: &mut Report, written: &Spanned<String>, field: &Field) {
    let fault = match (&field.presence, field.nullable) {
        (Presence::Optional, _) => "is optional",
        (Presence::Default(_), _) => "may be missing: it has a default",
        (Presence::Required, true) => "may be null",
        (Presence::Required, false) => return,
    };
    report
        .add(
            Code::OrderFieldMayMiss,
            written.span,
            format!("the field `{}` {fault}", field.name),
        )
        .help("choose a field that every message has, such as the id of what the message is about");
}

/// Equal values must look alike on the wire, where the worker reads them, and there must be many of them.
fn comparable(report: &mut Report, types: &Types, written: &Spanned<String>, field: &Field) {
    let fault = match types.base(&field.ty) {
        // What is unknown was reported.
        None | Some(Base::Enum(..)) => return,
        Some(Base::Scalar(scalar)) => match scalar {
            Scalar::String
            | Scalar::I32
            | Scalar::I64
            | Scalar::U32
            | Scalar::U64
            | Scalar::I64Text
            | Scalar::U64Text
            | Scalar::Uuid
            | Scalar::Date => return,
            Scalar::Bool => {
                "has two values only: messages would wait for others that are not related"
            }
            Scalar::Decimal | Scalar::Timestamp | Scalar::Duration | Scalar::F64 => {
                "has several notations for one value on the wire"
            }
            Scalar::Bytes => "holds binary data",
            Scalar::Json => "may hold anything",
        },
        Some(Base::List(_) | Base::Map(_) | Base::Record(..) | Base::Union { .. }) => {
            "does not hold a single value"
        }
    };
    report
        .add(
            Code::UnfitOrderField,
            written.span,
            format!("the field `{}` {fault}", field.name),
        )
        .help("choose a field that is a `string`, a `uuid`, a whole number, a `date` or an enum");
}

/// A queue whose messages are handled in order has one consumer at a time; it is so by default, and cannot be otherwise.
pub(crate) fn one_consumer<'a>(
    report: &mut Report,
    arguments: Option<&ArgumentsDecl>,
    handlers: impl IntoIterator<Item = &'a HandlerDecl>,
) {
    let refused = arguments
        .and_then(|arguments| arguments.single_active_consumer.as_ref())
        .filter(|wanted| !wanted.value);
    let ordered = handlers
        .into_iter()
        .find_map(|handler| handler.ordered_by.as_ref());
    let (Some(refused), Some(ordered)) = (refused, ordered) else {
        return;
    };
    report
        .add(
            Code::OrderNeedsOneConsumer,
            refused.span,
            "the queue would send messages to several workers at a time",
        )
        .and(ordered.span, "they are handled in order")
        .help("remove `single_active_consumer`, which `ordered_by` sets, or remove `ordered_by`: no worker knows what another one handles");
}
