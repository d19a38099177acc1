//! Where the rules put what they find.

use super::Code;
use crate::source::Span;

/// The findings so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    drafts: Vec<Draft>,
}

/// A finding that is being written.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(super) code: Code,
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) label: String,
    pub(super) secondary: Vec<(Span, String)>,
    pub(super) help: Vec<String>,
}

impl Report {
    /// Adds a finding; whether it is an error or a warning is the code's to say.
    pub(crate) fn add(&mut self, code: Code, span: Span, message: impl Into<String>) -> Handle<'_> {
        let draft = Draft {
            code,
            span,
            message: message.into(),
            label: String::new(),
            secondary: Vec::new(),
            help: Vec::new(),
        };
        let at = self.drafts.len();
        self.drafts.push(draft);
        Handle { report: self, at }
    }

    /// Whether nothing was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.drafts.is_empty()
    }

    pub(super) fn into_drafts(self) -> Vec<Draft> {
        self.drafts
    }
}

/// The finding that was just added, to say more about it.
#[derive(Debug)]
pub(crate) struct Handle<'a> {
    report: &'a mut Report,
    at: usize,
}

impl Handle<'_> {
    fn draft(&mut self) -> &mut Draft {
        // `Report::add` has just pushed it, and nothing is ever removed.
        &mut self.report.drafts[self.at]
    }

    /// A few words under the primary place.
    pub(crate) fn label(mut self, text: impl Into<String>) -> Self {
        self.draft().label = text.into();
        self
    }

    /// Another place that belongs to it.
    pub(crate) fn and(mut self, span: Span, text: impl Into<String>) -> Self {
        self.draft().secondary.push((span, text.into()));
        self
    }

    /// What to do about it.
    pub(crate) fn help(self, text: impl Into<String>) -> Self {
        self.help_if(Some(text.into()))
    }

    /// What to do about it, where that is known.
    pub(crate) fn help_if(mut self, text: Option<String>) -> Self {
        self.draft().help.extend(text);
        self
    }
}
