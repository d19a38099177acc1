//! A checked catalog. Every invariant that an emitter needs holds by construction: names resolve, types are finite, values fit.
//!
//! Names are those of the catalog; they become Rust identifiers only in `names`. Maps are ordered, so that everything made
//! from a model is the same on every machine; fields keep the order of the catalog.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// A checked catalog.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The catalog's name in its manifest; the directory's or file's name without one.
    pub name: String,
    /// By full name (`shop.orders`).
    pub namespaces: BTreeMap<String, Namespace>,
}

/// What stands under one `namespace:`, in however many files.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Namespace {
    /// The teams that own it, by name.
    pub owners: Vec<String>,
    /// Records, enums, unions and aliases, by simple name.
    pub types: BTreeMap<String, TypeDef>,
    /// By simple name.
    pub messages: BTreeMap<String, Message>,
    /// By name; a service's name is unique in the whole catalog.
    pub services: BTreeMap<String, Service>,
}

/// The full name of a type or a message: `shop.orders` + `OrderPlaced`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    /// The namespace.
    pub namespace: String,
    /// The simple name.
    pub name: String,
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.namespace, self.name)
    }
}

/// A named type.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeDef {
    /// Its documentation, as written.
    pub doc: Option<String>,
    /// Set where it should no longer be used.
    pub deprecated: Option<Deprecated>,
    /// What it is.
    pub kind: TypeKind,
}

/// What a named type is.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeKind {
    /// An object with named fields.
    Record(Vec<Field>),
    /// A string out of a list.
    Enum {
        /// Whether readers keep values that they do not know.
        open: bool,
        /// In the order of the catalog, at least one, distinct.
        values: Vec<EnumValue>,
    },
    /// One of several records; the field `tag` says which.
    Union {
        /// Whether readers keep variants that they do not know.
        open: bool,
        /// The field that names the variant; no variant's record has a field of this wire name.
        tag: String,
        /// In the order of the catalog, at least one, distinct.
        variants: Vec<Variant>,
    },
    /// Another name for a type, with constraints of its own.
    Alias {
        /// The type; aliases never form a circle.
        ty: Type,
        /// What its values must fulfil.
        constraints: Constraints,
    },
}

/// One value of an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumValue {
    /// The value on the wire.
    pub wire: String,
    /// Its documentation.
    pub doc: Option<String>,
}

/// One variant of a union.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// The value of the tag on the wire.
    pub wire: String,
    /// A record.
    pub record: Path,
    /// Whether the record must be boxed, so that the type is finite.
    pub boxed: bool,
}

/// A message.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its documentation.
    pub doc: Option<String>,
    /// Set where it should no longer be used.
    pub deprecated: Option<Deprecated>,
    /// Task or event.
    pub kind: MessageKind,
    /// The routing key it is published with; no wildcards.
    pub topic: String,
    /// The topic exchange it is published to.
    pub exchange: String,
    /// AMQP priority.
    pub priority: Option<u8>,
    /// How long it may wait in a queue.
    pub ttl: Option<Duration>,
    /// In the order of the catalog; wire names (and the old names that are accepted) are distinct.
    pub fields: Vec<Field>,
    /// Names that no field may have again.
    pub reserved: Vec<String>,
    /// Valid messages, to be shown in documentation.
    pub examples: Vec<Value>,
}

/// Task or event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// One service handles it.
    Task,
    /// Every service that handles it gets a copy.
    Event,
}

/// A field of a record or a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The name in the catalog.
    pub name: String,
    /// The key in JSON; the name unless `wire` pins another.
    pub wire: String,
    /// Older keys that readers take as well.
    pub accepts: Vec<String>,
    /// Its documentation.
    pub doc: Option<String>,
    /// Set where it should no longer be used.
    pub deprecated: Option<Deprecated>,
    /// Whether its value is kept out of logs and `Debug`.
    pub sensitive: bool,
    /// Its type.
    pub ty: Type,
    /// Whether the type must be boxed, so that the record is finite.
    pub boxed: bool,
    /// Whether it may be missing, and what that means.
    pub presence: Presence,
    /// Whether `null` is a value of its own.
    pub nullable: bool,
    /// What its value must fulfil.
    pub constraints: Constraints,
}

/// Whether a field may be missing, and what that means.
#[derive(Debug, Clone, PartialEq)]
pub enum Presence {
    /// It must be there.
    Required,
    /// It may be missing; writers leave it out when there is nothing to say.
    Optional,
    /// Readers take this value when it is missing; writers always write it. It is a valid value of the field's type.
    Default(Value),
}

/// A type as a field refers to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// A built-in type.
    Scalar(Scalar),
    /// `list<T>`
    List(Box<Type>),
    /// `map<T>`: string keys.
    Map(Box<Type>),
    /// A named type; it exists in the model.
    Named(Path),
}

/// The built-in types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scalar {
    /// UTF-8 text.
    String,
    /// `true` or `false`.
    Bool,
    /// 32 bits with a sign.
    I32,
    /// 64 bits with a sign.
    I64,
    /// 32 bits without a sign.
    U32,
    /// 64 bits without a sign.
    U64,
    /// 64 bits with a sign, as a string on the wire.
    I64Text,
    /// 64 bits without a sign, as a string on the wire.
    U64Text,
    /// A double; never NaN or infinite on the wire.
    F64,
    /// A decimal number, as a string on the wire.
    Decimal,
    /// RFC 9562, as a string.
    Uuid,
    /// RFC 3339 in UTC, as a string.
    Timestamp,
    /// `2026-11-23`
    Date,
    /// ISO 8601, `PT1M30S`.
    Duration,
    /// Base64 (RFC 4648, standard alphabet, padded), as a string.
    Bytes,
    /// Any JSON value.
    Json,
}

impl Scalar {
    /// Whether it is a number that is a string on the wire.
    pub(crate) fn is_number_in_text(self) -> bool {
        matches!(self, Self::Decimal | Self::I64Text | Self::U64Text)
    }
}

/// What a value must fulfil. Only what fits the type is ever set.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Constraints {
    /// Smallest number, for numeric types.
    pub min: Option<Number>,
    /// Largest number, for numeric types.
    pub max: Option<Number>,
    /// Fewest characters (`string`), bytes (`bytes`), items (`list`) or entries (`map`).
    pub min_len: Option<u64>,
    /// Most characters, bytes, items or entries.
    pub max_len: Option<u64>,
    /// A regular expression that the text must match somewhere; anchors are part of the pattern.
    pub pattern: Option<String>,
    /// No two items of a list are equal.
    pub unique: bool,
}

/// A number as the catalog wrote it, in plain notation (`-12.50`); it fits the type that it constrains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number(pub String);

/// A JSON value of the catalog: a default or an example.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number in JSON's notation.
    Number(Number),
    /// Text.
    String(String),
    /// A list.
    List(Vec<Value>),
    /// An object, in the order of the catalog.
    Object(Vec<(String, Value)>),
}

/// Why and until when something is deprecated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deprecated {
    /// What to use in its place.
    pub use_instead: Option<String>,
    /// More words.
    pub note: Option<String>,
    /// The day after which it will be removed, `2027-01-31`.
    pub remove_after: Option<String>,
}

/// A service: what it publishes, and the queues whose messages it handles.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// Its documentation.
    pub doc: Option<String>,
    /// The messages that it says it publishes.
    pub publishes: Vec<Path>,
    /// In the order of their names; each message is handled in one queue only.
    pub queues: Vec<Queue>,
}

/// A queue of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct Queue {
    /// Its name on the broker.
    pub name: String,
    /// Quorum or classic.
    pub kind: QueueKind,
    /// The limits that the broker keeps.
    pub arguments: QueueArguments,
    /// Distinct, at least one.
    pub bindings: Vec<Binding>,
    /// How many handlers of one worker run at the same time.
    pub concurrency: u16,
    /// How many unsettled deliveries one worker holds; at least `concurrency`.
    pub prefetch: u16,
    /// What happens to a message that no handler takes.
    pub on_unknown: OnUnknown,
    /// The quorum queue that keeps its dead letters, also those of other queues; `None` for `<name>.dead`, of its own kind.
    pub dead_letter: Option<String>,
    /// In the order of their message's path, at least one.
    pub handlers: Vec<Handler>,
}

/// The limits that the broker keeps for a queue; each fits its type.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueueArguments {
    /// Most messages that wait in it.
    pub max_length: Option<u32>,
    /// Most bytes of the bodies that wait in it.
    pub max_length_bytes: Option<u64>,
    /// What happens to a message for which there is no room.
    pub overflow: Overflow,
    /// How long a message may wait in it before it goes to the dead-letter queue.
    pub message_ttl: Option<Duration>,
    /// How often a message may come back to it; at least the attempts of its handlers but one. Quorum queues only.
    pub delivery_limit: Option<u32>,
    /// One consumer at a time gets its messages; always so where a handler takes them in order.
    pub single_active_consumer: bool,
    /// The highest priority that it tells from lower ones. Classic queues only.
    pub max_priority: Option<u8>,
}

/// What happens to a message for which a queue has no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overflow {
    /// Its publish is refused.
    #[default]
    RejectPublish,
    /// The oldest message makes room and goes to the dead-letter queue. Classic queues only.
    DropHead,
}

/// Which implementation of a queue the broker uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueKind {
    /// Replicated.
    Quorum,
    /// One copy.
    Classic,
}

/// A binding to a topic exchange.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Binding {
    /// The exchange.
    pub exchange: String,
    /// The binding key.
    pub key: String,
}

/// What happens to a message that no handler of its queue takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnUnknown {
    /// It goes to the dead-letter queue.
    DeadLetter,
    /// It is acknowledged.
    Ignore,
}

/// How a service handles one message.
#[derive(Debug, Clone, PartialEq)]
pub struct Handler {
    /// What it handles; it exists in the model.
    pub message: Path,
    /// Who settles.
    pub ack: AckMode,
    /// The field of the message by whose value it is handled in order: required, not nullable, a scalar with one text for each value.
    pub ordered_by: Option<String>,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// After an error, a panic or a timeout.
    pub on_error: OnError,
    /// The retry policy.
    pub retry: Retry,
}

/// Who settles a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AckMode {
    /// The worker, by the handler's result.
    Auto,
    /// The handler.
    Manual,
}

/// After an error, a panic or a timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// Comes back later.
    Retry,
    /// Comes back at once.
    Requeue,
    /// Goes to the dead-letter queue.
    DeadLetter,
}

/// The retry policy of a handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// In all, the first one included; at least 1.
    pub attempts: u32,
    /// How the delay grows.
    pub backoff: Backoff,
    /// Before the second attempt.
    pub initial: Duration,
    /// The longest.
    pub max: Duration,
    /// How much of a delay may be left out at random, in percent; at most 100.
    pub jitter: u8,
}

/// How the delay between attempts grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backoff {
    /// Always the initial delay.
    Fixed,
    /// Once, twice, three times the initial delay.
    Linear,
    /// Doubles.
    Exponential,
}
