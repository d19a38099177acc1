//! `urutu fmt` as a process.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

const ROUGH: &str = "namespace:   shop\ncatalog: 1 #first\nowners: [ \"a\" ]\n";
const SMOOTH: &str = "catalog: 1 # first\nnamespace: shop\nowners: [a]\n";
const BROKEN: &str = "catalog: 1\nnamespace: [shop\n";

/// A folder with a catalog, gone after the test.
struct Scene(PathBuf);

impl Scene {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fmt-{name}"));
        // What a test that was killed may have left.
        let _ = fs::remove_dir_all(&folder);
        let scene = Self(folder);
        for (file, text) in files {
            let path = scene.0.join(file);
            let folder = path.parent().expect("a file lies in a folder");
            fs::create_dir_all(folder).expect("a scratch folder");
            fs::write(path, text).expect("a scratch file");
        }
        scene
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).expect("a scratch file")
    }

    fn changed(&self, file: &str) -> SystemTime {
        let metadata = fs::metadata(self.0.join(file)).expect("a scratch file");
        metadata
            .modified()
            .expect("files know when they were changed")
    }

    /// The exit code, the standard output and the standard error.
    fn run(&self, arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_urutu"))
            .arg("fmt")
            .args(arguments)
            .current_dir(&self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command can be started");
        let mut stdin = child.stdin.take().expect("it was asked for");
        // A command that needs no input may have ended.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let Output {
            status,
            stdout,
            stderr,
        } = child.wait_with_output().expect("the command ends");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (status.code(), text(stdout), text(stderr))
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn files_are_formatted_and_those_that_are_fine_left_alone() {
    let scene = Scene::new("write", &[("a.yaml", ROUGH), ("b/b.yaml", SMOOTH)]);
    let before = scene.changed("b/b.yaml");
    let file = fs::File::options()
        .append(true)
        .open(scene.0.join("b/b.yaml"));
    let long_ago = before - Duration::from_secs(3600);
    file.and_then(|file| file.set_modified(long_ago))
        .expect("the time of a file can be set");

    let (code, stdout, stderr) = scene.run(&[], "");
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert_eq!(stdout, "formatted 1 of 2 files\n");
    assert_eq!(scene.read("a.yaml"), SMOOTH);
    assert_eq!(scene.changed("b/b.yaml"), long_ago);

    let (code, stdout, _) = scene.run(&["a.yaml"], "");
    assert_eq!(
        (code, stdout.as_str()),
        (Some(0), "formatted 0 of 1 file\n")
    );
}

#[test]
fn check_lists_files_and_writes_nothing() {
    let scene = Scene::new("check", &[("a.yaml", ROUGH), ("b.yaml", SMOOTH)]);
    let (code, stdout, stderr) = scene.run(&["--check", "."], "");
    assert_eq!(code, Some(1));
    assert_eq!(stdout, "./a.yaml\n");
    assert_eq!(
        stderr,
        "error: 1 file is not formatted; run the same command without `--check`\n"
    );
    assert_eq!(scene.read("a.yaml"), ROUGH);
    let (code, stdout, stderr) = scene.run(&["--check", "b.yaml"], "");
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (Some(0), "", ""));
}

#[test]
fn a_broken_file_is_reported_and_left_alone() {
    let scene = Scene::new("broken", &[("a.yaml", ROUGH), ("b.yaml", BROKEN)]);
    let (code, stdout, stderr) = scene.run(&["."], "");
    assert_eq!(code, Some(1));
    assert_eq!(stdout, "formatted 1 of 1 file\n");
    assert!(stderr.starts_with("error[U0004]: "), "{stderr}");
    assert!(stderr.contains("./b.yaml:"), "{stderr}");
    assert!(
        stderr.ends_with(
            "error: the catalog . has 1 error; files with errors were left as they are\n"
        ),
        "{stderr}"
    );
    assert_eq!(
        (scene.read("a.yaml"), scene.read("b.yaml")),
        (SMOOTH.to_owned(), BROKEN.to_owned())
    );
}

#[test]
fn the_manifest_is_formatted_and_says_which_files_are() {
    let files = [
        (
            "catalog.yaml",
            "name: shop\ncatalog: 1\ninclude: [ a.yaml ]\n",
        ),
        ("a.yaml", ROUGH),
        ("b.yaml", ROUGH),
    ];
    let scene = Scene::new("manifest", &files);
    let (code, stdout, _) = scene.run(&[], "");
    assert_eq!(
        (code, stdout.as_str()),
        (Some(0), "formatted 2 of 2 files\n")
    );
    assert_eq!(
        scene.read("catalog.yaml"),
        "catalog: 1\nname: shop\ninclude: [a.yaml]\n"
    );
    assert_eq!(
        (scene.read("a.yaml"), scene.read("b.yaml")),
        (SMOOTH.to_owned(), ROUGH.to_owned())
    );
}

#[test]
fn the_standard_input_goes_to_the_standard_output() {
    let scene = Scene::new("stdin", &[("a.yaml", ROUGH)]);
    let (code, stdout, stderr) = scene.run(&["-"], ROUGH);
    assert_eq!(
        (code, stdout.as_str(), stderr.as_str()),
        (Some(0), SMOOTH, "")
    );
    let (code, stdout, _) = scene.run(&["-", "--check"], ROUGH);
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    let (code, _, _) = scene.run(&["-", "--check"], SMOOTH);
    assert_eq!(code, Some(0));
    let (code, stdout, stderr) = scene.run(&["-"], BROKEN);
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(stderr.contains("<stdin>:"), "{stderr}");
}

#[test]
fn a_path_that_is_not_there() {
    let scene = Scene::new("missing", &[("a.yaml", SMOOTH)]);
    let (code, _, stderr) = scene.run(&["nothing"], "");
    assert_eq!(code, Some(2));
    assert!(
        stderr.starts_with("error: cannot read nothing: "),
        "{stderr}"
    );
}
