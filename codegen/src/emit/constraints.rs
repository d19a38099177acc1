//! `Validate`: the constraints of a struct and of everything in it.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::context::{Context, Place};
use super::field::RustField;
use super::literal;
use super::module::Module;
use crate::model::{Constraints, Path, Presence, Scalar, Type, Variant};

/// `Validate` of a struct.
pub(super) fn of_struct(place: &Place<'_>, fields: &[RustField<'_>]) -> TokenStream {
    let checks: Vec<TokenStream> = fields.iter().filter_map(|f| of_field(place, f)).collect();
    implementation(place, &checks)
}

/// `Validate` of a union.
pub(super) fn of_union(
    place: &Place<'_>,
    open: bool,
    variants: &[(Ident, &Variant)],
) -> TokenStream {
    let module = place.module;
    let (checked, rest): (Vec<_>, Vec<_>) = variants
        .iter()
        .partition(|(_, variant)| module.cx.facts.checked(&variant.record));
    if checked.is_empty() {
        return implementation(place, &[]);
    }
    let arms = checked.iter().map(|(ident, variant)| {
        let call = delegate(module, &quote!(record), &variant.record);
        quote!(Self::#ident(record) => { #call; })
    });
    let unknown = open.then(|| quote!(Self::Unknown(_)));
    let others: Vec<TokenStream> = rest
        .iter()
        .map(|(ident, _)| quote!(Self::#ident(_)))
        .chain(unknown)
        .collect();
    let others = (!others.is_empty()).then(|| quote!(#(#others)|* => {}));
    implementation(place, &[quote!(match self { #(#arms)* #others })])
}

fn implementation(place: &Place<'_>, checks: &[TokenStream]) -> TokenStream {
    let (ident, runtime) = (&place.ident, &place.cx().runtime);
    let test = if checks.is_empty() {
        quote!(_)
    } else {
        quote!(test)
    };
    quote! {
        impl #runtime::codegen::Validate for #ident {
            fn check(&self, #test: &mut #runtime::codegen::Checker) { #(#checks)* }
        }
    }
}

/// A value that is checked, in the forms that checks take it in.
struct Subject {
    /// `&T`
    reference: TokenStream,
    /// What a method is called on.
    receiver: TokenStream,
    /// `T`, of a type that is `Copy`.
    copy: TokenStream,
}

impl Subject {
    fn field(field: &RustField<'_>) -> Self {
        let ident = &field.ident;
        Self {
            reference: quote!(&self.#ident),
            receiver: quote!(self.#ident),
            copy: quote!(self.#ident),
        }
    }

    /// A variable `value` that holds a reference.
    fn variable() -> Self {
        Self {
            reference: quote!(value),
            receiver: quote!(value),
            copy: quote!(*value),
        }
    }
}

fn of_field(place: &Place<'_>, field: &RustField<'_>) -> Option<TokenStream> {
    let (ident, wire) = (&field.ident, &field.field.wire);
    let check = |subject: &Subject| {
        let (ty, constraints) = (&field.field.ty, &field.field.constraints);
        of_value(place.module, subject, ty, constraints)
    };
    let some = &place.module.prelude.some;
    let check = match (&field.field.presence, field.field.nullable) {
        (Presence::Required | Presence::Default(_), false) => check(&Subject::field(field))?,
        (Presence::Optional, true) => {
            let check = check(&Subject::variable())?;
            quote!(if let #some(value) = self.#ident.value() { #check })
        }
        _ => {
            let check = check(&Subject::variable())?;
            quote!(if let #some(value) = &self.#ident { #check })
        }
    };
    Some(quote!(test.field(#wire, |test| { #check });))
}

/// Statements that check a value; `None` where nothing can be wrong with it.
fn of_value(
    module: &Module<'_>,
    subject: &Subject,
    ty: &Type,
    constraints: &Constraints,
) -> Option<TokenStream> {
    let mut checks = Vec::new();
    own(module.cx, subject, ty, constraints, &mut checks);
    inside(module, subject, ty, &mut checks);
    (!checks.is_empty()).then(|| quote!(#(#checks)*))
}

/// The constraints that stand at the value itself.
fn own(
    cx: &Context<'_>,
    subject: &Subject,
    ty: &Type,
    constraints: &Constraints,
    checks: &mut Vec<TokenStream>,
) {
    let (value, receiver) = (&subject.reference, &subject.receiver);
    let range = range(constraints);
    match ty {
        Type::Scalar(scalar) => {
            numbers(cx, value, *scalar, constraints, checks);
            let method = if *scalar == Scalar::Bytes {
                quote!(bytes)
            } else {
                quote!(characters)
            };
            checks.extend(range.map(|range| quote!(test.#method(#value, #range);)));
            if let Some(pattern) = &constraints.pattern {
                let ty = {
                    let runtime = &cx.runtime;
                    quote!(#runtime::codegen::Pattern)
                };
                checks.push(quote!({
                    static PATTERN: #ty = #ty::new(#pattern);
                    test.matches(#value, &PATTERN);
                }));
            }
        }
        Type::List(item) => {
            checks.extend(range.map(|range| quote!(test.items(#receiver.len(), #range);)));
            if constraints.unique {
                checks.push(if cx.facts.hashable_type(item) {
                    quote!(test.unique(#value);)
                } else {
                    quote!(test.unique_by_comparison(#value);)
                });
            }
        }
        Type::Map(_) => {
            checks.extend(range.map(|range| quote!(test.entries(#receiver.len(), #range);)));
        }
        Type::Named(path) => {
            if let Some((ty, _)) = cx.alias(path) {
                own(cx, subject, ty, constraints, checks);
            }
        }
    }
}

/// What the type of the value demands, whoever uses it.
fn inside(module: &Module<'_>, subject: &Subject, ty: &Type, checks: &mut Vec<TokenStream>) {
    let value = &subject.reference;
    let of_item = |item| of_value(module, &Subject::variable(), item, &Constraints::default());
    match ty {
        Type::Scalar(Scalar::F64) => {
            let value = &subject.copy;
            checks.push(quote!(test.finite(#value);));
        }
        Type::Scalar(_) => {}
        Type::List(item) => checks.extend(
            of_item(item).map(|check| quote!(test.each(#value, |value, test| { #check });)),
        ),
        Type::Map(item) => checks.extend(
            of_item(item).map(|check| quote!(test.each_entry(#value, |value, test| { #check });)),
        ),
        Type::Named(path) => {
            if let Some((ty, constraints)) = module.cx.alias(path) {
                checks.extend(of_value(module, subject, ty, constraints));
            } else if module.cx.facts.checked(path) {
                let call = delegate(module, value, path);
                checks.push(quote!(#call;));
            }
        }
    }
}

fn delegate(module: &Module<'_>, value: &TokenStream, path: &Path) -> TokenStream {
    let (ty, runtime) = (module.path(path), &module.cx.runtime);
    quote!(<#ty as #runtime::codegen::Validate>::check(#value, test))
}

fn numbers(
    cx: &Context<'_>,
    value: &TokenStream,
    scalar: Scalar,
    constraints: &Constraints,
    checks: &mut Vec<TokenStream>,
) {
    if let Some(min) = &constraints.min {
        let min = literal::number(&cx.runtime, scalar, min);
        checks.push(quote!(test.at_least(#value, &#min);));
    }
    if let Some(max) = &constraints.max {
        let max = literal::number(&cx.runtime, scalar, max);
        checks.push(quote!(test.at_most(#value, &#max);));
    }
}

/// The bounds of a length as a range.
fn range(constraints: &Constraints) -> Option<TokenStream> {
    let min = constraints.min_len.map(Literal::u64_unsuffixed);
    let max = constraints.max_len.map(Literal::u64_unsuffixed);
    match (min, max) {
        (None, None) => None,
        (Some(min), None) => Some(quote!(#min..)),
        (min, Some(max)) => Some(quote!(#min..=#max)),
    }
}
