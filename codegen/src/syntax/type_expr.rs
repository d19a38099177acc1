//! Type expressions: `uuid`, `list<OrderLine>`, `map<shop.common.Money>`, `string?`.

use super::value::{one_of, wrong_shape};
use super::{TypeExpr, TypeExprKind};
use crate::diagnostic::{Code, Report, nearest};
use crate::model::Scalar;
use crate::source::{Span, Spanned};
use crate::yaml::{Content, Node};

/// The names of the built-in types.
pub(crate) const SCALARS: [(&str, Scalar); 14] = [
    ("string", Scalar::String),
    ("bool", Scalar::Bool),
    ("i32", Scalar::I32),
    ("i64", Scalar::I64),
    ("u32", Scalar::U32),
    ("u64", Scalar::U64),
    ("f64", Scalar::F64),
    ("decimal", Scalar::Decimal),
    ("uuid", Scalar::Uuid),
    ("timestamp", Scalar::Timestamp),
    ("date", Scalar::Date),
    ("duration", Scalar::Duration),
    ("bytes", Scalar::Bytes),
    ("json", Scalar::Json),
];

/// What people call the built-in types elsewhere.
const FOREIGN: [(&str, &str); 19] = [
    ("str", "string"),
    ("text", "string"),
    ("varchar", "string"),
    ("boolean", "bool"),
    ("int", "i64"),
    ("integer", "i64"),
    ("long", "i64"),
    ("int32", "i32"),
    ("int64", "i64"),
    ("uint32", "u32"),
    ("uint64", "u64"),
    ("float", "f64"),
    ("double", "f64"),
    ("number", "decimal"),
    ("datetime", "timestamp"),
    ("binary", "bytes"),
    ("any", "json"),
    ("array", "list<T>"),
    ("object", "map<T>"),
];

/// How deep containers may be nested in one expression.
const MAX_DEPTH: usize = 16;

/// Reads a type expression, and whether it ends with `?`.
pub(super) fn type_expr(report: &mut Report, node: &Node) -> Option<(TypeExpr, Option<Span>)> {
    let Content::Scalar(scalar) = &node.content else {
        return wrong_shape(
            report,
            node,
            "a type",
            "text such as `uuid` or `list<OrderLine>`",
        );
    };
    let span = node.span;
    if node.is_null() {
        report
            .add(Code::WrongShape, span, "a type is missing here")
            .help("write one, such as `string`, `list<OrderLine>` or `Money`");
        return None;
    }
    // Inside quotes, a column in the text is one further to the right in the file.
    let inner = if scalar.quoted {
        span.part(1, span.end - span.start)
    } else {
        span
    };
    let text = scalar.text.trim_end();
    let (text, optional) = match text.strip_suffix('?') {
        Some(text) => (text, Some(inner.part(text.len(), text.len() + 1))),
        None => (text, None),
    };
    let parser = Parser {
        whole: text,
        span: inner,
    };
    match parser.parse(text, 0, 0) {
        Ok(ty) => Some((ty, optional)),
        Err(fault) => {
            let Spanned { value, span } = fault.0;
            report.add(Code::InvalidTypeExpr, span, value).help(fault.1);
            None
        }
    }
}

/// What is wrong, and what to do.
struct Fault(Spanned<String>, String);

struct Parser<'a> {
    whole: &'a str,
    span: Span,
}

impl Parser<'_> {
    /// Parses `text`, which stands at `at` of the whole.
    fn parse(&self, text: &str, at: usize, depth: usize) -> Result<TypeExpr, Fault> {
        let at = at + (text.len() - text.trim_start().len());
        let text = text.trim();
        let span = self.span.part(at, at + text.len());
        let fault = |message: String, help: &str| {
            Fault(
                Spanned {
                    value: message,
                    span,
                },
                help.to_owned(),
            )
        };
        if depth > MAX_DEPTH {
            return Err(fault(
                format!("containers are nested more than {MAX_DEPTH} deep"),
                "declare a type for the inner part",
            ));
        }
        if let Some((container, rest)) = text.split_once('<') {
            let Some(inner) = rest.strip_suffix('>') else {
                return Err(self.unbalanced(span, container));
            };
            let inner_at = at + container.len() + 1;
            let name = container.trim();
            if inner.contains(',') && (name == "map" || name == "list") {
                return Err(fault(
                    format!("`{name}` takes one type; found `{inner}`"),
                    "the keys of a map are always strings: write `map<T>`, where T is the type of the values",
                ));
            }
            let kind = match name {
                "list" => TypeExprKind::List(Box::new(self.parse(inner, inner_at, depth + 1)?)),
                "map" => TypeExprKind::Map(Box::new(self.parse(inner, inner_at, depth + 1)?)),
                _ => {
                    return Err(fault(
                        format!("there is no container `{name}`"),
                        "the containers are `list<T>` and `map<T>`",
                    ));
                }
            };
            return Ok(TypeExpr { span, kind });
        }
        if let Some((_, scalar)) = SCALARS.iter().find(|(name, _)| *name == text) {
            let kind = TypeExprKind::Scalar(*scalar);
            return Ok(TypeExpr { span, kind });
        }
        if is_reference(text) {
            let kind = TypeExprKind::Named(text.to_owned());
            return Ok(TypeExpr { span, kind });
        }
        Err(Fault(
            Spanned {
                value: format!("`{text}` is not a type"),
                span,
            },
            help_for(text),
        ))
    }

    fn unbalanced(&self, span: Span, container: &str) -> Fault {
        let message = format!("`{}` is not a type: `<` is never closed", self.whole);
        let help = if container.trim() == "map" {
            "write `map<T>`, where T is the type of the values (keys are always strings): inside `{...}`, YAML splits a text at its comma"
        } else {
            "close it with `>`; inside `{...}`, YAML splits a text at its comma"
        };
        Fault(
            Spanned {
                value: message,
                span,
            },
            help.to_owned(),
        )
    }
}

/// What was probably meant by a text that is no type expression.
fn help_for(text: &str) -> String {
    if text.ends_with('?') {
        "`?` stands once, at the end of the whole type: `list<string>?`".to_owned()
    } else if text.ends_with("[]") {
        format!("write a list as `list<{}>`", text.trim_end_matches("[]"))
    } else if matches!(text, "list" | "map") {
        format!("say what it holds: `{text}<string>`")
    } else {
        format!(
            "a type is {}, `list<T>`, `map<T>`, or the name of a declared type, such as `Money`",
            one_of(SCALARS.iter().map(|(name, _)| *name))
        )
    }
}

/// What the language calls a type that is known by another name elsewhere.
pub(crate) fn foreign(name: &str) -> Option<String> {
    let folded = name.to_ascii_lowercase();
    let names = || FOREIGN.iter().map(|(theirs, _)| *theirs);
    let exact = names().find(|theirs| *theirs == folded);
    let theirs = exact.or_else(|| nearest(&folded, names()))?;
    let (_, ours) = FOREIGN.iter().find(|(name, _)| *name == theirs)?;
    Some(format!("did you mean `{ours}`?"))
}

/// A name, whatever its case: whether it is declared is not known here. `Money`, `shop.common.Money`
fn is_reference(text: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_alphabetic())
            && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    !matches!(text, "list" | "map") && text.split('.').all(is_word)
}

/// The name of a built-in type.
pub(crate) fn scalar_name(scalar: Scalar) -> &'static str {
    let scalar = match scalar {
        Scalar::I64Text => Scalar::I64,
        Scalar::U64Text => Scalar::U64,
        scalar => scalar,
    };
    let found = SCALARS.iter().find(|(_, known)| *known == scalar);
    found.map_or("json", |(name, _)| name)
}
