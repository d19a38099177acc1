//! Fields of records and messages.

use super::name::{self, Grammar};
use super::service::choose;
use super::type_expr::type_expr;
use super::value::{Object, boolean, doc, mapping, object, required, text, texts};
use super::{ConstraintsDecl, Encoding, FieldDecl, lint};
use crate::check::is_date;
use crate::diagnostic::{Code, Report};
use crate::model::Deprecated;
use crate::source::Spanned;
use crate::yaml::{Content, Entry, Node, trap};

/// What fields and aliases may say about the values of their type.
pub(crate) const CONSTRAINTS: [&str; 6] = ["encoding", "min", "max", "length", "pattern", "unique"];

pub(crate) const ENCODINGS: [(&str, Encoding); 1] = [("string", Encoding::String)];

pub(crate) const KEYS: [&str; 16] = {
    let [encoding, min, max, length, pattern, unique] = CONSTRAINTS;
    [
        "type",
        encoding,
        "optional",
        "nullable",
        "default",
        "wire",
        "accepts",
        min,
        max,
        length,
        pattern,
        unique,
        "sensitive",
        "deprecated",
        "allow",
        "doc",
    ]
};

/// A mapping of fields, which may be missing or empty. `None` if it is something else.
pub(super) fn fields(
    report: &mut Report,
    node: Option<&Node>,
    what: &str,
) -> Option<Vec<FieldDecl>> {
    let entries = match node {
        Some(node) if !node.is_null() => mapping(report, node, what)?,
        _ => &[],
    };
    let mut fields = Vec::with_capacity(entries.len());
    for entry in entries {
        if !trap::is_split_type(&entry.key.value, entries) {
            fields.push(field(report, entry));
        }
    }
    Some(fields)
}

fn field(report: &mut Report, entry: &Entry) -> FieldDecl {
    let name = name::declared(report, entry, Grammar::Snake, "a field");
    let mut field = FieldDecl {
        name,
        doc: None,
        deprecated: None,
        sensitive: false,
        ty: None,
        optional: false,
        nullable: false,
        default: None,
        wire: None,
        accepts: Vec::new(),
        constraints: ConstraintsDecl::default(),
    };
    match &entry.value.content {
        Content::Map(_) => long(report, &entry.value, &mut field),
        _ => {
            if let Some((ty, optional)) = type_expr(report, &entry.value) {
                field.ty = Some(ty);
                field.optional = optional.is_some();
            }
        }
    }
    field
}

/// The form with keys.
fn long(report: &mut Report, node: &Node, field: &mut FieldDecl) {
    let what = format!("the field `{}`", field.name.value);
    let Some(object) = object(report, node, &what, &KEYS) else {
        return;
    };
    lint::allow(report, object, field.name.span, node);
    let flag = |report: &mut Report, key: &str| {
        let entry = object.entry(key)?;
        let value = boolean(report, &entry.value, &format!("`{key}`"))?.value;
        Some(Spanned {
            value,
            span: entry.key.span,
        })
    };
    let optional = flag(report, "optional");
    field.nullable = flag(report, "nullable").is_some_and(|flag| flag.value);
    field.sensitive = flag(report, "sensitive").is_some_and(|flag| flag.value);
    field.optional = optional.as_ref().is_some_and(|flag| flag.value);
    let help = "add one: `type: string`";
    let ty = required(report, object, "type", field.name.span, &what, help);
    if let Some((ty, mark)) = ty.and_then(|node| type_expr(report, node)) {
        field.ty = Some(ty);
        if let (Some(mark), Some(flag)) = (mark, &optional) {
            report
                .add(
                    Code::PresenceConflict,
                    flag.span,
                    format!("{what} says twice whether it is optional"),
                )
                .and(mark, "here as well")
                .help("keep one: the `?`, or `optional: true`");
        }
        field.optional |= mark.is_some();
    }
    field.default = object.get("default").cloned();
    if let (Some(entry), true) = (object.entry("default"), field.optional) {
        report
            .add(
                Code::PresenceConflict,
                entry.key.span,
                format!("{what} is optional and has a default"),
            )
            .help(
                "a field with a default may always be missing: remove `optional`, or the default",
            );
        field.default = None;
    }
    field.doc = doc(report, object);
    field.deprecated = deprecated(report, object);
    field.wire = object
        .get("wire")
        .and_then(|node| text(report, node, "the name on the wire"));
    field.accepts = match object.get("accepts") {
        Some(node) => texts(report, node, "accepted names"),
        None => Vec::new(),
    };
    for wire in field.wire.iter().chain(&field.accepts) {
        name::check_wire(report, wire, "the name on the wire");
    }
    field.constraints = constraints(report, object);
}

pub(super) fn constraints(report: &mut Report, object: Object<'_>) -> ConstraintsDecl {
    ConstraintsDecl {
        min: object.get("min").cloned(),
        max: object.get("max").cloned(),
        length: object.get("length").cloned(),
        pattern: object
            .get("pattern")
            .and_then(|node| text(report, node, "the pattern")),
        unique: object.entry("unique").and_then(|entry| {
            let value = boolean(report, &entry.value, "`unique`")?.value;
            let span = entry.key.span;
            Some(Spanned { value, span })
        }),
        encoding: choose(report, object, "encoding", &ENCODINGS),
    }
}

pub(crate) const DEPRECATED: [&str; 3] = ["use", "note", "remove_after"];

/// `deprecated: "a note"`, or `{use: x, note: y}`.
pub(super) fn deprecated(report: &mut Report, object: Object<'_>) -> Option<Deprecated> {
    const HELP: &str =
        "say what to use: `deprecated: {use: promotions}`, or why: `deprecated: \"gone in 2027\"`";
    let written = object.get("deprecated")?;
    match &written.content {
        Content::Map(_) => {}
        Content::Scalar(scalar) if matches!(scalar.text.as_str(), "true" | "false") => {
            let message = "`deprecated` is a note, not a boolean";
            report
                .add(Code::WrongShape, written.span, message)
                .help(HELP);
            return None;
        }
        _ => {
            let note = text(report, written, "`deprecated`")?.value;
            return Some(Deprecated {
                note: Some(note),
                ..Deprecated::default()
            });
        }
    }
    let what = "`deprecated`";
    let object = self::object(report, written, what, &DEPRECATED)?;
    let mut part = |key: &str, what: &str| {
        let node = object.get(key)?;
        Some(text(report, node, what).map(|part| part.value))
    };
    let use_instead = part("use", "what to use instead");
    let note = part("note", "the note");
    let remove_after = object.get("remove_after").and_then(|node| {
        let date = text(report, node, "the date of removal")?;
        if is_date(&date.value) {
            return Some(date.value);
        }
        report
            .add(Code::WrongShape, date.span, "`remove_after` is a date")
            .help("write it as `2027-01-31`");
        None
    });
    if use_instead.is_none() && note.is_none() {
        report
            .add(Code::Empty, written.span, "`deprecated` says nothing")
            .help(HELP);
        return None;
    }
    Some(Deprecated {
        use_instead: use_instead.flatten(),
        note: note.flatten(),
        remove_after,
    })
}
