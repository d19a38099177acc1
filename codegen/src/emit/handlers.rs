//! A service: the trait that its program implements, and the struct that the runtime runs.

use proc_macro2::TokenStream;
use quote::quote;

use super::idents::ServiceIdents;
use super::module::{Module, Prelude};
use super::{docs, message, spec};
use crate::model::{AckMode, Handler, OnError, Queue, Service};

/// The items of a service that handles messages.
pub(super) fn items(module: &Module<'_>, name: &str, service: &Service) -> Vec<TokenStream> {
    let Some(idents) = module.cx.idents.service(name) else {
        return Vec::new();
    };
    let scene = Scene {
        module,
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
    module: &'s Module<'s>,
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
        let runtime = &self.module.cx.runtime;
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
        let Prelude {
            into,
            sized,
            send,
            sync,
            ..
        } = &self.module.prelude;
        let methods = self
            .handlers()
            .map(|(queue, handler)| self.method(queue, handler));
        quote! {
            #doc
            pub trait #handlers: #sized + #send + #sync + 'static {
                #[doc = " The error of the handlers: anything that boxes as an error (`anyhow::Error`, your own enum, `String`)."]
                type Error: #into<#runtime::BoxError> + #send + 'static;

                #(#methods)*

                #[doc = " Makes these handlers a service that a worker runs."]
                fn into_service(self) -> #service<Self> { #service { handlers: self } }
            }
        }
    }

    fn method(&self, queue: &Queue, handler: &Handler) -> TokenStream {
        let runtime = &self.module.cx.runtime;
        let (method, _) = self.idents.method(&handler.message);
        let ty = self.module.path(&handler.message);
        let doc = docs::attributes(&self.method_doc(queue, handler));
        let Prelude { result, send, .. } = &self.module.prelude;
        match handler.ack {
            AckMode::Auto => quote! {
                #doc
                fn #method(
                    &self,
                    message: #ty,
                    cx: &#runtime::Context,
                ) -> impl ::core::future::Future<
                    Output = #result<(), Self::Error>,
                > + #send;
            },
            AckMode::Manual => quote! {
                #doc
                fn #method(
                    &self,
                    delivery: #runtime::Delivery<#ty>,
                ) -> impl ::core::future::Future<
                    Output = #result<#runtime::Settled, Self::Error>,
                > + #send;
            },
        }
    }

    fn method_doc(&self, queue: &Queue, handler: &Handler) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(message) = self.module.cx.message(&handler.message) {
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
        if let Some(field) = &handler.ordered_by {
            let order = format!(
                "In order of `{field}`: messages of this queue with one value are handled one after another."
            );
            lines.extend([String::new(), order]);
        }
        if handler.ack == AckMode::Manual {
            let settled =
                "The handler settles: only the delivery makes the `Settled` that it returns.";
            lines.extend([String::new(), settled.to_owned()]);
        }
        lines
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
        let runtime = &self.module.cx.runtime;
        let ServiceIdents {
            handlers,
            service,
            parameter,
            ..
        } = self.idents;
        let spec = spec::expression(self.module, self.name, self.service, self.idents);
        let arms = self.handlers().map(|(_, handler)| self.arm(handler));
        quote! {
            impl<#parameter: #handlers> #runtime::Service for #service<#parameter> {
                fn spec(&self) -> &'static #runtime::codegen::ServiceSpec {
                    use #runtime::codegen;
                    static SPEC: codegen::ServiceSpec = #spec;
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
        let runtime = &self.module.cx.runtime;
        let handlers = &self.idents.handlers;
        // Through the trait: a message may be called like a method of the prelude, `Into` for one.
        let (method, _) = self.idents.method(&handler.message);
        let ty = self.module.path(&handler.message);
        let (type_id, boxed) = (handler.message.to_string(), &self.module.prelude.boxed);
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
        quote!(#type_id => #boxed::pin(async move { #body }),)
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
