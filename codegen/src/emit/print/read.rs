//! Tokens become pieces of text with the spaces that people put between them.
//!
//! It knows the Rust that the emitters write, not all of Rust: outside of attributes, `<` opens generic arguments, `&`, `*` and `-` stand before
//! what they belong to, and nothing is compared.

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

/// The items or statements of a file.
pub(super) fn entries(tokens: TokenStream) -> Vec<Entry> {
    Reader {
        tokens: tokens.into_iter().peekable(),
        in_attribute: false,
    }
    .entries(Brackets::Braces)
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

struct Reader {
    tokens: Tokens,
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

    fn push(&mut self, space: bool, role: Role, text: &str, before: Before) {
        self.before = before;
        let pieces = &mut self.entry.pieces;
        if !pieces
            .last_mut()
            .is_some_and(|last| last.append(space, role, text))
        {
            pieces.push(Piece::text(space, role, text));
        }
    }

    fn word(&mut self, word: &str) {
        let space = !matches!(self.before, Before::Nothing | Before::Tight);
        self.header |= is_header(word);
        self.spacious |= self.at_start && matches!(word, "impl" | "trait" | "mod");
        self.at_start = word == "pub";
        self.entry.needs_a_line |= word == "pub";
        let before = if is_apart(word) {
            Before::Keyword
        } else {
            Before::Word
        };
        self.push(space, Role::Plain, word, before);
    }

    fn operator(&mut self, operator: &str) {
        let before = self.before;
        let free = !matches!(before, Before::Nothing | Before::Tight);
        let start = matches!(before, Before::Nothing | Before::Spaced | Before::Keyword);
        let apart = matches!(before, Before::Spaced | Before::Keyword);
        match operator {
            "." | "?" => {
                let after = if operator == "." {
                    Before::Tight
                } else {
                    Before::Close
                };
                let role = if operator == "." {
                    Role::Call
                } else {
                    Role::Plain
                };
                self.push(false, role, operator, after);
            }
            ":" | ";" | "," => self.push(false, Role::Plain, operator, Before::Spaced),
            "::" | ".." | "..=" | "!" => self.push(apart, Role::Plain, operator, Before::Tight),
            "&" | "*" | "-" | "#" => self.push(free, Role::Plain, operator, Before::Tight),
            "|" if self.in_closure => {
                self.in_closure = false;
                self.push(false, Role::Plain, operator, Before::Spaced);
            }
            "|" if start => {
                self.in_closure = true;
                self.push(apart, Role::Plain, operator, Before::Tight);
            }
            _ => {
                self.entry.needs_a_line |= operator == "=>";
                let role = match operator {
                    "=" | "=>" => Role::Assignment,
                    _ => Role::Plain,
                };
                self.push(before != Before::Nothing, role, operator, Before::Spaced);
            }
        }
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

impl Reader {
    /// Reads up to the end, or to the `>` of these brackets.
    fn entries(&mut self, brackets: Brackets) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut open = Open::new();
        while let Some(token) = self.tokens.next() {
            match token {
                TokenTree::Ident(word) => open.word(&word.to_string()),
                TokenTree::Literal(literal) => open.word(&literal.to_string()),
                TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                    open.word(&group.stream().to_string());
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
                        let name = self.tokens.next().map(|name| name.to_string());
                        open.word(&format!("'{}", name.unwrap_or_default()));
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
                        let operator = self.rest_of_operator(sign, joint);
                        open.operator(&operator);
                    }
                },
            }
        }
        if !open.entry.is_empty() {
            finish(&mut entries, &mut open, None);
        }
        entries
    }

    fn inside(&self, delimiter: Delimiter, tokens: TokenStream, open: &Open) -> Group {
        let brackets = match delimiter {
            Delimiter::Parenthesis => Brackets::Parentheses,
            Delimiter::Bracket => Brackets::Square,
            Delimiter::Brace | Delimiter::None => Brackets::Braces,
        };
        let mut reader = Self {
            tokens: tokens.into_iter().peekable(),
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
            Self {
                tokens: content.into_iter().peekable(),
                in_attribute: true,
            }
            .entries(Brackets::Square)
        })
    }

    /// The signs that make one operator with the first.
    fn rest_of_operator(&mut self, first: char, joint: bool) -> String {
        let mut operator = String::from(first);
        let mut joint = joint;
        while joint {
            let Some(TokenTree::Punct(next)) = self.tokens.peek() else {
                break;
            };
            let sign = next.as_char();
            let longer = matches!(
                (operator.as_str(), sign),
                (":", ':') | ("-" | "=", '>') | (".", '.') | (".." | "=" | "!" | "+", '=')
            );
            if !longer {
                break;
            }
            joint = next.spacing() == Spacing::Joint;
            operator.push(sign);
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
