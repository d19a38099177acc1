//! The grammar of names.

use super::value::old_boolean;
use crate::diagnostic::{Code, Report};
use crate::source::Spanned;
use crate::yaml::{Content, Entry};

/// How a name is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grammar {
    /// Types and messages: `OrderPlaced`.
    Camel,
    /// Fields: `order_id`.
    Snake,
    /// Namespaces: `shop.orders`.
    Namespace,
    /// Catalogs and services: `billing`, `mail-out`.
    Lower,
}

impl Grammar {
    /// What a name of this kind looks like, in words.
    fn rule(self) -> &'static str {
        match self {
            Self::Camel => {
                "write it as `OrderPlaced`: ASCII letters and digits, a capital letter first"
            }
            Self::Snake => {
                "write it as `order_id`: lower-case ASCII letters, digits and `_`, a letter first"
            }
            Self::Namespace => {
                "write it as `shop.orders`: words of lower-case ASCII letters, digits and `_`, separated by dots"
            }
            Self::Lower => {
                "write it as `mail-out`: lower-case ASCII letters, digits, `-` and `_`, a letter first"
            }
        }
    }

    fn fits(self, name: &str) -> bool {
        match self {
            Self::Camel => {
                name.starts_with(|c: char| c.is_ascii_uppercase())
                    && name.chars().all(|c| c.is_ascii_alphanumeric())
            }
            Self::Snake => is_word(name, |c| c == '_'),
            Self::Namespace => name.split('.').all(|word| is_word(word, |c| c == '_')),
            Self::Lower => is_word(name, |c| c == '_' || c == '-'),
        }
    }

    /// The name as it would have to be written, where that can be guessed.
    fn repaired(self, name: &str) -> Option<String> {
        let mut repaired = String::new();
        let mut start = true;
        let mut before = '_';
        for c in name.chars() {
            let separates = matches!(c, '_' | '-' | ' ') || (c == '.' && self != Self::Namespace);
            match self {
                Self::Camel if separates => start = true,
                Self::Camel if start => {
                    repaired.extend(c.to_uppercase());
                    start = false;
                }
                Self::Camel => repaired.push(c),
                Self::Lower if separates => repaired.push(if c == '_' { '_' } else { '-' }),
                _ if separates => repaired.push('_'),
                _ => {
                    if c.is_uppercase() && before.is_lowercase() {
                        repaired.push(if self == Self::Lower { '-' } else { '_' });
                    }
                    repaired.extend(c.to_lowercase());
                }
            }
            before = c;
        }
        Some(repaired).filter(|repaired| self.fits(repaired))
    }
}

/// A lower-case letter, then lower-case letters, digits and some signs.
fn is_word(word: &str, sign: impl Fn(char) -> bool) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || sign(c))
}

/// Whether this is the name of a catalog or a service.
pub(crate) fn is_name(name: &str) -> bool {
    Grammar::Lower.fits(name)
}

/// The name under which an entry declares something.
pub(super) fn declared(
    report: &mut Report,
    entry: &Entry,
    grammar: Grammar,
    what: &str,
) -> Spanned<String> {
    // A key that is not even text was reported with its value.
    if !matches!(entry.value.content, Content::Broken) {
        check(report, &entry.key, grammar, what);
        old_boolean(report, &entry.key);
    }
    entry.key.clone()
}

/// Reports a name that breaks the grammar. The declaration still stands under it, so that its uses are not reported as well.
pub(super) fn check(report: &mut Report, name: &Spanned<String>, grammar: Grammar, what: &str) {
    let text = &name.value;
    if !grammar.fits(text) {
        let repaired = grammar.repaired(text);
        report
            .add(
                Code::InvalidName,
                name.span,
                format!("`{text}` is not a name for {what}"),
            )
            .help_if(repaired.map(|name| format!("did you mean `{name}`?")))
            .help(grammar.rule());
    }
}

/// A name on the wire: the key of a field, the value of an enum, the tag of a union.
pub(super) fn check_wire(report: &mut Report, name: &Spanned<String>, what: &str) {
    /// Long enough for everyone, short enough for logs and headers.
    const LONGEST: usize = 255;
    let fault = if name.value.chars().any(char::is_control) {
        "holds a control character"
    } else if name.value.len() > LONGEST {
        "is longer than 255 bytes"
    } else {
        return;
    };
    report
        .add(Code::InvalidName, name.span, format!("{what} {fault}"))
        .help("use a short word without line breaks and tabs");
}

/// An exchange, as a manifest, a file or a message names it.
pub(super) fn exchange_name(report: &mut Report, name: &Spanned<String>) {
    if let Some(fault) = broker_name_fault(&name.value) {
        report
            .add(
                Code::InvalidExchange,
                name.span,
                format!("the exchange name {fault}"),
            )
            .help("use up to 180 ASCII letters, digits, `.`, `_` and `-`, a letter first");
    }
}

/// What is wrong with the name of a queue or an exchange.
pub(super) fn broker_name_fault(name: &str) -> Option<&'static str> {
    /// AMQP allows 255 bytes; the runtime adds suffixes for the queues of retries and dead letters.
    const LONGEST: usize = 180;
    if name.len() > LONGEST {
        Some("is longer than 180 bytes")
    } else if name.starts_with("amq.") {
        Some("starts with `amq.`, which belongs to the broker")
    } else if name.starts_with("urutu.") {
        Some("starts with `urutu.`, which belongs to the runtime")
    } else if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        Some("does not start with a letter or digit")
    } else if !name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
    {
        Some("holds a character that is not allowed")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grammars() {
        assert!(Grammar::Camel.fits("OrderPlaced2"));
        assert!(!Grammar::Camel.fits("Order_Placed"));
        assert!(Grammar::Snake.fits("order_id"));
        assert!(!Grammar::Snake.fits("_id"));
        assert!(!Grammar::Snake.fits("überfällig"));
        assert!(Grammar::Namespace.fits("shop.orders_v2"));
        assert!(!Grammar::Namespace.fits("shop..orders"));
        assert!(Grammar::Lower.fits("mail-out"));
    }

    #[test]
    fn repairs() {
        assert_eq!(
            Grammar::Camel.repaired("order_placed").as_deref(),
            Some("OrderPlaced")
        );
        assert_eq!(
            Grammar::Snake.repaired("orderId").as_deref(),
            Some("order_id")
        );
        assert_eq!(
            Grammar::Namespace.repaired("Shop.Orders").as_deref(),
            Some("shop.orders")
        );
        assert_eq!(
            Grammar::Lower.repaired("Mail Out").as_deref(),
            Some("mail-out")
        );
        assert_eq!(Grammar::Snake.repaired("SKU").as_deref(), Some("sku"));
        assert_eq!(Grammar::Snake.repaired("1st"), None);
    }
}
