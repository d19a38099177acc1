//! The levels of lints: the rule's own, the manifest's, and what is allowed in place.

use std::time::Duration;

use urutu_codegen::model::{OnError, Overflow, QueueArguments, QueueKind};
use urutu_codegen::{Catalog, Severity};

use crate::files::Made;

/// What is said, as `error U0614`.
fn said(catalog: &Catalog) -> Vec<String> {
    let said = catalog.diagnostics.iter();
    said.map(|one| {
        let severity = match one.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        format!("{severity} {}", one.code())
    })
    .collect()
}

/// A catalog with one record, whose field `amount` breaks `float-money`.
fn catalog(name: &str, manifest: &str, of_type: &str, of_field: &str) -> Catalog {
    let made = Made::new(name, &[]);
    made.write(
        "catalog.yaml",
        &format!("catalog: 1\nname: shop\n{manifest}\n"),
    );
    made.write(
        "prices.yaml",
        &format!(
            "catalog: 1\nnamespace: shop\ntypes:\n  Price:\n    doc: A price.\n{of_type}    record:\n      \
             amount: {{type: f64, min: 0{of_field}}}\n      rate: f64\n"
        ),
    );
    made.load()
}

#[test]
fn the_manifest_sets_the_level_of_a_lint() {
    let level = |manifest: &str| catalog("levels-manifest", manifest, "", "");
    assert_eq!(said(&level("")), ["warning U0614"]);
    assert_eq!(
        said(&level("lint: {float-money: allow}")),
        Vec::<String>::new()
    );
    let error = level("lint: {float-money: error}");
    assert_eq!(said(&error), ["error U0614"]);
    assert!(error.model.is_none());
    let more = level("lint: {field-doc: warn, float-money: warn}");
    assert!(more.model.is_some());
    assert_eq!(
        said(&more),
        ["warning U0603", "warning U0614", "warning U0603"]
    );
}

#[test]
fn what_is_allowed_in_place_holds_there_and_below() {
    const REASON: &str = "    allow: {float-money: \"a rate, never added up\"}\n";
    let of_type = catalog("levels-type", "lint: {float-money: error}", REASON, "");
    assert_eq!(said(&of_type), Vec::<String>::new());
    let reason = ", allow: {float-money: a rate}";
    let of_field = catalog("levels-field", "", "", reason);
    assert_eq!(said(&of_field), Vec::<String>::new());
    // Twice allowed: both have something to suppress.
    let both = catalog("levels-both", "", REASON, reason);
    assert_eq!(said(&both), Vec::<String>::new());
    // Allowed everywhere, it still is what the suppression is for.
    let everywhere = catalog(
        "levels-everywhere",
        "lint: {float-money: allow}",
        REASON,
        "",
    );
    assert_eq!(said(&everywhere), Vec::<String>::new());
}

#[test]
fn a_suppression_is_unused_where_the_finding_is_elsewhere() {
    let reason = ", allow: {unanchored-pattern: there is no pattern}";
    let unused = catalog("levels-unused", "", "", reason);
    assert_eq!(said(&unused), ["warning U0614", "warning U0115"]);
    let silent = catalog("levels-silent", "lint: {unused-allow: allow}", "", reason);
    assert_eq!(said(&silent), ["warning U0614"]);
    // Behind an error, nobody knows.
    let error = catalog("levels-error", "lint: {no-such: warn}", "", reason);
    assert_eq!(said(&error), ["error U0113"]);
}

#[test]
fn defaults_of_the_manifest_give_way_to_the_service_and_the_handler() {
    let made = Made::new("levels-defaults", &["A.yaml", "B.yaml", "C.yaml"]);
    made.write(
        "catalog.yaml",
        "catalog: 1\nname: shop\ndefaults: {queue: {type: classic}, timeout: 10s, on_error: requeue, retry: {attempts: 7, initial: 2s}, concurrency: 3}\n",
    );
    made.write(
        "services.yaml",
        "catalog: 1\nnamespace: shop.services\nservices:\n  billing:\n    timeout: 20s\n    retry: {initial: 4s}\n    handles:\n      A: {}\n      \
         B: {timeout: 30s, on_error: retry, retry: {attempts: 9}, queue: {type: quorum}}\n  mailing: {prefetch: 5, handles: {C: {}}}\n",
    );
    let catalog = made.load();
    assert_eq!(said(&catalog), Vec::<String>::new());
    let model = catalog.model.expect("there are no errors");
    let services = &model.namespaces["shop.services"].services;
    let billing = &services["billing"].queues;
    let [a, b] = [&billing[0], &billing[1]];
    assert_eq!((a.kind, b.kind), (QueueKind::Classic, QueueKind::Quorum));
    assert_eq!((a.concurrency, a.prefetch), (3, 6));
    let (of_a, of_b) = (&a.handlers[0], &b.handlers[0]);
    assert_eq!(of_a.timeout, Duration::from_secs(20));
    assert_eq!(of_b.timeout, Duration::from_secs(30));
    assert_eq!(
        (of_a.on_error, of_b.on_error),
        (OnError::Requeue, OnError::Retry)
    );
    assert_eq!((of_a.retry.attempts, of_b.retry.attempts), (7, 9));
    assert_eq!(of_b.retry.initial, Duration::from_secs(4));
    let c = &services["mailing"].queues[0];
    assert_eq!((c.concurrency, c.prefetch), (3, 5));
    assert_eq!(c.handlers[0].timeout, Duration::from_secs(10));
    assert_eq!(c.handlers[0].retry.initial, Duration::from_secs(2));
}

#[test]
fn arguments_of_the_manifest_give_way_key_by_key_and_hold_where_they_fit() {
    let made = Made::new("levels-arguments", &["A.yaml", "B.yaml"]);
    made.write(
        "catalog.yaml",
        "catalog: 1\nname: shop\ndefaults:\n  dead_letter: failed\n  queue:\n    arguments: {max_length: 100, delivery_limit: 20, message_ttl: 1h}\n",
    );
    made.write(
        "services.yaml",
        "catalog: 1\nnamespace: shop.services\nservices:\n  billing:\n    dead_letter: {queue: unpaid}\n    handles:\n      A: {queue: {arguments: {message_ttl: 2h}}}\n      \
         B: {queue: {type: classic, arguments: {overflow: drop_head}}, dead_letter: lost}\n  mailing: {queue: mail, handles: {A: {}, B: {}}}\n",
    );
    let catalog = made.load();
    assert_eq!(said(&catalog), Vec::<String>::new());
    let model = catalog.model.expect("there are no errors");
    let services = &model.namespaces["shop.services"].services;
    let [a, b] = &services["billing"].queues[..] else {
        panic!("each handler has a queue");
    };
    let inherited = QueueArguments {
        max_length: Some(100),
        delivery_limit: Some(20),
        message_ttl: Some(Duration::from_secs(3_600)),
        ..QueueArguments::default()
    };
    let of_a = QueueArguments {
        message_ttl: Some(Duration::from_secs(7_200)),
        ..inherited.clone()
    };
    // A classic queue has no delivery limit.
    let of_b = QueueArguments {
        delivery_limit: None,
        overflow: Overflow::DropHead,
        ..inherited.clone()
    };
    assert_eq!((&a.arguments, &b.arguments), (&of_a, &of_b));
    assert_eq!(services["mailing"].queues[0].arguments, inherited);
    let dead = |service: &str, index: usize| {
        let queue = &services[service].queues[index];
        queue.dead_letter.clone().expect("one is named")
    };
    assert_eq!(dead("billing", 0), "unpaid");
    assert_eq!(dead("billing", 1), "lost");
    assert_eq!(dead("mailing", 0), "failed");
}

#[test]
fn settings_of_the_manifest_are_checked_once() {
    let made = Made::new("levels-checked", &["A.yaml", "B.yaml"]);
    made.write(
        "catalog.yaml",
        "catalog: 1\nname: shop\ndefaults: {timeout: 2h, retry: {initial: 9m, max: 1m}, concurrency: 9, prefetch: 3, queue: {name: x}}\n",
    );
    made.write(
        "services.yaml",
        "catalog: 1\nnamespace: shop\nservices: {billing: {handles: {A: {}, B: {}}}}\n",
    );
    assert_eq!(
        said(&made.load()),
        ["error U0509", "error U0511", "error U0510", "error U0101"]
    );
}
