//! How a command fails.

use std::process::ExitCode;

use crate::terminal;

/// Why a command did not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The catalog has errors, or generated code is stale: exit code 1. The text closes what was already shown.
    Findings(String),
    /// Nothing could be done: exit code 2.
    Unable(String),
}

impl Failure {
    /// An error that is no finding about the catalog.
    pub(crate) fn unable(error: &impl ToString) -> Self {
        Self::Unable(error.to_string())
    }

    pub(crate) fn show(&self) {
        let (Self::Findings(text) | Self::Unable(text)) = self;
        if !text.is_empty() {
            terminal::error(&format!("error: {text}\n"));
        }
    }

    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Findings(_) => 1,
            Self::Unable(_) => 2,
        })
    }
}
