//! Roots: further directories whose catalogs become part of one.

use std::time::Duration;

use crate::files::Made;

const MANIFEST: &str = "catalog: 1\nname: shop\nroots: {shared: vendor/shared}\n";

fn codes(made: &Made) -> Vec<&'static str> {
    let catalog = made.load();
    let codes = catalog.diagnostics.iter().map(|one| one.code().as_str());
    codes.collect()
}

#[test]
fn a_root_brings_its_contracts_under_its_own_manifest() {
    let made = Made::new("roots-own", &["A.yaml"]);
    made.write("catalog.yaml", MANIFEST);
    made.write(
        "vendor/shared/catalog.yaml",
        "catalog: 1\nname: common\ninclude: [contracts/*.yaml]\nexchange: common.events\nlint: {message-doc: error}\ndefaults: {timeout: 5s}\n",
    );
    made.write(
        "vendor/shared/contracts/health.yaml",
        "catalog: 1\nnamespace: common\ntypes: {Price: {record: {amount: f64}}}\nmessages:\n  Beaten: {kind: event, topic: beaten}\nservices: {watch: {handles: {A: {}}}}\n",
    );
    made.write("vendor/shared/drafts/broken.yaml", "not: a contract");
    made.write(
        "services.yaml",
        "catalog: 1\nnamespace: shop.services\nservices: {billing: {handles: {Beaten: {}}}}\nmessages: {B: {kind: event, topic: b, fields: {price: Price}}}\n",
    );
    let catalog = made.load();
    // `float-money` is for the owners of the root to mend.
    assert!(
        catalog.diagnostics.is_empty(),
        "{}",
        catalog.diagnostics.render(false)
    );
    let model = catalog.model.expect("there are no errors");
    assert_eq!(model.name, "shop");
    assert_eq!(model.namespaces["shop"].messages["A"].exchange, "shop");
    let common = &model.namespaces["common"];
    assert_eq!(common.messages["Beaten"].exchange, "common.events");
    let timeout = |namespace: &str, service: &str| {
        let service = &model.namespaces[namespace].services[service];
        service.queues[0].handlers[0].timeout
    };
    assert_eq!(timeout("common", "watch"), Duration::from_secs(5));
    assert_eq!(timeout("shop.services", "billing"), Duration::from_secs(60));
    let files = &catalog.inputs.files;
    let at = |path: &str| made.0.join(path);
    assert!(files.contains(&at("vendor/shared/contracts/health.yaml")));
    assert!(files.contains(&at("vendor/shared/catalog.yaml")));
    assert!(!files.contains(&at("vendor/shared/drafts/broken.yaml")));
    let directories = &catalog.inputs.directories;
    assert!(directories.contains(&at("vendor/shared/contracts")));
}

#[test]
fn a_root_may_lie_beside_the_catalog() {
    let made = Made::new("roots-beside", &[]);
    made.write(
        "shared/common.yaml",
        "catalog: 1\nnamespace: common\ntypes: {Id: {type: uuid}}\n",
    );
    made.write(
        "shop/catalog.yaml",
        "catalog: 1\nname: shop\nroots: {shared: ../shared}\n",
    );
    made.write(
        "shop/orders.yaml",
        "catalog: 1\nnamespace: shop\nmessages: {Placed: {kind: event, topic: placed, fields: {id: Id}}}\n",
    );
    let catalog = urutu_codegen::load(&made.0.join("shop"));
    assert!(
        catalog.diagnostics.is_empty(),
        "{}",
        catalog.diagnostics.render(false)
    );
    let model = catalog.model.expect("there are no errors");
    assert!(model.namespaces["common"].types.contains_key("Id"));
}

#[test]
fn a_submodule_that_was_not_checked_out_is_empty() {
    let made = Made::new("roots-empty", &["A.yaml"]);
    made.write("catalog.yaml", MANIFEST);
    let root = made.0.join("vendor/shared");
    std::fs::create_dir_all(&root).expect("the directory of the build can be written");
    assert_eq!(codes(&made), ["U0015"]);
    let catalog = made.load();
    let help = catalog
        .diagnostics
        .iter()
        .next()
        .map(|one| one.help()[0].clone());
    assert_eq!(
        help.as_deref(),
        Some("if it is a git submodule, run `git submodule update --init`")
    );
    // When it is there, the catalog must be read again.
    assert!(catalog.inputs.directories.contains(&root));
}

#[test]
fn roots_do_not_overlap() {
    for (name, roots) in [
        (
            "roots-twice",
            "{a: vendor/shared, b: vendor/../vendor/shared}",
        ),
        ("roots-inside", "{a: vendor/shared, b: vendor}"),
        ("roots-itself", "{a: .}"),
        ("roots-above", "{a: ..}"),
    ] {
        let made = Made::new(name, &["A.yaml"]);
        made.write(
            "catalog.yaml",
            &format!("catalog: 1\nname: shop\nroots: {roots}\n"),
        );
        made.write(
            "vendor/shared/common.yaml",
            "catalog: 1\nnamespace: common\n",
        );
        assert_eq!(codes(&made), ["U0016"], "{name}");
    }
}

#[cfg(unix)]
#[test]
fn no_link_leads_out_of_a_root() {
    use std::os::unix::fs::symlink;

    let made = Made::new("roots-links", &["A.yaml"]);
    made.write("catalog.yaml", MANIFEST);
    made.write(
        "vendor/shared/common.yaml",
        "catalog: 1\nnamespace: common\n",
    );
    symlink("../../A.yaml", made.0.join("vendor/shared/stolen.yaml")).expect("links can be made");
    assert_eq!(codes(&made), ["U0011"]);
}
