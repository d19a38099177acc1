//! A random layout of a file of a catalog, line by line: blocks and brackets, plain and quoted text, and block scalars.

use std::fmt::Write as _;

use serde_json::Value;

use crate::dice::Dice;

/// How much further in each level stands.
const STEPS: [usize; 3] = [1, 2, 5];

/// A line of a file.
pub(crate) struct Line {
    pub(crate) text: String,
    /// Whether it belongs to the text of a block scalar, where `#` is a character like any other.
    pub(crate) is_text: bool,
}

impl Line {
    /// How far it is indented.
    pub(crate) fn indentation(&self) -> usize {
        self.text.len() - self.text.trim_start_matches(' ').len()
    }
}

/// The lines of a file that says this.
pub(crate) fn lines(file: &Value, dice: &mut Dice) -> Vec<Line> {
    let step = *dice.one_of(&STEPS);
    let mut script = Script {
        lines: Vec::new(),
        step,
        dice,
    };
    script.items(file, 0, String::new());
    script.lines
}

struct Script<'d> {
    lines: Vec<Line>,
    step: usize,
    dice: &'d mut Dice,
}

impl Script<'_> {
    fn push(&mut self, text: String) {
        let is_text = false;
        self.lines.push(Line { text, is_text });
    }

    /// The items of a collection in block style. `begun` is what stands on the line of the first one already.
    fn items(&mut self, collection: &Value, indent: usize, begun: String) {
        let mut start = begun;
        let items: Vec<(String, &Value)> = match collection {
            Value::Object(entries) => entries
                .iter()
                .map(|(key, value)| (format!("{}:", self.inline(key)), value))
                .collect(),
            Value::Array(items) => items.iter().map(|item| ("-".to_owned(), item)).collect(),
            scalar => unreachable!("{scalar} holds no items"),
        };
        for (mark, item) in items {
            if start.is_empty() {
                start = " ".repeat(indent);
            }
            let head = std::mem::take(&mut start) + &mark;
            self.item(head, item, indent, mark == "-");
        }
    }

    /// What stands behind `key:` or `-`.
    fn item(&mut self, head: String, value: &Value, indent: usize, in_list: bool) {
        let inner = indent + self.step;
        match value {
            Value::Object(_) | Value::Array(_) if value != &empty(value) => {
                match self.dice.below(6) {
                    0 => self.push(format!("{head} {value}")),
                    1 => self.brackets(&head, value, inner),
                    // The first item of the inner list or mapping, on the line of the dash.
                    2..=4 if in_list => {
                        let begun = format!("{head}{}", " ".repeat(self.step));
                        self.items(value, indent + 1 + self.step, begun);
                    }
                    _ => {
                        self.push(head);
                        self.items(value, inner, String::new());
                    }
                }
            }
            Value::String(text) if self.fits_a_block(text) => self.block(&head, text, inner),
            Value::String(text) => {
                let text = self.inline(text);
                self.push(format!("{head} {text}"));
            }
            other => self.push(format!("{head} {other}")),
        }
    }

    /// A collection in brackets over several lines.
    fn brackets(&mut self, head: &str, value: &Value, indent: usize) {
        let json = serde_json::to_string_pretty(value).expect("it is JSON");
        let mut lines = json.lines();
        let first = lines.next().unwrap_or_default();
        self.push(format!("{head} {first}"));
        for line in lines {
            self.push(format!("{}{line}", " ".repeat(indent)));
        }
    }

    /// A text on one line: plain where it can be, sometimes.
    fn inline(&mut self, text: &str) -> String {
        let is_word = text.starts_with(|c: char| c.is_alphabetic())
            && text
                .chars()
                .all(|c| c.is_alphanumeric() || "._ <>?".contains(c))
            && text.trim() == text
            && serde_yaml::from_str(text).ok() == Some(Value::String(text.to_owned()));
        match self.dice.below(3) {
            0 | 1 if is_word => text.to_owned(),
            0 if !text.contains(|c: char| c.is_control()) => {
                format!("'{}'", text.replace('\'', "''"))
            }
            _ => Value::String(text.to_owned()).to_string(),
        }
    }

    fn fits_a_block(&mut self, text: &str) -> bool {
        let has_odd_lines = text.ends_with("\n\n") || text.starts_with('\n') || text.contains('\r');
        !text.trim().is_empty() && !has_odd_lines && self.dice.once_in(2)
    }

    fn block(&mut self, head: &str, text: &str, indent: usize) {
        let mut header = String::from("|");
        if text.starts_with(' ') {
            write!(header, "{}", self.step).expect("text can be written");
        }
        if !text.ends_with('\n') {
            header.push('-');
        }
        self.push(format!("{head} {header}"));
        for line in text.lines() {
            let text = match line {
                "" => String::new(),
                line => format!("{}{line}", " ".repeat(indent)),
            };
            let is_text = true;
            self.lines.push(Line { text, is_text });
        }
    }
}

/// The empty one of its kind.
fn empty(collection: &Value) -> Value {
    match collection {
        Value::Array(_) => Value::Array(Vec::new()),
        _ => Value::Object(serde_json::Map::new()),
    }
}
