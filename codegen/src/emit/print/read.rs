//! Tokens become pieces of text with the spaces that people put between them.
//!
//! It knows the Rust that the emitters write, not all of Rust: outside of attributes, `<` opens generic arguments, `&`, `*` and `-` stand before
//! what they belong to, and nothing is compared.

use std::fmt::Write as _;
use std::iter::Peekable;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree, token_stream};

use super::tree::{Attribute, Brackets, Entry, Group, Part, Role, Tree, documentation};

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

/// The operators of more than one of them that the emitters write.
const LONGER: [&str; 8] = ["::", "->", "=>", "..", "..=", "==", "!=", "+="];

/// A sign as text.
fn sign_text(sign: char) -> &'static str {
    match sign {
        ':' => ":",
        '.' => ".",
        '&' => "&",
        '=' => "=",
        '-' => "-",
        '+' => "+",
        '>' => ">",
        '?' => "?",
        '|' => "|",
        '*' => "*",
        '!' => "!",
        ';' => ";",
        ',' => ",",
        '#' => "#",
        '<' => "<",
        '/' => "/",
        '%' => "%",
        '^' => "^",
        '@' => "@",
        '~' => "~",
        _ => "$",
    }
}

/// The items or statements of a file.
pub(super) fn entries(tree: &mut Tree, tokens: TokenStream) -> Part {
    Reader {
        tokens: tokens.into_iter().peekable(),
        tree,
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

struct Reader<'t> {
    tokens: Tokens,
    tree: &'t mut Tree,
    in_attribute: bool,
}

/// What the braces of an entry hold, as far as its words tell.
#[derive(Clone, Copy, PartialEq)]
enum Block {
    /// The fields of a value, or an expression: on one line where that is long enough.
    Value,
    /// Always on lines of their own: a word of [`is_header`] was there.
    Statements,
    /// The first word was `impl`, `trait` or `mod`: with empty lines between.
    Items,
}

/// An entry that is being read.
struct Open {
    entry: Entry,
    before: Before,
    in_closure: bool,
    block: Block,
    /// Nothing was there but `pub`.
    at_start: bool,
}

impl Open {
    fn new(tree: &Tree) -> Self {
        Self {
            entry: tree.open(),
            before: Before::Nothing,
            in_closure: false,
            block: Block::Value,
            at_start: true,
        }
    }

    fn word(&mut self, tree: &mut Tree, write: impl FnOnce(&mut String)) {
        let space = !matches!(self.before, Before::Nothing | Before::Tight);
        let start = tree.write(&mut self.entry, space, Role::Plain, write);
        let word = &tree.text[start..];
        if self.at_start && matches!(word, "impl" | "trait" | "mod") {
            self.block = Block::Items;
        } else if self.block == Block::Value && is_header(word) {
            self.block = Block::Statements;
        }
        self.at_start = word == "pub";
        self.entry.needs_a_line |= self.at_start;
        self.before = if is_apart(word) {
            Before::Keyword
        } else {
            Before::Word
        };
    }

    fn operator(&mut self, tree: &mut Tree, operator: &str) {
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
        tree.write(&mut self.entry, space, role, |text| text.push_str(operator));
        self.before = after;
    }

    fn group(&mut self, tree: &mut Tree, group: Group) {
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
        tree.group(&mut self.entry, space, group);
        self.before = after;
    }
}

impl Reader<'_> {
    /// Reads up to the end, or to the `>` of these brackets.
    fn entries(&mut self, brackets: Brackets) -> Part {
        let mark = self.tree.mark();
        let mut open = Open::new(self.tree);
        while let Some(token) = self.tokens.next() {
            match token {
                TokenTree::Ident(word) => {
                    open.word(self.tree, |text| {
                        let _ = write!(text, "{word}");
                    });
                }
                TokenTree::Literal(literal) => {
                    open.word(self.tree, |text| {
                        let _ = write!(text, "{literal}");
                    });
                }
                TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                    open.word(self.tree, |text| {
                        let _ = write!(text, "{}", group.stream());
                    });
                }
                TokenTree::Group(group) => {
                    let (delimiter, stream) = (group.delimiter(), group.stream());
                    // With it, the stream would be shared, and copied when it is read.
                    drop(group);
                    let is_block = delimiter == Delimiter::Brace;
                    let inside = self.inside(delimiter, stream, &open);
                    open.group(self.tree, inside);
                    if is_block && brackets == Brackets::Braces && !self.goes_on() {
                        self.finish(&mut open, None);
                    }
                }
                TokenTree::Punct(punct) => match punct.as_char() {
                    '#' if open.before == Before::Nothing => {
                        let attribute = self.attribute();
                        self.tree.attribute(&mut open.entry, attribute);
                    }
                    '\'' => {
                        let name = self.tokens.next();
                        open.word(self.tree, |text| {
                            text.push('\'');
                            text.extend(name.map(|name| name.to_string()));
                        });
                        open.before = Before::Keyword;
                    }
                    '<' if !self.in_attribute => {
                        let inside = self.entries(Brackets::Angles);
                        let inside = self.tree.brackets(Brackets::Angles, inside);
                        open.group(self.tree, inside);
                    }
                    '>' if brackets == Brackets::Angles => break,
                    ',' if !open.in_closure => self.finish(&mut open, Some(',')),
                    ';' if brackets == Brackets::Braces => {
                        self.finish(&mut open, Some(';'));
                    }
                    sign => {
                        let joint = punct.spacing() == Spacing::Joint;
                        let operator = self.operator(sign, joint);
                        open.operator(self.tree, operator);
                    }
                },
            }
        }
        if !open.entry.is_empty() {
            self.finish(&mut open, None);
        }
        self.tree.since(mark)
    }

    fn finish(&mut self, open: &mut Open, end: Option<char>) {
        self.tree.close(open.entry, end);
        *open = Open::new(self.tree);
    }

    fn inside(&mut self, delimiter: Delimiter, tokens: TokenStream, open: &Open) -> Group {
        let brackets = match delimiter {
            Delimiter::Parenthesis => Brackets::Parentheses,
            Delimiter::Bracket => Brackets::Square,
            Delimiter::Brace | Delimiter::None => Brackets::Braces,
        };
        let mut reader = Reader {
            tokens: tokens.into_iter().peekable(),
            tree: self.tree,
            in_attribute: self.in_attribute,
        };
        let entries = reader.entries(brackets);
        let mut group = self.tree.brackets(brackets, entries);
        if brackets == Brackets::Braces {
            group.is_spacious = open.block == Block::Items;
            if open.block != Block::Value && !group.entries.is_empty() {
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
        if let Some(doc) = documentation(&content) {
            let text = self.tree.doc(&doc);
            return Attribute::Doc { is_inner, text };
        }
        let content = Reader {
            tokens: content.into_iter().peekable(),
            tree: self.tree,
            in_attribute: true,
        }
        .entries(Brackets::Square);
        Attribute::Other { is_inner, content }
    }

    /// The operator that starts with this sign.
    fn operator(&mut self, first: char, joint: bool) -> &'static str {
        let mut operator = sign_text(first);
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
