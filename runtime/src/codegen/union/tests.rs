use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;

use super::*;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Card {
    last4: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    holder: Option<String>,
}

#[derive(Debug, PartialEq)]
enum Payment {
    Card(Card),
    Unknown(UnknownVariant),
}

impl Union for Payment {
    const TAG: &'static str = "method";

    fn variant<'de, D: Deserializer<'de>>(name: &str, fields: D) -> Result<Self, D::Error> {
        match name {
            "card" => Card::deserialize(fields).map(Self::Card),
            _ => UnknownVariant::read(name, fields).map(Self::Unknown),
        }
    }
}

impl<'de> Deserialize<'de> for Payment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer)
    }
}

impl Serialize for Payment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Card(card) => write(serializer, Self::TAG, "card", card),
            Self::Unknown(unknown) => unknown.write(serializer, Self::TAG),
        }
    }
}

fn card() -> Payment {
    Payment::Card(Card {
        last4: "4242".to_owned(),
        holder: None,
    })
}

fn parse(json: &str) -> Result<Payment, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

#[test]
fn the_tag_is_written_first() {
    let json = serde_json::to_string(&card()).expect("a card has a JSON form");
    assert_eq!(json, r#"{"method":"card","last4":"4242"}"#);
}

#[test]
fn the_tag_is_read_wherever_it_stands() {
    for json in [
        r#"{"method":"card","last4":"4242","new":[1]}"#,
        r#"{"last4":"4242","method":"card"}"#,
        r#"{"last4":"4242","method":"card","new":{}}"#,
    ] {
        assert_eq!(parse(json), Ok(card()), "{json}");
    }
}

#[test]
fn an_unknown_variant_survives_a_round_trip() {
    let value = json!({"method": "pix", "key": "a", "n": 18_446_744_073_709_551_615_u64});
    for json in [
        value.to_string(),
        r#"{"key":"a","method":"pix","n":1}"#.to_owned(),
    ] {
        let payment = parse(&json).expect("an open union reads any variant");
        let Payment::Unknown(unknown) = &payment else {
            panic!("{payment:?} is not unknown")
        };
        assert_eq!(unknown.name(), "pix");
        let again = serde_json::to_value(&payment).expect("it has a JSON form");
        let before: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
        assert_eq!(again, before);
        assert_eq!(
            format!("{unknown:?}"),
            r#"UnknownVariant { name: "pix", .. }"#
        );
    }
}

#[test]
fn errors_say_what_is_missing() {
    let missing = parse(r#"{"last4":"4242"}"#).expect_err("no tag");
    assert!(missing.contains("missing field `method`"), "{missing}");
    let early = parse(r#"{"method":"card"}"#).expect_err("no last4");
    assert!(early.contains("missing field `last4`"), "{early}");
    let late = parse(r#"{"holder":"x","method":"card"}"#).expect_err("no last4");
    assert!(
        late.contains("variant `card`: missing field `last4`"),
        "{late}"
    );
    let scalar = parse("7").expect_err("not an object");
    assert!(
        scalar.contains("an object with the field `method`"),
        "{scalar}"
    );
}

#[test]
fn a_field_that_comes_twice_is_refused_wherever_the_tag_stands() {
    for json in [
        r#"{"method":"card","last4":"4242","last4":"4243"}"#,
        r#"{"last4":"4242","method":"card","last4":"4243"}"#,
        r#"{"last4":"4242","last4":"4243","method":"card"}"#,
    ] {
        assert!(parse(json).is_err(), "{json}");
    }
}

#[test]
fn only_records_can_be_variants() {
    struct Text;
    impl Serialize for Text {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            write(serializer, "kind", "text", &"plain")
        }
    }
    let error = serde_json::to_string(&Text).expect_err("a string is not a record");
    assert!(error.to_string().contains("must be a record"), "{error}");
}
