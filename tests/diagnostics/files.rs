//! Which files belong to a catalog.

use std::fs;
use std::path::{Path, PathBuf};

use urutu_codegen::{Catalog, load};

/// A catalog made by a test, removed at its end, however that comes about.
pub(crate) struct Made(pub(crate) PathBuf);

impl Made {
    /// Each file holds one message that is called like the file.
    pub(crate) fn new(name: &str, files: &[&str]) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // What a test that was killed may have left.
        let _ = fs::remove_dir_all(&root);
        let made = Self(root);
        for file in files {
            let stem = Path::new(file).file_stem().and_then(|stem| stem.to_str());
            let stem = stem.expect("the files of these tests have names");
            let text = format!(
                "catalog: 1\nnamespace: shop\nmessages:\n  {stem}: {{kind: event, topic: {}}}\n",
                stem.to_lowercase()
            );
            made.write(file, &text);
        }
        made
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.0.join(file);
        let directory = path.parent().expect("the file lies in the catalog");
        fs::create_dir_all(directory).expect("the directory of the build can be written");
        fs::write(path, text).expect("the directory of the build can be written");
    }

    pub(crate) fn load(&self) -> Catalog {
        load(&self.0)
    }

    /// The messages of a catalog without errors.
    fn messages(&self) -> Vec<String> {
        let catalog = self.load();
        assert!(
            catalog.diagnostics.is_empty(),
            "{}",
            catalog.diagnostics.render(false)
        );
        let model = catalog.model.expect("there are no errors");
        model.namespaces["shop"].messages.keys().cloned().collect()
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // Best effort: it lies in the directory of the build.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn without_a_manifest_every_yaml_file_that_is_not_hidden_belongs() {
    let files = [
        "A.yaml",
        "b/B.yml",
        "b/c/C.yaml",
        ".git/D.yaml",
        "b/.E.yaml",
    ];
    let made = Made::new("files-all", &files);
    made.write("b/notes.txt", "not: [yaml");
    assert_eq!(made.messages(), ["A", "B", "C"]);
    let directories = made.load().inputs.directories;
    assert_eq!(
        directories,
        ["", "b", "b/c"].map(|path| made.0.join(path).components().collect::<PathBuf>())
    );
}

#[test]
fn a_manifest_says_which_files_belong() {
    let made = Made::new(
        "files-include",
        &["a/A.yaml", "b/B.yaml", "c/d/C.yaml", "D.yaml"],
    );
    made.write(
        "catalog.yaml",
        "catalog: 1\nname: shop\ninclude: [a/*.yaml, c/**]\n",
    );
    assert_eq!(made.messages(), ["A", "C"]);
    // Directories that cannot hold anything are not searched.
    let directories = made.load().inputs.directories;
    assert!(!directories.contains(&made.0.join("b")), "{directories:?}");
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_end_and_no_file_is_read_twice() {
    use std::os::unix::fs::symlink;

    let made = Made::new("files-links", &["a/A.yaml", "b/B.yaml"]);
    symlink("../b", made.0.join("a/to_b")).expect("links can be made");
    symlink("../a", made.0.join("b/to_a")).expect("links can be made");
    symlink("..", made.0.join("a/up")).expect("links can be made");
    symlink("A.yaml", made.0.join("a/Again.yaml")).expect("links can be made");
    assert_eq!(made.messages(), ["A", "B"]);
}

#[cfg(unix)]
#[test]
fn a_link_within_the_catalog_is_followed_where_only_it_is_included() {
    use std::os::unix::fs::symlink;

    let made = Made::new("files-link-within", &[".shared/A.yaml"]);
    symlink(".shared", made.0.join("contracts")).expect("links can be made");
    made.write(
        "catalog.yaml",
        "catalog: 1\nname: shop\ninclude: [contracts/*.yaml]\n",
    );
    assert_eq!(made.messages(), ["A"]);
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let made = Made::new("files-large", &["A.yaml"]);
    made.write("B.yaml", &"# long\n".repeat(700_000));
    let catalog = made.load();
    let codes: Vec<&str> = catalog
        .diagnostics
        .iter()
        .map(|d| d.code().as_str())
        .collect();
    assert_eq!(codes, ["U0003"]);
    assert!(catalog.model.is_none());
}

#[test]
fn a_file_with_too_many_values_is_not_read() {
    let made = Made::new("files-wide", &["A.yaml"]);
    made.write(
        "B.yaml",
        &format!(
            "catalog: 1\nnamespace: shop\nowners: [{}]\n",
            "a, ".repeat(100_001)
        ),
    );
    let catalog = made.load();
    let codes: Vec<&str> = catalog
        .diagnostics
        .iter()
        .map(|d| d.code().as_str())
        .collect();
    assert_eq!(codes, ["U0003"]);
}
