//! Types of a model with their aliases resolved and the constraints gathered on the way.

use std::collections::BTreeMap;

use urutu_codegen::model::{Constraints, Field, Model, Path, Presence, Type, TypeKind};

/// The model with what the strategies need to know of it.
pub(crate) struct Types {
    pub(crate) model: Model,
    heights: BTreeMap<Path, usize>,
}

/// What a type is without its aliases.
pub(crate) enum Base<'m> {
    Scalar(urutu_codegen::model::Scalar),
    List(&'m Type),
    Map(&'m Type),
    Named(&'m TypeKind),
}

impl Types {
    pub(crate) fn new(model: Model) -> Self {
        let mut types = Self {
            model,
            heights: BTreeMap::new(),
        };
        // Every round adds the types whose parts are known; there are as many rounds as types at the most.
        loop {
            let mut found = Vec::new();
            for (namespace, content) in &types.model.namespaces {
                for (name, definition) in &content.types {
                    let path = Path {
                        namespace: namespace.clone(),
                        name: name.clone(),
                    };
                    if let (None, Some(height)) =
                        (types.heights.get(&path), types.height_of(&definition.kind))
                    {
                        found.push((path, height));
                    }
                }
            }
            if found.is_empty() {
                return types;
            }
            types.heights.extend(found);
        }
    }

    pub(crate) fn kind(&self, path: &Path) -> &TypeKind {
        &self.model.namespaces[&path.namespace].types[&path.name].kind
    }

    /// The type without its aliases, and all constraints that hold for it.
    pub(crate) fn base<'t>(
        &'t self,
        ty: &'t Type,
        own: &Constraints,
    ) -> (Base<'t>, Constraints, Vec<String>) {
        let mut all = own.clone();
        let mut patterns: Vec<String> = all.pattern.take().into_iter().collect();
        let mut ty = ty;
        loop {
            let base = match ty {
                Type::Scalar(scalar) => Base::Scalar(*scalar),
                Type::List(item) => Base::List(item),
                Type::Map(value) => Base::Map(value),
                Type::Named(path) => match self.kind(path) {
                    TypeKind::Alias {
                        ty: inner,
                        constraints,
                    } => {
                        patterns.extend(constraints.pattern.clone());
                        all = both(&all, constraints);
                        ty = inner;
                        continue;
                    }
                    kind => Base::Named(kind),
                },
            };
            return (base, all, patterns);
        }
    }

    /// How deep the smallest value of a type is. Of a finite type it is known.
    pub(crate) fn height(&self, ty: &Type, constraints: &Constraints) -> Option<usize> {
        match ty {
            Type::Scalar(_) => Some(0),
            Type::List(item) if constraints.min_len.unwrap_or(0) > 0 => {
                Some(1 + self.height(item, &Constraints::default())?)
            }
            Type::Map(value) if constraints.min_len.unwrap_or(0) > 0 => {
                Some(1 + self.height(value, &Constraints::default())?)
            }
            Type::List(_) | Type::Map(_) => Some(1),
            Type::Named(path) => self.heights.get(path).copied(),
        }
    }

    fn height_of(&self, kind: &TypeKind) -> Option<usize> {
        match kind {
            TypeKind::Enum { .. } => Some(0),
            TypeKind::Alias { ty, constraints } => self.height(ty, constraints),
            TypeKind::Record(fields) => self.height_of_fields(fields),
            TypeKind::Union { variants, .. } => variants
                .iter()
                .filter_map(|variant| self.heights.get(&variant.record).copied())
                .min(),
        }
    }

    fn height_of_fields(&self, fields: &[Field]) -> Option<usize> {
        let needed = fields
            .iter()
            .filter(|field| field.presence == Presence::Required && !field.nullable);
        let heights: Option<Vec<usize>> = needed
            .map(|field| self.height(&field.ty, &field.constraints))
            .collect();
        Some(1 + heights?.into_iter().max().unwrap_or(0))
    }
}

/// Constraints that hold together; patterns are kept apart.
fn both(a: &Constraints, b: &Constraints) -> Constraints {
    let number = |n: &urutu_codegen::model::Number| n.0.parse::<f64>().unwrap_or(0.0);
    let mut all = a.clone();
    if let Some(min) = &b.min
        && all.min.as_ref().is_none_or(|own| number(own) < number(min))
    {
        all.min = Some(min.clone());
    }
    if let Some(max) = &b.max
        && all.max.as_ref().is_none_or(|own| number(own) > number(max))
    {
        all.max = Some(max.clone());
    }
    all.min_len = all.min_len.max(b.min_len);
    all.max_len = match (all.max_len, b.max_len) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    all.unique |= b.unique;
    all
}
