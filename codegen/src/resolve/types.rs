//! Types: from declarations to definitions in which every name is looked up.

use std::collections::BTreeMap;

use super::symbols::Symbols;
use crate::check;
use crate::diagnostic::Report;
use crate::model::{
    Constraints, EnumValue, Field, Path, Presence, Scalar, Type, TypeDef, TypeKind, Variant,
};
use crate::syntax::{FieldDecl, TypeDecl, TypeExpr, TypeExprKind, TypeForm};

/// The definitions of a catalog. What is broken is not among them.
#[derive(Debug, Default)]
pub(crate) struct Types {
    defs: BTreeMap<Path, TypeDef>,
}

/// What a type is when its aliases are followed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Base<'a> {
    Scalar(Scalar),
    List(&'a Type),
    Map(&'a Type),
    Record(&'a Path, &'a [Field]),
    Enum(&'a Path, &'a [EnumValue]),
    Union {
        path: &'a Path,
        tag: &'a str,
        variants: &'a [Variant],
    },
}

impl Types {
    /// The definitions, in the order of their paths.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Path, &TypeDef)> {
        self.defs.iter()
    }

    pub(crate) fn get(&self, path: &Path) -> Option<&TypeDef> {
        self.defs.get(path)
    }

    pub(crate) fn get_mut(&mut self, path: &Path) -> Option<&mut TypeDef> {
        self.defs.get_mut(path)
    }

    /// Takes out what turned out to be broken.
    pub(crate) fn remove(&mut self, path: &Path) {
        self.defs.remove(path);
    }

    pub(super) fn into_defs(self) -> BTreeMap<Path, TypeDef> {
        self.defs
    }

    /// Follows the aliases of a type. `None` if it is broken or unknown.
    pub(crate) fn base<'a>(&'a self, ty: &'a Type) -> Option<Base<'a>> {
        let mut ty = ty;
        loop {
            let path = match ty {
                Type::Scalar(scalar) => return Some(Base::Scalar(*scalar)),
                Type::List(item) => return Some(Base::List(item)),
                Type::Map(value) => return Some(Base::Map(value)),
                Type::Named(path) => path,
            };
            match &self.defs.get(path)?.kind {
                TypeKind::Record(fields) => return Some(Base::Record(path, fields)),
                TypeKind::Enum { values, .. } => return Some(Base::Enum(path, values)),
                TypeKind::Union { tag, variants, .. } => {
                    return Some(Base::Union {
                        path,
                        tag,
                        variants,
                    });
                }
                // Aliases in a circle are taken out before anything is followed.
                TypeKind::Alias { ty: next, .. } => ty = next,
            }
        }
    }

    /// The constraints of the aliases on the way from a type to its base.
    pub(crate) fn inherited<'a>(&'a self, ty: &'a Type) -> Vec<&'a Constraints> {
        let mut found = Vec::new();
        let mut ty = ty;
        while let Type::Named(path) = ty
            && let Some(TypeKind::Alias {
                ty: next,
                constraints,
            }) = self.defs.get(path).map(|def| &def.kind)
        {
            found.push(constraints);
            ty = next;
        }
        found
    }
}

/// The type of what is broken: it names nothing, so that no rule applies to it.
pub(crate) fn unknown() -> Type {
    Type::Named(Path {
        namespace: String::new(),
        name: String::new(),
    })
}

pub(super) fn lower(report: &mut Report, symbols: &Symbols<'_>) -> Types {
    let mut types = Types::default();
    for (path, decl) in &symbols.types {
        if let Some(kind) = kind(report, symbols, path, decl) {
            let def = TypeDef {
                doc: decl.doc.clone(),
                deprecated: decl.deprecated.clone(),
                kind,
            };
            types.defs.insert(path.clone(), def);
        }
    }
    check::aliases::circles(report, symbols, &mut types);
    check::unions::variants(report, symbols, &types);
    constrain(report, symbols, &mut types);
    possible(report, symbols, &types);
    check::finite::circles(report, symbols, &mut types);
    default(report, symbols, &mut types);
    for (path, decl) in &symbols.types {
        if let Some(TypeForm::Record(fields)) = &decl.form {
            check::wire::names(report, &format!("the record `{}`", path.name), fields, &[]);
        }
    }
    types
}

fn kind(
    report: &mut Report,
    symbols: &Symbols<'_>,
    path: &Path,
    decl: &TypeDecl,
) -> Option<TypeKind> {
    let namespace = &path.namespace;
    Some(match decl.form.as_ref()? {
        TypeForm::Record(decls) => TypeKind::Record(fields(report, symbols, namespace, decls)),
        TypeForm::Enum { open, values } => TypeKind::Enum {
            open: *open,
            values: values.iter().map(|value| value.value.clone()).collect(),
        },
        TypeForm::Union {
            open,
            tag,
            variants,
        } => {
            let variants = variants.iter().filter_map(|variant| {
                let record = variant.record.as_ref()?;
                let record = symbols.find_type(report, namespace, &record.value, record.span)?;
                Some(Variant {
                    wire: variant.wire.value.clone(),
                    record,
                    boxed: false,
                })
            });
            let found: Vec<Variant> = variants.collect();
            // A union that lacks a variant would give errors wherever that variant is used.
            if found.len() < decl_variants(decl) {
                return None;
            }
            TypeKind::Union {
                open: *open,
                tag: tag.value.clone(),
                variants: found,
            }
        }
        TypeForm::Alias { ty, constraints } => {
            let ty = resolve(report, symbols, namespace, ty.as_ref())?;
            let what = format!("the type `{}`", path.name);
            let encoding = constraints.encoding.as_ref();
            TypeKind::Alias {
                ty: check::encoding::encoded(report, &what, ty, encoding),
                constraints: Constraints::default(),
            }
        }
    })
}

fn decl_variants(decl: &TypeDecl) -> usize {
    match &decl.form {
        Some(TypeForm::Union { variants, .. }) => variants.len(),
        _ => 0,
    }
}

/// The fields of a record or message, still without constraints and defaults.
pub(super) fn fields(
    report: &mut Report,
    symbols: &Symbols<'_>,
    namespace: &str,
    decls: &[FieldDecl],
) -> Vec<Field> {
    let mut fields = Vec::with_capacity(decls.len());
    for decl in decls {
        let ty = resolve(report, symbols, namespace, decl.ty.as_ref()).map(|ty| {
            let what = format!("the field `{}`", decl.name.value);
            check::encoding::encoded(report, &what, ty, decl.constraints.encoding.as_ref())
        });
        let wire = decl.wire.as_ref().unwrap_or(&decl.name);
        fields.push(Field {
            name: decl.name.value.clone(),
            wire: wire.value.clone(),
            accepts: decl.accepts.iter().map(|old| old.value.clone()).collect(),
            doc: decl.doc.clone(),
            deprecated: decl.deprecated.clone(),
            sensitive: decl.sensitive,
            ty: ty.unwrap_or_else(unknown),
            boxed: false,
            presence: if decl.optional {
                Presence::Optional
            } else {
                Presence::Required
            },
            nullable: decl.nullable,
            constraints: Constraints::default(),
        });
    }
    fields
}

fn resolve(
    report: &mut Report,
    symbols: &Symbols<'_>,
    namespace: &str,
    expr: Option<&TypeExpr>,
) -> Option<Type> {
    let expr = expr?;
    let mut inner = |expr: &TypeExpr| resolve(report, symbols, namespace, Some(expr)).map(Box::new);
    Some(match &expr.kind {
        TypeExprKind::Scalar(scalar) => Type::Scalar(*scalar),
        TypeExprKind::List(item) => Type::List(inner(item)?),
        TypeExprKind::Map(value) => Type::Map(inner(value)?),
        TypeExprKind::Named(name) => {
            Type::Named(symbols.find_type(report, namespace, name, expr.span)?)
        }
    })
}

/// Gives every alias and every field of a record its constraints.
fn constrain(report: &mut Report, symbols: &Symbols<'_>, types: &mut Types) {
    for (path, decl) in &symbols.types {
        match &decl.form {
            Some(TypeForm::Record(decls)) => {
                let Some(mut fields) = record_fields(types, path) else {
                    continue;
                };
                constrain_fields(report, types, decls, &mut fields);
                put_record_fields(types, path, fields);
            }
            Some(TypeForm::Alias { constraints, .. }) => {
                let Some(TypeKind::Alias { ty, .. }) = types.get(path).map(|def| &def.kind) else {
                    continue;
                };
                let what = format!("the type `{}`", path.name);
                let checked = check::constraints::check(report, types, &what, ty, constraints);
                if let Some(TypeDef {
                    kind: TypeKind::Alias { constraints, .. },
                    ..
                }) = types.get_mut(path)
                {
                    *constraints = checked;
                }
            }
            _ => {}
        }
    }
}

/// Checks constraints against those of aliases, which must all be known by now.
fn possible(report: &mut Report, symbols: &Symbols<'_>, types: &Types) {
    for (path, decl) in &symbols.types {
        match (&decl.form, types.get(path).map(|def| &def.kind)) {
            (Some(TypeForm::Record(decls)), Some(TypeKind::Record(fields))) => {
                check::possible::fields(report, types, decls, fields);
            }
            (
                Some(TypeForm::Alias {
                    constraints: decl, ..
                }),
                Some(TypeKind::Alias { ty, constraints }),
            ) => {
                let what = format!("the type `{}`", path.name);
                check::possible::check(report, types, &what, ty, decl, constraints);
            }
            _ => {}
        }
    }
}

/// Gives every field of a record its default.
fn default(report: &mut Report, symbols: &Symbols<'_>, types: &mut Types) {
    for (path, decl) in &symbols.types {
        if let Some(TypeForm::Record(decls)) = &decl.form
            && let Some(mut fields) = record_fields(types, path)
        {
            default_fields(report, types, decls, &mut fields);
            put_record_fields(types, path, fields);
        }
    }
}

fn record_fields(types: &Types, path: &Path) -> Option<Vec<Field>> {
    match &types.get(path)?.kind {
        TypeKind::Record(fields) => Some(fields.clone()),
        _ => None,
    }
}

fn put_record_fields(types: &mut Types, path: &Path, fields: Vec<Field>) {
    if let Some(def) = types.get_mut(path) {
        def.kind = TypeKind::Record(fields);
    }
}

pub(super) fn constrain_fields(
    report: &mut Report,
    types: &Types,
    decls: &[FieldDecl],
    fields: &mut [Field],
) {
    for (decl, field) in decls.iter().zip(fields) {
        let what = format!("the field `{}`", field.name);
        field.constraints =
            check::constraints::check(report, types, &what, &field.ty, &decl.constraints);
    }
}

pub(super) fn default_fields(
    report: &mut Report,
    types: &Types,
    decls: &[FieldDecl],
    fields: &mut [Field],
) {
    for (decl, field) in decls.iter().zip(fields) {
        if let Some(node) = &decl.default
            && let Some(value) = check::values::default(report, types, field, node)
        {
            field.presence = Presence::Default(value);
        }
    }
}
