//! The function that publishes a message.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::Place;
use super::docs;
use crate::model::Message;

/// The publisher of a message.
pub(super) fn item(place: &Place<'_>, message: &Message) -> TokenStream {
    let (ident, runtime) = (&place.ident, &place.cx().runtime);
    let function = place.cx().idents.publisher(place.path);
    let doc = docs::attributes(&[format!(
        "Publishes [`{ident}`] and waits until the broker has stored it."
    )]);
    let deprecated = docs::deprecated(message.deprecated.as_ref());
    quote! {
        #doc
        #deprecated
        pub fn #function(
            bus: &#runtime::Bus,
            message: &#ident,
        ) -> impl ::core::future::Future<Output = #runtime::codegen::Published> {
            bus.publish(message)
        }
    }
}
