//! Generated code that its program has changed: a type of its own, attributes, derives.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::json;
use urutu::{Checker, Decimal, Validate};
use urutu_codegen::emit::{Hook, Hooks};
use urutu_codegen::prune::Selection;

use crate::hooks::shop::{Ordered, Size};

/// What the catalog `hooks` is generated with.
pub(crate) fn hooks_of_golden() -> Vec<Hook> {
    let derive = |pattern: &str, derives: &[&str]| Hook::Derive {
        pattern: pattern.to_owned(),
        derives: derives.iter().map(|&derive| derive.to_owned()).collect(),
    };
    vec![
        Hook::ExternType {
            name: "shop.Money".to_owned(),
            path: "crate::changed::Money".to_owned(),
        },
        Hook::TypeAttribute {
            pattern: "*.Ordered".to_owned(),
            attribute: "#[non_exhaustive]".to_owned(),
        },
        Hook::FieldAttribute {
            pattern: "shop.Ordered.note".to_owned(),
            attribute: "#[doc(alias = \"remark\")]".to_owned(),
        },
        derive(".", &["Clone", "PartialOrd", "::core::fmt::Debug"]),
        derive("shop.Size", &["Ord"]),
    ]
}

/// The program's own type for `shop.Money`: cents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Hash, Serialize, Deserialize)]
#[serde(into = "Wire", from = "Wire")]
pub(crate) struct Money {
    pub(crate) cents: i64,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    amount: Decimal,
    currency: String,
}

impl From<Money> for Wire {
    fn from(money: Money) -> Self {
        Self {
            amount: Decimal::new(money.cents, 2),
            currency: "EUR".to_owned(),
        }
    }
}

impl From<Wire> for Money {
    fn from(wire: Wire) -> Self {
        let cents = (wire.amount * Decimal::ONE_HUNDRED).try_into();
        Self {
            cents: cents.unwrap_or(i64::MIN),
        }
    }
}

impl Validate for Money {
    fn check(&self, checker: &mut Checker) {
        checker.at_least(&self.cents, &0);
    }
}

#[test]
fn an_external_type_is_written_read_and_checked() {
    let ordered = Ordered::new(Money { cents: 1250 }, vec![Money { cents: 1 }]);
    let json = serde_json::to_value(&ordered).expect("it has a JSON form");
    assert_eq!(json["total"], json!({"amount": "12.50", "currency": "EUR"}));
    assert_eq!(json["parts"][0]["amount"], "0.01");
    let read: Ordered = serde_json::from_value(json).expect("it was just written");
    assert_eq!(read, ordered);

    let debt = Ordered::new(Money { cents: 0 }, vec![Money { cents: -1 }]);
    let error = debt.validate().expect_err("less than nothing");
    assert_eq!(error.to_string(), "`parts[0]` must be at least 0");
}

#[test]
fn derives_are_added() {
    assert!(Size::Small < Size::Large);
    assert_eq!(Size::Large.max(Size::Small), Size::Large);
}

#[test]
fn a_rule_that_fits_nothing_says_what_would() {
    let catalog = urutu_codegen::load(Path::new("golden/hooks"));
    let model = catalog.model.expect("the catalog is valid");
    let error = |hook: Hook| {
        let error = Hooks::new(&model, &[hook]).expect_err("it does not fit");
        error.to_string()
    };
    let external = |name: &str, path: &str| Hook::ExternType {
        name: name.to_owned(),
        path: path.to_owned(),
    };
    let derive = |pattern: &str, derive: &str| Hook::Derive {
        pattern: pattern.to_owned(),
        derives: vec![derive.to_owned()],
    };
    let on_type = |attribute: &str| Hook::TypeAttribute {
        pattern: ".".to_owned(),
        attribute: attribute.to_owned(),
    };
    let on_field = |pattern: &str| Hook::FieldAttribute {
        pattern: pattern.to_owned(),
        attribute: "#[doc(hidden)]".to_owned(),
    };
    for (hook, expected) in [
        (
            external("shop.Mony", "::my::Money"),
            "the rule extern_type(\"shop.Mony\", \"::my::Money\") matches nothing in the catalog; did you mean `shop.Money`?",
        ),
        (
            derive("Size", "Ord"),
            "the rule derive(\"Size\", [\"Ord\"]) matches nothing in the catalog; did you mean `shop.Size`?",
        ),
        (
            derive("mall.*", "Ord"),
            "the rule derive(\"mall.*\", [\"Ord\"]) matches nothing in the catalog; write a full name, like \
             `shop.orders.OrderPlaced`, with `*` for any characters, or `.` for everything",
        ),
        (
            on_field("shop.Ordered.nota"),
            "the rule field_attribute(\"shop.Ordered.nota\", \"#[doc(hidden)]\") matches nothing in the catalog; did you mean \
             `shop.Ordered.note`?",
        ),
        (
            external("shop.Ordered", "::my::Ordered"),
            "the rule extern_type(\"shop.Ordered\", \"::my::Ordered\") is for a message, whose contract must be generated; only records, \
             enums and unions can be yours",
        ),
    ] {
        assert_eq!(error(hook), expected);
    }
    for (hook, expected) in [
        (
            external("shop.Money", "my Money"),
            "needs the path of a type",
        ),
        (
            derive(".", "Ord)] struct X; #[x("),
            "needs the path of a derive macro",
        ),
        (on_type("non_exhaustive"), "needs an attribute"),
        (on_type("#[a] struct X;"), "needs an attribute"),
        (on_type("#[derive(Ord)]"), "a rule of its own, `derive`"),
        (on_type("#[serde(rename = \"x\")]"), "said by the catalog"),
        (
            on_type("#[cfg_attr(feature = \"web\", serde(rename = \"x\"))]"),
            "said by the catalog",
        ),
        (
            on_type("#[cfg_attr(all(unix, test), doc(hidden), cfg_attr(true, serde(skip),),)]"),
            "said by the catalog",
        ),
    ] {
        let error = error(hook);
        assert!(error.contains(expected), "{error}");
    }
}

/// A rule may be for something that a filter leaves out.
#[test]
fn rules_go_with_filters() {
    let catalog = urutu_codegen::load(Path::new("golden/hooks"));
    let mut model = catalog.model.expect("the catalog is valid");
    for namespace in model.namespaces.values_mut() {
        for service in namespace.services.values_mut() {
            service.queues.clear();
        }
    }
    let none = Selection::of_services(&model, &["desk".to_owned()]).expect("the service exists");
    let mut options = urutu_codegen::emit::Options::new(urutu_codegen::emit::Layout::OutDir);
    options.hooks = Hooks::new(&model, &hooks_of_golden()).expect("they fit");
    let files = urutu_codegen::emit::emit(&model, &none, &options);
    assert!(
        files.values().all(|file| !file.contains("Money")),
        "{files:?}"
    );
}
