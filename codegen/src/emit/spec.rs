//! The static description of a service: its queues, bindings and handlers.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};

use super::idents::ServiceIdents;
use super::module::Module;
use super::time;
use crate::model::{
    Backoff, Handler, OnError, OnUnknown, Overflow, Path, Queue, QueueArguments, QueueKind, Service,
};

/// The `ServiceSpec` of a service, where `codegen` is the runtime's module.
pub(super) fn expression(
    module: &Module<'_>,
    name: &str,
    service: &Service,
    idents: &ServiceIdents,
) -> TokenStream {
    let publishes = service.publishes.iter().map(|path| contract(module, path));
    let queues = service.queues.iter().map(|q| queue(module, q, idents));
    quote! {
        codegen::ServiceSpec {
            name: #name,
            publishes: &[#(#publishes),*],
            queues: &[#(#queues),*],
        }
    }
}

fn contract(module: &Module<'_>, message: &Path) -> TokenStream {
    let (runtime, ty) = (&module.cx.runtime, module.path(message));
    quote!(<#ty as #runtime::Message>::CONTRACT)
}

fn queue(module: &Module<'_>, queue: &Queue, idents: &ServiceIdents) -> TokenStream {
    let name = &queue.name;
    let kind = match queue.kind {
        QueueKind::Quorum => quote!(Quorum),
        QueueKind::Classic => quote!(Classic),
    };
    let arguments = arguments(module, &queue.arguments);
    let bindings = queue.bindings.iter().map(|binding| {
        let (exchange, key) = (&binding.exchange, &binding.key);
        quote!(codegen::BindingSpec { exchange: #exchange, key: #key })
    });
    let concurrency = Literal::u16_unsuffixed(queue.concurrency);
    let prefetch = Literal::u16_unsuffixed(queue.prefetch);
    let on_unknown = match queue.on_unknown {
        OnUnknown::DeadLetter => quote!(DeadLetter),
        OnUnknown::Ignore => quote!(Ignore),
    };
    let dead_letter = module
        .prelude
        .optional(queue.dead_letter.as_ref().map(ToTokens::to_token_stream));
    let handlers = queue.handlers.iter().map(|h| handler(module, h, idents));
    quote! {
        codegen::QueueSpec {
            name: #name,
            kind: codegen::QueueKind::#kind,
            arguments: #arguments,
            bindings: &[#(#bindings),*],
            concurrency: #concurrency,
            prefetch: #prefetch,
            on_unknown: codegen::OnUnknown::#on_unknown,
            dead_letter: #dead_letter,
            handlers: &[#(#handlers),*],
        }
    }
}

/// Where nothing is set, `NONE`.
fn arguments(module: &Module<'_>, arguments: &QueueArguments) -> TokenStream {
    if *arguments == QueueArguments::default() {
        return quote!(codegen::QueueArguments::NONE);
    }
    let number = |value: Option<u64>| {
        module
            .prelude
            .optional(value.map(|value| Literal::u64_unsuffixed(value).into_token_stream()))
    };
    let max_length = number(arguments.max_length.map(u64::from));
    let max_length_bytes = number(arguments.max_length_bytes);
    let overflow = match arguments.overflow {
        Overflow::RejectPublish => quote!(RejectPublish),
        Overflow::DropHead => quote!(DropHead),
    };
    let message_ttl = module
        .prelude
        .optional(arguments.message_ttl.map(time::duration));
    let delivery_limit = number(arguments.delivery_limit.map(u64::from));
    let single_active_consumer = arguments.single_active_consumer;
    let max_priority = number(arguments.max_priority.map(u64::from));
    quote! {
        codegen::QueueArguments {
            max_length: #max_length,
            max_length_bytes: #max_length_bytes,
            overflow: codegen::Overflow::#overflow,
            message_ttl: #message_ttl,
            delivery_limit: #delivery_limit,
            single_active_consumer: #single_active_consumer,
            max_priority: #max_priority,
        }
    }
}

/// The names on the wire of the field that the handler is ordered by.
fn key<'m>(module: &Module<'m>, handler: &Handler) -> Vec<&'m str> {
    let Some(name) = &handler.ordered_by else {
        return Vec::new();
    };
    let fields = module.cx.message(&handler.message);
    let fields = fields.map_or(&[][..], |message| &message.fields);
    let key = fields.iter().find(|field| field.name == *name);
    key.into_iter()
        .flat_map(|field| std::iter::once(&field.wire).chain(&field.accepts))
        .map(String::as_str)
        .collect()
}

fn handler(module: &Module<'_>, handler: &Handler, idents: &ServiceIdents) -> TokenStream {
    let (_, name) = idents.method(&handler.message);
    let message = contract(module, &handler.message);
    let ordered_by = key(module, handler);
    let timeout = time::duration(handler.timeout);
    let on_error = match handler.on_error {
        OnError::Retry => quote!(Retry),
        OnError::Requeue => quote!(Requeue),
        OnError::DeadLetter => quote!(DeadLetter),
    };
    let attempts = Literal::u32_unsuffixed(handler.retry.attempts);
    let backoff = match handler.retry.backoff {
        Backoff::Fixed => quote!(Fixed),
        Backoff::Linear => quote!(Linear),
        Backoff::Exponential => quote!(Exponential),
    };
    let initial = time::duration(handler.retry.initial);
    let max = time::duration(handler.retry.max);
    let jitter = Literal::u8_unsuffixed(handler.retry.jitter);
    quote! {
        codegen::HandlerSpec {
            name: #name,
            message: #message,
            ordered_by: &[#(#ordered_by),*],
            timeout: #timeout,
            on_error: codegen::OnError::#on_error,
            retry: codegen::RetrySpec {
                attempts: #attempts,
                backoff: codegen::Backoff::#backoff,
                initial: #initial,
                max: #max,
                jitter: #jitter,
            },
        }
    }
}
