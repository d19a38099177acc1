//! What verifying a topology has found.

use super::TransportError;
use crate::topology::{Conflict, Object};

/// What is missing, and what exists otherwise.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) missing: Vec<Object>,
    pub(crate) conflicts: Vec<Conflict>,
}

impl Findings {
    /// This one does not exist.
    pub(crate) fn missing(object: Object) -> Self {
        Self {
            missing: vec![object],
            conflicts: Vec::new(),
        }
    }

    /// All of them in one error, or none.
    pub(crate) fn into_result(self) -> Result<(), TransportError> {
        let missing = self.missing.iter();
        let missing = missing.map(|object| format!("the {object} does not exist"));
        let conflicts = self.conflicts.iter().map(ToString::to_string);
        let all: Vec<_> = conflicts.chain(missing).collect();
        if all.is_empty() {
            return Ok(());
        }
        let text = all.join("; ");
        Err(if self.missing.is_empty() {
            TransportError::Refused(text)
        } else {
            TransportError::Missing(text)
        })
    }
}
