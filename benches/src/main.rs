//! Measures what generating code costs, and what the generated code costs the compiler. `benches/run codegen` runs all of it.

mod catalog;
mod check;
mod crates;
mod generation;
mod statistics;

use std::env;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: urutu-benches generation LABEL=BINARY.. | check | once CATALOG OUT";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result: Result<(), Box<dyn Error>> = match words.as_slice() {
        ["generation", binaries @ ..] if !binaries.is_empty() => generation::table(binaries),
        ["check"] => check::table(),
        ["once", catalog, out] => generation::once(Path::new(catalog), Path::new(out)),
        _ => Err(USAGE.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
