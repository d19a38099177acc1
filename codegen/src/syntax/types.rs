//! Declarations of types: records, enums, unions and aliases.

use super::field::{self, CONSTRAINTS};
use super::name::{self, Grammar};
use super::type_expr::type_expr;
use super::value::{Object, boolean, doc, list, mapping, object, one_of, required, text};
use super::{TypeDecl, TypeForm, VariantDecl, lint};
use crate::diagnostic::{Code, Report};
use crate::model::EnumValue;
use crate::source::Spanned;
use crate::yaml::{Content, Entry, Node};

/// The keys that say what a type is; a declaration has exactly one of them.
pub(crate) const FORMS: [&str; 4] = ["record", "enum", "union", "type"];

pub(crate) const KEYS: [&str; 14] = {
    let [record, enumeration, union, alias] = FORMS;
    let [encoding, min, max, length, pattern, unique] = CONSTRAINTS;
    [
        "doc",
        "deprecated",
        "allow",
        record,
        enumeration,
        union,
        alias,
        encoding,
        "open",
        min,
        max,
        length,
        pattern,
        unique,
    ]
};

pub(crate) const ENUM_VALUE: [&str; 2] = ["value", "doc"];

pub(crate) const UNION: [&str; 2] = ["tag", "variants"];

pub(super) fn declaration(report: &mut Report, entry: &Entry) -> TypeDecl {
    let name = name::declared(report, entry, Grammar::Camel, "a type");
    let what = format!("the type `{}`", name.value);
    let Some(object) = object(report, &entry.value, &what, &KEYS) else {
        return TypeDecl {
            name,
            doc: None,
            deprecated: None,
            form: None,
        };
    };
    lint::allow(report, object, name.span, &entry.value);
    TypeDecl {
        doc: doc(report, object),
        deprecated: field::deprecated(report, object),
        form: form(report, &name, object),
        name,
    }
}

fn form(report: &mut Report, name: &Spanned<String>, object: Object<'_>) -> Option<TypeForm> {
    let mut forms = FORMS.iter().filter_map(|form| object.entry(form));
    let Some(entry) = forms.next() else {
        let what = format!("the type `{}`", name.value);
        let help = format!("it needs one of {}", one_of(FORMS));
        let message = format!("{what} does not say what it is");
        report.add(Code::MissingKey, name.span, message).help(help);
        return None;
    };
    if let Some(second) = forms.next() {
        let message = format!(
            "the type `{}` is `{}` and `{}` at once",
            name.value, entry.key.value, second.key.value
        );
        report
            .add(Code::ExcludingKeys, second.key.span, message)
            .and(entry.key.span, "first here")
            .help("declare two types");
        return None;
    }
    let form = entry.key.value.as_str();
    if form != "type" {
        let constraints = CONSTRAINTS.iter().filter_map(|key| object.entry(key));
        for constraint in constraints {
            let key = &constraint.key;
            report
                .add(
                    Code::UnfitConstraint,
                    key.span,
                    format!("`{}` belongs to an alias, not to `{form}`", key.value),
                )
                .help("put it on a field, or declare an alias: `{type: string, max: 64}`");
        }
    }
    let open = open(report, form, object);
    match form {
        "record" => field::fields(report, Some(&entry.value), "`record`").map(TypeForm::Record),
        "enum" => enumeration(report, name, &entry.value, open),
        "union" => union(report, name, &entry.value, open),
        _ => Some(alias(report, object, &entry.value)),
    }
}

/// Whether readers keep what they do not know: unless `open: false`.
fn open(report: &mut Report, form: &str, object: Object<'_>) -> bool {
    let Some(entry) = object.entry("open") else {
        return true;
    };
    if !matches!(form, "enum" | "union") {
        let message = format!("`open` belongs to `enum` and `union`, not to `{form}`");
        report
            .add(Code::ExcludingKeys, entry.key.span, message)
            .help("remove it");
    }
    boolean(report, &entry.value, "`open`").is_none_or(|open| open.value)
}

fn enumeration(
    report: &mut Report,
    name: &Spanned<String>,
    node: &Node,
    open: bool,
) -> Option<TypeForm> {
    let items = list(report, node, "`enum`")?;
    if items.is_empty() {
        empty(report, name, node, "values", "`enum: [web, app]`");
    }
    let mut values: Vec<Spanned<EnumValue>> = Vec::new();
    let mut whole = !items.is_empty();
    for item in items {
        let Some(value) = enum_value(report, item) else {
            whole = false;
            continue;
        };
        let wire = &value.value.wire;
        if let Some(first) = values.iter().find(|first| first.value.wire == *wire) {
            let message = format!("the enum `{}` has the value `{wire}` twice", name.value);
            report
                .add(Code::DuplicateEnumValue, value.span, message)
                .label("again here")
                .and(first.span, "first here")
                .help("remove one of them");
        } else {
            values.push(value);
        }
    }
    whole.then_some(TypeForm::Enum { open, values })
}

/// `web`, or `{value: web, doc: ...}`
fn enum_value(report: &mut Report, node: &Node) -> Option<Spanned<EnumValue>> {
    let mut documentation = None;
    let value = if matches!(node.content, Content::Map(_)) {
        let object = object(report, node, "a value of an enum", &ENUM_VALUE)?;
        documentation = doc(report, object);
        let help = "write it as `{value: web, doc: The web shop.}`, or as `web`";
        required(report, object, "value", node.span, "this value", help)?
    } else {
        node
    };
    let wire = text(report, value, "a value of an enum")?;
    name::check_wire(report, &wire, "the value");
    let Spanned { value: wire, span } = wire;
    let value = EnumValue {
        wire,
        doc: documentation,
    };
    Some(Spanned { value, span })
}

fn union(report: &mut Report, name: &Spanned<String>, node: &Node, open: bool) -> Option<TypeForm> {
    const HELP: &str = "write `{tag: method, variants: {card: Card, invoice: Invoice}}`";
    let what = format!("the union `{}`", name.value);
    let object = object(report, node, &what, &UNION)?;
    let tag = required(report, object, "tag", name.span, &what, HELP);
    let variants = required(report, object, "variants", name.span, &what, HELP);
    let tag = text(report, tag?, "the tag of a union");
    if let Some(tag) = &tag {
        name::check_wire(report, tag, "the tag");
    }
    let entries = mapping(report, variants?, "`variants`")?;
    if entries.is_empty() {
        empty(report, name, node, "variants", "`variants: {card: Card}`");
        return None;
    }
    let variants = entries.iter().map(|entry| {
        let wire = entry.key.clone();
        name::check_wire(report, &wire, "the value of the tag");
        let record = text(report, &entry.value, "the record of a variant");
        VariantDecl { wire, record }
    });
    let variants = variants.collect();
    Some(TypeForm::Union {
        open,
        tag: tag?,
        variants,
    })
}

fn alias(report: &mut Report, object: Object<'_>, node: &Node) -> TypeForm {
    let constraints = field::constraints(report, object);
    let ty = type_expr(report, node).map(|(ty, optional)| {
        if let Some(span) = optional {
            report
                .add(Code::InvalidTypeExpr, span, "an alias cannot be optional")
                .help("put the `?` on the fields that use it");
        }
        ty
    });
    TypeForm::Alias {
        ty,
        constraints: Box::new(constraints),
    }
}

fn empty(report: &mut Report, name: &Spanned<String>, node: &Node, what: &str, example: &str) {
    report
        .add(
            Code::Empty,
            node.span,
            format!("the type `{}` has no {what}", name.value),
        )
        .help(format!("add at least one: {example}"));
}
