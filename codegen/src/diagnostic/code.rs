//! Every rule of the catalog language: its stable code, its severity and its title.

use std::fmt;

/// Whether a finding makes a catalog unusable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The catalog cannot be used.
    Error,
    /// It can, but should be looked at.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

macro_rules! codes {
    ($($severity:ident $code:literal $name:ident $title:literal)*) => {
        /// A rule of the catalog language. The number of a rule never changes and is never given to another one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = concat!("`", $code, "`: ", $title)] $name,)*
        }

        impl Code {
            /// All rules, in the order of their codes.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code, `U0203`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The rule in a few words.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// Whether breaking this rule is an error.
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }
        }
    };
}

codes! {
    Error   "U0001" Unreadable           "a file or directory cannot be read"
    Error   "U0002" NotUtf8              "a file is not UTF-8"
    Error   "U0003" TooLarge             "a limit on size, depth or number is exceeded"
    Error   "U0004" InvalidYaml          "a file is not valid YAML"
    Error   "U0005" DuplicateKey         "a key stands twice in one mapping"
    Error   "U0006" AnchorOrAlias        "an anchor or an alias is used"
    Error   "U0007" Tag                  "a tag is used"
    Error   "U0008" MergeKey             "a merge key is used"
    Error   "U0009" SecondDocument       "a file holds more than one document"
    Error   "U0010" KeyNotText           "a key is not text"
    Error   "U0011" OutsideRoot          "a symbolic link leads out of the catalog"
    Error   "U0012" IncludesNothing      "a pattern of `include` matches no file"
    Error   "U0013" NoContracts          "a catalog has no contract files"
    Error   "U0014" NotYaml              "a file is not called `.yaml` or `.yml`"

    Error   "U0101" UnknownKey           "a key is not part of the language"
    Error   "U0102" MissingKey           "a key is missing"
    Error   "U0103" WrongShape           "a value is of the wrong kind"
    Error   "U0104" QuoteText            "text that YAML reads as something else is not quoted"
    Error   "U0105" ExcludingKeys        "keys exclude each other"
    Error   "U0106" UnsupportedVersion   "a version of the catalog language is not supported"
    Error   "U0107" UnknownChoice        "a value is not one of the allowed words"
    Error   "U0108" InvalidDuration      "a duration is not written as `30s`, `5m` or `1h30m`"
    Error   "U0109" OutOfRange           "a setting is out of its range"
    Error   "U0110" Empty                "something is empty"
    Error   "U0111" ListedTwice          "a list holds the same entry twice"
    Error   "U0112" InvalidPattern       "a pattern of `include` is malformed"

    Error   "U0201" InvalidName          "a name is malformed"
    Error   "U0202" DuplicateType        "a type is declared twice"
    Error   "U0203" UnknownType          "a type is not declared"
    Error   "U0204" UnknownMessage       "a message is not declared"
    Error   "U0205" AmbiguousName        "a short name stands for more than one thing"
    Error   "U0206" DuplicateMessage     "a message is declared twice"
    Error   "U0207" DuplicateService     "a service is declared twice"
    Error   "U0208" TypeAndMessage       "a type and a message have one name"
    Error   "U0209" NamesCollide         "names become equal when their casing is changed"

    Error   "U0301" InvalidTypeExpr      "a type expression is malformed"
    Error   "U0302" UnfitConstraint      "a constraint does not fit the type"
    Error   "U0303" ContradictoryBounds  "no value can fulfil the constraints"
    Error   "U0304" InvalidBound         "a bound is not a value of the type"
    Error   "U0305" InvalidRegex         "a regular expression does not compile"
    Error   "U0306" PresenceConflict     "a field is optional and has a default, or says twice that it is optional"
    Error   "U0307" InvalidDefault       "a default is not a valid value of the type"
    Error   "U0308" WireNameTaken        "two fields have one name on the wire"
    Error   "U0309" ReservedName         "a reserved name is used again"
    Error   "U0310" DuplicateEnumValue   "an enum has a value twice"
    Error   "U0311" VariantNotRecord     "a variant of a union is not a record"
    Error   "U0312" TagIsField           "the tag of a union is a field of a variant"
    Error   "U0313" AliasCircle          "an alias leads back to itself"
    Error   "U0314" EndlessType          "a type has no finite value"
    Error   "U0315" UnsupportedDefault   "a type has a default that it cannot have"

    Error   "U0401" InvalidTopic         "a topic is malformed"
    Error   "U0402" WildcardTopic        "a topic holds a wildcard"
    Error   "U0403" InvalidExample       "an example is not a valid message"
    Warning "U0404" SharedTopic          "two messages have one topic"
    Error   "U0405" InvalidExchange      "the name of an exchange is malformed"

    Error   "U0501" TaskHandledTwice     "a task is handled by two services"
    Error   "U0502" HandledTwice         "a service handles a message twice"
    Error   "U0503" InvalidBindingKey    "a binding key is malformed"
    Error   "U0504" BindingMatchesNothing "a binding key matches no message that the service handles"
    Error   "U0505" NotBound             "no binding key lets a handled message into its queue"
    Error   "U0506" DuplicateQueue       "a queue is declared twice"
    Error   "U0507" InvalidQueueName     "the name of a queue is malformed"
    Error   "U0508" NoEffect             "a setting has no effect where it stands"
    Error   "U0509" InvalidTimeout       "a timeout is out of its range"
    Error   "U0510" PrefetchTooSmall     "a prefetch is smaller than the concurrency"
    Error   "U0511" InvalidRetry         "a retry policy contradicts itself"
    Warning "U0512" CapturesUnhandled    "a binding key captures a message that its queue does not handle"
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_ordered() {
        assert!(Code::ALL.is_sorted_by(|a, b| a.as_str() < b.as_str()));
    }
}
