//! A service: the trait that its program implements, and the struct that the runtime runs.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::Context;
use super::idents::ServiceIdents;
use super::{docs, message, spec};
use crate::model::{AckMode, Handler, OnError, Path, Queue, Service};

/// The items of a service that handles messages.
pub(super) fn items(
    cx: &Context<'_>,
    namespace: &str,
    name: &str,
    service: &Service,
) -> Vec<TokenStream> {
    let Some(idents) = cx.idents.service(name) else {
        return Vec::new();
    };
    let scene = Scene {
        cx,
        namespace,
        name,
        service,
        idents,
    };
    vec![
        scene.handler_trait(),
        scene.declaration(),
        scene.implementation(),
    ]
}

/// One service in its place.
struct Scene<'s> {
    cx: &'s Context<'s>,
    namespace: &'s str,
    name: &'s str,
    service: &'s Service,
    idents: &'s ServiceIdents,
}

impl Scene<'_> {
    fn handlers(&self) -> impl Iterator<Item = (&Queue, &Handler)> {
        let queues = self.service.queues.iter();
        queues.flat_map(|queue| queue.handlers.iter().map(move |handler| (queue, handler)))
    }

    fn handler_trait(&self) -> TokenStream {
        let runtime = &self.cx.runtime;
        let ServiceIdents {
            handlers, service, ..
        } = self.idents;
        let mut doc = vec![format!("Handlers of the service `{}`.", self.name)];
        let text = docs::text(self.service.doc.as_deref());
        if !text.is_empty() {
            doc.push(String::new());
            doc.extend(text);
        }
        let doc = docs::attributes(&doc);
        let methods = self
            .handlers()
            .map(|(queue, handler)| self.method(queue, handler));
        quote! {
            #doc
            pub trait #handlers: ::core::marker::Sized + ::core::marker::Send + ::core::marker::Sync + 'static {
                #[doc = " The error of the handlers: anything that boxes as an error (`anyhow::Error`, your own enum, `String`)."]
                type Error: ::core::convert::Into<#runtime::BoxError> + ::core::marker::Send + 'static;

                #(#methods)*

                #[doc = " Makes these handlers a service that a worker runs."]
                fn into_service(self) -> #service<Self> { #service { handlers: self } }
            }
        }
    }

    fn method(&self, queue: &Queue, handler: &Handler) -> TokenStream {
        let runtime = &self.cx.runtime;
        let (method, _) = self.idents.method(&handler.message);
        let ty = self.cx.path(self.namespace, &handler.message);
        let doc = docs::attributes(&self.method_doc(queue, handler));
        match handler.ack {
            AckMode::Auto => quote! {
                #doc
                fn #method(
                    &self,
                    message: #ty,
                    cx: &#runtime::Context,
                ) -> impl ::core::future::Future<
                    Output = ::core::result::Result<(), Self::Error>,
                > + ::core::marker::Send;
            },
            AckMode::Manual => quote! {
                #doc
                fn #method(
                    &self,
                    delivery: #runtime::Delivery<#ty>,
                ) -> impl ::core::future::Future<
                    Output = ::core::result::Result<#runtime::Settled, Self::Error>,
                > + ::core::marker::Send;
            },
        }
    }

    fn method_doc(&self, queue: &Queue, handler: &Handler) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(message) = self.message(&handler.message) {
            lines = docs::text(message.doc.as_deref());
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.push(format!(
                "{} on topic `{}`, from queue `{}`. {}",
                message::kind(message),
                message.topic,
                queue.name,
                fate(handler)
            ));
        }
        if handler.ack == AckMode::Manual {
            let settled =
                "The handler settles: only the delivery makes the `Settled` that it returns.";
            lines.extend([String::new(), settled.to_owned()]);
        }
        lines
    }

    fn message(&self, path: &Path) -> Option<&crate::model::Message> {
        let namespace = self.cx.model.namespaces.get(&path.namespace)?;
        namespace.messages.get(&path.name)
    }

    fn declaration(&self) -> TokenStream {
        let ServiceIdents {
            handlers,
            service,
            parameter,
            ..
        } = self.idents;
        let doc = docs::attributes(&[format!(
            "The service `{}`, made by [`{handlers}::into_service`].",
            self.name
        )]);
        quote! {
            #doc
            #[derive(Debug)]
            pub struct #service<#parameter> { handlers: #parameter, }
        }
    }

    fn implementation(&self) -> TokenStream {
        let runtime = &self.cx.runtime;
        let ServiceIdents {
            handlers,
            service,
            parameter,
            ..
        } = self.idents;
        let spec = spec::expression(
            self.cx,
            self.namespace,
            self.name,
            self.service,
            self.idents,
        );
        let arms = self.handlers().map(|(_, handler)| self.arm(handler));
        quote! {
            impl<#parameter: #handlers> #runtime::Service for #service<#parameter> {
                fn spec(&self) -> &'static #runtime::codegen::ServiceSpec {
                    static SPEC: #runtime::codegen::ServiceSpec = #spec;
                    &SPEC
                }

                fn handle(
                    &self,
                    inbound: #runtime::codegen::Inbound,
                ) -> #runtime::codegen::BoxFuture<'_, #runtime::codegen::Handled> {
                    match inbound.type_id() {
                        #(#arms)*
                        _ => inbound.unhandled(),
                    }
                }
            }
        }
    }

    fn arm(&self, handler: &Handler) -> TokenStream {
        let runtime = &self.cx.runtime;
        let handlers = &self.idents.handlers;
        // Through the trait: a message may be called like a method of the prelude, `Into` for one.
        let (method, _) = self.idents.method(&handler.message);
        let ty = self.cx.path(self.namespace, &handler.message);
        let type_id = handler.message.to_string();
        let body = match handler.ack {
            AckMode::Auto => quote! {
                let (message, cx) = inbound.decode::<#ty>()?;
                #runtime::codegen::finished(#handlers::#method(&self.handlers, message, &cx).await)
            },
            AckMode::Manual => quote! {
                let delivery = inbound.delivery::<#ty>()?;
                #runtime::codegen::settled(#handlers::#method(&self.handlers, delivery).await)
            },
        };
        quote!(#type_id => ::std::boxed::Box::pin(async move { #body }),)
    }
}

/// What an attempt may take and what happens when it fails.
fn fate(handler: &Handler) -> String {
    let failure = match (handler.on_error, handler.retry.attempts) {
        (OnError::DeadLetter, _) | (_, ..=1) => {
            "after an error the message goes to the dead letters".to_owned()
        }
        (OnError::Retry, attempts) => {
            format!("after an error the message comes back later, {attempts} attempts in all")
        }
        (OnError::Requeue, attempts) => {
            format!("after an error the message comes back at once, {attempts} attempts in all")
        }
    };
    format!("An attempt may take {:?}; {failure}.", handler.timeout)
}
