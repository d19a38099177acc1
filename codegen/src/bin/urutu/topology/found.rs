//! What a broker has, as its management API lists it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};
use urutu::tools::{Binding, Declaration, Destination, Object, Properties, Value};

/// The exchanges, queues and bindings of one vhost.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) exchanges: BTreeMap<String, Declaration>,
    pub(super) queues: BTreeMap<String, FoundQueue>,
    pub(super) bindings: BTreeSet<FoundBinding>,
}

/// A queue and how many messages are in it, where the broker counts them.
#[derive(Debug)]
pub(super) struct FoundQueue {
    pub(super) declaration: Declaration,
    pub(super) messages: Option<u64>,
}

/// A binding, and what the broker calls it among those of its exchange and destination.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FoundBinding {
    pub(super) binding: Binding,
    /// It has arguments, which none of urutu's has.
    pub(super) foreign: bool,
    pub(super) properties_key: String,
}

impl Found {
    /// Reads the three listings. What is wrong with one is told by its part that cannot be read.
    pub(super) fn read(exchanges: &Json, queues: &Json, bindings: &Json) -> Result<Self, String> {
        Ok(Self {
            exchanges: items(exchanges, "exchanges")?
                .map(exchange)
                .collect::<Result<_, _>>()?,
            queues: items(queues, "queues")?
                .map(queue)
                .collect::<Result<_, _>>()?,
            bindings: items(bindings, "bindings")?
                .map(binding)
                .collect::<Result<_, _>>()?,
        })
    }
}

fn items<'a>(
    listing: &'a Json,
    what: &str,
) -> Result<impl Iterator<Item = &'a Map<String, Json>>, String> {
    let items = listing.as_array();
    let items = items.ok_or_else(|| format!("its list of {what} is none"))?;
    Ok(items.iter().filter_map(Json::as_object))
}

fn exchange(item: &Map<String, Json>) -> Result<(String, Declaration), String> {
    let name = text(item, "name")?;
    let mut properties = flags(item, &["durable", "auto_delete", "internal"])?;
    properties.insert("type".into(), Value::Text(text(item, "type")?.into()));
    properties.extend(arguments(item));
    let object = Object::Exchange(name.clone().into());
    Ok((name, Declaration { object, properties }))
}

fn queue(item: &Map<String, Json>) -> Result<(String, FoundQueue), String> {
    let name = text(item, "name")?;
    let mut properties = flags(item, &["durable", "auto_delete"])?;
    // Of quorum queues, which cannot be exclusive, it is not said.
    let exclusive = item.get("exclusive").and_then(Json::as_bool);
    properties.insert("exclusive".into(), Value::Flag(exclusive == Some(true)));
    properties.extend(arguments(item));
    // A client that says nothing of the type has got one all the same.
    if let Ok(kind) = text(item, "type") {
        properties
            .entry("x-queue-type".into())
            .or_insert(Value::Text(kind.into()));
    }
    let object = Object::Queue(name.clone().into());
    let found = FoundQueue {
        declaration: Declaration { object, properties },
        messages: item.get("messages").and_then(Json::as_u64),
    };
    Ok((name, found))
}

fn binding(item: &Map<String, Json>) -> Result<FoundBinding, String> {
    let to = Cow::Owned(text(item, "destination")?);
    let binding = Binding {
        exchange: text(item, "source")?.into(),
        key: text(item, "routing_key")?.into(),
        to: if text(item, "destination_type")? == "queue" {
            Destination::Queue(to)
        } else {
            Destination::Exchange(to)
        },
    };
    Ok(FoundBinding {
        binding,
        foreign: arguments(item).next().is_some(),
        properties_key: text(item, "properties_key")?,
    })
}

fn text(item: &Map<String, Json>, key: &str) -> Result<String, String> {
    let value = item.get(key).and_then(Json::as_str);
    value
        .map(str::to_owned)
        .ok_or_else(|| format!("`{key}` is missing in one of its lists"))
}

fn flags(item: &Map<String, Json>, keys: &[&'static str]) -> Result<Properties, String> {
    let flag = |key: &&'static str| {
        let value = item.get(*key).and_then(Json::as_bool);
        let value = value.ok_or_else(|| format!("`{key}` is missing in one of its lists"))?;
        Ok((Cow::Borrowed(*key), Value::Flag(value)))
    };
    keys.iter().map(flag).collect()
}

/// Nothing, where there are none: the API then writes `[]` in some places and `{}` in others.
fn arguments(item: &Map<String, Json>) -> impl Iterator<Item = (Cow<'static, str>, Value)> {
    let arguments = item.get("arguments").and_then(Json::as_object);
    arguments.into_iter().flatten().map(|(name, value)| {
        let value = match value {
            Json::Bool(flag) => Value::Flag(*flag),
            Json::String(text) => Value::Text(text.clone().into()),
            value => match value.as_i64() {
                Some(number) => Value::Number(number),
                None => Value::Text(value.to_string().into()),
            },
        };
        (Cow::Owned(name.clone()), value)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_what_the_management_api_lists() {
        let exchanges = json!([{"name": "shop", "type": "topic", "durable": true, "auto_delete": false, "internal": false, "arguments": {}, "vhost": "/"}]);
        let queues = json!([
            {"name": "plain", "type": "classic", "durable": true, "auto_delete": false, "exclusive": false, "arguments": {}, "messages": 7},
            {"name": "quorum", "type": "quorum", "durable": true, "auto_delete": false,
             "arguments": {"x-queue-type": "quorum", "x-max-length": 10, "x-single-active-consumer": true, "x-odd": [1]}},
        ]);
        let bindings = json!([
            {"source": "", "destination": "plain", "destination_type": "queue", "routing_key": "plain", "arguments": {}, "properties_key": "plain"},
            {"source": "shop", "destination": "other", "destination_type": "exchange", "routing_key": "#", "arguments": [], "properties_key": "%23"},
            {"source": "shop", "destination": "plain", "destination_type": "queue", "routing_key": "a", "arguments": {"x": 1}, "properties_key": "a~h"},
        ]);
        let found = Found::read(&exchanges, &queues, &bindings).expect("lists");
        let text = |text: &'static str| Value::Text(text.into());
        assert_eq!(found.exchanges["shop"].properties["type"], text("topic"));
        let plain = &found.queues["plain"];
        assert_eq!(plain.messages, Some(7));
        assert_eq!(
            plain.declaration.properties["x-queue-type"],
            text("classic")
        );
        let quorum = &found.queues["quorum"];
        assert_eq!(quorum.messages, None);
        for (name, value) in [
            ("exclusive", Value::Flag(false)),
            ("x-max-length", Value::Number(10)),
            ("x-single-active-consumer", Value::Flag(true)),
            ("x-odd", text("[1]")),
        ] {
            assert_eq!(quorum.declaration.properties[name], value, "{name}");
        }
        let foreign: Vec<_> = found.bindings.iter().map(|one| one.foreign).collect();
        assert_eq!(foreign, [false, false, true]);
    }

    #[test]
    fn what_is_no_listing_is_told() {
        let (list, none) = (json!([]), json!({"error": "x"}));
        let queue = json!([{"name": "q", "durable": "yes"}]);
        for (exchanges, queues, bindings, what) in [
            (&none, &list, &list, "list of exchanges"),
            (&list, &none, &list, "list of queues"),
            (&list, &queue, &list, "`durable`"),
            (&list, &list, &json!([{}]), "`destination`"),
        ] {
            let reason = Found::read(exchanges, queues, bindings).expect_err("no lists");
            assert!(reason.contains(what), "{reason}");
        }
    }
}
