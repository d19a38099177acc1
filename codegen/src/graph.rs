//! Which types and messages refer to which.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Field, Model, Path, Type, TypeKind};

/// The references between the types and messages of a model.
pub(crate) struct Graph {
    uses: BTreeMap<Path, BTreeSet<Path>>,
}

impl Graph {
    pub(crate) fn of(model: &Model) -> Self {
        let mut uses = BTreeMap::new();
        for (namespace, content) in &model.namespaces {
            let path = |name: &String| Path {
                namespace: namespace.clone(),
                name: name.clone(),
            };
            for (name, definition) in &content.types {
                uses.insert(path(name), of_type(&definition.kind));
            }
            for (name, message) in &content.messages {
                uses.insert(path(name), of_fields(&message.fields));
            }
        }
        Self { uses }
    }

    /// These, and all that they need.
    pub(crate) fn reachable_from(&self, roots: impl IntoIterator<Item = Path>) -> BTreeSet<Path> {
        closure(roots, |path| self.uses.get(path).into_iter().flatten())
    }

    /// These, and all that need them.
    pub(crate) fn reaching(&self, goals: impl IntoIterator<Item = Path>) -> BTreeSet<Path> {
        let mut users: BTreeMap<&Path, Vec<&Path>> = BTreeMap::new();
        for (user, used) in &self.uses {
            for path in used {
                users.entry(path).or_default().push(user);
            }
        }
        closure(goals, |path| users.get(path).into_iter().flatten().copied())
    }
}

fn closure<'g, I>(
    roots: impl IntoIterator<Item = Path>,
    next: impl Fn(&Path) -> I,
) -> BTreeSet<Path>
where
    I: Iterator<Item = &'g Path>,
{
    let mut found = BTreeSet::new();
    let mut open: Vec<Path> = roots.into_iter().collect();
    while let Some(path) = open.pop() {
        if !found.contains(&path) {
            open.extend(next(&path).cloned());
            found.insert(path);
        }
    }
    found
}

fn of_type(kind: &TypeKind) -> BTreeSet<Path> {
    match kind {
        TypeKind::Record(fields) => of_fields(fields),
        TypeKind::Enum { .. } => BTreeSet::new(),
        TypeKind::Union { variants, .. } => variants.iter().map(|v| v.record.clone()).collect(),
        TypeKind::Alias { ty, .. } => named(ty).cloned().into_iter().collect(),
    }
}

fn of_fields(fields: &[Field]) -> BTreeSet<Path> {
    fields
        .iter()
        .filter_map(|field| named(&field.ty).cloned())
        .collect()
}

/// The named type in a type: there is at most one, since lists and maps hold one type.
fn named(ty: &Type) -> Option<&Path> {
    match innermost(ty) {
        Type::Named(path) => Some(path),
        _ => None,
    }
}

/// What is left of a type without its lists and maps.
pub(crate) fn innermost(ty: &Type) -> &Type {
    match ty {
        Type::List(inner) | Type::Map(inner) => innermost(inner),
        Type::Scalar(_) | Type::Named(_) => ty,
    }
}
