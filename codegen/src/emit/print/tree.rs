//! What is laid out: entries, which hold pieces, which are text or brackets with further entries.
//!
//! Everything stands in a few lists that are used again for every item; what belongs together is a part of one. Vectors in vectors would be
//! most of what printing costs.

use std::ops::Range;

use proc_macro2::{TokenStream, TokenTree};

/// The width of what cannot stand on one line.
pub(super) const ENDLESS: usize = usize::MAX / 4;

/// What has been read, and what is being read.
#[derive(Default)]
pub(super) struct Tree {
    pub(super) text: String,
    attributes: Vec<Attribute>,
    pieces: Vec<Piece>,
    entries: Vec<Entry>,
    /// The pieces of the entries that are not finished, the innermost last.
    open_pieces: Vec<Piece>,
    /// The entries in the brackets that are not closed, the innermost last.
    open_entries: Vec<Entry>,
}

/// A part of one of the lists of a [`Tree`].
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) struct Part {
    start: usize,
    end: usize,
}

impl Part {
    pub(super) fn is_empty(self) -> bool {
        self.start == self.end
    }

    fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

impl Tree {
    /// Forgets what was read, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.attributes.clear();
        self.pieces.clear();
        self.entries.clear();
        self.open_pieces.clear();
        self.open_entries.clear();
    }

    pub(super) fn text(&self, part: Part) -> &str {
        &self.text[part.range()]
    }

    pub(super) fn attributes(&self, part: Part) -> &[Attribute] {
        &self.attributes[part.range()]
    }

    pub(super) fn pieces(&self, part: Part) -> &[Piece] {
        &self.pieces[part.range()]
    }

    pub(super) fn entries(&self, part: Part) -> &[Entry] {
        &self.entries[part.range()]
    }

    /// Keeps the text of documentation.
    pub(super) fn doc(&mut self, doc: &str) -> Part {
        let start = self.text.len();
        self.text.push_str(doc);
        Part {
            start,
            end: self.text.len(),
        }
    }

    /// Begins an entry.
    pub(super) fn open(&self) -> Entry {
        let attributes = Part {
            start: self.attributes.len(),
            end: self.attributes.len(),
        };
        let pieces = Part {
            start: self.open_pieces.len(),
            end: self.open_pieces.len(),
        };
        Entry {
            attributes,
            pieces,
            end: None,
            needs_a_line: false,
            width: 0,
        }
    }

    /// Adds an attribute to the entry that was opened last, before any piece of it.
    pub(super) fn attribute(&mut self, entry: &mut Entry, attribute: Attribute) {
        self.attributes.push(attribute);
        entry.attributes.end = self.attributes.len();
    }

    /// Adds to the entry that was opened last what `write` appends to the text; gives where it starts.
    pub(super) fn write(
        &mut self,
        entry: &mut Entry,
        space: bool,
        role: Role,
        write: impl FnOnce(&mut String),
    ) -> usize {
        let last = self.open_pieces[entry.pieces.start..].last_mut();
        // No line can be broken before plain text, so that it goes on where the last piece ends.
        let end = last.and_then(|piece| match (&mut piece.content, role) {
            (Content::Text(Role::Plain | Role::Call, part), Role::Plain) => {
                Some((&mut part.end, &mut piece.width))
            }
            _ => None,
        });
        if space && end.is_some() {
            self.text.push(' ');
        }
        let start = self.text.len();
        write(&mut self.text);
        if let Some((end, width)) = end {
            *width += self.text.len() - *end;
            *end = self.text.len();
        } else {
            let part = Part {
                start,
                end: self.text.len(),
            };
            self.piece(
                entry,
                Piece {
                    space,
                    content: Content::Text(role, part),
                    width: part.range().len() + usize::from(space),
                },
            );
        }
        start
    }

    /// Adds brackets to the entry that was opened last.
    pub(super) fn group(&mut self, entry: &mut Entry, space: bool, group: Group) {
        let width = (group.width + usize::from(space)).min(ENDLESS);
        self.piece(
            entry,
            Piece {
                space,
                content: Content::Group(group),
                width,
            },
        );
    }

    fn piece(&mut self, entry: &mut Entry, piece: Piece) {
        self.open_pieces.push(piece);
        entry.pieces.end = self.open_pieces.len();
    }

    /// Ends the entry that was opened last.
    pub(super) fn close(&mut self, mut entry: Entry, end: Option<char>) {
        let start = self.pieces.len();
        self.pieces
            .extend(self.open_pieces.drain(entry.pieces.start..));
        entry.pieces = Part {
            start,
            end: self.pieces.len(),
        };
        entry.end = end;
        let stands_alone = entry.needs_a_line || end == Some(';') || !entry.attributes.is_empty();
        entry.width = if stands_alone {
            ENDLESS
        } else {
            total(self.pieces(entry.pieces))
        };
        self.open_entries.push(entry);
    }

    /// How many entries have been closed in brackets that have not.
    pub(super) fn mark(&self) -> usize {
        self.open_entries.len()
    }

    /// The entries that were closed since the mark.
    pub(super) fn since(&mut self, mark: usize) -> Part {
        let start = self.entries.len();
        self.entries.extend(self.open_entries.drain(mark..));
        Part {
            start,
            end: self.entries.len(),
        }
    }

    /// Brackets with these entries in them.
    pub(super) fn brackets(&self, brackets: Brackets, entries: Part) -> Group {
        let inside = sum(self.entries(entries).iter().map(|entry| entry.width + 2));
        let width = match (brackets, entries.is_empty()) {
            (_, true) => 2,
            (Brackets::Braces, false) => inside + 2,
            _ => inside,
        };
        Group {
            brackets,
            entries,
            is_spacious: false,
            trailing_comma: true,
            width: width.min(ENDLESS),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Brackets {
    Parentheses,
    Square,
    Braces,
    Angles,
}

impl Brackets {
    pub(super) fn signs(self) -> [&'static str; 2] {
        match self {
            Self::Parentheses => ["(", ")"],
            Self::Square => ["[", "]"],
            Self::Braces => ["{", "}"],
            Self::Angles => ["<", ">"],
        }
    }
}

/// A piece of a line.
pub(super) struct Piece {
    /// A space stands before it.
    pub(super) space: bool,
    pub(super) content: Content,
    /// On one line, with the space; in bytes, which is near enough where text is not ASCII.
    pub(super) width: usize,
}

pub(super) enum Content {
    Text(Role, Part),
    Group(Group),
}

/// What a piece of text is for the lines.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    Plain,
    /// Starts with a dot, at which a chain of calls can be broken.
    Call,
    /// A sign behind which a line can be broken.
    Assignment,
}

impl Piece {
    pub(super) fn is_call(&self) -> bool {
        matches!(self.content, Content::Text(Role::Call, _))
    }

    pub(super) fn is_assignment(&self) -> bool {
        matches!(self.content, Content::Text(Role::Assignment, _))
    }

    /// What it takes of the line before it could be broken.
    pub(super) fn start(&self) -> Option<usize> {
        match &self.content {
            Content::Group(group)
                if !group.entries.is_empty() && group.brackets != Brackets::Angles =>
            {
                Some(usize::from(self.space) + 1)
            }
            _ => None,
        }
    }
}

/// A statement, a field, an argument: what stands between separators.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) attributes: Part,
    pub(super) pieces: Part,
    pub(super) end: Option<char>,
    pub(super) needs_a_line: bool,
    /// On one line.
    pub(super) width: usize,
}

impl Entry {
    pub(super) fn is_empty(&self) -> bool {
        self.attributes.is_empty() && self.pieces.is_empty()
    }
}

pub(super) fn total(pieces: &[Piece]) -> usize {
    sum(pieces.iter().map(|piece| piece.width))
}

pub(super) fn sum(widths: impl Iterator<Item = usize>) -> usize {
    widths.fold(0, |sum, width| sum.saturating_add(width).min(ENDLESS))
}

/// Brackets with what is in them.
pub(super) struct Group {
    pub(super) brackets: Brackets,
    pub(super) entries: Part,
    /// Lines stand between the entries.
    pub(super) is_spacious: bool,
    pub(super) trailing_comma: bool,
    pub(super) width: usize,
}

impl Group {
    pub(super) fn break_always(&mut self) {
        self.width = ENDLESS;
    }
}

/// An attribute: documentation, or any other.
pub(super) enum Attribute {
    Doc { is_inner: bool, text: Part },
    Other { is_inner: bool, content: Part },
}

/// The text of `doc = "..."`, where it can be written as a comment.
pub(super) fn documentation(content: &TokenStream) -> Option<String> {
    let mut tokens = content.clone().into_iter();
    let is_doc = matches!(tokens.next(), Some(TokenTree::Ident(word)) if word == "doc");
    let is_equals = matches!(tokens.next(), Some(TokenTree::Punct(sign)) if sign.as_char() == '=');
    let (Some(TokenTree::Literal(literal)), true, true) = (tokens.next(), is_doc, is_equals) else {
        return None;
    };
    let literal = literal.to_string();
    let plain = literal
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let text = match plain {
        Some(text) if !text.contains('\\') => text.to_owned(),
        _ => syn::parse_str::<syn::LitStr>(&literal).ok()?.value(),
    };
    // Another slash would make it a plain comment; a comment ends with its line.
    let is_comment = !text.starts_with('/') && !text.contains(['\n', '\r']);
    (is_comment && tokens.next().is_none()).then_some(text)
}
