//! Definitions of types, fields and messages.

use super::choice;
use super::lint::allow;
use super::shape::{Shape, about, described, flag, mapping, or_null, texts};
use crate::model::Value;
use crate::render::json::{list, number, object, reference, string, strings, with};
use crate::syntax::vocabulary as words;

pub(super) fn definitions() -> Vec<(&'static str, Value)> {
    vec![
        ("typeDeclaration", type_declaration()),
        ("enumValue", enum_value()),
        ("union", union()),
        ("field", field()),
        ("bound", bound()),
        ("deprecated", deprecated()),
        ("message", message()),
        ("delivery", delivery()),
    ]
}

fn doc() -> Value {
    described("text", "What it means; may be Markdown.")
}

fn deprecation() -> Value {
    described("deprecated", "What to use instead, or why, or both.")
}

fn fields(description: &str) -> Value {
    or_null(mapping("snake", "field", description))
}

fn any_of(schemas: impl IntoIterator<Item = Value>) -> Value {
    object([("anyOf", list(schemas))])
}

fn needs(key: &str) -> Value {
    object([("required", strings([key]))])
}

fn constraints(shape: Shape) -> Shape {
    let bound = |description| described("bound", description);
    shape
        .key(
            "min",
            bound("The smallest value, or the fewest characters, bytes, items or entries."),
        )
        .key(
            "max",
            bound("The largest value, or the most characters, bytes, items or entries."),
        )
        .key(
            "length",
            bound("Exactly so many characters, bytes, items or entries; excludes `min` and `max`."),
        )
        .key(
            "pattern",
            described(
                "text",
                "A regular expression that matches somewhere in the text; use `^` and `$` to match all of it.",
            ),
        )
        .key("unique", flag("No two items of the list are equal."))
        .key(
            "encoding",
            choice(
                "`string`: an `i64` or `u64` is a string in JSON, so that no reader rounds it.",
                &words::ENCODINGS,
            ),
        )
}

/// A constraint stands beside `type`, `open` beside what can be open.
fn type_declaration() -> Value {
    let shape = Shape::new(
        "Type",
        "A named type: a record, an enum, a union or an alias.",
        words::TYPE,
    );
    let schema = constraints(shape)
        .key("record", fields("An object with these fields."))
        .key(
            "enum",
            with(
                about("One of several texts."),
                [
                    ("type", string("array")),
                    ("minItems", number(1)),
                    ("items", reference("enumValue")),
                ],
            ),
        )
        .key(
            "union",
            described(
                "union",
                "One of several records; the field `tag` says which.",
            ),
        )
        .key(
            "type",
            described(
                "typeExpression",
                "An alias: another name for this type, with constraints of its own.",
            ),
        )
        .key("doc", doc())
        .key("deprecated", deprecation())
        .key("allow", allow())
        .key(
            "open",
            flag("Whether readers keep what they do not know; `true` unless it is written."),
        )
        .optional();
    let open = ("open", any_of([needs("enum"), needs("union")]));
    let constraints = words::CONSTRAINTS.map(|key| (key, needs("type")));
    with(
        schema,
        [
            ("oneOf", list(words::FORMS.map(needs))),
            (
                "dependencies",
                object([open].into_iter().chain(constraints)),
            ),
        ],
    )
}

fn enum_value() -> Value {
    let long = Shape::new(
        "Value",
        "A value with its documentation.",
        words::ENUM_VALUE,
    )
    .key("value", described("wireName", "The value in JSON."))
    .key("doc", doc())
    .required(&["value"]);
    any_of([reference("wireName"), long])
}

fn union() -> Value {
    let variants = [
        ("type", string("object")),
        ("minProperties", number(1)),
        ("propertyNames", reference("wireName")),
        ("additionalProperties", reference("text")),
    ];
    Shape::new("Union", "One of several records.", words::UNION)
        .key(
            "tag",
            described("wireName", "The field that says which variant it is."),
        )
        .key(
            "variants",
            with(
                about("The values of the tag, each with its record."),
                variants,
            ),
        )
        .required(&["tag", "variants"])
}

fn field() -> Value {
    let shape = Shape::new("Field", "A field with its settings.", words::FIELD);
    let long = constraints(shape)
        .key(
            "type",
            described(
                "typeExpression",
                "The type; `?` at its end makes the field optional.",
            ),
        )
        .key("optional", flag("The field may be missing."))
        .key("nullable", flag("`null` is a value of the field."))
        .key(
            "default",
            about("What readers take when the field is missing."),
        )
        .key("doc", doc())
        .key("deprecated", deprecation())
        .key("allow", allow())
        .key("sensitive", flag("The value is kept out of logs."))
        .key(
            "wire",
            described(
                "wireName",
                "The name in JSON, if it is not the name of the field.",
            ),
        )
        .key(
            "accepts",
            texts("wireName", "Older names that readers take as well."),
        )
        .required(&["type"]);
    any_of([reference("typeExpression"), long])
}

/// Whether it fits its type is for the parser to see.
fn bound() -> Value {
    object([("type", strings(["number", "string"]))])
}

fn deprecated() -> Value {
    let date = [
        ("type", string("string")),
        ("pattern", string("^[0-9]{4}-[0-9]{2}-[0-9]{2}$")),
    ];
    let long = Shape::new(
        "Deprecation",
        "What to use instead, and why.",
        words::DEPRECATED,
    )
    .key("use", described("text", "What to use instead."))
    .key("note", described("text", "Why."))
    .key(
        "remove_after",
        with(about("The day after which it will be removed."), date),
    )
    .optional();
    let long = with(long, [("anyOf", list([needs("use"), needs("note")]))]);
    any_of([reference("text"), long])
}

fn message() -> Value {
    let examples = [("type", string("array"))];
    Shape::new("Message", "An event or a task.", words::MESSAGE)
        .key(
            "kind",
            choice(
                "`event`: every service that handles it gets a copy. `task`: one service handles it.",
                &words::KINDS,
            ),
        )
        .key(
            "topic",
            described("topic", "The routing key it is published with, such as `orders.placed`."),
        )
        .key("doc", doc())
        .key("deprecated", deprecation())
        .key("allow", allow())
        .key(
            "exchange",
            super::exchange("The topic exchange; the default is that of the file."),
        )
        .key("fields", fields("The fields of the message."))
        .key(
            "reserved",
            texts("text", "Names that no field may have: those of removed fields."),
        )
        .key(
            "examples",
            with(about("Valid messages, as they are in JSON."), examples),
        )
        .key(
            "delivery",
            described("delivery", "Priority and time to live."),
        )
        .required(&["kind", "topic"])
}

fn delivery() -> Value {
    let zero = object([("pattern", string("^(0+[a-z]+)+$"))]);
    Shape::new("Delivery", "Priority and time to live.", words::DELIVERY)
        .key(
            "priority",
            super::shape::whole("The priority of AMQP.", 0, u8::MAX.into()),
        )
        .key(
            "ttl",
            with(
                described("duration", "How long the message may wait in a queue."),
                [("not", zero)],
            ),
        )
        .optional()
}
