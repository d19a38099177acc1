//! The middle of several runs, and a folder to run in.

use std::path::PathBuf;

/// The median; of an even number of values, the upper one of the two in the middle.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A folder of this name under cargo's target folder.
pub(crate) fn folder(name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    PathBuf::from(target).join("benches").join(name)
}
