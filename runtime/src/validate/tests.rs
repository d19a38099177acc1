use std::collections::BTreeMap;

use super::*;

fn problems(check: impl FnOnce(&mut Checker)) -> Vec<String> {
    let mut checker = Checker::default();
    check(&mut checker);
    match checker.finish() {
        Ok(()) => Vec::new(),
        Err(invalid) => invalid
            .violations()
            .iter()
            .map(ToString::to_string)
            .collect(),
    }
}

#[test]
fn a_path_leads_to_the_value() {
    let lines = vec![1, 0, 3];
    let labels = BTreeMap::from([("a \"b\"".to_owned(), 0)]);
    let found = problems(|checker| {
        checker.field("order", |checker| {
            checker.field("lines", |checker| {
                checker.each(&lines, |line, checker| {
                    checker.field("qty", |checker| checker.at_least(line, &1));
                });
            });
            checker.field("labels", |checker| {
                checker.each_entry(&labels, |label, checker| checker.at_least(label, &1));
            });
        });
    });
    assert_eq!(
        found,
        [
            "`order.lines[1].qty` must be at least 1",
            r#"`order.labels["a \"b\""]` must be at least 1"#,
        ]
    );
}

#[test]
fn a_value_without_a_path_is_named_so() {
    assert_eq!(
        problems(|checker| checker.at_most(&3, &2)),
        ["the value must be at most 2"]
    );
}

#[test]
fn bounds_are_inclusive() {
    assert!(
        problems(|checker| {
            checker.at_least(&1, &1);
            checker.at_most(&1, &1);
            checker.characters("ab", 2..=2);
            checker.items(0, 0..);
        })
        .is_empty()
    );
}

#[test]
fn length_counts_characters() {
    assert!(problems(|checker| checker.characters("çãé", 3..=3)).is_empty());
    assert_eq!(
        problems(|checker| checker.characters("çã", 3..=3)),
        ["the value must have exactly 3 characters"]
    );
}

#[test]
fn amounts_name_their_unit() {
    let found = problems(|checker| {
        checker.items(0, 1..);
        checker.items(3, ..=2);
        checker.entries(2, 1..=1);
        checker.bytes(b"", 1..3);
    });
    assert_eq!(
        found,
        [
            "the value must have at least 1 item",
            "the value must have at most 2 items",
            "the value must have exactly 1 entry",
            "the value must have at least 1 byte",
        ]
    );
}

#[test]
fn only_finite_doubles() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(
            problems(|checker| checker.finite(value)),
            ["the value must be a finite number"]
        );
    }
    assert!(problems(|checker| checker.finite(-0.0)).is_empty());
}

#[test]
fn a_pattern_may_match_anywhere() {
    static WORD: Pattern = Pattern::new("[a-z]+");
    static BROKEN: Pattern = Pattern::new("(");
    assert!(problems(|checker| checker.matches("1 a", &WORD)).is_empty());
    assert_eq!(
        problems(|checker| checker.matches("1", &WORD)),
        ["the value must match the pattern `[a-z]+`"]
    );
    assert!(problems(|checker| checker.matches("1", &BROKEN))[0].contains("does not compile"));
}

#[test]
fn repeated_items_are_found_in_short_and_long_lists() {
    for length in [3, 100] {
        let mut items: Vec<i32> = (0..length).collect();
        assert!(problems(|checker| checker.unique(&items)).is_empty());
        items.push(1);
        let found = problems(|checker| checker.unique(&items));
        let expected =
            format!("the value must not have equal items: item {length} repeats an earlier one");
        assert_eq!(found, [expected]);
    }
    assert_eq!(
        problems(|checker| checker.unique_by_comparison(&[0.5, 0.5])).len(),
        1
    );
}

/// Equal is what has one value, whatever its text.
#[test]
fn decimals_repeat_as_numbers() {
    let decimals = |texts: &[&str]| {
        let parsed = texts.iter().map(|text| text.parse().expect("a decimal"));
        parsed.collect::<Vec<crate::Decimal>>()
    };
    let all = "1 2 3 4 5 6 7 8 9 10 11 12 13";
    let mut long = decimals(&all.split(' ').collect::<Vec<_>>());
    assert!(problems(|checker| checker.unique(&long)).is_empty());
    long.extend(decimals(&["5.000"]));
    for (items, index) in [
        (decimals(&["1.0", "-1", "1.00"]), 2),
        (decimals(&["0", "-0.00"]), 1),
        (long, 13),
    ] {
        let expected =
            format!("the value must not have equal items: item {index} repeats an earlier one");
        assert_eq!(problems(|checker| checker.unique(&items)), [expected]);
    }
}

#[test]
fn many_violations_are_counted_but_not_kept() {
    struct Many;
    impl Validate for Many {
        fn check(&self, checker: &mut Checker) {
            checker.each(&[0; 100], |item, checker| checker.at_least(item, &1));
        }
    }
    let invalid = Many.validate().expect_err("every item is too small");
    assert_eq!(invalid.violations().len(), 16);
    assert_eq!(invalid.count(), 100);
    assert_eq!(invalid.violations()[15].path(), "[15]");
    assert!(invalid.to_string().ends_with("; and 97 more"), "{invalid}");
}
