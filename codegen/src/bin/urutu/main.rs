//! The `urutu` command.
//!
//! Exit codes: 0 fine, 1 the catalog has errors, generated code is stale, a file is not formatted, a broker is not as the catalog wants it or something could not
//! be done for some dead letters, 2 wrong usage, or a file or broker that cannot be used.

mod check;
mod dlq;
mod explain;
mod failure;
mod fmt;
mod format;
mod generate;
mod schema;
mod terminal;
mod topology;
mod url;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Message contracts for RabbitMQ: checks catalogs and generates Rust from them.
#[derive(Debug, Parser)]
#[command(name = "urutu", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Reads a catalog and shows everything that is wrong with it.
    Check(check::Arguments),
    /// Generates Rust from a catalog: modules to check in, or a whole crate.
    Generate(Box<generate::Arguments>),
    /// Formats a catalog, keeping its comments.
    Fmt(fmt::Arguments),
    /// Explains a rule: what it says, why, an example that breaks it, and how to mend it.
    Explain(explain::Arguments),
    /// Lists, shows, replays and purges dead letters.
    #[command(subcommand)]
    Dlq(dlq::Command),
    /// Prints the JSON Schema of the catalog language, or of the messages of a catalog.
    Schema(schema::Arguments),
    /// Compares a catalog with a broker: exchanges, queues and bindings, also those that must go.
    #[command(subcommand)]
    Topology(topology::Command),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Fmt(arguments) => fmt::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Dlq(command) => dlq::run(command),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Topology(command) => topology::run(&command),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.show();
            failure.code()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_options_of_all_commands_fit_together() {
        super::Arguments::command().debug_assert();
    }
}
