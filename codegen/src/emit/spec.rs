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
            handlers: &[#(#handlers),*],
        }
    }
}

/// What is set, and `NONE` for the rest.
fn arguments(cx: &Context<'_>, arguments: &QueueArguments) -> TokenStream {
    let runtime = &cx.runtime;
    let number = |value| Literal::u64_unsuffixed(value).into_token_stream();
    let QueueArguments {
        max_length,
        max_length_bytes,
        overflow,
        message_ttl,
        delivery_limit,
        single_active_consumer,
        max_priority,
    } = arguments;
    let values = [
        (quote!(max_length), max_length.map(u64::from).map(number)),
        (quote!(max_length_bytes), max_length_bytes.map(number)),
        (quote!(message_ttl), message_ttl.map(time::duration)),
        (
            quote!(delivery_limit),
            delivery_limit.map(u64::from).map(number),
        ),
        (
            quote!(max_priority),
            max_priority.map(u64::from).map(number),
        ),
    ];
    let values = values.into_iter().filter_map(|(name, value)| {
        value.map(|value| quote!(#name: ::core::option::Option::Some(#value)))
    });
    let overflow = (*overflow == Overflow::DropHead)
        .then(|| quote!(overflow: #runtime::codegen::Overflow::DropHead));
    let single = single_active_consumer.then(|| quote!(single_active_consumer: true));
    let set: Vec<TokenStream> = values.chain(overflow).chain(single).collect();
    if set.is_empty() {
        return quote!(#runtime::codegen::QueueArguments::NONE);
    }
    quote! {
        #runtime::codegen::QueueArguments {
            #(#set,)*
            ..#runtime::codegen::QueueArguments::NONE
        }
    }
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
