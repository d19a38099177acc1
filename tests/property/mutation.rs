//! One change to a message, at any place: most of them make it invalid, and some do not.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

/// What is done to the value at the place.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Remove,
    Replace(Value),
    /// Another number, that much more.
    Add(i64),
    /// The text with something in place of the character there.
    Respell(Index, &'static str),
    /// The text in another notation.
    Rewrite(fn(&str) -> String),
    /// The last item or entry again, so many times.
    Repeat(usize),
    Clear,
}

/// A place and a change.
pub(crate) fn mutation() -> impl Strategy<Value = (Index, Change)> {
    let replacements = vec![
        json!(null),
        json!(true),
        json!(1),
        json!(-1),
        json!(1.5),
        json!(4_294_967_296_u64),
        json!(u64::MAX),
        json!(""),
        json!("x"),
        json!("12.5"),
        json!("2026-11-23"),
        json!({}),
        json!({"method": 1}),
        json!([]),
        json!(["x"]),
    ];
    let rewrites: Vec<fn(&str) -> String> = vec![
        |text| text.to_uppercase(),
        |text| text.to_lowercase(),
        |text| text.replace(['-', '='], ""),
        |text| text.replace('T', " "),
        |text| text.replace('.', ","),
        |text| format!("{{{text}}}"),
        |text| format!("+{text}"),
        |text| format!("-{text}"),
        |text| format!(" {text}"),
        |text| format!("{text}0"),
        |text| format!("{text}e2"),
        |text| text.repeat(3),
        |text| text.chars().skip(1).collect(),
        |_| "2026-11-23T24:00:00Z".to_owned(),
        |_| "2026-02-29T10:00:00Z".to_owned(),
        |_| "2026-11-23T10:00:60Z".to_owned(),
        |_| "2026-02-29".to_owned(),
        |_| "P1D".to_owned(),
        |_| "1h30m".to_owned(),
        |_| "QR==".to_owned(),
        |_| "urn:uuid:0197f0c2-0000-7000-8000-000000000001".to_owned(),
    ];
    let parts = vec!["", "0", "9", "_", "-", "T", "z", "é", "=", "A"];
    let change = prop_oneof![
        2 => Just(Change::Remove),
        4 => proptest::sample::select(replacements).prop_map(Change::Replace),
        2 => proptest::sample::select(vec![-1, 1, 100, -100_000, 5_000_000_000])
            .prop_map(Change::Add),
        3 => (any::<Index>(), proptest::sample::select(parts))
            .prop_map(|(at, part)| Change::Respell(at, part)),
        4 => proptest::sample::select(rewrites).prop_map(Change::Rewrite),
        1 => (1..4_usize).prop_map(Change::Repeat),
        1 => Just(Change::Clear),
    ];
    (any::<Index>(), change)
}

/// Carries out a change, and says within which field of the message. `None` if nothing is changed, or if the change is none that readers and schemas have to agree on.
pub(crate) fn mutated(message: &Value, place: Index, change: &Change) -> Option<(Value, String)> {
    let (result, pointer) = changed(message, place, change)?;
    let field = pointer.split('/').nth(1)?;
    Some((result, unescaped(field)))
}

fn changed(message: &Value, place: Index, change: &Change) -> Option<(Value, String)> {
    let mut places = Vec::new();
    pointers(message, "", &mut places);
    let place = places.get(place.index(places.len().max(1)))?;
    let mut result = message.clone();
    if let Change::Remove = change {
        let (parent, key) = place.rsplit_once('/')?;
        let parent = result.pointer_mut(parent)?;
        match parent {
            Value::Object(members) => members.remove(&unescaped(key))?,
            Value::Array(items) => items.remove(key.parse().ok()?),
            _ => return None,
        };
        return Some((result, place.clone()));
    }
    let target = result.pointer_mut(place)?;
    match (change, &mut *target) {
        // serde reads a list of the values of its fields as an object, which no schema can tell.
        (Change::Replace(Value::Array(_)), Value::Object(_) | Value::Null) => return None,
        (Change::Replace(new), old) => *old = new.clone(),
        (Change::Add(more), Value::Number(number)) => {
            *target = match (number.as_i64(), number.as_f64()) {
                (Some(n), _) => json!(n.checked_add(*more)?),
                (None, Some(n)) if number.is_f64() => json!(n + 0.5),
                _ => return None,
            };
        }
        (Change::Respell(at, part), Value::String(text)) => {
            let characters: Vec<char> = text.chars().collect();
            let at = at.index(characters.len() + 1);
            let start = characters.iter().take(at);
            let end = characters.iter().skip(at + 1);
            *text = start
                .copied()
                .chain(part.chars())
                .chain(end.copied())
                .collect();
        }
        (Change::Rewrite(rewrite), Value::String(text)) => *text = rewrite(text),
        (Change::Repeat(times), Value::Array(items)) => {
            let last = items.last()?.clone();
            items.extend(std::iter::repeat_n(last, *times));
        }
        (Change::Repeat(times), Value::Object(members)) => {
            let last = members.values().next_back()?.clone();
            for n in 0..*times {
                members.insert(format!("more{n}"), last.clone());
            }
        }
        (Change::Clear, Value::Array(items)) => items.clear(),
        (Change::Clear, Value::Object(members)) => members.clear(),
        _ => return None,
    }
    (result != *message).then(|| (result, place.clone()))
}

/// JSON pointers to everything in a value, but not to itself.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut child = |key: &str, value: &Value| {
        let pointer = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        found.push(pointer.clone());
        pointers(value, &pointer, found);
    };
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                child(&index.to_string(), item);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                child(key, member);
            }
        }
        _ => {}
    }
}

fn unescaped(key: &str) -> String {
    key.replace("~1", "/").replace("~0", "~")
}
