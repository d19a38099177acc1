//! Tokens become pieces of text with the spaces that people put between them.
//!
//! It knows the Rust that the emitters write, not all of Rust: outside of attributes, `<` opens generic arguments, `&`, `*` and `-` stand before
//! what they belong to, and nothing is compared.

use std::fmt::Write as _;
use std::iter::Peekable;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree, token_stream};

use super::layout::{Attribute, Brackets, Entry, Group, Piece, Role};

type Tokens = Peekable<token_stream::IntoIter>;

/// The longest of the words below: no other needs to be compared.
const LONGEST: usize = 6;

/// Words that are no names: what follows is apart from them.
fn is_apart(word: &str) -> bool {
    word.len() <= LONGEST
        && matches!(
            word,
            "as" | "async"
                | "const"
                | "dyn"
                | "else"
                | "for"
                | "if"
                | "impl"
                | "in"
                | "let"
                | "match"
                | "move"
                | "mut"
                | "ref"
                | "return"
                | "static"
                | "use"
                | "where"
                | "while"
        )
}

/// Words of an item or statement whose braces are always on lines of their own.
fn is_header(word: &str) -> bool {
    word.len() <= LONGEST
        && matches!(
            word,
            "enum" | "fn" | "if" | "impl" | "match" | "mod" | "struct" | "trait" | "while"
        )
}

/// The signs of Rust.
const SIGNS: &str = "!#$%&'*+,-./:;<=>?@^|~";

/// The operators of more than one of them that the emitters write.
const LONGER: [&str; 8] = ["::", "->", "=>", "..", "..=", "==", "!=", "+="];

/// The items or statements of a file, and the text that their pieces stand in.
pub(super) fn entries(tokens: TokenStream) -> (String, Vec<Entry>) {
    let mut text = String::new();
    let entries = Reader {
        tokens: tokens.into_iter().peekable(),
        text: &mut text,
        in_attribute: false,
    }
    .entries(Brackets::Braces);
    (text, entries)
}

/// What the last token means for a space behind it.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Nothing,
    Tight,
    Spaced,
    Word,
    Keyword,
    Close,
}

struct Reader<'t> {
    tokens: Tokens,
    /// One text for all pieces: far cheaper than one for each.
    text: &'t mut String,
    in_attribute: bool,
}

/// An entry that is being read.
struct Open {
    entry: Entry,
    before: Before,
    in_closure: bool,
    /// A word of [`is_header`] was there.
    header: bool,
    /// Nothing was there but `pub`.
    at_start: bool,
    /// `impl`, `trait` or `mod` was the first word: a line between what stands inside.
    spacious: bool,
}

impl Open {
    fn new() -> Self {
        Self {
            entry: Entry::default(),
            before: Before::Nothing,
            in_closure: false,
            header: false,
            at_start: true,
            spacious: false,
        }
    }

    /// Adds what `write` appends to the text.
    fn push(
        &mut self,
        text: &mut String,
        space: bool,
        role: Role,
        write: impl FnOnce(&mut String),
    ) -> usize {
        let pieces = &mut self.entry.pieces;
        let open_end = match role {
            Role::Plain => pieces.last_mut().and_then(Piece::open_end),
            Role::Call | Role::Assignment => None,
        };
        if space && open_end.is_some() {
            text.push(' ');
        }
        let start = text.len();
        write(text);
        match open_end {
            Some(open_end) => open_end.extend_to(text.len()),
            None => pieces.push(Piece::text(space, role, start..text.len())),
        }
        start
    }

    fn word(&mut self, text: &mut String, write: impl FnOnce(&mut String)) {
        let space = !matches!(self.before, Before::Nothing | Before::Tight);
        let start = self.push(text, space, Role::Plain, write);
        let word = &text[start..];
        self.header |= is_header(word);
        self.spacious |= self.at_start && matches!(word, "impl" | "trait" | "mod");
        self.at_start = word == "pub";
        self.entry.needs_a_line |= self.at_start;
        self.before = if is_apart(word) {
            Before::Keyword
        } else {
            Before::Word
        };
    }

    fn operator(&mut self, text: &mut String, operator: &str) {
        let before = self.before;
        let free = !matches!(before, Before::Nothing | Before::Tight);
        let start = matches!(before, Before::Nothing | Before::Spaced | Before::Keyword);
        let apart = matches!(before, Before::Spaced | Before::Keyword);
        let (space, role, after) = match operator {
            "." => (false, Role::Call, Before::Tight),
            "?" => (false, Role::Plain, Before::Close),
            ":" | ";" | "," => (false, Role::Plain, Before::Spaced),
            "::" | ".." | "..=" | "!" => (apart, Role::Plain, Before::Tight),
            "&" | "*" | "-" | "#" => (free, Role::Plain, Before::Tight),
            "|" if self.in_closure => {
                self.in_closure = false;
                (false, Role::Plain, Before::Spaced)
            }
            "|" if start => {
                self.in_closure = true;
                (apart, Role::Plain, Before::Tight)
            }
            "=" | "=>" => {
                self.entry.needs_a_line |= operator == "=>";
                (before != Before::Nothing, Role::Assignment, Before::Spaced)
            }
            _ => (before != Before::Nothing, Role::Plain, Before::Spaced),
        };
        self.push(text, space, role, |text| text.push_str(operator));
        self.before = after;
    }

    fn group(&mut self, group: Group) {
        let (space, after) = match group.brackets {
            Brackets::Braces => (
                !matches!(self.before, Before::Nothing | Before::Tight),
                Before::Close,
            ),
            Brackets::Angles if self.before == Before::Keyword => (false, Before::Keyword),
            Brackets::Angles => (self.before == Before::Spaced, Before::Close),
            Brackets::Parentheses | Brackets::Square => (
                matches!(self.before, Before::Spaced | Before::Keyword),
                Before::Close,
            ),
        };
        self.entry.pieces.push(Piece::group(space, group));
        self.before = after;
    }
}

impl Reader<'_> {
    /// Reads up to the end, or to the `>` of these brackets.
    fn entries(&mut self, brackets: Brackets) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut open = Open::new();
        while let Some(token) = self.tokens.next() {
            match token {
                TokenTree::Ident(word) => {
                    open.word(self.text, |text| {
                        let _ = write!(text, "{word}");
                    });
                }
                TokenTree::Literal(literal) => {
                    open.word(self.text, |text| {
                        let _ = write!(text, "{literal}");
                    });
                }
                TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                    open.word(self.text, |text| {
                        let _ = write!(text, "{}", group.stream());
                    });
                }
                TokenTree::Group(group) => {
                    let (delimiter, stream) = (group.delimiter(), group.stream());
                    // With it, the stream would be shared, and copied when it is read.
                    drop(group);
                    let is_block = delimiter == Delimiter::Brace;
                    let inside = self.inside(delimiter, stream, &open);
                    open.group(inside);
                    if is_block && brackets == Brackets::Braces && !self.goes_on() {
                        finish(&mut entries, &mut open, None);
                    }
                }
                TokenTree::Punct(punct) => match punct.as_char() {
                    '#' if open.before == Before::Nothing => {
                        let attribute = self.attribute();
                        open.entry.attributes.push(attribute);
                    }
                    '\'' => {
                        let name = self.tokens.next();
                        open.word(self.text, |text| {
                            text.push('\'');
                            text.extend(name.map(|name| name.to_string()));
                        });
                        open.before = Before::Keyword;
                    }
                    '<' if !self.in_attribute => {
                        let inside = self.entries(Brackets::Angles);
                        open.group(Group::new(Brackets::Angles, inside));
                    }
                    '>' if brackets == Brackets::Angles => break,
                    ',' if !open.in_closure => finish(&mut entries, &mut open, Some(',')),
                    ';' if brackets == Brackets::Braces => {
                        finish(&mut entries, &mut open, Some(';'));
                    }
                    sign => {
                        let joint = punct.spacing() == Spacing::Joint;
                        let operator = self.operator(sign, joint);
                        open.operator(self.text, operator);
                    }
                },
            }
        }
        if !open.entry.is_empty() {
            finish(&mut entries, &mut open, None);
        }
        entries
    }

    fn inside(&mut self, delimiter: Delimiter, tokens: TokenStream, open: &Open) -> Group {
        let brackets = match delimiter {
            Delimiter::Parenthesis => Brackets::Parentheses,
            Delimiter::Bracket => Brackets::Square,
            Delimiter::Brace | Delimiter::None => Brackets::Braces,
        };
        let mut reader = Reader {
            tokens: tokens.into_iter().peekable(),
            text: self.text,
            in_attribute: self.in_attribute,
        };
        let mut group = Group::new(brackets, reader.entries(brackets));
        if brackets == Brackets::Braces {
            group.is_spacious = open.spacious;
            if open.header && !group.entries.is_empty() {
                group.break_always();
            }
        }
        group.trailing_comma = !self.in_attribute;
        group
    }

    fn attribute(&mut self) -> Attribute {
        let is_inner = self.next_is('!');
        if is_inner {
            self.tokens.next();
        }
        let content = match self.tokens.next() {
            Some(TokenTree::Group(group)) => {
                let stream = group.stream();
                drop(group);
                stream
            }
            other => other.into_iter().collect(),
        };
        Attribute::new(is_inner, content, |content| {
            Reader {
                tokens: content.into_iter().peekable(),
                text: self.text,
                in_attribute: true,
            }
            .entries(Brackets::Square)
        })
    }

    /// The operator that starts with this sign.
    fn operator(&mut self, first: char, joint: bool) -> &'static str {
        let mut operator = SIGNS.find(first).map_or("", |at| &SIGNS[at..=at]);
        let mut joint = joint;
        while joint {
            let Some(TokenTree::Punct(next)) = self.tokens.peek() else {
                break;
            };
            let sign = next.as_char();
            let longer = LONGER.iter().find(|longer| {
                longer.len() == operator.len() + 1
                    && longer.starts_with(operator)
                    && longer.ends_with(sign)
            });
            let Some(longer) = longer else {
                break;
            };
            operator = longer;
            joint = next.spacing() == Spacing::Joint;
            self.tokens.next();
        }
        operator
    }

    /// Whether what comes belongs to the block before.
    fn goes_on(&mut self) -> bool {
        match self.tokens.peek() {
            Some(TokenTree::Punct(punct)) => {
                matches!(punct.as_char(), ',' | ';' | '.' | '?' | '=' | '|' | '+')
            }
            Some(TokenTree::Ident(word)) => word == "else",
            _ => false,
        }
    }

    fn next_is(&mut self, sign: char) -> bool {
        matches!(self.tokens.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
    }
}

fn finish(entries: &mut Vec<Entry>, open: &mut Open, end: Option<char>) {
    let Open { mut entry, .. } = std::mem::replace(open, Open::new());
    entry.end = end;
    entries.push(entry);
}
