//! Generated files meet a folder: what differs, and how it is made the same.
//!
//! A file is written only when its bytes change, so that cargo rebuilds nothing for nothing. Files that were generated before and
//! are no more are removed. A file that was not generated is never touched.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::emit::is_generated;
use crate::error::Error;

/// Files by their path relative to a folder.
pub type Files = BTreeMap<PathBuf, String>;

/// How a folder differs from what should be in it. Paths are relative to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Files that are not there.
    pub missing: Vec<PathBuf>,
    /// Files whose content is another.
    pub stale: Vec<PathBuf>,
    /// Generated files that should no longer be there.
    pub extra: Vec<PathBuf>,
    /// Files in the way that were not generated.
    pub foreign: Vec<PathBuf>,
    /// How many files are as they should be.
    pub unchanged: usize,
}

impl Difference {
    /// Compares what should be in a folder with what is in it.
    pub fn between(expected: &Files, existing: &Files) -> Self {
        let mut difference = Self::default();
        for (path, content) in expected {
            match existing.get(path) {
                None => difference.missing.push(path.clone()),
                Some(found) if found == content => difference.unchanged += 1,
                Some(found) if found.is_empty() || is_generated(found) => {
                    difference.stale.push(path.clone());
                }
                Some(_) => difference.foreign.push(path.clone()),
            }
        }
        let extra = existing
            .iter()
            .filter(|(path, content)| !expected.contains_key(*path) && is_generated(content));
        difference.extra = extra.map(|(path, _)| path.clone()).collect();
        difference
    }

    /// Whether everything is as it should be.
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty()
            && self.stale.is_empty()
            && self.extra.is_empty()
            && self.foreign.is_empty()
    }

    /// How many files are written.
    pub fn written(&self) -> usize {
        self.missing.len() + self.stale.len()
    }
}

/// Compares a folder with what should be in it.
///
/// # Errors
///
/// When a file cannot be read.
pub fn compare(folder: &Path, expected: &Files) -> Result<Difference, Error> {
    Ok(Difference::between(expected, &read(folder, expected)?))
}

/// Makes a folder what it should be, and says what that took.
///
/// # Errors
///
/// When a file cannot be read or written, or one in the way was not generated.
pub fn write(folder: &Path, expected: &Files) -> Result<Difference, Error> {
    let difference = compare(folder, expected)?;
    if let Some(path) = difference.foreign.first() {
        return Err(Error::NotGenerated(folder.join(path)));
    }
    for path in difference.missing.iter().chain(&difference.stale) {
        let target = folder.join(path);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(Error::io("create the folder", parent))?;
        }
        fs::write(&target, &expected[path]).map_err(Error::io("write", &target))?;
    }
    for path in &difference.extra {
        let target = folder.join(path);
        fs::remove_file(&target).map_err(Error::io("remove", &target))?;
        remove_empty(folder, path);
    }
    Ok(difference)
}

/// The expected files as they are, and the generated files in the folders where the expected ones lie.
fn read(folder: &Path, expected: &Files) -> Result<Files, Error> {
    let mut existing = Files::new();
    for path in expected.keys() {
        let target = folder.join(path);
        match fs::read(&target) {
            Ok(bytes) => {
                existing.insert(path.clone(), String::from_utf8_lossy(&bytes).into_owned());
            }
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(Error::io("read", &target)(error)),
        }
    }
    // `bus` for `bus/shop/orders.rs`, `src` for `src/lib.rs`; modules lie at the top.
    let mut roots: Vec<&Path> = expected
        .keys()
        .filter_map(|path| path.parent())
        .filter_map(|parent| parent.components().next())
        .map(|first| Path::new(first.as_os_str()))
        .collect();
    if expected.contains_key(Path::new("mod.rs")) {
        roots = vec![Path::new("")];
    }
    roots.dedup();
    for root in roots {
        scan(folder, root, &mut existing)?;
    }
    Ok(existing)
}

/// Adds the generated Rust files of a folder. It follows no links. Folders beside generated code may be anything, so that it goes only
/// into those that are generated modules; the `bus` of an `OUT_DIR` is ours as a whole.
fn scan(folder: &Path, inside: &Path, existing: &mut Files) -> Result<(), Error> {
    let path = folder.join(inside);
    let in_bus = inside.starts_with("bus");
    let entries = match fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) if is_absent(&error) => return Ok(()),
        Err(error) => return Err(Error::io("read the folder", &path)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(Error::io("read the folder", &path))?;
        let kind = entry
            .file_type()
            .map_err(Error::io("read", &entry.path()))?;
        let name = inside.join(entry.file_name());
        if kind.is_dir() && (in_bus || is_module(&entry.path())) {
            scan(folder, &name, existing)?;
        } else if kind.is_file() && name.extension().is_some_and(|extension| extension == "rs") {
            let bytes = fs::read(entry.path()).map_err(Error::io("read", &entry.path()))?;
            let content = String::from_utf8_lossy(&bytes).into_owned();
            if is_generated(&content) {
                existing.insert(name, content);
            }
        }
    }
    Ok(())
}

fn is_module(folder: &Path) -> bool {
    fs::read_to_string(folder.join("mod.rs")).is_ok_and(|content| is_generated(&content))
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Removes the folders of a file as far as they are empty; one that is not stays, which is no error.
fn remove_empty(folder: &Path, file: &Path) {
    for parent in file.ancestors().skip(1) {
        if parent.as_os_str().is_empty() || fs::remove_dir(folder.join(parent)).is_err() {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(files: &[(&str, &str)]) -> Files {
        let file = |(path, content): &(&str, &str)| (path.into(), (*content).to_owned());
        files.iter().map(file).collect()
    }

    const MARK: &str = "// @generated by urutu-codegen 0.1.0 from catalog shop. Do not edit.\n";

    #[test]
    fn a_difference_tells_files_apart() {
        let generated = format!("{MARK}old");
        let expected = files(&[("a.rs", "a"), ("b.rs", "b"), ("c.rs", "c"), ("d.rs", "d")]);
        let existing = files(&[
            ("a.rs", "a"),
            ("b.rs", &generated),
            ("d.rs", "written by hand"),
            ("e.rs", &generated),
            ("f.rs", "written by hand"),
        ]);
        let difference = Difference::between(&expected, &existing);
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(
            difference,
            Difference {
                missing: paths(&["c.rs"]),
                stale: paths(&["b.rs"]),
                extra: paths(&["e.rs"]),
                foreign: paths(&["d.rs"]),
                unchanged: 1,
            }
        );
        assert!(!difference.is_empty());
        assert!(Difference::between(&expected, &expected).is_empty());
    }
}
