//! What every emitter needs to know of the whole model.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::facts::Facts;
use super::idents::Idents;
use crate::graph::innermost;
use crate::model::{Constraints, Model, Path, Scalar, Type, TypeDef, TypeKind};
use crate::names;
use crate::prune::Selection;

/// The model with everything that follows from it.
pub(super) struct Context<'m> {
    pub(super) model: &'m Model,
    pub(super) selection: &'m Selection,
    pub(super) idents: Idents,
    pub(super) facts: Facts,
    /// The runtime crate: `::urutu`.
    pub(super) runtime: TokenStream,
    /// The same as text, for serde's attributes.
    pub(super) runtime_text: &'m str,
}

impl<'m> Context<'m> {
    pub(super) fn new(model: &'m Model, selection: &'m Selection, runtime: &'m str) -> Self {
        Self {
            model,
            selection,
            idents: Idents::of(model),
            facts: Facts::of(model),
            // `RuntimePath` has parsed it; the fallback is its default.
            runtime: runtime.parse().unwrap_or_else(|_| quote!(::urutu)),
            runtime_text: runtime,
        }
    }

    pub(super) fn type_def(&self, path: &Path) -> Option<&'m TypeDef> {
        self.model
            .namespaces
            .get(&path.namespace)?
            .types
            .get(&path.name)
    }

    /// What an alias stands for.
    pub(super) fn alias(&self, path: &Path) -> Option<(&'m Type, &'m Constraints)> {
        match &self.type_def(path)?.kind {
            TypeKind::Alias { ty, constraints } => Some((ty, constraints)),
            _ => None,
        }
    }

    /// The scalar that a type is made of, through aliases and containers, if it is text on the wire and has a grammar there.
    pub(super) fn exact(&self, ty: &Type) -> Option<Scalar> {
        match innermost(ty) {
            Type::Named(path) => self.alias(path).and_then(|(ty, _)| self.exact(ty)),
            Type::Scalar(scalar) => match scalar {
                Scalar::Decimal
                | Scalar::Uuid
                | Scalar::Timestamp
                | Scalar::Date
                | Scalar::Duration => Some(*scalar),
                _ => None,
            },
            Type::List(_) | Type::Map(_) => None,
        }
    }

    /// A type or message as code in the namespace `from` names it: by `super::`, so that the modules work wherever they stand.
    pub(super) fn path(&self, from: &str, to: &Path) -> TokenStream {
        let ident = self.idents.item(to);
        let module = relative(from, &to.namespace);
        quote!(#module #ident)
    }
}

/// One type or message and where its code stands.
pub(super) struct Place<'c> {
    pub(super) cx: &'c Context<'c>,
    pub(super) path: &'c Path,
    pub(super) ident: Ident,
}

impl<'c> Place<'c> {
    pub(super) fn new(cx: &'c Context<'c>, path: &'c Path) -> Self {
        Self {
            cx,
            path,
            ident: cx.idents.item(path),
        }
    }

    pub(super) fn namespace(&self) -> &str {
        &self.path.namespace
    }

    /// `#[serde(crate = ..)]`: user crates need no serde.
    pub(super) fn serde_crate(&self) -> TokenStream {
        let path = format!("{}::codegen::serde", self.cx.runtime_text);
        quote!(#[serde(crate = #path)])
    }

    /// The derives of a struct, apart from `Debug`.
    pub(super) fn derives(&self) -> TokenStream {
        let runtime = &self.cx.runtime;
        let hash = self
            .cx
            .facts
            .hashable(self.path)
            .then(|| quote!(, Eq, Hash));
        let read = self
            .cx
            .selection
            .reads(self.path)
            .then(|| quote!(, #runtime::codegen::serde::Deserialize));
        quote!(PartialEq #hash, #runtime::codegen::serde::Serialize #read)
    }

    /// The derives of a type that is serialised by hand, apart from `Debug` and `Clone`.
    pub(super) fn comparisons(&self) -> TokenStream {
        let hash = self
            .cx
            .facts
            .hashable(self.path)
            .then(|| quote!(, Eq, Hash));
        quote!(PartialEq #hash)
    }
}

/// The way from the module of one namespace to that of another, with `::` at its end.
fn relative(from: &str, to: &str) -> TokenStream {
    if from == to {
        return TokenStream::new();
    }
    let from: Vec<&str> = from.split('.').collect();
    let to: Vec<&str> = to.split('.').collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from.len() - common;
    let start = if up == 0 {
        quote!(self::)
    } else {
        std::iter::repeat_n(quote!(super::), up).collect()
    };
    let down = to.iter().enumerate().skip(common).map(|(depth, word)| {
        let module = names::module(word, depth == 0);
        quote!(#module::)
    });
    let down: TokenStream = down.collect();
    quote!(#start #down)
}
