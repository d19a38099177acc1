//! How numbers stand in JSON.

use crate::diagnostic::{Code, Report};
use crate::model::{Scalar, Type};
use crate::source::Spanned;
use crate::syntax::Encoding;

/// The type of a field or an alias, named `what`, with its encoding.
pub(crate) fn encoded(
    report: &mut Report,
    what: &str,
    ty: Type,
    encoding: Option<&Spanned<Encoding>>,
) -> Type {
    let Some(encoding) = encoding else {
        return ty;
    };
    let Encoding::String = encoding.value;
    let help = match &ty {
        Type::Scalar(Scalar::I64) => return Type::Scalar(Scalar::I64Text),
        Type::Scalar(Scalar::U64) => return Type::Scalar(Scalar::U64Text),
        Type::Scalar(_) => "remove it: only numbers of 64 bits have a choice".to_owned(),
        Type::List(_) | Type::Map(_) => {
            "declare an alias for what it holds: `OrderNumber: {type: u64, encoding: string}`"
                .to_owned()
        }
        Type::Named(path) => format!(
            "remove it: whoever uses `{}` writes it in one way; an alias of `i64` or `u64` may have an encoding",
            path.name
        ),
    };
    report
        .add(
            Code::UnfitEncoding,
            encoding.span,
            format!("{what} has an `encoding`, and its type is not `i64` or `u64`"),
        )
        .help(help);
    ty
}
