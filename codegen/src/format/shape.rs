//! What a value is in the language, by where it stands, and with it the order of its keys.

use crate::syntax::vocabulary as words;

/// A part of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Manifest,
    Defaults,
    DefaultQueue,
    Contract,
    Types,
    Type,
    Fields,
    Field,
    EnumValues,
    EnumValue,
    Union,
    Deprecated,
    Messages,
    Message,
    Delivery,
    Services,
    Service,
    Handlers,
    Handler,
    Queue,
    Arguments,
    DeadLetter,
    Retry,
    /// Whatever has no order of its own.
    Other,
}

impl Shape {
    /// What a file is whose root has these keys.
    pub(super) fn of_file<'k>(mut keys: impl Iterator<Item = &'k str>) -> Self {
        let is_manifest = keys.any(|key| words::of_manifests_only().any(|only| only == key));
        if is_manifest {
            Self::Manifest
        } else {
            Self::Contract
        }
    }

    /// Its keys, in order: those that the parser knows. Empty where the order is the author's.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Manifest => &words::MANIFEST,
            Self::Defaults => &words::DEFAULTS,
            Self::DefaultQueue => &words::DEFAULT_QUEUE,
            Self::Contract => &words::CONTRACT,
            Self::Type => &words::TYPE,
            Self::Field => &words::FIELD,
            Self::EnumValue => &words::ENUM_VALUE,
            Self::Union => &words::UNION,
            Self::Deprecated => &words::DEPRECATED,
            Self::Message => &words::MESSAGE,
            Self::Delivery => &words::DELIVERY,
            Self::Service => &words::SERVICE,
            Self::Handler => &words::HANDLER,
            Self::Queue => &words::QUEUE,
            Self::Arguments => &words::ARGUMENTS,
            Self::DeadLetter => &words::DEAD_LETTER,
            Self::Retry => &words::RETRY,
            Self::Types
            | Self::Fields
            | Self::EnumValues
            | Self::Messages
            | Self::Services
            | Self::Handlers
            | Self::Other => &[],
        }
    }

    /// What stands under a key of it.
    pub(super) fn under(self, key: &str) -> Self {
        match (self, key) {
            (Self::Manifest, "defaults") => Self::Defaults,
            (Self::Defaults, "queue") => Self::DefaultQueue,
            (Self::Contract, "types") => Self::Types,
            (Self::Contract, "messages") => Self::Messages,
            (Self::Contract, "services") => Self::Services,
            (Self::Types, _) => Self::Type,
            (Self::Type, "record") | (Self::Message, "fields") => Self::Fields,
            (Self::Fields, _) => Self::Field,
            (Self::Type, "enum") => Self::EnumValues,
            (Self::Type, "union") => Self::Union,
            (Self::Type | Self::Field | Self::Message, "deprecated") => Self::Deprecated,
            (Self::Messages, _) => Self::Message,
            (Self::Message, "delivery") => Self::Delivery,
            (Self::Services, _) => Self::Service,
            (Self::Service, "handles") => Self::Handlers,
            (Self::Handlers, _) => Self::Handler,
            (Self::Service | Self::Handler, "queue") => Self::Queue,
            (Self::Queue | Self::DefaultQueue, "arguments") => Self::Arguments,
            (Self::Defaults | Self::Service | Self::Handler, "dead_letter") => Self::DeadLetter,
            (Self::Defaults | Self::Service | Self::Handler, "retry") => Self::Retry,
            _ => Self::Other,
        }
    }

    /// What the items of a list are.
    pub(super) fn item(self) -> Self {
        match self {
            Self::EnumValues => Self::EnumValue,
            _ => Self::Other,
        }
    }

    /// Whether it holds declarations, which stand apart from one another.
    pub(super) fn declares(self) -> bool {
        matches!(self, Self::Types | Self::Messages | Self::Services)
    }

    /// Whether a key of it opens a part of the file.
    pub(super) fn opens_part(self, key: &str) -> bool {
        self == Self::Contract && self.under(key).declares()
    }

    /// Where a key stands in the order, one that is not known behind all others; `None` if the order is the author's.
    pub(super) fn rank(self, key: &str) -> Option<usize> {
        let keys = self.keys();
        let at = keys.iter().position(|known| *known == key);
        (!keys.is_empty()).then(|| at.unwrap_or(keys.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_keys() {
        for (keys, shape) in [
            ("catalog name", Shape::Manifest),
            ("exchange lint catalog", Shape::Manifest),
            ("catalog namespace exchange types", Shape::Contract),
            ("catalog", Shape::Contract),
            ("", Shape::Contract),
        ] {
            assert_eq!(Shape::of_file(keys.split_whitespace()), shape, "{keys}");
        }
    }

    /// The schema describes all of the language, and is itself made of the tables of the parser. Wherever it has keys, the formatter
    /// must know the same ones.
    #[cfg(feature = "render")]
    #[test]
    fn every_part_of_the_language_has_its_shape() {
        use crate::model::Value;
        use crate::render::language;

        fn member<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
            match value {
                Value::Object(members) => {
                    let found = members.iter().find(|(name, _)| name == key);
                    found.map(|(_, value)| value)
                }
                _ => None,
            }
        }
        fn meets(schema: &Value, all: &Value, shape: Shape, place: &str, met: &mut Vec<Shape>) {
            if let Some(Value::String(name)) = member(schema, "$ref") {
                let name = name.trim_start_matches("#/definitions/");
                let definition = member(all, name).expect("the schema is whole");
                meets(definition, all, shape, place, met);
            }
            for several in ["allOf", "anyOf"] {
                if let Some(Value::List(schemas)) = member(schema, several) {
                    for schema in schemas {
                        meets(schema, all, shape, place, met);
                    }
                }
            }
            if let Some(Value::Object(properties)) = member(schema, "properties") {
                let keys: Vec<&str> = properties.iter().map(|(key, _)| key.as_str()).collect();
                assert_eq!(
                    shape.keys(),
                    keys,
                    "{place} is a {shape:?} to the formatter"
                );
                met.push(shape);
                for (key, schema) in properties {
                    let place = format!("{place}.{key}");
                    meets(schema, all, shape.under(key), &place, met);
                }
            }
            if let Some(each @ Value::Object(_)) = member(schema, "additionalProperties") {
                assert!(
                    shape.keys().is_empty(),
                    "the order of {place} is the author's"
                );
                meets(each, all, shape.under("any"), &format!("{place}.*"), met);
            }
            if let Some(each) = member(schema, "items") {
                meets(each, all, shape.item(), &format!("{place}[]"), met);
            }
        }

        let all = language::definitions();
        let mut met = Vec::new();
        for (name, shape) in [("manifest", Shape::Manifest), ("contract", Shape::Contract)] {
            let schema = member(&all, name).expect("the schema has both kinds of files");
            meets(schema, &all, shape, name, &mut met);
        }
        assert!(met.len() > 20, "only {met:?}");
    }
}
