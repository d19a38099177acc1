//! Packages outside of this workspace that are built as if they were in it: with its versions, its profile and what it has built already.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of this workspace.
///
/// # Panics
///
/// Never: this package lies in it.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests lie in the workspace")
        .to_owned()
}

/// Gives a package the versions of this workspace: they are here, offline.
///
/// # Panics
///
/// When the lock file cannot be copied.
pub fn lock(package: &Path) {
    fs::copy(workspace().join("Cargo.lock"), package.join("Cargo.lock")).expect("a lock file");
}

/// Cargo in a folder, with the profile of this workspace and this target folder, so that what is built already is built.
pub fn cargo(folder: &Path, target: &Path) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command
        .current_dir(folder)
        .args(["--config", "profile.dev.debug = 'line-tables-only'"])
        .args(["--config", "profile.dev.package.\"*\".debug = false"])
        .env("CARGO_TARGET_DIR", target);
    command
}
