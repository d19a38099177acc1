//! The `urutu` command as a process.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const GOOD: &str = "\
catalog: 1
namespace: shop.orders
exchange: shop
messages:
  OrderPlaced: {kind: event, topic: orders.placed, fields: {order_id: uuid}}
  OrderLost: {kind: event, topic: orders.lost, fields: {order_id: uuid}}
services:
  billing: {handles: {OrderPlaced: {}}}
";

const BAD: &str = "\
catalog: 1
namespace: shop.orders
exchange: shop
messages:
  OrderPlaced: {kind: event, topic: orders.*, fields: {order_id: uid}}
";

/// A folder with a catalog, gone after the test.
struct Scene {
    folder: PathBuf,
}

/// How the command ended.
struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Scene {
    fn new(name: &str, catalog: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a scratch folder");
        let scene = Self { folder };
        scene.write("shop.yaml", catalog);
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).expect("a scratch file");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect(name)
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let output = Command::new(env!("CARGO_BIN_EXE_urutu"))
            .args(arguments)
            .current_dir(&self.folder)
            .output()
            .expect("the command can be started");
        Outcome {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        }
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Outcome {
    #[track_caller]
    fn is(&self, code: i32, stdout: &str, stderr: &str) {
        assert_eq!(
            (self.code, self.stdout.as_str(), self.stderr.as_str()),
            (Some(code), stdout, stderr)
        );
    }
}

#[test]
fn check_is_short_when_all_is_fine() {
    let scene = Scene::new("fine", GOOD);
    let line = "shop.yaml: 1 namespace, 0 types, 2 messages, 1 service: fine\n";
    scene.run(&["check", "shop.yaml"]).is(0, line, "");
    let report = scene.run(&["check", "--format", "json"]);
    assert_eq!(report.code, Some(0));
    let report: serde_json::Value = serde_json::from_str(&report.stdout).expect("JSON");
    assert_eq!(report["errors"], 0);
    scene.run(&["check", "--format", "github"]).is(0, "", "");
}

#[test]
fn check_shows_every_error_with_its_place() {
    let scene = Scene::new("errors", BAD);
    let text = scene.run(&["check", "shop.yaml"]);
    assert_eq!((text.code, text.stdout.as_str()), (Some(1), ""));
    assert!(text.stderr.contains("shop.yaml:5:"), "{}", text.stderr);
    assert!(text.stderr.contains("`uid`"), "{}", text.stderr);
    assert!(
        !text.stderr.contains('\u{1b}'),
        "no colours without a terminal: {}",
        text.stderr
    );
    let closing = "error: the catalog shop.yaml has 2 errors\n";
    assert!(text.stderr.ends_with(closing), "{}", text.stderr);

    let json = scene.run(&["check", "shop.yaml", "--format=json"]);
    assert_eq!((json.code, json.stderr.as_str()), (Some(1), ""));
    let report: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(report["errors"], 2);
    let first = &report["diagnostics"][0];
    assert_eq!(
        (&first["file"], &first["line"]),
        (&"shop.yaml".into(), &5.into())
    );
    assert!(
        first["code"]
            .as_str()
            .is_some_and(|code| code.starts_with('U')),
        "{first}"
    );

    let github = scene.run(&["check", "shop.yaml", "--format=github"]);
    assert_eq!(github.code, Some(1));
    assert_eq!(github.stdout.lines().count(), 2);
    assert!(
        github
            .stdout
            .starts_with("::error file=shop.yaml,line=5,col="),
        "{}",
        github.stdout
    );
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let scene = Scene::new("usage", GOOD);
    for arguments in [
        &["check", "nowhere"][..],
        &["check", "--format", "xml"],
        &["generate", "--crate", "9"],
        &["generate", "--crate", "x", "--crate-version", "1"],
        &["generate", "--runtime-path", "../runtime"],
        &["generate", "--runtime", "not a path"],
        &["generate", "--service", "biling"],
        &["explode"],
        &[],
    ] {
        let outcome = scene.run(arguments);
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {}", outcome.stderr);
        assert!(!outcome.stderr.is_empty(), "{arguments:?}");
    }
    let outcome = scene.run(&["generate", "--service", "biling"]);
    outcome.is(
        2,
        "",
        "error: the catalog has no service `biling`; did you mean `billing`?\n",
    );
}

#[test]
fn modules_are_written_once_and_checked() {
    let scene = Scene::new("modules", GOOD);
    let generate = ["generate", "shop.yaml", "--out", "src/bus"];
    let check = ["generate", "shop.yaml", "--out", "src/bus", "--check"];
    let advice =
        "error: src/bus is not what the catalog gives; run the same command without `--check`\n";
    let missing = "missing: src/bus/mod.rs\nmissing: src/bus/shop/mod.rs\n\
                   missing: src/bus/shop/orders/mod.rs\n";
    scene.run(&check).is(1, "", &format!("{missing}{advice}"));
    assert!(!scene.path("src").exists(), "`--check` writes nothing");

    scene.run(&generate).is(0, "wrote 3 files to src/bus\n", "");
    scene
        .run(&generate)
        .is(0, "wrote 0 files to src/bus (3 unchanged)\n", "");
    scene
        .run(&check)
        .is(0, "src/bus is up to date (3 files)\n", "");

    let orders = "src/bus/shop/orders/mod.rs";
    let code = scene.read(orders);
    assert!(code.contains("pub trait BillingHandlers"), "{code}");
    scene.write(orders, &format!("{code}\n"));
    scene
        .run(&check)
        .is(1, "", &format!("stale: {orders}\n{advice}"));

    // Another namespace: the old one goes, what people wrote stays.
    scene.write("src/bus/by_hand.rs", "// mine");
    scene.write("shop.yaml", &GOOD.replace("shop.orders", "shop.sales"));
    let stale = "missing: src/bus/shop/sales/mod.rs\nstale: src/bus/shop/mod.rs\n\
                 extra: src/bus/shop/orders/mod.rs\n";
    scene.run(&check).is(1, "", &format!("{stale}{advice}"));
    scene
        .run(&generate)
        .is(0, "wrote 2 files to src/bus (1 unchanged), removed 1\n", "");
    assert!(!scene.path("src/bus/shop/orders").exists());
    assert_eq!(scene.read("src/bus/by_hand.rs"), "// mine");
}

#[test]
fn a_service_gets_what_it_needs() {
    let scene = Scene::new("service", GOOD);
    let outcome = scene.run(&["generate", "shop.yaml", "--service", "billing"]);
    outcome.is(0, "wrote 3 files to bus\n", "");
    let code = scene.read("bus/shop/orders/mod.rs");
    assert!(
        code.contains("OrderPlaced") && !code.contains("OrderLost"),
        "{code}"
    );
}

#[test]
fn a_crate_is_written_whole_and_nothing_is_overwritten() {
    let scene = Scene::new("crate", GOOD);
    let generate = [
        "generate",
        "shop.yaml",
        "--crate",
        "shop-bus",
        "--runtime-path",
        "../runtime",
    ];
    scene
        .run(&generate)
        .is(0, "wrote 5 files to shop-bus\n", "");
    let manifest = scene.read("shop-bus/Cargo.toml");
    assert!(
        manifest.contains("name = \"shop-bus\"\nversion = \"0.1.0\"\n"),
        "{manifest}"
    );
    assert!(manifest.contains("path = \"../runtime\""), "{manifest}");
    assert!(scene.read("shop-bus/README.md").contains("`shop.orders`"));
    let check = [&generate[..], &["--check"]].concat();
    scene
        .run(&check)
        .is(0, "shop-bus is up to date (5 files)\n", "");

    scene.write("shop-bus/Cargo.toml", "[package]\nname = \"mine\"\n");
    let outcome = scene.run(&generate);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""));
    assert!(
        outcome
            .stderr
            .starts_with("error: shop-bus/Cargo.toml is in the way"),
        "{}",
        outcome.stderr
    );
    assert_eq!(
        scene.read("shop-bus/Cargo.toml"),
        "[package]\nname = \"mine\"\n"
    );
    assert_eq!(scene.run(&check).code, Some(1));
}

#[test]
fn a_crate_turns_on_the_feature_of_its_times() {
    let scene = Scene::new("times", GOOD);
    let dependency = |arguments: &[&str]| {
        let generate = [&["generate", "shop.yaml", "--crate", "shop-bus"], arguments].concat();
        assert_eq!(scene.run(&generate).code, Some(0));
        let manifest = scene.read("shop-bus/Cargo.toml");
        let line = manifest.lines().find(|line| line.starts_with("urutu = "));
        line.expect("it needs the runtime").to_owned()
    };
    let own = env!("CARGO_PKG_VERSION");
    assert_eq!(dependency(&[]), format!("urutu = \"{own}\""));
    assert_eq!(
        dependency(&["--date-time", "chrono"]),
        format!("urutu = {{ version = \"{own}\", features = [\"chrono\"] }}")
    );
    assert_eq!(
        dependency(&["--date-time", "time", "--runtime-path", "../runtime"]),
        format!("urutu = {{ version = \"{own}\", path = \"../runtime\", features = [\"time\"] }}")
    );
}

#[test]
fn nothing_is_generated_from_a_catalog_with_errors() {
    let scene = Scene::new("broken", BAD);
    let outcome = scene.run(&["generate", "shop.yaml"]);
    assert_eq!(outcome.code, Some(1));
    assert!(!scene.path("bus").exists());
}

#[test]
fn schema_prints_and_writes_that_of_the_language() {
    let scene = Scene::new("schema-language", GOOD);
    let printed = scene.run(&["schema"]);
    assert_eq!(printed.code, Some(0));
    assert_eq!(printed.stdout, include_str!("../catalog.schema.json"));
    let written = scene.run(&["schema", "--out", "editor/catalog.schema.json"]);
    assert_eq!((written.code, written.stdout.as_str()), (Some(0), ""));
    assert_eq!(scene.read("editor/catalog.schema.json"), printed.stdout);

    let misused = scene.run(&["schema", "shop.yaml"]);
    assert_eq!(misused.code, Some(2));
    assert!(
        misused.stderr.contains("`--messages`"),
        "{}",
        misused.stderr
    );
}

#[test]
fn schema_describes_messages() {
    let scene = Scene::new("schema-messages", GOOD);
    let all = scene.run(&["schema", "shop.yaml", "--messages"]);
    assert_eq!(all.code, Some(0));
    let all: serde_json::Value = serde_json::from_str(&all.stdout).expect("it is JSON");
    let names: Vec<&String> = all.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["shop.orders.OrderLost", "shop.orders.OrderPlaced"]);

    let one = scene.run(&["schema", "shop.yaml", "--message", "shop.orders.OrderLost"]);
    let one: serde_json::Value = serde_json::from_str(&one.stdout).expect("it is JSON");
    assert_eq!(one, all["shop.orders.OrderLost"]);

    let written = scene.run(&["schema", "shop.yaml", "--messages", "--out", "out"]);
    assert_eq!(written.stdout, "wrote 2 schemas to out\n");
    let file = scene.read("out/shop.orders.OrderLost.json");
    let file: serde_json::Value = serde_json::from_str(&file).expect("it is JSON");
    assert_eq!(file, one);

    let missing = scene.run(&["schema", "shop.yaml", "--message", "OrderLost"]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.stderr.contains("`OrderLost`"), "{}", missing.stderr);
}

#[test]
fn schema_of_a_bad_catalog_shows_its_errors() {
    let scene = Scene::new("schema-bad", BAD);
    let outcome = scene.run(&["schema", "shop.yaml", "--messages"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(1), ""));
    assert!(outcome.stderr.contains("U0402"), "{}", outcome.stderr);
}
