//! Documentation of generated code: whatever stands in a catalog, rustdoc takes it for text.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use urutu_tests::{Scratch, lock, workspace};

use super::{cargo, succeeds, target};

/// Lints that generated code allows, for the sake of what a program adds to it; the generator's own text breaks none.
const ALLOWED: [&str; 2] = [
    "rustdoc::broken_intra_doc_links",
    "rustdoc::invalid_html_tags",
];

/// A doctest that counts, to see that they are counted.
const CONTROL: &str = "/// ```ignore\n/// panic!();\n/// ```\npub fn control() {}\n";

/// A crate of all golden modules that need nothing of the crate around them, without leave for those lints.
fn crate_of_goldens(folder: &Scratch) {
    let golden = workspace().join("tests/golden");
    let mut root = String::from("#![deny(warnings)]\n//! Goldens.\n");
    let mut count = 0;
    for entry in fs::read_dir(golden).expect("the folder of the golden tests") {
        let path = entry.expect("an entry of that folder").path();
        let name = path.file_name().expect("an entry has a name").to_owned();
        let name = name.to_str().expect("it is one of ours").to_owned();
        // These name what stands in the golden test, or need features of the runtime.
        let needs_more = ["chrono", "elsewhere", "hooks", "time"].contains(&name.as_str());
        if path.is_dir() && !needs_more {
            copy(&path.join("bus"), &format!("src/{name}"), folder);
            writeln!(root, "pub mod {name};").expect("text can be written");
            count += 1;
        }
    }
    assert!(count >= 9, "{root}");
    folder.write("src/lib.rs", root + CONTROL);
    let runtime = workspace().join("runtime").display().to_string();
    folder.write(
        "Cargo.toml",
        format!(
            "[package]\nname = \"goldens\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\nurutu = {{ path = {runtime:?} }}\n"
        ),
    );
    lock(folder.path());
}

fn copy(from: &Path, to: &str, folder: &Scratch) {
    for entry in fs::read_dir(from).expect("a folder of a golden module") {
        let path = entry.expect("an entry of that folder").path();
        let name = path.file_name().expect("an entry has a name");
        let to = format!("{to}/{}", name.to_str().expect("it is one of ours"));
        if path.is_dir() {
            copy(&path, &to, folder);
        } else {
            let mut code = fs::read_to_string(&path).expect("a golden file");
            for lint in ALLOWED {
                code = code.replace(lint, "dead_code");
            }
            folder.write(&to, code);
        }
    }
}

#[test]
fn documentation_builds_without_warnings_and_holds_no_doctest() {
    let folder = Scratch::new("documentation");
    crate_of_goldens(&folder);
    let built = succeeds(
        cargo(folder.path())
            .args([
                "doc",
                "--no-deps",
                "--offline",
                "--message-format=json-render-diagnostics",
            ])
            .env("RUSTDOCFLAGS", "-D warnings"),
    );
    let page = target().join("doc/goldens/adversarial/adversarial/text/struct.Prose.html");
    let page = fs::read_to_string(page).expect("rustdoc's page");
    assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
    for live in ["<script>alert(1)", "src=\"https://example.com"] {
        assert!(!page.contains(live), "{page}");
    }

    let runtime = metadata_of_runtime(&built.stdout);
    let dependencies = runtime.parent().expect("a file lies in a folder");
    let rustdoc = Path::new(env!("CARGO")).with_file_name("rustdoc");
    let output = succeeds(
        Command::new(rustdoc)
            .args(["--test", "--edition=2024", "--crate-name=goldens"])
            .arg(format!("--extern=urutu={}", runtime.display()))
            .arg(format!("-Ldependency={}", dependencies.display()))
            .arg(folder.path().join("src/lib.rs")),
    );
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(report.contains("running 1 test\n"), "{report}");
    assert!(report.contains("control (line"), "{report}");
}

/// Where cargo has put the runtime, by its messages.
fn metadata_of_runtime(messages: &[u8]) -> PathBuf {
    let messages = serde_json::Deserializer::from_slice(messages).into_iter::<Value>();
    let artifact = messages
        .map(|message| message.expect("cargo writes JSON"))
        .find(|message| {
            message["reason"] == "compiler-artifact" && message["target"]["name"] == "urutu"
        })
        .expect("the runtime was built");
    let file = artifact["filenames"][0].as_str().expect("it has a file");
    PathBuf::from(file)
}
