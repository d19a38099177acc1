//! The constraints of generated types.

use std::collections::BTreeMap;

use urutu::{Bytes, Decimal, Invalid, Nullable, Validate};

use crate::constraints::stock::{Counted, Free, Item};
use crate::unions::payments::{Card, Exact, Limit, Paid, Rule, Tree};

pub(crate) fn violations(value: &impl Validate) -> Vec<String> {
    let list = |invalid: Invalid| {
        invalid
            .violations()
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    value.validate().map_or_else(list, |()| Vec::new())
}

#[test]
fn violations_lead_to_the_value() {
    let tree = Tree {
        left: Some(Box::new(Tree::new(-1, Vec::new()))),
        ..Tree::new(0, vec![Tree::new(0, vec![Tree::new(-1, Vec::new())])])
    };
    assert_eq!(
        violations(&tree),
        [
            "`left.value` must be at least 0",
            "`children[0].children[0].value` must be at least 0",
        ]
    );
    let paid = Paid::new(
        Card::new("42".to_owned()).into(),
        Exact::Debit(Card::new("é".to_owned())),
        Vec::new(),
    );
    assert_eq!(
        violations(&paid),
        [
            "`payment.last4` must have exactly 4 characters",
            "`exact.last4` must have exactly 4 characters",
        ]
    );
    let rule = Rule::from(Limit::new(f64::NAN));
    assert_eq!(violations(&rule), ["`amount` must be a finite number"]);
}

fn item(sku: &str, qty: i32) -> Item {
    Item::new(sku.to_owned(), qty)
}

#[test]
fn every_constraint_is_checked() {
    let right = Counted {
        short: Some("AB1".to_owned()),
        skus: Some(vec!["A".to_owned(), "B".to_owned()]),
        weight: Some(0.5),
        weights: vec![1.0, 2.0],
        big: Nullable::Value(9_007_199_254_740_991),
        photo: Some(Bytes::from_static(b"1234")),
        labels: Some(BTreeMap::from([("x y".to_owned(), "A".to_owned())])),
        free: Some(Free::new(String::new())),
        ..Counted::new(vec![item("A-1", 1), item("B", 100)])
    };
    assert!(violations(&right).is_empty(), "{:?}", violations(&right));

    let wrong = Counted {
        short: Some("BCDEF".to_owned()),
        skus: Some(vec!["A".to_owned(), "A".to_owned(), "a".to_owned()]),
        price: Decimal::new(9996, 2),
        weight: Some(0.4),
        weights: vec![1.0, 1.0],
        big: Nullable::Value(9_007_199_254_740_992),
        ..Counted::new(vec![item("", 0)])
    };
    assert_eq!(
        violations(&wrong),
        [
            "`items[0].sku` must have at least 1 character",
            "`items[0].sku` must match the pattern `^[A-Z0-9-]+$`",
            "`items[0].qty` must be at least 1",
            "`short` must have exactly 3 characters",
            "`short` must have at most 4 characters",
            "`short` must match the pattern `^A`",
            "`skus` must have at most 2 items",
            "`skus` must not have equal items: item 1 repeats an earlier one",
            "`skus[2]` must match the pattern `^[A-Z0-9-]+$`",
            "`price` must be at most 99.95",
            "`weight` must be at least 0.5",
            "`weights` must not have equal items: item 1 repeats an earlier one",
            "`big` must be at most 9007199254740991",
        ]
    );
    let also = Counted {
        photo: Some(Bytes::from_static(b"12345")),
        labels: Some(BTreeMap::new()),
        nested: BTreeMap::from([("k\"".to_owned(), vec![item("A", 1), item("A", 101)])]),
        weights: vec![f64::INFINITY],
        ..Counted::new(Vec::new())
    };
    assert_eq!(
        violations(&also),
        [
            "`items` must have at least 1 item",
            "`weights[0]` must be a finite number",
            "`photo` must have at most 4 bytes",
            "`labels` must have at least 1 entry",
            r#"`nested["k\""][1].qty` must be at most 100"#,
        ]
    );
}
