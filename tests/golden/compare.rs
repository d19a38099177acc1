//! That the generated modules are what the generator gives today.

use std::fs;
use std::path::{Path, PathBuf};

use urutu_codegen::emit::{self, DateTimeCrate, Hooks, Layout, Options, RuntimePath};
use urutu_codegen::model::Model;
use urutu_codegen::output::{self, Files};
use urutu_codegen::prune::Selection;
use urutu_tests::Scratch;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

fn model(path: &Path) -> Model {
    let catalog = urutu_codegen::load(path);
    let report = catalog.diagnostics.render(false);
    let Some(model) = catalog.model else {
        panic!("{} has errors:\n{report}", path.display());
    };
    model
}

fn everything(path: &Path, layout: Layout) -> Files {
    let model = model(path);
    emit::emit(
        &model,
        &Selection::everything(&model),
        &Options::new(layout),
    )
}

fn constructs() -> Vec<PathBuf> {
    let entries = fs::read_dir(golden()).expect("the folder of this test");
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry of that folder").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(folders.len() >= 10, "{folders:?}");
    folders
}

#[test]
fn generated_code_is_as_expected() {
    let mut stale = Vec::new();
    for folder in constructs() {
        let model = model(&folder);
        let mut options = Options::new(Layout::Modules);
        if folder.ends_with("elsewhere") {
            let runtime = RuntimePath::parse("crate::bridge::runtime");
            options.runtime = runtime.expect("it is a path");
        }
        if folder.ends_with("chrono") {
            options.date_time = DateTimeCrate::Chrono;
        }
        if folder.ends_with("time") {
            options.date_time = DateTimeCrate::Time;
        }
        if folder.ends_with("hooks") {
            options.hooks = Hooks::new(&model, &super::rules::hooks_of_golden()).expect("they fit");
        }
        let files = emit::emit(&model, &Selection::everything(&model), &options);
        let bus = folder.join("bus");
        if std::env::var_os("UPDATE").is_some() {
            output::write(&bus, &files).expect("the golden files can be written");
        } else {
            let difference = output::compare(&bus, &files).expect("the golden files can be read");
            if !difference.is_empty() {
                stale.push((folder, difference));
            }
        }
    }
    assert!(
        stale.is_empty(),
        "run again with UPDATE=1 and read what changed: {stale:#?}"
    );
}

/// One namespace in two files, whatever their names, gives the same bytes.
#[test]
fn the_order_of_files_does_not_matter() {
    let folder = Scratch::new("order");
    let parts = [
        "catalog: 1\nnamespace: a\nexchange: x\ntypes: {One: {record: {two: Two}}}\n",
        "catalog: 1\nnamespace: a\nexchange: x\ntypes: {Two: {enum: [b, a]}}\n",
        "catalog: 1\nnamespace: b\nexchange: x\nmessages: {M: {kind: event, topic: m, fields: {one: a.One}}}\n",
    ];
    let mut outputs = Vec::new();
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        for (number, part) in order.into_iter().enumerate() {
            folder.write(&format!("{number}.yaml"), parts[part]);
        }
        outputs.push(everything(folder.path(), Layout::OutDir));
    }
    assert_eq!(outputs[0], outputs[1]);
    assert_eq!(outputs[0], outputs[2]);
    let names: Vec<String> = outputs[0]
        .keys()
        .map(|path| path.display().to_string())
        .collect();
    assert_eq!(names, ["bus/a.rs", "bus/b.rs", "bus.rs"]);
}

/// The bodies of namespaces are the same in all layouts, apart from the declarations of inner modules.
#[test]
fn every_layout_holds_the_same_code() {
    let folder = golden().join("services");
    let body = |files: &Files, path: &str| files[Path::new(path)].clone();
    let out_dir = everything(&folder, Layout::OutDir);
    let modules = everything(&folder, Layout::Modules);
    for name in ["orders", "payments"] {
        assert_eq!(
            body(&out_dir, &format!("bus/shop/{name}.rs")),
            body(&modules, &format!("shop/{name}/mod.rs"))
        );
    }
    let root = body(&out_dir, "bus.rs");
    assert!(
        root.contains(r#"::core::concat!(::core::env!("OUT_DIR"), "/bus/shop/orders.rs")"#),
        "{root}"
    );
}

/// A namespace that is no more leaves nothing behind in `OUT_DIR`, where files of other generators may lie.
#[test]
fn stale_files_are_removed_and_others_are_not() {
    let scratch = Scratch::new("stale");
    let model = model(&golden().join("services"));
    let everything = Selection::everything(&model);
    let options = Options::new(Layout::OutDir);
    let files = emit::emit(&model, &everything, &options);
    let difference = output::write(scratch.path(), &files).expect("an empty folder");
    assert_eq!(difference.written(), 3);
    for foreign in ["other.rs", "bus/mine.rs"] {
        scratch.write(foreign, "// mine");
    }

    let mut fewer = model.clone();
    fewer.namespaces.retain(|name, _| name == "shop.orders");
    let files = emit::emit(&fewer, &Selection::everything(&fewer), &options);
    let difference = output::write(scratch.path(), &files).expect("our own folder");
    assert_eq!(difference.extra, [Path::new("bus/shop/payments.rs")]);
    assert_eq!((difference.stale.len(), difference.unchanged), (1, 1));
    for (file, there) in [
        ("bus/shop/payments.rs", false),
        ("bus/shop/orders.rs", true),
        ("bus/mine.rs", true),
        ("other.rs", true),
    ] {
        assert_eq!(scratch.path().join(file).exists(), there, "{file}");
    }
}

#[test]
fn a_filter_keeps_what_the_service_needs() {
    let model = model(&golden().join("services"));
    let of = |service: &str| {
        let selection = Selection::of_services(&model, &[service.to_owned()]);
        let selection = selection.expect("the service exists");
        emit::emit(&model, &selection, &Options::new(Layout::OutDir))
    };
    let billing = of("billing");
    let payments = &billing[Path::new("bus/shop/payments.rs")];
    let orders = &billing[Path::new("bus/shop/orders.rs")];
    assert!(payments.contains("pub trait BillingHandlers"), "{payments}");
    assert!(!payments.contains("AuditLog"), "{payments}");
    assert!(!payments.contains("Closed"), "{payments}");
    assert!(orders.contains("pub struct Line "), "{orders}");
    assert!(!orders.contains("publish_order_placed"), "{orders}");
    // Only published: nobody reads it.
    for (message, is_read) in [
        ("PaymentCaptured", false),
        ("Receipt", false),
        ("CapturePayment", true),
    ] {
        let implementation = format!("Deserialize<'de> for {message} ");
        assert_eq!(payments.contains(&implementation), is_read, "{payments}");
    }

    let error = Selection::of_services(&model, &["biling".to_owned()]).expect_err("a slip");
    assert_eq!(
        error.to_string(),
        "the catalog has no service `biling`; did you mean `billing`?"
    );
}
