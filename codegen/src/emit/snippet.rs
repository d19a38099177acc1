//! Tokens that are written over and over.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;

/// Tokens that are made once. `quote` copies a `TokenStream` before it appends it, and this not.
pub(super) struct Snippet(Vec<TokenTree>);

impl From<TokenStream> for Snippet {
    fn from(tokens: TokenStream) -> Self {
        Self(tokens.into_iter().collect())
    }
}

impl ToTokens for Snippet {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.0.iter().cloned());
    }
}
