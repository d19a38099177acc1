//! When cargo runs a build script that generates a bus, and what that writes.
//!
//! Cargo compiles a crate again whenever its build script has run, whatever that wrote; that files keep their time is what incremental
//! compilation and other readers of `OUT_DIR` have of it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use urutu_tests::{Scratch, lock, workspace};

use super::{cargo, succeeds};

const CONTRACT: &str = "\
catalog: 1
namespace: shop
exchange: shop
messages:
  Opened: {kind: event, topic: shop.opened, fields: {by: string}}
";

/// Generates, and adds a line to `runs` that says where.
const SCRIPT: &str = r#"
use std::io::Write as _;

fn main() {
    urutu_codegen::compile("contracts");
    let mut runs = std::fs::File::options().append(true).create(true).open("runs").unwrap();
    writeln!(runs, "{}", std::env::var("OUT_DIR").unwrap()).unwrap();
}
"#;

/// A package with a build script on a catalog.
struct Package {
    folder: Scratch,
}

impl Package {
    fn new() -> Self {
        let folder = Scratch::new("rebuilds");
        let codegen = workspace().join("codegen").display().to_string();
        let manifest = format!(
            "[package]\nname = \"rebuilds\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [build-dependencies]\nurutu-codegen = {{ path = {codegen:?}, default-features = false }}\n"
        );
        let package = Self { folder };
        for inside in ["src", "contracts"] {
            fs::create_dir_all(package.path(inside)).expect("a scratch folder");
        }
        package.write("Cargo.toml", &manifest);
        package.write("build.rs", SCRIPT);
        package.write(
            "src/lib.rs",
            "pub const BUS: &str = include_str!(concat!(env!(\"OUT_DIR\"), \"/bus/shop.rs\"));\n",
        );
        package.write("contracts/shop.yaml", CONTRACT);
        lock(package.folder.path());
        package
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn write(&self, file: &str, content: &str) {
        fs::write(self.path(file), content).expect("a scratch file");
    }

    /// Builds, and says how often the script has run.
    fn build(&self) -> usize {
        succeeds(cargo(self.folder.path()).args(["build", "--offline", "--quiet"]));
        self.runs().lines().count()
    }

    fn runs(&self) -> String {
        fs::read_to_string(self.path("runs")).expect("the script has run")
    }

    /// When the generated code was written.
    fn written(&self) -> SystemTime {
        let runs = self.runs();
        let out_dir = runs.lines().last().expect("the script has run");
        let file = Path::new(out_dir).join("bus/shop.rs");
        let metadata = fs::metadata(file).expect("the generated code");
        metadata.modified().expect("files have times here")
    }
}

#[test]
fn the_script_runs_when_the_catalog_changes_and_writes_what_is_new() {
    let package = Package::new();
    assert_eq!(package.build(), 1);
    let written = package.written();
    assert_eq!(package.build(), 1, "nothing has changed");

    package.write("README.md", "not a contract");
    package.write("src/other.rs", "// not part of the crate");
    assert_eq!(package.build(), 1, "files beside the catalog do not matter");

    let contract = File::options()
        .append(true)
        .open(package.path("contracts/shop.yaml"))
        .expect("the contract");
    contract
        .set_modified(SystemTime::now())
        .expect("files have times here");
    assert_eq!(package.build(), 2, "a contract was touched");
    assert_eq!(package.written(), written, "and its code is the same");

    package.write("contracts/shop.yaml", &format!("# The shop.\n{CONTRACT}"));
    assert_eq!(package.build(), 3, "a comment was added");
    assert_eq!(package.written(), written, "and the code is the same");

    package.write("contracts/mall.yaml", &CONTRACT.replace("shop", "mall"));
    assert_eq!(package.build(), 4, "a contract was added");
    assert_eq!(package.written(), written, "which is another file");

    let more = CONTRACT.replace("by: string", "by: string, at: timestamp");
    package.write("contracts/shop.yaml", &more);
    assert_eq!(package.build(), 5, "a field was added");
    assert_ne!(package.written(), written, "so the code is another");
    assert_eq!(package.build(), 5, "nothing has changed");
}
