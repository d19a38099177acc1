//! Types that hold themselves: which fields must be boxed, and which types have no finite value at all.
//!
//! The graph has the records and unions as nodes. A field or variant is an edge if it holds the other type directly, that is, not in
//! a list or map, which have a size of their own.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Report};
use crate::model::{Field, Path, Presence, Type, TypeKind};
use crate::resolve::Symbols;
use crate::resolve::types::{Base, Types};

/// Reports the types without a finite value, and boxes the edges that close a circle.
pub(crate) fn circles(report: &mut Report, symbols: &Symbols<'_>, types: &mut Types) {
    endless(report, symbols, types);
    let edges: BTreeMap<Path, Vec<Option<Path>>> = types
        .iter()
        .map(|(path, def)| (path.clone(), held(types, &def.kind)))
        .collect();
    for (path, index) in closing(&edges) {
        match types.get_mut(&path).map(|def| &mut def.kind) {
            Some(TypeKind::Record(fields)) => fields[index].boxed = true,
            Some(TypeKind::Union { variants, .. }) => variants[index].boxed = true,
            _ => {}
        }
    }
}

/// What each field or variant holds directly.
fn held(types: &Types, kind: &TypeKind) -> Vec<Option<Path>> {
    match kind {
        TypeKind::Record(fields) => fields
            .iter()
            .map(|field| direct(types, &field.ty))
            .collect(),
        TypeKind::Union { variants, .. } => {
            let records = variants.iter().map(|variant| Some(variant.record.clone()));
            records.collect()
        }
        TypeKind::Enum { .. } | TypeKind::Alias { .. } => Vec::new(),
    }
}

fn direct(types: &Types, ty: &Type) -> Option<Path> {
    match types.base(ty)? {
        Base::Record(path, _) | Base::Union { path, .. } => Some(path.clone()),
        _ => None,
    }
}

/// The edges that lead back to where a search in depth has come from, in the order of paths and fields: without them there is no
/// circle left.
fn closing(edges: &BTreeMap<Path, Vec<Option<Path>>>) -> Vec<(Path, usize)> {
    let mut found = Vec::new();
    let mut done: BTreeSet<&Path> = BTreeSet::new();
    for start in edges.keys() {
        // The way to where the search is, each with the edge to look at next.
        let mut way: Vec<(&Path, usize)> = Vec::new();
        if done.insert(start) {
            way.push((start, 0));
        }
        while let Some((path, index)) = way.pop() {
            let Some(edge) = edges.get(path).and_then(|edges| edges.get(index)) else {
                continue;
            };
            way.push((path, index + 1));
            let Some(to) = edge else {
                continue;
            };
            if way.iter().any(|(passed, _)| *passed == to) {
                found.push((path.clone(), index));
            } else if done.insert(to) {
                way.push((to, 0));
            }
        }
    }
    found
}

/// Reports each circle of types that need each other without end.
fn endless(report: &mut Report, symbols: &Symbols<'_>, types: &Types) {
    let endless = without_value(types);
    let mut reported: BTreeSet<&Path> = BTreeSet::new();
    for start in &endless {
        // Follow what is needed until the way meets itself.
        let mut way: Vec<(&Path, Option<&str>)> = Vec::new();
        let mut path = start;
        while !way.iter().any(|(passed, _)| *passed == path) {
            let Some((needed, field)) = needed(types, path, &endless) else {
                way.clear();
                break;
            };
            way.push((path, field));
            path = needed;
        }
        let at = way.iter().position(|(passed, _)| *passed == path);
        let circle = &way[at.unwrap_or(way.len())..];
        if circle.iter().any(|(path, _)| !reported.insert(path)) {
            continue;
        }
        report_circle(report, symbols, circle);
    }
}

/// The records and unions that have no finite value. What is broken counts as finite.
fn without_value(types: &Types) -> BTreeSet<Path> {
    let mut open: BTreeSet<Path> = types
        .iter()
        .filter(|(_, def)| matches!(def.kind, TypeKind::Record(_) | TypeKind::Union { .. }))
        .map(|(path, _)| path.clone())
        .collect();
    loop {
        let finite: Vec<Path> = open
            .iter()
            .filter(|path| match types.get(path).map(|def| &def.kind) {
                Some(TypeKind::Record(fields)) => !fields
                    .iter()
                    .any(|field| needs(types, field).is_some_and(|path| open.contains(path))),
                Some(TypeKind::Union { variants, .. }) => variants
                    .iter()
                    .any(|variant| !open.contains(&variant.record)),
                _ => true,
            })
            .cloned()
            .collect();
        if finite.is_empty() {
            return open;
        }
        for path in finite {
            open.remove(&path);
        }
    }
}

/// The record or union without a value of which a field has none.
fn needs<'a>(types: &'a Types, field: &'a Field) -> Option<&'a Path> {
    if field.presence != Presence::Required || field.nullable {
        return None;
    }
    let mut ty = &field.ty;
    let mut min_len = field.constraints.min_len;
    loop {
        let inherited = types.inherited(ty).into_iter().filter_map(|c| c.min_len);
        let min_len_here = inherited.chain(min_len.take()).max().unwrap_or(0);
        match types.base(ty)? {
            Base::Record(path, _) | Base::Union { path, .. } => return Some(path),
            Base::List(inner) | Base::Map(inner) if min_len_here > 0 => ty = inner,
            _ => return None,
        }
    }
}

/// The first endless type that this one needs, and the field by which it does.
fn needed<'a>(
    types: &'a Types,
    path: &Path,
    endless: &'a BTreeSet<Path>,
) -> Option<(&'a Path, Option<&'a str>)> {
    match &types.get(path)?.kind {
        TypeKind::Record(fields) => fields.iter().find_map(|field| {
            let path = needs(types, field)?;
            let path = endless.get(path)?;
            Some((path, Some(field.name.as_str())))
        }),
        TypeKind::Union { variants, .. } => {
            let record = endless.get(&variants.first()?.record)?;
            Some((record, None))
        }
        _ => None,
    }
}

fn report_circle(report: &mut Report, symbols: &Symbols<'_>, circle: &[(&Path, Option<&str>)]) {
    // A union in the circle always leads to a record, where something can be done about it.
    let Some(first) = circle.iter().position(|(_, field)| field.is_some()) else {
        return;
    };
    let (path, field) = circle[first];
    let Some(decl) = symbols.types.get(path) else {
        return;
    };
    let span = match (&decl.form, field) {
        (Some(crate::syntax::TypeForm::Record(fields)), Some(name)) => fields
            .iter()
            .find(|field| field.name.value == name)
            .map_or(decl.name.span, |field| field.name.span),
        _ => decl.name.span,
    };
    let names = circle[first..].iter().chain(&circle[..=first]);
    let names: Vec<String> = names.map(|(path, _)| format!("`{}`", path.name)).collect();
    report
        .add(
            Code::EndlessType,
            span,
            format!(
                "`{}` has no finite value: it always holds another one",
                path.name
            ),
        )
        .help(format!("the circle is {}", names.join(" -> ")))
        .help("make a field on the way optional or nullable, or a list that may be empty");
}
