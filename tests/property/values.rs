//! Random valid messages, as JSON.

use std::sync::Arc;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::{Map, Value};
use urutu_codegen::model::{Constraints, Field, Presence, Type, TypeKind, Variant};

use crate::scalar::{lengths, scalar};
use crate::types::{Base, Types};

/// How deep records are nested.
const DEPTH: usize = 4;

/// Messages of these fields.
pub(crate) fn message(types: &Arc<Types>, fields: &[Field]) -> BoxedStrategy<Value> {
    record(types, fields, DEPTH).prop_map(Value::Object).boxed()
}

fn record(types: &Types, fields: &[Field], depth: usize) -> BoxedStrategy<Map<String, Value>> {
    let mut all: BoxedStrategy<Map<String, Value>> = extra().boxed();
    for field in fields {
        let member = member(types, field, depth);
        all = (all, member)
            .prop_map(|(mut members, member)| {
                members.extend(member);
                members
            })
            .boxed();
    }
    all
}

/// Sometimes a field that no reader knows.
fn extra() -> impl Strategy<Value = Map<String, Value>> {
    prop_oneof![
        4 => Just(Map::new()),
        1 => any::<i32>().prop_map(|n| Map::from_iter([("not-declared".to_owned(), n.into())])),
    ]
}

/// A field under one of its names; `None` where it is left out.
fn member(types: &Types, field: &Field, depth: usize) -> BoxedStrategy<Option<(String, Value)>> {
    let may_be_missing = field.presence != Presence::Required;
    let is_deep = types
        .height(&field.ty, &field.constraints)
        .is_none_or(|height| height > depth);
    if is_deep && may_be_missing {
        return Just(None).boxed();
    }
    let mut names = vec![field.wire.clone()];
    names.extend(field.accepts.iter().cloned());
    let value = if is_deep && field.nullable {
        Just(Value::Null).boxed()
    } else if field.nullable {
        prop_oneof![
            Just(Value::Null),
            value(types, &field.ty, &field.constraints, depth)
        ]
        .boxed()
    } else {
        value(types, &field.ty, &field.constraints, depth)
    };
    let under_a_name = (proptest::sample::select(names), value);
    if may_be_missing {
        option::of(under_a_name).boxed()
    } else {
        under_a_name.prop_map(Some).boxed()
    }
}

fn value(types: &Types, ty: &Type, own: &Constraints, depth: usize) -> BoxedStrategy<Value> {
    let (base, constraints, patterns) = types.base(ty, own);
    let none = Constraints::default();
    let below = depth.saturating_sub(1);
    // What is too deep is empty, as far as it may be.
    let amount = |ty: &Type| {
        let lengths = lengths(&constraints);
        let is_deep = types.height(ty, &none).is_none_or(|height| height > below);
        let most = if is_deep {
            *lengths.start()
        } else {
            (*lengths.end()).min(3)
        };
        *lengths.start()..=most.max(*lengths.start())
    };
    match base {
        Base::Scalar(kind) => scalar(kind, &constraints, &patterns),
        // Strategies are made at once, whether they are used or not.
        Base::List(item) if *amount(item).end() == 0 => Just(Value::Array(Vec::new())).boxed(),
        Base::Map(entry) if *amount(entry).end() == 0 => Just(Value::Object(Map::new())).boxed(),
        Base::List(item) => {
            let items = vec(value(types, item, &none, below), amount(item));
            let unique = constraints.unique;
            let least = *lengths(&constraints).start();
            items
                .prop_map(move |items| {
                    let mut kept: Vec<Value> = Vec::new();
                    for item in items {
                        if !unique || !kept.contains(&item) {
                            kept.push(item);
                        }
                    }
                    kept
                })
                .prop_filter("enough different items", move |items| items.len() >= least)
                .prop_map(Value::from)
                .boxed()
        }
        Base::Map(entry) => btree_map(
            "[a-zé]{0,3}",
            value(types, entry, &none, below),
            amount(entry),
        )
        .prop_map(|entries| Value::Object(entries.into_iter().collect()))
        .boxed(),
        Base::Named(TypeKind::Record(fields)) => {
            record(types, fields, below).prop_map(Value::Object).boxed()
        }
        Base::Named(TypeKind::Enum { open, values }) => {
            let known: Vec<String> = values.iter().map(|value| value.wire.clone()).collect();
            let known = proptest::sample::select(known);
            let all = if *open {
                prop_oneof![3 => known, 1 => ".{0,5}"].boxed()
            } else {
                known.boxed()
            };
            all.prop_map(Value::from).boxed()
        }
        Base::Named(TypeKind::Union {
            open,
            tag,
            variants,
        }) => union(types, *open, tag, variants, depth),
        Base::Named(TypeKind::Alias { .. }) => unreachable!("`base` has resolved it"),
    }
}

fn union(
    types: &Types,
    open: bool,
    tag: &str,
    variants: &[Variant],
    depth: usize,
) -> BoxedStrategy<Value> {
    let height = |variant: &Variant| {
        let record = Type::Named(variant.record.clone());
        types
            .height(&record, &Constraints::default())
            .unwrap_or(usize::MAX)
    };
    let lowest = variants.iter().map(height).min().unwrap_or_default();
    let fitting = variants
        .iter()
        .filter(|variant| height(variant) <= depth.max(lowest));
    let mut choices: Vec<BoxedStrategy<Value>> = fitting
        .map(|variant| {
            let TypeKind::Record(fields) = types.kind(&variant.record) else {
                unreachable!("variants are records");
            };
            let (tag, name) = (tag.to_owned(), variant.wire.clone());
            record(types, fields, depth.saturating_sub(1))
                .prop_map(move |mut members| {
                    members.insert(tag.clone(), name.clone().into());
                    Value::Object(members)
                })
                .boxed()
        })
        .collect();
    if open {
        let tag = tag.to_owned();
        choices.push(
            (
                scalar(
                    urutu_codegen::model::Scalar::Json,
                    &Constraints::default(),
                    &[],
                ),
                "new-[a-z]{1,3}",
            )
                .prop_map(move |(field, name)| {
                    let members = [("field".to_owned(), field), (tag.clone(), name.into())];
                    Value::Object(members.into_iter().collect())
                })
                .boxed(),
        );
    }
    proptest::strategy::Union::new(choices).boxed()
}
