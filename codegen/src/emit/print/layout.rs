//! Pieces of text become lines: what fits stays on one, the rest is broken at its brackets.

use super::tree::{
    Attribute, Brackets, Content, ENDLESS, Entry, Group, Part, Piece, Tree, sum, total,
};

/// How long lines are, where they can be broken.
const WIDTH: usize = 100;

/// Indentation is cut from it.
const BLANKS: &str = "                                ";

/// Writes entries, each on its line.
pub(super) struct Lines<'t> {
    tree: &'t Tree,
    text: &'t mut String,
    column: usize,
    indent: usize,
}

impl<'t> Lines<'t> {
    /// At the start of a line, at the end of this text.
    pub(super) fn new(tree: &'t Tree, text: &'t mut String) -> Self {
        Self {
            tree,
            text,
            column: 0,
            indent: 0,
        }
    }

    /// Writes items, with empty lines between them.
    pub(super) fn write(mut self, entries: Part) {
        self.entries(self.tree.entries(entries), true);
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
        let tree = self.tree;
        for (index, attribute) in tree.attributes(entry.attributes).iter().enumerate() {
            if index > 0 {
                self.newline();
            }
            match attribute {
                Attribute::Doc { is_inner, text } => {
                    self.push(if *is_inner { "//!" } else { "///" });
                    self.push(tree.text(*text));
                }
                Attribute::Other { is_inner, content } => {
                    self.push(if *is_inner { "#![" } else { "#[" });
                    self.on_one_line(tree.entries(*content));
                    self.push("]");
                }
            }
        }
        if !entry.attributes.is_empty() && !entry.pieces.is_empty() {
            self.newline();
        }
        self.pieces(tree.pieces(entry.pieces), usize::from(entry.end.is_some()));
    }

    fn pieces(&mut self, pieces: &[Piece], behind: usize) {
        let width = total(pieces);
        let too_long = width < ENDLESS && self.column + width + behind > WIDTH;
        let mut after_call = false;
        let mut in_chain = false;
        for (index, piece) in pieces.iter().enumerate() {
            // The calls of a chain that is too long stand below each other.
            if too_long && after_call && piece.is_call() {
                self.indent += if in_chain { 0 } else { 4 };
                in_chain = true;
                self.newline();
            }
            if piece.space {
                self.push(" ");
            }
            match &piece.content {
                Content::Text(_, text) => self.push(self.tree.text(*text)),
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
        let entries = self.tree.entries(group.entries);
        self.push(open);
        if stays_whole(group, entries) {
            self.on_one_line(entries);
            self.push(close);
        } else if self.column + group.width - 1 + rest <= WIDTH {
            let pad = if group.brackets == Brackets::Braces {
                " "
            } else {
                ""
            };
            self.push(pad);
            self.on_one_line(entries);
            self.push(pad);
            self.push(close);
        } else if self
            .hug(group, entries)
            .is_some_and(|width| self.column + width <= WIDTH)
        {
            self.on_one_line(entries);
            self.push(close);
        } else {
            self.broken(group, entries);
            self.push(close);
        }
    }

    /// A call whose last argument is a block: `f(a, |b| {`. Gives the width of its first line.
    fn hug(&self, group: &Group, entries: &[Entry]) -> Option<usize> {
        let (last, before) = entries.split_last()?;
        let (block, head) = self.tree.pieces(last.pieces).split_last()?;
        let is_block =
            matches!(&block.content, Content::Group(group) if group.brackets == Brackets::Braces);
        let before = sum(before.iter().map(|entry| entry.width + 2));
        let width = before + total(head) + 3;
        (group.brackets == Brackets::Parentheses && is_block && last.attributes.is_empty())
            .then_some(width)
    }

    fn on_one_line(&mut self, entries: &[Entry]) {
        for (index, entry) in entries.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.pieces(self.tree.pieces(entry.pieces), 1);
        }
    }

    fn broken(&mut self, group: &Group, entries: &[Entry]) {
        self.indent += 4;
        self.newline();
        self.entries(entries, group.is_spacious);
        let is_list = entries.iter().any(|entry| entry.end == Some(','))
            || group.brackets == Brackets::Parentheses;
        let is_open = entries.last().is_some_and(|entry| entry.end.is_none());
        let ends_with_block = entries
            .last()
            .is_some_and(|entry| entry.needs_a_line && group.brackets == Brackets::Braces);
        if group.trailing_comma && is_list && is_open && !ends_with_block {
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
        let mut missing = self.indent;
        while missing > 0 {
            let blanks = missing.min(BLANKS.len());
            self.text.push_str(&BLANKS[..blanks]);
            missing -= blanks;
        }
        self.column = self.indent;
    }
}

/// Whether breaking it would only make it hard to read: `<T as Trait>`.
fn stays_whole(group: &Group, entries: &[Entry]) -> bool {
    entries.is_empty() || (group.brackets == Brackets::Angles && entries.len() == 1)
}

/// How much of these pieces must stand on the line of the group before them.
fn rest(pieces: &[Piece], brackets: Brackets, behind: usize, in_chain: bool) -> usize {
    let mut rest = 0;
    for (index, piece) in pieces.iter().enumerate() {
        if in_chain && index == 0 && piece.is_call() {
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
