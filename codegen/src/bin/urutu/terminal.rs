//! The standard streams.

use std::env;
use std::io::{self, IsTerminal, Write};

/// Writes to the standard output. A reader that has gone away (`urutu check | head`) is no error.
pub(crate) fn print(text: &str) {
    let _ = put(text);
}

/// The same for those who can stop early: an error where nobody reads any more.
pub(crate) fn put(text: &str) -> io::Result<()> {
    io::stdout().write_all(text.as_bytes())
}

/// Writes to the standard error.
pub(crate) fn error(text: &str) {
    // Where even this fails there is nobody left to tell.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Whether the standard error takes colours: on a terminal, unless `NO_COLOR` is set.
pub(crate) fn takes_color() -> bool {
    io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// `1 file`, `2 files`.
pub(crate) fn amount(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
