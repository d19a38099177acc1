//! Every rule of the catalog language: its stable code, its severity and its title.

use std::fmt;

use super::Level;

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
    ($($level:ident $code:literal $name:ident $([$lint:literal])? $title:literal)*) => {
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

            /// What happens where the rule is broken, unless the manifest says something else.
            pub fn default_level(self) -> Level {
                match self { $(Self::$name => Level::$level,)* }
            }

            /// The name of a lint: a rule whose level the manifest may set, and that may be suppressed in place.
            pub fn lint(self) -> Option<&'static str> {
                let name: &[&'static str] = match self { $(Self::$name => &[$($lint)?],)* };
                name.first().copied()
            }

            /// The page of the rule: what it says, why, an example that breaks it, and how to mend it.
            #[cfg(feature = "cli")]
            pub fn page(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("../explain/pages/", $code, ".md")),)*
                }
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
    Error   "U0015" RootMissing          "a root is missing or empty"
    Error   "U0016" RootsOverlap         "a root lies in another one"
    Error   "U0017" RootOfRoot           "a root has roots of its own"
    Error   "U0018" BidiControl          "a character turns the direction of the text around"

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
    Error   "U0113" UnknownLint          "there is no such lint"
    Error   "U0114" NoReason             "a suppression has no reason"
    Warn    "U0115" UnusedAllow ["unused-allow"] "a suppression suppresses nothing"
    Warn    "U0116" OldBoolean ["old-boolean"] "a text is a boolean to older readers of YAML"
    Error   "U0117" InvalidPercentage    "a percentage is not written as `20%`"

    Error   "U0201" InvalidName          "a name is malformed"
    Error   "U0202" DuplicateType        "a type is declared twice"
    Error   "U0203" UnknownType          "a type is not declared"
    Error   "U0204" UnknownMessage       "a message is not declared"
    Error   "U0205" AmbiguousName        "a short name stands for more than one thing"
    Error   "U0206" DuplicateMessage     "a message is declared twice"
    Error   "U0207" DuplicateService     "a service is declared twice"
    Error   "U0208" TypeAndMessage       "a type and a message have one name"
    Error   "U0209" NamesCollide         "names become equal when their casing is changed"
    Error   "U0210" NamespaceInTwoRoots  "a namespace is declared in two roots"

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
    Error   "U0316" ContradictsAlias     "constraints contradict those of the alias"
    Error   "U0317" TooFewValues         "a list without repetition needs more items than there are values"
    Error   "U0318" UnfitEncoding        "an encoding does not fit the type"

    Error   "U0401" InvalidTopic         "a topic is malformed"
    Error   "U0402" WildcardTopic        "a topic holds a wildcard"
    Error   "U0403" InvalidExample       "an example is not a valid message"
    Warn    "U0404" SharedTopic ["shared-topic"] "two messages have one topic"
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
    Warn    "U0512" CapturesUnhandled ["captures-unhandled"] "a binding key captures a message that its queue does not handle"
    Error   "U0513" QueueOfDeadLetters   "a queue that is consumed would get dead letters"
    Warn    "U0514" CapturesTask ["captures-task"] "a binding key captures a task of another service"
    Warn    "U0515" RedundantBinding ["redundant-binding"] "a binding key is covered by another one"
    Warn    "U0516" IdleService ["idle-service"] "a service neither publishes nor handles anything"
    Warn    "U0517" InertPriority ["inert-priority"] "a priority has no effect in a classic queue"
    Error   "U0518" RefusedArgument      "an argument of a queue is none that a catalog may give"
    Error   "U0519" UnfitArgument        "an argument does not fit the type of the queue"
    Error   "U0520" DeliveryLimit        "a delivery limit is below the attempts of a handler"
    Error   "U0521" DeadLetterQueueType  "a dead-letter queue would be of two types"
    Error   "U0522" UnknownOrderField    "a handler is ordered by a field that its message does not have"
    Error   "U0523" OrderFieldMayMiss    "a handler is ordered by a field that may be missing or null"
    Error   "U0524" UnfitOrderField      "a handler is ordered by a field whose type is no key"
    Error   "U0525" OrderNeedsOneConsumer "messages that are handled in order would go to several workers"
    Warn    "U0526" LongWait ["long-wait"] "a message may wait for its turn for longer than a worker may hold it"

    Allow   "U0601" MessageDoc ["message-doc"] "a message has no documentation"
    Allow   "U0602" TypeDoc ["type-doc"] "a type has no documentation"
    Allow   "U0603" FieldDoc ["field-doc"] "a field has no documentation"
    Allow   "U0604" ServiceDoc ["service-doc"] "a service has no documentation"
    Allow   "U0605" Owners ["owners"] "nobody owns a namespace"
    Allow   "U0606" Examples ["examples"] "a message has no example"
    Allow   "U0611" UnboundedText ["unbounded-text"] "a text or binary value may have any length"
    Allow   "U0612" UnboundedList ["unbounded-list"] "a list or map may have any number of items"
    Allow   "U0613" WideInteger ["wide-integer"] "a number may be larger than JavaScript can hold"
    Warn    "U0614" FloatMoney ["float-money"] "an amount of money is a floating-point number"
    Warn    "U0615" UnanchoredPattern ["unanchored-pattern"] "a pattern does not say where it begins or ends"
    Warn    "U0616" SingleValue ["single-value"] "bounds leave one value"
    Warn    "U0617" InertBound ["inert-bound"] "a bound has no effect beside that of the alias"
    Warn    "U0618" ClosedEnum ["closed-enum"] "a closed enum travels in an event"
    Warn    "U0619" SensitiveDefault ["sensitive-default"] "a sensitive field has a default"
    Warn    "U0620" SimilarWireNames ["similar-wire-names"] "names on the wire differ in their case only"
    Allow   "U0621" EventWithoutConsumer ["event-without-consumer"] "no service handles an event"
    Warn    "U0622" TaskWithoutHandler ["task-without-handler"] "no service handles a task"
    Allow   "U0623" MessageWithoutPublisher ["message-without-publisher"] "no service publishes a message"
    Allow   "U0631" EventName ["event-name"] "the name of an event is not in the past tense"
    Allow   "U0632" TaskName ["task-name"] "the name of a task is in the past tense"
    Allow   "U0641" DeprecatedUse ["deprecated-use"] "what is not deprecated uses what is"
    Allow   "U0642" RemoveAfter ["remove-after"] "what is deprecated has no date of removal"
    Warn    "U0643" UnknownReplacement ["unknown-replacement"] "the replacement of what is deprecated does not exist"
    Allow   "U0644" UnusedType ["unused-type"] "nothing uses a type"
    Warn    "U0645" DeprecatedRequired ["deprecated-required"] "a deprecated field is required"
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

    #[test]
    fn what_is_no_error_has_the_name_of_a_lint_and_no_error_has_one() {
        let mut names = std::collections::BTreeSet::new();
        for code in Code::ALL {
            let is_lint = code.lint().is_some_and(|name| names.insert(name));
            assert_eq!(is_lint, code.default_level() != Level::Error, "{code}");
        }
    }
}
