//! The builder, apart from the build scripts of this workspace that use it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use urutu_codegen::{Builder, Error};

const CATALOG: &str = "\
catalog: 1
namespace: shop
exchange: shop
messages:
  Opened: {kind: event, topic: shop.opened, fields: {by: string}}
  Shut: {kind: event, topic: shop.shut}
services:
  audit: {handles: {Opened: {}}}
";

/// A folder that is gone after the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, catalog: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("builder-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a scratch folder");
        fs::write(folder.join("shop.yaml"), catalog).expect("a scratch file");
        Self(folder)
    }

    fn builder(&self) -> Builder {
        Builder::new(self.0.join("shop.yaml")).out_dir(self.0.join("bus"))
    }

    fn error(&self, builder: Builder) -> Error {
        let error = builder.try_compile().expect_err("it cannot be generated");
        assert!(
            !self.0.join("bus").exists(),
            "{error} came after files were written"
        );
        error
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn files_are_written_only_when_they_change() {
    let scratch = Scratch::new("writes", CATALOG);
    let report = scratch.builder().try_compile().expect("a good catalog");
    assert_eq!(
        (report.written, report.unchanged, report.removed),
        (2, 0, 0)
    );
    let file = scratch.0.join("bus/shop/mod.rs");
    let before = fs::metadata(&file)
        .and_then(|m| m.modified())
        .expect("a file");
    let report = scratch.builder().try_compile().expect("a good catalog");
    assert_eq!(
        (report.written, report.unchanged, report.removed),
        (0, 2, 0)
    );
    let after = fs::metadata(&file)
        .and_then(|m| m.modified())
        .expect("a file");
    assert_eq!(before, after);
}

#[test]
fn options_reach_the_code() {
    let scratch = Scratch::new("options", CATALOG);
    let builder = scratch
        .builder()
        .service("audit")
        .runtime_path("::my::urutu");
    builder
        .rerun_if_changed(false)
        .try_compile()
        .expect("a good catalog");
    let code = fs::read_to_string(scratch.0.join("bus/shop/mod.rs")).expect("a file");
    assert!(
        code.contains("impl ::my::urutu::Message for Opened"),
        "{code}"
    );
    assert!(
        code.contains("impl ::my::urutu::codegen::Serialize for Opened"),
        "{code}"
    );
    assert!(
        !code.contains(" ::urutu::") && !code.contains("Shut"),
        "{code}"
    );
}

#[test]
fn errors_say_what_is_wrong() {
    let broken = CATALOG.replace("by: string", "by: strnig");
    let scratch = Scratch::new("broken", &broken);
    let error = scratch.error(scratch.builder());
    assert!(
        error.to_string().ends_with("shop.yaml has 1 error"),
        "{error}"
    );
    let Error::Catalog {
        rendered,
        errors: 1,
        ..
    } = error
    else {
        panic!("{error} is about something else");
    };
    assert!(rendered.contains("shop.yaml:5:"), "{rendered}");

    let scratch = Scratch::new("wrong", CATALOG);
    let error = scratch.error(scratch.builder().service("adit"));
    assert_eq!(
        error.to_string(),
        "the catalog has no service `adit`; did you mean `audit`?"
    );
    let error = scratch.error(scratch.builder().runtime_path("my urutu"));
    assert!(
        error
            .to_string()
            .contains("\"my urutu\" is not a Rust path"),
        "{error}"
    );
}

/// Names the catalog to the test below when it runs as a build script would.
const SCRIPT: &str = "URUTU_TEST_CATALOG";

/// Not a test of its own: the body of a build script, which may end its process.
#[test]
fn build_script() {
    if let Some(folder) = env::var_os(SCRIPT) {
        let folder = PathBuf::from(folder);
        Builder::new(folder.join("shop.yaml"))
            .out_dir(folder.join("bus"))
            .compile();
    }
}

fn run_build_script(scratch: &Scratch) -> Output {
    Command::new(env::current_exe().expect("this test"))
        .args(["--exact", "build_script", "--nocapture"])
        .env(SCRIPT, &scratch.0)
        .output()
        .expect("this test runs")
}

#[test]
fn a_build_script_tells_cargo_what_to_watch_and_what_to_warn_of() {
    let twice = CATALOG.replace("topic: shop.shut", "topic: shop.opened");
    let scratch = Scratch::new("warns", &twice);
    let output = run_build_script(&scratch);
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");
    let file = scratch.0.join("shop.yaml");
    let watch = format!("cargo::rerun-if-changed={}\n", file.display());
    assert!(told.contains(&watch), "{told}");
    let warning = format!("cargo::warning={}:", file.display());
    assert_eq!(told.matches(&warning).count(), 1, "{told}");
}

#[test]
fn a_build_script_fails_with_all_errors_and_one_closing_line() {
    let broken = CATALOG.replace("by: string", "by: strnig, at: tiemstamp");
    let scratch = Scratch::new("fails", &broken);
    let output = run_build_script(&scratch);
    assert_eq!(output.status.code(), Some(1));
    let report = String::from_utf8_lossy(&output.stderr);
    let file = scratch.0.join("shop.yaml");
    let closing = format!("error: the catalog {} has 2 errors\n", file.display());
    assert!(report.ends_with(&closing), "{report}");
    assert_eq!(report.matches("shop.yaml:5:").count(), 2, "{report}");
    // It runs again when the catalog is mended.
    assert!(String::from_utf8_lossy(&output.stdout).contains("cargo::rerun-if-changed="));
}
