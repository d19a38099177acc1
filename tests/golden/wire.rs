//! What generated types read and write.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use urutu::{Bytes, Date, Decimal, Json, Message, Nullable, SignedDuration, Timestamp, Uuid};

use crate::enums::shipping::{Carrier, Direction, Shipped};
use crate::presence::profiles::{Level, Ping, ProfileChanged};
use crate::scalars::measures::{Defaults, Measured, Numbered, Priced};
use crate::unions::payments::{
    Both, Card, Exact, Invoice, Limit, Not, Nothing, Paid, Payment, Rule,
};
use crate::validation::violations;

pub(crate) fn read<T: DeserializeOwned>(json: &Value) -> Result<T, String> {
    serde_json::from_str(&json.to_string()).map_err(|error| error.to_string())
}

pub(crate) fn wire(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("every message has a JSON form")
}

/// Reads the JSON, writes it again, and gives the value.
pub(crate) fn round_trip<T: Serialize + DeserializeOwned>(json: &Value) -> T {
    let value: T = read(json).expect("it is valid");
    assert_eq!(&wire(&value), json);
    value
}

#[test]
fn every_scalar_survives_a_round_trip() {
    let measured: Measured = round_trip(&json!({
        "text": "ç", "flag": true, "small": -1, "large": i64::MIN, "count": 1, "total": u64::MAX,
        "ratio": 0.5, "amount": "12.50", "id": "0197f0c2-0000-7000-8000-000000000001",
        "at": "2026-11-23T21:15:00Z", "day": "2026-11-23", "took": "PT1M30S", "raw": "+/8A",
        "extra": {"any": [1, null]}, "tags": ["a"], "matrix": [[1], []], "scores": {"a": 1.5},
        "groups": {"g": ["0197f0c2-0000-7000-8000-000000000001"]},
    }));
    assert_eq!(measured.amount, Decimal::new(1250, 2));
    assert_eq!(measured.took, SignedDuration::from_secs(90));
    assert_eq!(measured.raw, Bytes::from([0xfb, 0xff, 0x00]));
    assert!(violations(&measured).is_empty());
}

/// What derives of serde would also take.
#[test]
fn a_record_is_an_object_and_never_an_array() {
    let error = read::<Defaults>(&json!([])).expect_err("no object");
    assert!(error.contains("invalid type: sequence"), "{error}");
    let error = read::<Measured>(&json!(["ç", true, -1])).expect_err("no object");
    assert!(error.contains("invalid type: sequence"), "{error}");
}

/// Readers refuse it, so it must not leave.
#[test]
fn a_time_without_a_notation_names_its_field() {
    let mut measured: Measured = read(&json!({
        "text": "", "flag": true, "small": 0, "large": 0, "count": 0, "total": 0, "ratio": 0.0, "amount": "0",
        "id": "0197f0c2-0000-7000-8000-000000000001", "at": "2026-11-23T21:15:00Z", "day": "2026-11-23", "took": "PT0S",
        "raw": "", "extra": null, "tags": [], "matrix": [], "scores": {}, "groups": {},
    }))
    .expect("it is valid");
    measured.at = urutu::Timestamp::MIN;
    let error = serde_json::to_value(&measured).expect_err("a year before 0");
    assert_eq!(
        error.to_string(),
        "`at`: the time is outside of what a contract can hold, the years 0000 to 9999"
    );
}

#[test]
fn a_decimal_is_a_string() {
    let number = json!({"amount": 12.5});
    let error = read::<Defaults>(&number).expect_err("a number may have lost digits");
    assert!(
        error.contains("floating point `12.5`, expected a decimal number as a string"),
        "{error}"
    );
    let long = json!({"amount": "0.1000000000000000000000000001"});
    let precise: Defaults = read(&long).expect("all its digits");
    assert_eq!(wire(&precise)["amount"], long["amount"]);
    for text in ["", "1e5", "0.10000000000000000000000000001", "NaN"] {
        let error = read::<Defaults>(&json!({"amount": text})).expect_err(text);
        assert!(
            error.contains("expected a decimal number as a string"),
            "{error}"
        );
    }
}

#[test]
fn wide_numbers_are_strings_wherever_they_stand() {
    let full = json!({
        "plain": "-9007199254740993", "alias": "18446744073709551615", "list": ["5", "6"],
        "map": {"a": ["7"], "b": []}, "nullable": "8", "optional": "0", "both": ["9"],
        "default": "-1", "text": "10",
    });
    let numbered: Numbered = round_trip(&full);
    assert_eq!(
        (numbered.plain, numbered.alias),
        (-9_007_199_254_740_993, u64::MAX)
    );
    let sparse = json!({
        "plain": "0", "alias": "5", "list": [], "map": {}, "nullable": null, "both": null,
        "default": "0", "text": "7",
    });
    let numbered: Numbered = round_trip(&sparse);
    assert_eq!((numbered.both, numbered.optional), (Nullable::Null, None));
    let least = json!({"plain": "0", "alias": "5", "list": [], "map": {}, "nullable": null});
    let numbered: Numbered = read(&least).expect("the rest may be missing");
    assert_eq!((numbered.default, numbered.text), (i64::MIN, 7));
    for (field, wrong) in [
        ("plain", json!(0)),
        ("plain", json!("9223372036854775808")),
        ("alias", json!("-5")),
        ("alias", json!("05")),
        ("list", json!(["5", 6])),
        ("map", json!({"a": ["5.0"]})),
        ("nullable", json!("")),
    ] {
        let mut json = least.clone();
        json[field] = wrong;
        let error = read::<Numbered>(&json).expect_err(field);
        assert!(
            error.contains("expected a whole number of 64 bits as a string"),
            "{error}"
        );
    }
    let broken = json!({"plain": "101", "alias": "4", "list": ["5", "5"], "map": {"a": ["1"]}, "nullable": "0"});
    let numbered: Numbered = read(&broken).expect("its form is right");
    assert_eq!(
        violations(&numbered),
        [
            "`plain` must be at most 100",
            "`alias` must be at least 5",
            "`list` must not have equal items: item 1 repeats an earlier one",
            "`map[\"a\"][0]` must be at least 5",
            "`nullable` must be at least 5",
        ]
    );
}

#[test]
fn decimals_are_strings_wherever_they_stand() {
    let full = json!({
        "list": ["1.50", "-0.1"], "alias": {"a": ["2.00"], "b": []}, "nullable": "3",
        "optional": "4", "both": ["5"], "default": "6",
    });
    let priced: Priced = round_trip(&full);
    assert_eq!(priced.alias["a"], [Decimal::new(200, 2)]);
    let sparse = json!({"list": [], "alias": {}, "nullable": null, "both": null, "default": null});
    let priced: Priced = round_trip(&sparse);
    assert_eq!((priced.both, priced.optional), (Nullable::Null, None));
    let least = json!({"list": [], "alias": {}, "nullable": null});
    let priced: Priced = read(&least).expect("the rest may be missing");
    assert_eq!(
        (priced.both, priced.default),
        (Nullable::Missing, Some(Decimal::new(10, 1)))
    );
    for (name, value) in [
        ("optional", Value::Null),
        ("list", json!([1])),
        ("both", json!([null])),
    ] {
        let mut json = least.clone();
        json[name] = value;
        assert!(read::<Priced>(&json).is_err(), "{name}");
    }
}

#[test]
fn defaults_are_what_the_catalog_says() {
    let defaults = Defaults::default();
    assert_eq!(read::<Defaults>(&json!({})), Ok(defaults.clone()));
    let id = "0197f0c2-0000-7000-8000-000000000001";
    assert_eq!(
        wire(&defaults),
        json!({
            "text": "a \"quoted\" text", "empty": "", "flag": true, "small": -5, "large": i64::MIN,
            "count": 7, "total": u64::MAX, "ratio": 2.0, "amount": "-12.50", "id": id,
            "at": "2026-11-23T19:15:00.5Z", "day": "2024-02-29", "took": "PT1M30.5S", "raw": "+/8A",
            "tags": [], "scores": {},
        })
    );
    // What the generator computed is what the types' own parsers read.
    assert_eq!(
        Ok(defaults.at),
        "2026-11-23T21:15:00.5+02:00"
            .parse::<Timestamp>()
            .map_err(drop)
    );
    assert_eq!(Ok(defaults.day), "2024-02-29".parse::<Date>().map_err(drop));
    assert_eq!(
        Ok(defaults.amount),
        "-12.50".parse::<Decimal>().map_err(drop)
    );
    assert_eq!(Ok(defaults.id), id.parse::<Uuid>().map_err(drop));
}

#[test]
fn contracts_say_how_a_message_travels() {
    let contract = Defaults::CONTRACT;
    assert_eq!(contract.type_id, "measures.Defaults");
    assert_eq!(contract.topic, "measures.defaults");
    assert_eq!(contract.exchange, "golden");
    assert_eq!(contract.priority, Some(5));
    assert_eq!(contract.ttl, Some(std::time::Duration::from_secs(5400)));
    assert_eq!(Ping::CONTRACT.kind, urutu::Kind::Task);
    assert_eq!(wire(&Ping::new()), json!({}));
}

#[test]
fn missing_and_null_are_told_apart() {
    let fresh = ProfileChanged::new("r".to_owned(), None);
    let written = json!({
        "required": "r", "required_nullable": null, "default": "low", "default_nullable": 3,
        "default_null": null,
    });
    assert_eq!(wire(&fresh), written);
    let minimal = json!({"required": "r", "required_nullable": null});
    assert_eq!(read::<ProfileChanged>(&minimal), Ok(fresh.clone()));

    let with = |name: &str, value: Value| {
        let mut json = written.clone();
        json[name] = value;
        json
    };
    let null: ProfileChanged = round_trip(&with("optional_nullable", Value::Null));
    assert_eq!(null.optional_nullable, Nullable::Null);
    let value: ProfileChanged = round_trip(&with("optional_nullable", json!("x")));
    assert_eq!(value.optional_nullable, Nullable::Value("x".to_owned()));
    assert!(fresh.optional_nullable.is_missing());
    let null: ProfileChanged = round_trip(&with("default_nullable", Value::Null));
    assert_eq!(null.default_nullable, None);
    // `null` is a value of `json`.
    let null: ProfileChanged = round_trip(&with("any", Value::Null));
    assert_eq!(null.any, Some(Json::Null));

    for name in ["required", "optional", "default"] {
        let error = read::<ProfileChanged>(&with(name, Value::Null)).expect_err(name);
        assert!(error.contains("invalid type: null"), "{name}: {error}");
    }
    for name in ["required", "required_nullable"] {
        let mut json = written.clone();
        json.as_object_mut().expect("an object").remove(name);
        let error = read::<ProfileChanged>(&json).expect_err(name);
        assert!(
            error.contains(&format!("missing field `{name}`")),
            "{error}"
        );
    }
}

#[test]
fn old_names_are_read_and_new_ones_written() {
    for name in ["newName", "old_name", "older-name"] {
        let mut json = wire(&ProfileChanged::new(String::new(), None));
        json[name] = json!(7);
        json["unheard_of"] = json!({});
        let read: ProfileChanged = read(&json).expect("any of its names");
        assert_eq!(read.renamed, Some(7));
        assert_eq!(wire(&read)["newName"], json!(7));
    }
    let twice = json!({"required": "", "required_nullable": null, "old_name": 1, "newName": 2});
    let error = read::<ProfileChanged>(&twice).expect_err("two names of one field");
    assert!(error.contains("duplicate field `old_name`"), "{error}");
}

#[test]
fn an_open_enum_keeps_what_it_does_not_know() {
    let shipped: Shipped = round_trip(&json!({
        "carrier": "by-drone", "direction": "back", "history": ["dhl", "in-house", "in_house", "é", "+"],
        "by_country": {"br": "out"},
    }));
    assert_eq!(shipped.carrier, Carrier::Unknown("by-drone".to_owned()));
    assert_eq!(shipped.history[1..3], [Carrier::InHouse, Carrier::InHouse2]);
    assert_eq!(shipped.carrier.to_string(), "by-drone");
    assert_eq!(Carrier::from("unknown"), Carrier::Unknown2);
    assert_eq!(Carrier::from("self".to_owned()), Carrier::Self_);
    assert_eq!(format!("{:>6}|", Carrier::Dhl), "   dhl|");
    for wire in Carrier::VALUES {
        assert_eq!(Carrier::from(*wire).as_str(), *wire);
        assert!(
            !matches!(Carrier::from(*wire), Carrier::Unknown(_)),
            "{wire}"
        );
    }
    assert_eq!(Level::from("low"), Level::Low);
}

#[test]
fn a_closed_enum_names_what_it_knows() {
    let error = read::<Direction>(&json!("up")).expect_err("not a direction");
    assert!(
        error.contains(r#"unknown value "up", expected one of "out", "back""#),
        "{error}"
    );
    assert_eq!("back".parse::<Direction>().ok(), Some(Direction::Back));
    let error = "up".parse::<Direction>().expect_err("not a direction");
    assert_eq!(error.known(), Direction::VALUES);
    let copy = Direction::Out;
    assert_eq!((copy, copy.as_str()), (Direction::Out, "out"));
}

#[test]
fn unions_are_records_with_a_tag() {
    let card = json!({"method": "card", "last4": "4242"});
    let invoice = json!({"method": "invoice", "due": "2026-12-01"});
    let strange = json!({"method": "pix", "key": {"deep": [1, 2]}, "n": 1.5});
    let paid: Paid = round_trip(&json!({
        "payment": strange,
        "exact": {"kind": "debit", "last4": "1111", "holder": "Ana"},
        "rule": {"op": "both",
                 "left": {"op": "not", "rule": {"op": "limit", "amount": 2.5}},
                 "right": {"op": "new", "x": 1}},
        "history": [card, invoice, {"method": "pre-paid"}, strange],
        "tree": {"value": 1, "left": {"value": 2, "children": []}, "children": []},
    }));
    let Payment::Unknown(unknown) = &paid.payment else {
        panic!("{:?} is not unknown", paid.payment);
    };
    assert_eq!(unknown.name(), "pix");
    assert_eq!(unknown.fields()["key"], json!({"deep": [1, 2]}));
    assert_eq!(paid.history[0], Card::new("4242".to_owned()).into());
    assert_eq!(
        paid.history[1],
        Invoice::new(Date::constant(2026, 12, 1)).into()
    );
    assert_eq!(paid.history[2], Nothing::new().into());
    let Some(Rule::Both(both)) = paid.rule else {
        panic!("{:?} is not both", paid.rule);
    };
    let Both { left, right } = *both;
    assert_eq!(left, Rule::from(Not::new(Box::new(Limit::new(2.5).into()))));
    assert!(matches!(right, Rule::Unknown(_)), "{right:?}");
}

#[test]
fn a_closed_union_refuses_strangers() {
    let error = read::<Exact>(&json!({"kind": "pix"})).expect_err("unknown");
    assert!(
        error.contains("unknown variant `pix`, expected one of `card`, `debit`, `none`"),
        "{error}"
    );
    let error = read::<Payment>(&json!({"last4": "4242"})).expect_err("no tag");
    assert!(error.contains("missing field `method`"), "{error}");
}
