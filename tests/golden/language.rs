//! Generated code as Rust: its names, its modules, its `Debug`.

// A deprecated message works as before.
#![allow(deprecated)]

use serde_json::{Value, json};
use urutu::{Bytes, Message, Nullable, Timestamp, Uuid};

use crate::adversarial::adversarial::{names, text};
use crate::adversarial::self_;
use crate::docs::people::{Person, PersonAdded};
use crate::names::odd;
use crate::namespaces::{r#mod, shop, super_};
use crate::validation::violations;
use crate::wire::{read, round_trip, wire};

#[test]
fn sensitive_values_stay_out_of_debug() {
    let person = Person {
        iban: Some("DE00".to_owned()),
        ..Person::new("Ana".to_owned(), "hunter2".to_owned())
    };
    let message = PersonAdded::new(person, Some(json!("classified")));
    let shown = format!("{message:?}");
    for secret in ["hunter2", "DE00", "classified"] {
        assert!(!shown.contains(secret), "{shown}");
        assert!(wire(&message).to_string().contains(secret), "{secret}");
    }
    assert_eq!(
        shown,
        "PersonAdded { person: Person { name: \"Ana\", password: [redacted], iban: [redacted], \
         nick: None }, secret: [redacted] }"
    );
}

#[test]
fn names_that_mean_something_to_rust_work() {
    let mut json = serde_json::Map::new();
    let template = read::<odd::Message>(&json!({})).expect_err("its fields are required");
    assert!(template.contains("missing field"), "{template}");
    for word in include_str!("names/names.yaml").lines().filter_map(keyword) {
        json.insert(word.to_owned(), json!(word));
    }
    assert!(json.len() > 80, "{json:?}");
    let message: odd::Message = round_trip(&Value::Object(json));
    assert_eq!(message.r#gen, "gen");
    assert_eq!(message.self_, "self");

    assert_eq!(odd::Types::new().f_result, odd::Result::Self_);
    assert_eq!(odd::Err::from("unknown"), odd::Err::Unknown2);
    let none = odd::Types {
        f_none: Some(Vec::new()),
        ..odd::Types::default()
    };
    assert_eq!(violations(&none), ["`f_none` must have at least 1 item"]);
    assert_eq!(
        wire(&odd::Some::from(odd::Vec::new("x".to_owned())))["none"],
        json!("self")
    );
}

#[test]
fn text_that_could_end_a_literal_is_on_the_wire_as_it_is() {
    let tagged = json!({
        "\"# */ \\ {} </script>": "`[Order]",
        "indented": 1, "fenced": 2, "unclosed": 3, "half_closed": 4, "ended": 5, "carriage": 6,
        "hidden": 7, "only_signs": 8, "bang": 9, "as": 10,
        "```": "`[]\"#*/\\{}</script>",
        "` ": "a``b`c:\t\u{200b}",
    });
    let read: text::Tagged = serde_json::from_value(tagged.clone()).expect("it is valid");
    let text::Tagged::Order(prose) = &read else {
        panic!("another variant: {read:?}");
    };
    let default = text::Prose::new(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    assert_eq!(prose.constrained, default.constrained);
    assert_eq!(violations(&default), [""; 0]);
    let written = wire(&read);
    assert_eq!(written["`[Order]` \"# */ </script>"], tagged["```"]);
    assert_eq!(written[" `"], tagged["` "]);
    for value in text::Quoted::VALUES {
        assert_eq!(wire(&round_trip::<text::Quoted>(&json!(value))), *value);
        let known = text::Quoted::from(*value);
        assert!(!matches!(known, text::Quoted::Unknown(_)), "{value}");
    }
}

#[test]
fn words_of_rust_are_types_modules_and_values() {
    let ring = json!({"text": "a", "next": {"text": "b", "next": {"text": "c"}}});
    round_trip::<self_::Next>(&ring);
    for value in names::Signs::VALUES {
        assert_eq!(names::Signs::from(*value).as_str(), *value);
    }
    for value in names::Latin::VALUES {
        let known = names::Latin::from(*value);
        assert!(!matches!(known, names::Latin::Unknown(_)), "{value}");
    }
    let values = names::Closed::VALUES;
    let read: Vec<names::Closed> = round_trip(&json!(values));
    assert_eq!(read.len(), values.len());
    let chosen = json!({"type": "Self", "v": 1});
    assert!(matches!(
        round_trip(&chosen),
        names::ChosenClosed::Self_(names::T { v: 1 })
    ));
}

/// `      "type": string` is a field of the message with all the words.
fn keyword(line: &str) -> Option<&str> {
    line.strip_prefix("      \"")?.strip_suffix("\": string")
}

#[test]
fn the_runtime_may_be_elsewhere() {
    let noted: crate::elsewhere::notes::Noted = round_trip(&json!({
        "kind": {"of": "text", "level": "high", "size": 1.5}, "raw": "YQ==", "closed": "no",
    }));
    assert_eq!(noted.raw, Nullable::Value(Bytes::from([b'a'])));
    assert!(violations(&noted).is_empty());
}

#[test]
fn a_bus_in_a_module_is_the_same() {
    let id = Uuid::from_u128(1);
    let completed = crate::nested::shop::orders::OrderCompleted::new(id, Timestamp::UNIX_EPOCH);
    assert_eq!(
        wire(&completed)["completed_at"],
        json!("1970-01-01T00:00:00Z")
    );
}

#[test]
fn namespaces_refer_to_each_other() {
    let text = shop::str_::Text::new("x".to_owned());
    let option = crate::namespaces::std_::lib::Option::new();
    let noted = r#mod::Noted::new(text, super_::crate_::Self_::new(option));
    let expected = json!({"text": {"text": "x"}, "self": {"std": {}}});
    assert_eq!(wire(&noted), expected);
    assert_eq!(r#mod::Noted::CONTRACT.type_id, "mod.Noted");
}
