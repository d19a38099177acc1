//! What every emitter needs to know of the whole model.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::facts::Facts;
use super::idents::Idents;
use super::module::Module;
use super::snippet::Snippet;
use super::{DateTimeCrate, Hooks, Options};
use crate::graph::innermost;
use crate::model::{Constraints, Message, Model, Path, Scalar, Type, TypeDef, TypeKind};
use crate::names;
use crate::prune::Selection;

/// The model with everything that follows from it.
pub(super) struct Context<'m> {
    pub(super) model: &'m Model,
    pub(super) selection: &'m Selection,
    pub(super) hooks: &'m Hooks,
    pub(super) date_time: DateTimeCrate,
    pub(super) idents: Idents,
    pub(super) facts: Facts,
    /// The runtime crate: `::urutu`.
    pub(super) runtime: Snippet,
}

impl<'m> Context<'m> {
    pub(super) fn new(model: &'m Model, selection: &'m Selection, options: &'m Options) -> Self {
        Self {
            model,
            selection,
            hooks: &options.hooks,
            date_time: options.date_time,
            idents: Idents::of(model),
            facts: Facts::of(model),
            // `RuntimePath` has parsed it; the fallback is its default.
            runtime: options
                .runtime
                .0
                .parse()
                .unwrap_or_else(|_| quote!(::urutu))
                .into(),
        }
    }

    pub(super) fn type_def(&self, path: &Path) -> Option<&'m TypeDef> {
        self.model
            .namespaces
            .get(&path.namespace)?
            .types
            .get(&path.name)
    }

    pub(super) fn message(&self, path: &Path) -> Option<&'m Message> {
        self.model
            .namespaces
            .get(&path.namespace)?
            .messages
            .get(&path.name)
    }

    /// Where the runtime has the types of times.
    pub(super) fn times(&self) -> TokenStream {
        let runtime = &self.runtime;
        match self.date_time {
            DateTimeCrate::Jiff => quote!(#runtime),
            DateTimeCrate::Chrono => quote!(#runtime::codegen::chrono),
            DateTimeCrate::Time => quote!(#runtime::codegen::time),
        }
    }

    /// A value of one of these types: `constant` makes it in `const` code where the type can.
    pub(super) fn time(&self, ty: &Ident, parts: &TokenStream) -> TokenStream {
        let times = self.times();
        let function = match (self.date_time, ty.to_string().as_str()) {
            (DateTimeCrate::Jiff, "SignedDuration") => quote!(SignedDuration::new),
            (DateTimeCrate::Jiff, _) => quote!(#ty::constant),
            (_, "Timestamp") => quote!(timestamp),
            (_, "Date") => quote!(date),
            (_, _) => quote!(duration),
        };
        quote!(#times::#function(#parts))
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
                Scalar::I64Text
                | Scalar::U64Text
                | Scalar::Decimal
                | Scalar::Uuid
                | Scalar::Timestamp
                | Scalar::Date
                | Scalar::Duration => Some(*scalar),
                _ => None,
            },
            Type::List(_) | Type::Map(_) => None,
        }
    }

    /// Whether the runtime writes it, since the type's own way is another, or for the program to decide.
    pub(super) fn is_written_exactly(&self, ty: &Type) -> bool {
        match self.exact(ty) {
            Some(scalar) if scalar.is_number_in_text() => true,
            // Years before 0 have no notation in a contract, and jiff would write one.
            Some(Scalar::Timestamp | Scalar::Date) => true,
            Some(Scalar::Duration) => self.date_time != DateTimeCrate::Jiff,
            _ => false,
        }
    }

    /// A type or message as code in the namespace `from` names it: by `super::`, so that the modules work wherever they stand.
    pub(super) fn path(&self, from: &str, to: &Path) -> TokenStream {
        if let Some(external) = self.hooks.external(to) {
            return external;
        }
        let ident = self.idents.item(to);
        let module = relative(from, &to.namespace);
        quote!(#module #ident)
    }
}

/// One type or message and where its code stands.
pub(super) struct Place<'c> {
    pub(super) module: &'c Module<'c>,
    pub(super) path: &'c Path,
    pub(super) ident: Ident,
}

impl<'c> Place<'c> {
    pub(super) fn new(module: &'c Module<'c>, path: &'c Path) -> Self {
        Self {
            module,
            path,
            ident: module.cx.idents.item(path),
        }
    }

    pub(super) fn cx(&self) -> &'c Context<'c> {
        self.module.cx
    }

    /// The derives, and what the program adds to the type: further derives, attributes. `present` is derived, `implemented` is there without.
    pub(super) fn attributes(&self, present: &[&str], implemented: &[&str]) -> TokenStream {
        let mut derives = present.to_vec();
        derives.push("PartialEq");
        if self.cx().facts.hashable(self.path) {
            derives.extend(["Eq", "Hash"]);
        }
        let all: Vec<&str> = derives
            .iter()
            .chain(implemented)
            .copied()
            .chain(["Serialize", "Deserialize"])
            .collect();
        let more = self.cx().hooks.derives(self.path, &all);
        let attributes = self.cx().hooks.attributes(self.path);
        let derives = derives.into_iter().map(names::ident);
        quote!(#[derive(#(#derives,)* #(#more),*)] #attributes)
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
