//! The pages of `urutu explain`: each has an example, and that example breaks the rule.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use urutu_codegen::{Code, load};

/// The files of an example, gone after the test.
struct Scene(PathBuf);

impl Scene {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("explain-{name}"));
        // What a test that was killed may have left.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a scratch folder");
        Self(folder)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        let folder = path.parent().expect("a file lies in a folder");
        fs::create_dir_all(folder).expect("a scratch folder");
        fs::write(path, text).expect("a scratch file");
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A page in parts: the text around its examples, and each example with the words behind its fence.
fn parts(page: &str) -> (Vec<String>, Vec<(String, String)>) {
    let (mut texts, mut blocks) = (vec![String::new()], Vec::new());
    let mut block: Option<(String, String)> = None;
    for line in page.lines() {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(info)) => block = Some((info.to_owned(), String::new())),
            (Some(_), Some(_)) => {
                blocks.extend(block.take());
                texts.push(String::new());
            }
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {
                if let Some(text) = texts.last_mut() {
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
    }
    assert!(block.is_none(), "a fence is not closed: {page}");
    (texts, blocks)
}

/// The codes that the example of a page gives. `None` where its commands cannot be run.
fn codes(code: Code) -> Option<BTreeSet<String>> {
    let scene = Scene::new(code.as_str());
    let (_, blocks) = parts(code.page());
    let mut path = scene.0.clone();
    for (info, text) in &blocks {
        match info.split_once(' ').unwrap_or((info, "orders.yaml")) {
            ("yaml", name) => {
                scene.write(name, text);
                if blocks.len() == 1 && Path::new(name).extension() != Some("yaml".as_ref()) {
                    path.push(name);
                }
            }
            ("sh", _) if cfg!(unix) => {
                let ended = Command::new("bash")
                    .args(["-ec", text])
                    .current_dir(&scene.0)
                    .status();
                assert!(ended.is_ok_and(|status| status.success()), "{code}: {text}");
            }
            ("sh", _) => return None,
            (other, _) => panic!("{code}: an example is YAML or a command, not {other}"),
        }
    }
    let found = load(&path).diagnostics;
    Some(found.iter().map(|one| one.code().to_string()).collect())
}

#[test]
fn the_example_of_every_page_breaks_its_rule_and_no_other() {
    let mut wrong = Vec::new();
    for code in Code::ALL {
        let Some(found) = codes(*code) else { continue };
        if found != BTreeSet::from([code.to_string()]) {
            wrong.push(format!("{code}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_says_what_why_and_how_to_mend_it() {
    let mut seen = BTreeSet::new();
    for code in Code::ALL {
        let page = code.page();
        let title = format!("# {code}: {}\n", code.title());
        assert!(page.starts_with(&title), "{code} is titled otherwise");
        let (texts, blocks) = parts(page);
        assert!(!blocks.is_empty(), "{code} has no example");
        let (Some(before), Some(after)) = (texts.first(), texts.last()) else {
            panic!("{code} has no text");
        };
        let what = before.trim_start_matches(&title).trim();
        assert!(
            what.split_whitespace().count() >= 12,
            "{code} says too little"
        );
        assert!(
            !after.trim().is_empty(),
            "{code} does not say how to mend it"
        );
        assert!(seen.insert(what.to_owned()), "{code} is a copy");
    }
}

#[test]
fn the_command_prints_a_page_by_code_and_by_name_and_lists_all() {
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_urutu"));
        let output = command.arg("explain").args(arguments).output();
        let output = output.expect("the command can be started");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let (status, by_code, _) = run(&["u0603"]);
    assert_eq!(status, Some(0));
    assert!(
        by_code.starts_with("# U0603: a field has no documentation\n"),
        "{by_code}"
    );
    assert!(
        by_code.contains("lint `field-doc`, by default `allow`"),
        "{by_code}"
    );
    assert_eq!(run(&["field-doc"]).1, by_code);
    let (status, list, _) = run(&[]);
    assert_eq!(status, Some(0));
    assert_eq!(list.lines().count(), Code::ALL.len());
    assert!(
        list.contains("U0404  two messages have one topic (shared-topic: warn)\n"),
        "{list}"
    );
    let (status, _, error) = run(&["U9999"]);
    assert_eq!(status, Some(2));
    assert!(error.contains("there is no rule `U9999`"), "{error}");
}
