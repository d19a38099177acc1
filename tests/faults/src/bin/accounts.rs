//! Prints the accounts of the last run as a table in Markdown; exits with 1 where one says that something was lost, or where there is none.

use std::process::ExitCode;

use urutu_faults::{Report, reports};

fn main() -> ExitCode {
    let reports = reports();
    println!("{}", Report::HEAD);
    for report in &reports {
        println!("{report}");
    }
    for report in &reports {
        if !report.errors.is_empty() {
            println!(
                "\n{}, errors at publishers: {:?}",
                report.name, report.errors
            );
        }
    }
    let lost = reports
        .iter()
        .any(|report| report.lost + report.staged_lost > 0);
    if lost || reports.is_empty() {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
