//! The static description of a service: its queues, bindings and handlers.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};

use super::context::Context;
use super::idents::ServiceIdents;
use super::time;
use crate::model::{
    Backoff, Handler, OnError, OnUnknown, Overflow, Path, Queue, QueueArguments, QueueKind, Service,
};

/// The `ServiceSpec` of a service.
pub(super) fn expression(
    cx: &Context<'_>,
    namespace: &str,
    name: &str,
    service: &Service,
    idents: &ServiceIdents,
) -> TokenStream {
    let runtime = &cx.runtime;
    let publishes = service
        .publishes
        .iter()
        .map(|path| contract(cx, namespace, path));
    let queues = service
        .queues
        .iter()
        .map(|q| queue(cx, namespace, q, idents));
    quote! {
        #runtime::codegen::ServiceSpec {
            name: #name,
            publishes: &[#(#publishes),*],
            queues: &[#(#queues),*],
        }
    }
}

fn contract(cx: &Context<'_>, namespace: &str, message: &Path) -> TokenStream {
    let (runtime, ty) = (&cx.runtime, cx.path(namespace, message));
    quote!(<#ty as #runtime::Message>::CONTRACT)
}

fn queue(cx: &Context<'_>, namespace: &str, queue: &Queue, idents: &ServiceIdents) -> TokenStream {
    let runtime = &cx.runtime;
    let name = &queue.name;
    let kind = match queue.kind {
        QueueKind::Quorum => quote!(Quorum),
        QueueKind::Classic => quote!(Classic),
    };
    let arguments = arguments(cx, &queue.arguments);
    let bindings = queue.bindings.iter().map(|binding| {
        let (exchange, key) = (&binding.exchange, &binding.key);
        quote!(#runtime::codegen::BindingSpec { exchange: #exchange, key: #key })
    });
    let concurrency = Literal::u16_unsuffixed(queue.concurrency);
    let prefetch = Literal::u16_unsuffixed(queue.prefetch);
    let on_unknown = match queue.on_unknown {
        OnUnknown::DeadLetter => quote!(DeadLetter),
        OnUnknown::Ignore => quote!(Ignore),
    };
    let dead_letter = option(queue.dead_letter.as_ref().map(ToTokens::to_token_stream));
    let handlers = queue
        .handlers
        .iter()
        .map(|h| handler(cx, namespace, h, idents));
    quote! {
        #runtime::codegen::QueueSpec {
            name: #name,
            kind: #runtime::codegen::QueueKind::#kind,
            arguments: #arguments,
            bindings: &[#(#bindings),*],
            concurrency: #concurrency,
            prefetch: #prefetch,
            on_unknown: #runtime::codegen::OnUnknown::#on_unknown,
            dead_letter: #dead_letter,
            handlers: &[#(#handlers),*],
        }
    }
}

/// Where nothing is set, `NONE`.
fn arguments(cx: &Context<'_>, arguments: &QueueArguments) -> TokenStream {
    let runtime = &cx.runtime;
    if *arguments == QueueArguments::default() {
        return quote!(#runtime::codegen::QueueArguments::NONE);
    }
    let number = |value: Option<u64>| {
        option(value.map(|value| Literal::u64_unsuffixed(value).into_token_stream()))
    };
    let max_length = number(arguments.max_length.map(u64::from));
    let max_length_bytes = number(arguments.max_length_bytes);
    let overflow = match arguments.overflow {
        Overflow::RejectPublish => quote!(RejectPublish),
        Overflow::DropHead => quote!(DropHead),
    };
    let message_ttl = option(arguments.message_ttl.map(time::duration));
    let delivery_limit = number(arguments.delivery_limit.map(u64::from));
    let single_active_consumer = arguments.single_active_consumer;
    let max_priority = number(arguments.max_priority.map(u64::from));
    quote! {
        #runtime::codegen::QueueArguments {
            max_length: #max_length,
            max_length_bytes: #max_length_bytes,
            overflow: #runtime::codegen::Overflow::#overflow,
            message_ttl: #message_ttl,
            delivery_limit: #delivery_limit,
            single_active_consumer: #single_active_consumer,
            max_priority: #max_priority,
        }
    }
}

fn option(value: Option<TokenStream>) -> TokenStream {
    let some = value.map(|value| quote!(::core::option::Option::Some(#value)));
    some.unwrap_or_else(|| quote!(::core::option::Option::None))
}

fn handler(
    cx: &Context<'_>,
    namespace: &str,
    handler: &Handler,
    idents: &ServiceIdents,
) -> TokenStream {
    let runtime = &cx.runtime;
    let (_, name) = idents.method(&handler.message);
    let message = contract(cx, namespace, &handler.message);
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
    quote! {
        #runtime::codegen::HandlerSpec {
            name: #name,
            message: #message,
            timeout: #timeout,
            on_error: #runtime::codegen::OnError::#on_error,
            retry: #runtime::codegen::RetrySpec {
                attempts: #attempts,
                backoff: #runtime::codegen::Backoff::#backoff,
                initial: #initial,
                max: #max,
            },
        }
    }
}
