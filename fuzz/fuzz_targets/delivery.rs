//! Any properties and any body on their way to a handler, and to the dead letters.
//!
//! The first byte says what follows: an even one a body, an odd one the size of the properties in two bytes, the properties as they travel, and a body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use urutu::Validate;
use urutu::fuzzing::{Delivery, guarded};

urutu::include_bus!();
use fuzz::{Other, Parcel, PostHandlers};

/// How large a frame may be.
const FRAME_MAX: usize = 8 * 1024;
/// Names, types, numbers and times beside what a stranger has written.
const OURS: usize = 2 * 1024;

const CONTRACT: &str = include_str!("../delivery/contract.yaml");

fuzz_target!(|bytes: &[u8]| {
    let (properties, body) = split(bytes);
    let whole = [&[0; 12][..], properties].concat();
    let payload = guarded(&whole, FRAME_MAX);
    assert_eq!(guarded(&payload, FRAME_MAX), payload, "guarded again it changes");
    let Some(delivery) = Delivery::of(&payload, "parcels.send", body) else {
        return;
    };
    assert!(delivery.attempt() >= 1);
    let (exchange, topic) = delivery.address();
    assert!(exchange.len() <= 255 && topic.len() <= 255);
    let spec = spec();
    let handler = delivery.handler(spec);
    let errors = match handler {
        Ok("parcel") => decode(&delivery, body),
        Ok(_) => delivery.decode::<Other>().err().unwrap_or_default(),
        Err(why) => vec![why],
    };
    for error in &errors {
        assert!(error.len() <= 1_100, "{error}");
    }
    let child = delivery.child(&Other::new(1), spec);
    assert!(child <= OURS + 4 * 1024, "a child has {child} bytes");

    // As it fails again and again: it does not grow, and leads nowhere else.
    let copy = delivery.copy(spec, &errors, FRAME_MAX);
    let size = copy.size;
    assert!(size <= FRAME_MAX, "the copy has {size} bytes");
    assert!(!copy.leads_elsewhere());
    let again = copy.delivered().copy(spec, &errors, FRAME_MAX);
    assert!(again.size <= size.max(OURS), "{size}, then {}", again.size);
    show(again.delivered());
    show(delivery);
});

fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes {
        [] => (&[0, 0], &[]),
        [even, body @ ..] if even % 2 == 0 => (&[0, 0], body),
        [_, high, low, rest @ ..] => {
            let size = usize::from(u16::from_be_bytes([*high, *low]));
            rest.split_at(size.min(rest.len()))
        }
        _ => (&[0, 0], &[]),
    }
}

/// Reads the message. What can be read is valid, and comes back the same; an error repeats no value.
fn decode(delivery: &Delivery, body: &[u8]) -> Vec<String> {
    let parcel = match delivery.decode::<Parcel>() {
        Ok(parcel) => parcel,
        Err(errors) => {
            for error in &errors {
                says_no_value(error, body);
            }
            return errors;
        }
    };
    assert!(parcel.validate().is_ok());
    assert!(delivery.has_key(&["key"]), "its key is not found");
    let written = serde_json::to_vec(&parcel).expect("what was read can be written");
    let again = Delivery::of(&[0; 14], "parcels.send", &written).expect("it has no properties");
    assert_eq!(again.decode::<Parcel>().ok().as_ref(), Some(&parcel));
    Vec::new()
}

/// The texts of the body are not in the error, but for the names that the contract has, and keys, which say where something is wrong. A text that is in it
/// although another one stands in its place is of our own words.
fn says_no_value(error: &str, body: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    let mut keys = String::new();
    let mut texts = Vec::new();
    collect(&value, &mut keys, &mut texts);
    for text in texts {
        let is_told = error.contains(text) && !CONTRACT.contains(text) && !keys.contains(text);
        if text.len() >= 12 && is_told {
            let other = without(&value, text).to_string();
            let other = Delivery::of(&[0; 14], "parcels.send", other.as_bytes());
            let errors = other.expect("it has no properties").decode::<Parcel>().err().unwrap_or_default();
            assert!(errors.iter().any(|error| error.contains(text)), "{error:?} tells {text:?}");
        }
    }
}

/// With another text of the same length in the place of this one.
fn without(value: &Value, text: &str) -> Value {
    match value {
        Value::String(found) if found == text => Value::String("~".repeat(text.chars().count())),
        Value::Array(items) => items.iter().map(|item| without(item, text)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(key, value)| (key.clone(), without(value, text))).collect()
        }
        other => other.clone(),
    }
}

fn collect<'v>(value: &'v Value, keys: &mut String, texts: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, keys, texts)),
        Value::Object(fields) => {
            for (key, value) in fields {
                keys.push_str(key);
                keys.push('\n');
                collect(value, keys, texts);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// All that the tools for dead letters ask of a letter.
fn show(delivery: Delivery) {
    let letter = delivery.into_letter();
    let shown = format!("{letter:?}{:?}{:?}", letter.died_at(), letter.age());
    assert!(shown.len() <= 12 * FRAME_MAX);
    let addresses = [letter.queue(), letter.topic(), letter.exchange()];
    assert!(addresses.into_iter().flatten().all(|address| address.len() <= 255));
    let _ = (letter.decode::<Parcel>(), letter.attempts(), letter.reason());
    let _ = (letter.first_failed_at(), letter.replayed_at(), letter.content_type());
}

fn spec() -> &'static urutu::codegen::ServiceSpec {
    struct Post;
    impl PostHandlers for Post {
        type Error = std::convert::Infallible;
        async fn parcel(&self, _: Parcel, _: &urutu::Context) -> Result<(), Self::Error> {
            Ok(())
        }
        async fn other(&self, _: Other, _: &urutu::Context) -> Result<(), Self::Error> {
            Ok(())
        }
    }
    urutu::Service::spec(&Post.into_service())
}
