//! The catalog language as it is written: every key read, every name spelled correctly, nothing looked up yet.
//!
//! A part that could not be read is `None` and was reported; what refers to it later stays silent.

mod arguments;
mod contract;
mod duration;
mod field;
mod lint;
mod manifest;
mod message;
mod name;
mod percentage;
mod service;
mod type_expr;
mod types;
mod value;
pub(crate) mod vocabulary;

pub(crate) use contract::contract;
pub(crate) use manifest::{Manifest, Root, manifest};
pub(crate) use name::is_name;
pub(crate) use service::queue_name;
pub(crate) use type_expr::{SCALARS, foreign, scalar_name};
pub(crate) use value::{one_of, words};

use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    AckMode, Backoff, Deprecated, EnumValue, MessageKind, OnError, OnUnknown, Overflow, QueueKind,
    Scalar,
};
use crate::source::{Span, Spanned};
use crate::yaml::Node;

/// One contract file.
#[derive(Debug)]
pub(crate) struct Contract {
    pub(crate) namespace: Spanned<String>,
    pub(crate) owners: Vec<Spanned<String>>,
    pub(crate) exchange: Option<Spanned<String>>,
    /// What the manifest over it sets.
    pub(crate) defaults: Arc<Defaults>,
    pub(crate) types: Vec<TypeDecl>,
    pub(crate) messages: Vec<MessageDecl>,
    pub(crate) services: Vec<ServiceDecl>,
}

#[derive(Debug)]
pub(crate) struct TypeDecl {
    pub(crate) name: Spanned<String>,
    pub(crate) doc: Option<String>,
    pub(crate) deprecated: Option<Deprecated>,
    pub(crate) form: Option<TypeForm>,
}

#[derive(Debug)]
pub(crate) enum TypeForm {
    Record(Vec<FieldDecl>),
    Enum {
        open: bool,
        values: Vec<Spanned<EnumValue>>,
    },
    Union {
        open: bool,
        tag: Spanned<String>,
        variants: Vec<VariantDecl>,
    },
    Alias {
        ty: Option<TypeExpr>,
        constraints: Box<ConstraintsDecl>,
    },
}

#[derive(Debug)]
pub(crate) struct VariantDecl {
    pub(crate) wire: Spanned<String>,
    pub(crate) record: Option<Spanned<String>>,
}

#[derive(Debug)]
pub(crate) struct FieldDecl {
    pub(crate) name: Spanned<String>,
    pub(crate) doc: Option<String>,
    pub(crate) deprecated: Option<Deprecated>,
    pub(crate) sensitive: bool,
    pub(crate) ty: Option<TypeExpr>,
    pub(crate) optional: bool,
    pub(crate) nullable: bool,
    pub(crate) default: Option<Node>,
    pub(crate) wire: Option<Spanned<String>>,
    pub(crate) accepts: Vec<Spanned<String>>,
    pub(crate) constraints: ConstraintsDecl,
}

/// A type as it is written where it is used.
#[derive(Debug, Clone)]
pub(crate) struct TypeExpr {
    pub(crate) span: Span,
    pub(crate) kind: TypeExprKind,
}

#[derive(Debug, Clone)]
pub(crate) enum TypeExprKind {
    Scalar(Scalar),
    List(Box<TypeExpr>),
    Map(Box<TypeExpr>),
    Named(String),
}

/// What a field or an alias says about the values of its type, before it is known whether that fits.
#[derive(Debug, Default)]
pub(crate) struct ConstraintsDecl {
    pub(crate) min: Option<Node>,
    pub(crate) max: Option<Node>,
    pub(crate) length: Option<Node>,
    pub(crate) pattern: Option<Spanned<String>>,
    pub(crate) unique: Option<Spanned<bool>>,
    pub(crate) encoding: Option<Spanned<Encoding>>,
}

/// How a number stands in JSON, where that is not as a number.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Encoding {
    String,
}

#[derive(Debug)]
pub(crate) struct MessageDecl {
    pub(crate) name: Spanned<String>,
    pub(crate) doc: Option<String>,
    pub(crate) deprecated: Option<Deprecated>,
    pub(crate) kind: Option<MessageKind>,
    pub(crate) topic: Option<Spanned<String>>,
    pub(crate) exchange: Option<Spanned<String>>,
    pub(crate) fields: Vec<FieldDecl>,
    pub(crate) reserved: Vec<Spanned<String>>,
    pub(crate) examples: Vec<Node>,
    pub(crate) priority: Option<u8>,
    pub(crate) ttl: Option<Duration>,
}

#[derive(Debug)]
pub(crate) struct ServiceDecl {
    pub(crate) name: Spanned<String>,
    pub(crate) doc: Option<String>,
    pub(crate) publishes: Vec<Spanned<String>>,
    pub(crate) handles: Vec<HandlerDecl>,
    pub(crate) queue: Option<QueueDecl>,
    pub(crate) bindings: Option<Bindings>,
    pub(crate) policy: Policy,
    pub(crate) consuming: Consuming,
}

/// What a manifest sets for every handler and queue of its catalog.
#[derive(Debug, Default)]
pub(crate) struct Defaults {
    pub(crate) queue_kind: Option<QueueKind>,
    /// Those that fit its type hold for a queue.
    pub(crate) arguments: ArgumentsDecl,
    pub(crate) policy: Policy,
    pub(crate) consuming: Consuming,
}

/// How a message is attempted: settings of a manifest, a service or a handler.
#[derive(Debug, Default)]
pub(crate) struct Policy {
    pub(crate) timeout: Option<Spanned<Duration>>,
    pub(crate) on_error: Option<Spanned<OnError>>,
    pub(crate) retry: Option<RetryDecl>,
}

/// The binding keys of a service's queue.
#[derive(Debug)]
pub(crate) struct Bindings {
    /// The word `bindings`.
    pub(crate) span: Span,
    pub(crate) keys: Vec<Spanned<String>>,
}

#[derive(Debug)]
pub(crate) struct QueueDecl {
    /// The word `queue`.
    pub(crate) span: Span,
    pub(crate) name: Option<Spanned<String>>,
    pub(crate) kind: Option<QueueKind>,
    pub(crate) arguments: ArgumentsDecl,
}

/// What a queue is asked to keep to.
#[derive(Debug, Default)]
pub(crate) struct ArgumentsDecl {
    pub(crate) max_length: Option<Spanned<u32>>,
    pub(crate) max_length_bytes: Option<Spanned<u64>>,
    pub(crate) overflow: Option<Spanned<Overflow>>,
    pub(crate) message_ttl: Option<Spanned<Duration>>,
    pub(crate) delivery_limit: Option<Spanned<u32>>,
    pub(crate) single_active_consumer: Option<Spanned<bool>>,
    pub(crate) max_priority: Option<Spanned<u8>>,
}

#[derive(Debug)]
pub(crate) struct HandlerDecl {
    pub(crate) message: Spanned<String>,
    pub(crate) queue: Option<QueueDecl>,
    pub(crate) ack: Option<AckMode>,
    /// The field by whose value messages are handled in order.
    pub(crate) ordered_by: Option<Spanned<String>>,
    pub(crate) policy: Policy,
    pub(crate) consuming: Consuming,
}

/// How a queue is consumed: settings of a manifest, a service or a handler.
#[derive(Debug, Default)]
pub(crate) struct Consuming {
    pub(crate) concurrency: Option<Spanned<u16>>,
    pub(crate) prefetch: Option<Spanned<u16>>,
    pub(crate) on_unknown: Option<Spanned<OnUnknown>>,
    /// The queue that keeps the dead letters.
    pub(crate) dead_letter: Option<Spanned<String>>,
}

#[derive(Debug)]
pub(crate) struct RetryDecl {
    /// The word `retry`.
    pub(crate) span: Span,
    pub(crate) attempts: Option<Spanned<u32>>,
    pub(crate) backoff: Option<Spanned<Backoff>>,
    pub(crate) initial: Option<Spanned<Duration>>,
    pub(crate) max: Option<Spanned<Duration>>,
    /// In percent.
    pub(crate) jitter: Option<Spanned<u8>>,
}
