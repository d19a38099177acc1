//! Aliases that lead back to themselves.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Report};
use crate::model::{Path, Type, TypeKind};
use crate::resolve::Symbols;
use crate::resolve::types::Types;

/// How many aliases may stand between a name and its type.
const MAX_CHAIN: usize = 32;

/// Reports each circle of aliases once, and chains that are too long, and takes them out of the types.
pub(crate) fn circles(report: &mut Report, symbols: &Symbols<'_>, types: &mut Types) {
    let mut broken: BTreeSet<Path> = BTreeSet::new();
    // How many names there are on the way from a type to its end, itself included.
    let mut lengths: BTreeMap<Path, usize> = BTreeMap::new();
    for (start, _) in types.iter() {
        // An alias names at most one type, so the way from it is a line.
        let mut way: Vec<&Path> = Vec::new();
        let mut passed: BTreeMap<&Path, usize> = BTreeMap::new();
        let mut next = Some(start);
        while let Some(path) = next.filter(|path| !lengths.contains_key(path)) {
            if let Some(at) = passed.insert(path, way.len()) {
                report_circle(report, symbols, &way[at..]);
                broken.extend(way[at..].iter().map(|path| (*path).clone()));
                break;
            }
            way.push(path);
            next = target(types, path);
        }
        let mut length = next
            .and_then(|path| lengths.get(path))
            .map_or(0, |length| *length);
        for path in way.into_iter().rev() {
            length += 1;
            if length == MAX_CHAIN + 2 {
                report_chain(report, symbols, path);
            }
            if length > MAX_CHAIN + 1 {
                broken.insert(path.clone());
            }
            lengths.insert(path.clone(), length);
        }
    }
    for path in broken {
        types.remove(&path);
    }
}

fn report_chain(report: &mut Report, symbols: &Symbols<'_>, path: &Path) {
    if let Some(decl) = symbols.types.get(path) {
        report
            .add(
                Code::TooLarge,
                decl.name.span,
                format!(
                    "more than {MAX_CHAIN} aliases lead from `{}` to its type",
                    path.name
                ),
            )
            .help("name a type that is nearer to the end of the chain");
    }
}

/// What an alias names, directly or as what its list or map holds.
fn target<'a>(types: &'a Types, path: &Path) -> Option<&'a Path> {
    let TypeKind::Alias { ty, .. } = &types.get(path)?.kind else {
        return None;
    };
    let mut ty = ty;
    loop {
        match ty {
            Type::Scalar(_) => return None,
            Type::List(inner) | Type::Map(inner) => ty = inner,
            Type::Named(path) => return Some(path),
        }
    }
}

fn report_circle(report: &mut Report, symbols: &Symbols<'_>, circle: &[&Path]) {
    // Begin with the first name, wherever the search began.
    let Some(first) = circle.iter().copied().min() else {
        return;
    };
    let Some(decl) = symbols.types.get(first) else {
        return;
    };
    let at = circle.iter().position(|path| *path == first).unwrap_or(0);
    let names = circle[at..].iter().chain(&circle[..=at]);
    let names: Vec<String> = names.map(|path| format!("`{}`", path.name)).collect();
    let mut handle = report.add(
        Code::AliasCircle,
        decl.name.span,
        format!("the alias `{}` leads back to itself", first.name),
    );
    for path in circle.iter().filter(|path| **path != first) {
        if let Some(other) = symbols.types.get(path) {
            handle = handle.and(other.name.span, "by way of this one");
        }
    }
    handle
        .help(format!("the circle is {}", names.join(" -> ")))
        .help("an alias names a type that exists without it; a recursive type needs a record");
}
