//! What holds of a type because of the types that it is made of.

use std::collections::BTreeSet;

use crate::graph::{Graph, innermost};
use crate::model::{Constraints, Field, Model, Path, Scalar, Type, TypeKind};

/// Facts about the types and messages of a model.
pub(super) struct Facts {
    inexact: BTreeSet<Path>,
    checked: BTreeSet<Path>,
}

impl Facts {
    pub(super) fn of(model: &Model) -> Self {
        let graph = Graph::of(model);
        let mut inexact = Vec::new();
        let mut checked = Vec::new();
        for (namespace, content) in &model.namespaces {
            let types = content.types.iter().map(|(name, t)| (name, parts(&t.kind)));
            let messages = content
                .messages
                .iter()
                .map(|(name, m)| (name, of_fields(&m.fields)));
            for (name, parts) in types.chain(messages) {
                let path = Path {
                    namespace: namespace.clone(),
                    name: name.clone(),
                };
                if parts.iter().any(|(ty, _)| is_double(ty)) {
                    inexact.push(path.clone());
                    checked.push(path);
                } else if parts.iter().any(|(_, c)| **c != Constraints::default()) {
                    checked.push(path);
                }
            }
        }
        Self {
            inexact: graph.reaching(inexact),
            checked: graph.reaching(checked),
        }
    }

    /// Whether it can have `Eq` and `Hash`: it holds no double.
    pub(super) fn hashable(&self, path: &Path) -> bool {
        !self.inexact.contains(path)
    }

    /// The same of any type.
    pub(super) fn hashable_type(&self, ty: &Type) -> bool {
        match innermost(ty) {
            Type::Named(path) => self.hashable(path),
            ty => !is_double(ty),
        }
    }

    /// Whether a value of it can break a constraint.
    pub(super) fn checked(&self, path: &Path) -> bool {
        self.checked.contains(path)
    }
}

fn is_double(ty: &Type) -> bool {
    *innermost(ty) == Type::Scalar(Scalar::F64)
}

fn parts(kind: &TypeKind) -> Vec<(&Type, &Constraints)> {
    match kind {
        TypeKind::Record(fields) => of_fields(fields),
        TypeKind::Alias { ty, constraints } => vec![(ty, constraints)],
        TypeKind::Enum { .. } | TypeKind::Union { .. } => Vec::new(),
    }
}

fn of_fields(fields: &[Field]) -> Vec<(&Type, &Constraints)> {
    fields.iter().map(|f| (&f.ty, &f.constraints)).collect()
}
