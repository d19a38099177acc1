//! Aliases that lead back to themselves.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Report};
use crate::model::{Path, Type, TypeKind};
use crate::resolve::Symbols;
use crate::resolve::types::Types;

/// Reports each circle of aliases once, and takes its members out of the types.
pub(crate) fn circles(report: &mut Report, symbols: &Symbols<'_>, types: &mut Types) {
    let mut broken: BTreeSet<Path> = BTreeSet::new();
    let mut done: BTreeSet<Path> = BTreeSet::new();
    let starts: Vec<Path> = types.iter().map(|(path, _)| path.clone()).collect();
    for start in starts {
        // An alias names at most one type, so the way from it is a line.
        let mut way: Vec<Path> = Vec::new();
        let mut next = Some(start);
        while let Some(path) = next {
            if let Some(at) = way.iter().position(|passed| *passed == path) {
                report_circle(report, symbols, &way[at..]);
                broken.extend(way[at..].iter().cloned());
                break;
            }
            if !done.insert(path.clone()) {
                break;
            }
            next = target(types, &path).cloned();
            way.push(path);
        }
    }
    for path in broken {
        types.remove(&path);
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

fn report_circle(report: &mut Report, symbols: &Symbols<'_>, circle: &[Path]) {
    // Begin with the first name, wherever the search began.
    let Some(first) = circle.iter().min() else {
        return;
    };
    let Some(decl) = symbols.types.get(first) else {
        return;
    };
    let at = circle.iter().position(|path| path == first).unwrap_or(0);
    let names = circle[at..].iter().chain(&circle[..=at]);
    let names: Vec<String> = names.map(|path| format!("`{}`", path.name)).collect();
    let mut handle = report.add(
        Code::AliasCircle,
        decl.name.span,
        format!("the alias `{}` leads back to itself", first.name),
    );
    for path in circle.iter().filter(|path| *path != first) {
        if let Some(other) = symbols.types.get(path) {
            handle = handle.and(other.name.span, "by way of this one");
        }
    }
    handle
        .help(format!("the circle is {}", names.join(" -> ")))
        .help("an alias names a type that exists without it; a recursive type needs a record");
}
