//! What generated code costs the compiler: `cargo check` of one crate, its dependencies built before.

use std::error::Error;
use std::fs::{self, File};
use std::path::{self, Path};
use std::process::Command;
use std::time::{Instant, SystemTime};

use crate::crates::{self, CRATES};
use crate::statistics::{folder, median};

const MESSAGES: usize = 1_000;
const ROUNDS: usize = 5;

/// Prints the table. The crates take turns, so that whatever else the machine does falls on all of them.
pub(crate) fn table() -> Result<(), Box<dyn Error>> {
    let workspace = folder("check");
    crates::write(&workspace, MESSAGES)?;
    for (name, _) in CRATES {
        check(&workspace, name)?;
    }
    let mut seconds = CRATES.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for ((name, _), seconds) in CRATES.iter().zip(&mut seconds) {
            // Cargo sees a change, and compiles this crate anew.
            let file = workspace.join(name).join("src/lib.rs");
            File::options()
                .append(true)
                .open(file)?
                .set_modified(SystemTime::now())?;
            let start = Instant::now();
            check(&workspace, name)?;
            seconds.push(start.elapsed().as_secs_f64());
        }
    }
    println!(
        "| {MESSAGES} messages of 8 fields | `cargo check`, s | of the bare structs | lines |"
    );
    println!("|---|---|---|---|");
    let mut yardstick = None;
    for ((name, what), seconds) in CRATES.iter().zip(&mut seconds) {
        let seconds = median(seconds);
        let ratio = seconds / *yardstick.get_or_insert(seconds);
        let lines = lines(&workspace.join(name).join("src"))?;
        println!("| {what} | {seconds:.2} | {ratio:.2} | {lines} |");
    }
    let _ = fs::remove_dir_all(workspace);
    Ok(())
}

fn check(workspace: &Path, name: &str) -> Result<(), Box<dyn Error>> {
    let package = format!("bench-{name}");
    let output = Command::new("cargo")
        .args(["check", "--quiet", "--package", &package])
        .current_dir(workspace)
        .env("CARGO_TARGET_DIR", path::absolute(folder("check-target"))?)
        .env("CARGO_INCREMENTAL", "0")
        .output()?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into())
    }
}

fn lines(folder: &Path) -> Result<usize, Box<dyn Error>> {
    let mut count = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        count += if path.is_dir() {
            lines(&path)?
        } else {
            fs::read_to_string(&path)?.lines().count()
        };
    }
    Ok(count)
}
