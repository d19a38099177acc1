//! Generated code outside of this workspace: a whole crate builds on its own, and its documentation runs nothing.

mod documentation;
mod evolution;
mod rebuilds;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use urutu_codegen::emit::{self, Layout, Options, Package, RuntimeDependency};
use urutu_codegen::output;
use urutu_codegen::prune::Selection;
use urutu_tests::{Scratch, lock, workspace};

fn generate(catalog: &Path, layout: Layout, folder: &Path) {
    let catalog = urutu_codegen::load(catalog);
    let model = catalog.model.expect("the catalog is valid");
    let files = emit::emit(
        &model,
        &Selection::everything(&model),
        &Options::new(layout),
    );
    output::write(folder, &files).expect("the files can be written");
}

fn succeeds(command: &mut Command) -> Output {
    let output = command.output().expect("the command can be started");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{stderr}");
    output
}

/// The target folder of this workspace.
fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("..")
}

/// Cargo in a folder, with what this workspace has built already.
fn cargo(folder: &Path) -> Command {
    urutu_tests::cargo(folder, &target())
}

#[test]
fn a_generated_crate_builds_on_its_own() {
    let folder = Scratch::new("crate");
    let runtime = workspace().join("runtime");
    let runtime = RuntimeDependency::Path(runtime.display().to_string());
    let package = Package::new("shop-bus", "1.2.0", runtime).expect("a good name");
    generate(
        &workspace().join("schemas"),
        Layout::Crate(package),
        folder.path(),
    );
    lock(folder.path());

    let check = succeeds(cargo(folder.path()).args(["check", "--offline", "--quiet"]));
    assert_eq!(
        String::from_utf8_lossy(&check.stderr),
        "",
        "the build is silent"
    );

    let metadata = succeeds(cargo(folder.path()).args([
        "metadata",
        "--offline",
        "--no-deps",
        "--format-version=1",
    ]));
    let metadata: serde_json::Value =
        serde_json::from_slice(&metadata.stdout).expect("cargo writes JSON");
    let package = &metadata["packages"][0];
    assert_eq!(package["name"], "shop-bus");
    assert_eq!(package["version"], "1.2.0");
    let dependencies = package["dependencies"].as_array().expect("a list");
    let names: Vec<_> = dependencies
        .iter()
        .map(|dependency| &dependency["name"])
        .collect();
    assert_eq!(names, ["urutu"]);

    let formatted = cargo(folder.path())
        .args(["fmt", "--check"])
        .output()
        .expect("cargo can be started");
    let difference = String::from_utf8_lossy(&formatted.stdout);
    assert!(
        formatted.status.success(),
        "formatting makes it stale:\n{difference}"
    );
}
