//! Pieces of text become lines: what fits stays on one, the rest is broken at its brackets.

use std::ops::Range;

use proc_macro2::{TokenStream, TokenTree};

/// How long lines are, where they can be broken.
const WIDTH: usize = 100;

/// The width of what cannot stand on one line.
const ENDLESS: usize = usize::MAX / 4;

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Brackets {
    Parentheses,
    Square,
    Braces,
    Angles,
}

impl Brackets {
    fn signs(self) -> [&'static str; 2] {
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
    space: bool,
    content: Content,
    /// On one line, with the space; in bytes, which is near enough where text is not ASCII.
    width: usize,
}

enum Content {
    /// Where it stands in the text that the reader has put together.
    Text(Role, Range<usize>),
    Group(Group),
}

/// What a piece of text is for the lines.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    Plain,
    /// Starts with a dot, at which a chain of calls can be broken.
    Call,
    /// Ends with a sign behind which a line can be broken.
    Assignment,
}

impl Piece {
    pub(super) fn text(space: bool, role: Role, text: Range<usize>) -> Self {
        let width = text.len() + usize::from(space);
        Self {
            space,
            content: Content::Text(role, text),
            width,
        }
    }

    /// Where its text ends that goes on with plain text, since no line can be broken between.
    pub(super) fn open_end(&mut self) -> Option<OpenEnd<'_>> {
        match &mut self.content {
            Content::Text(role, text) if *role != Role::Assignment => Some(OpenEnd {
                text,
                width: &mut self.width,
            }),
            _ => None,
        }
    }

    pub(super) fn group(space: bool, group: Group) -> Self {
        let width = (group.width + usize::from(space)).min(ENDLESS);
        Self {
            space,
            content: Content::Group(group),
            width,
        }
    }

    fn is_dot(&self) -> bool {
        matches!(&self.content, Content::Text(Role::Call, _))
    }

    fn is_assignment(&self) -> bool {
        matches!(&self.content, Content::Text(Role::Assignment, _))
    }

    /// What it takes of the line before it could be broken.
    fn start(&self) -> Option<usize> {
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

/// The end of a piece to which text is added.
pub(super) struct OpenEnd<'p> {
    text: &'p mut Range<usize>,
    width: &'p mut usize,
}

impl OpenEnd<'_> {
    pub(super) fn extend_to(self, end: usize) {
        *self.width += end - self.text.end;
        self.text.end = end;
    }
}

/// A statement, a field, an argument: what stands between separators.
#[derive(Default)]
pub(super) struct Entry {
    pub(super) attributes: Vec<Attribute>,
    pub(super) pieces: Vec<Piece>,
    pub(super) end: Option<char>,
    pub(super) needs_a_line: bool,
}

impl Entry {
    pub(super) fn is_empty(&self) -> bool {
        self.attributes.is_empty() && self.pieces.is_empty()
    }

    /// The text that it starts with.
    fn start<'s>(&self, source: &'s str) -> &'s str {
        match self.pieces.first().map(|piece| &piece.content) {
            Some(Content::Text(_, text)) => &source[text.clone()],
            Some(Content::Group(_)) | None => "",
        }
    }

    fn width(&self) -> usize {
        let endless = self.needs_a_line || self.end == Some(';') || !self.attributes.is_empty();
        if endless {
            return ENDLESS;
        }
        total(&self.pieces)
    }
}

fn total(pieces: &[Piece]) -> usize {
    sum(pieces.iter().map(|piece| piece.width))
}

fn sum(widths: impl Iterator<Item = usize>) -> usize {
    widths.fold(0, |sum, width| sum.saturating_add(width).min(ENDLESS))
}

/// Brackets with what is in them.
pub(super) struct Group {
    pub(super) brackets: Brackets,
    pub(super) entries: Vec<Entry>,
    /// Lines stand between the entries.
    pub(super) is_spacious: bool,
    pub(super) trailing_comma: bool,
    width: usize,
}

impl Group {
    pub(super) fn new(brackets: Brackets, entries: Vec<Entry>) -> Self {
        let inside = sum(entries.iter().map(|entry| entry.width() + 2));
        let width = match (brackets, entries.is_empty()) {
            (_, true) => 2,
            (Brackets::Braces, false) => inside + 2,
            _ => inside,
        };
        Self {
            brackets,
            entries,
            is_spacious: false,
            trailing_comma: true,
            width: width.min(ENDLESS),
        }
    }

    pub(super) fn break_always(&mut self) {
        self.width = ENDLESS;
    }

    /// Whether breaking it would only make it hard to read: `<T as Trait>`.
    fn stays_whole(&self) -> bool {
        self.entries.is_empty() || (self.brackets == Brackets::Angles && self.entries.len() == 1)
    }

    /// A call whose last argument is a block: `f(a, |b| {`. Gives the width of its first line.
    fn hug(&self) -> Option<usize> {
        let (last, before) = self.entries.split_last()?;
        let (block, head) = last.pieces.split_last()?;
        let is_block =
            matches!(&block.content, Content::Group(group) if group.brackets == Brackets::Braces);
        let before = sum(before.iter().map(|entry| entry.width() + 2));
        let width = before + total(head) + 3;
        (self.brackets == Brackets::Parentheses && is_block && last.attributes.is_empty())
            .then_some(width)
    }
}

/// An attribute: documentation, or any other.
pub(super) enum Attribute {
    Doc { is_inner: bool, text: String },
    Other { is_inner: bool, content: Vec<Entry> },
}

impl Attribute {
    pub(super) fn new(
        is_inner: bool,
        content: TokenStream,
        read: impl FnOnce(TokenStream) -> Vec<Entry>,
    ) -> Self {
        if let Some(text) = documentation(&content) {
            return Self::Doc { is_inner, text };
        }
        let content = read(content);
        Self::Other { is_inner, content }
    }
}

/// The text of `doc = "..."`, where it can be written as a comment.
fn documentation(content: &TokenStream) -> Option<String> {
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

/// Writes entries, each on its line.
pub(super) struct Lines<'t> {
    /// What the pieces stand in.
    source: &'t str,
    text: &'t mut String,
    column: usize,
    indent: usize,
}

impl<'t> Lines<'t> {
    /// At the start of a line, at the end of this text.
    pub(super) fn new(source: &'t str, text: &'t mut String) -> Self {
        Self {
            source,
            text,
            column: 0,
            indent: 0,
        }
    }

    /// Writes items, with empty lines between them.
    pub(super) fn write(mut self, entries: &[Entry]) {
        self.entries(entries, true);
        if !entries.is_empty() {
            self.text.push('\n');
        }
    }

    /// The entries from the place where the text is, which is the start of a line.
    fn entries(&mut self, entries: &[Entry], spacious: bool) {
        for (index, entry) in entries.iter().enumerate() {
            if index > 0 {
                if spacious {
                    self.text.push('\n');
                }
                self.newline();
            }
            self.entry(entry);
            if let Some(end) = entry.end {
                self.push(end.encode_utf8(&mut [0; 4]));
            }
        }
    }

    fn entry(&mut self, entry: &Entry) {
        for (index, attribute) in entry.attributes.iter().enumerate() {
            if index > 0 {
                self.newline();
            }
            match attribute {
                Attribute::Doc { is_inner, text } => {
                    self.push(if *is_inner { "//!" } else { "///" });
                    self.push(text);
                }
                Attribute::Other { is_inner, content } => {
                    self.push(if *is_inner { "#![" } else { "#[" });
                    self.on_one_line(content);
                    self.push("]");
                }
            }
        }
        if !entry.attributes.is_empty() && !entry.pieces.is_empty() {
            self.newline();
        }
        self.pieces(&entry.pieces, usize::from(entry.end.is_some()));
    }

    fn pieces(&mut self, pieces: &[Piece], behind: usize) {
        let width = total(pieces);
        let too_long = width < ENDLESS && self.column + width + behind > WIDTH;
        let mut after_call = false;
        let mut in_chain = false;
        for (index, piece) in pieces.iter().enumerate() {
            // The calls of a chain that is too long stand below each other.
            if too_long && after_call && piece.is_dot() {
                self.indent += if in_chain { 0 } else { 4 };
                in_chain = true;
                self.newline();
            }
            if piece.space {
                self.push(" ");
            }
            match &piece.content {
                Content::Text(_, text) => self.push(&self.source[text.clone()]),
                Content::Group(group) => {
                    let rest = rest(&pieces[index + 1..], group.brackets, behind, too_long);
                    self.group(group, rest);
                }
            }
            after_call = matches!(piece.content, Content::Group(_));
        }
        self.indent -= if in_chain { 4 } else { 0 };
    }

    /// Writes a group that so much text follows on its last line.
    fn group(&mut self, group: &Group, rest: usize) {
        let [open, close] = group.brackets.signs();
        self.push(open);
        if group.stays_whole() {
            self.on_one_line(&group.entries);
            self.push(close);
        } else if self.column + group.width - 1 + rest <= WIDTH {
            let pad = if group.brackets == Brackets::Braces {
                " "
            } else {
                ""
            };
            self.push(pad);
            self.on_one_line(&group.entries);
            self.push(pad);
            self.push(close);
        } else if group
            .hug()
            .is_some_and(|width| self.column + width <= WIDTH)
        {
            self.on_one_line(&group.entries);
            self.push(close);
        } else {
            self.broken(group);
            self.push(close);
        }
    }

    fn on_one_line(&mut self, entries: &[Entry]) {
        for (index, entry) in entries.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.pieces(&entry.pieces, 1);
        }
    }

    fn broken(&mut self, group: &Group) {
        self.indent += 4;
        self.newline();
        self.entries(&group.entries, group.is_spacious);
        let is_list = group.entries.iter().any(|entry| entry.end == Some(','))
            || group.brackets == Brackets::Parentheses;
        let is_open = group
            .entries
            .last()
            .is_some_and(|entry| entry.end.is_none());
        // A block ends itself; nothing may follow `..rest`.
        let ends_itself = group.brackets == Brackets::Braces
            && group.entries.last().is_some_and(|entry| {
                entry.needs_a_line || entry.start(self.source).starts_with("..")
            });
        if group.trailing_comma && is_list && is_open && !ends_itself {
            self.push(",");
        }
        self.indent -= 4;
        self.newline();
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.column += text.len();
    }

    fn newline(&mut self) {
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n(' ', self.indent));
        self.column = self.indent;
    }
}

/// How much of these pieces must stand on the line of the group before them.
fn rest(pieces: &[Piece], brackets: Brackets, behind: usize, in_chain: bool) -> usize {
    let mut rest = 0;
    for (index, piece) in pieces.iter().enumerate() {
        if in_chain && index == 0 && piece.is_dot() {
            return 0;
        }
        if piece.is_assignment() {
            // What comes after it can be broken for itself.
            return rest + piece.width;
        }
        match piece.start() {
            // Generics stay together where something else can be broken.
            Some(start) if brackets == Brackets::Angles || piece.width >= ENDLESS => {
                return rest + start;
            }
            _ => rest += piece.width,
        }
    }
    rest + behind
}
