//! What the variants of a union must be.

use super::constraints::describe;
use crate::diagnostic::{Code, Report};
use crate::model::{Type, TypeKind};
use crate::resolve::Symbols;
use crate::resolve::types::{Base, Types};
use crate::syntax::TypeForm;

/// Variants are records, and none of them has a field that is called like the tag.
pub(crate) fn variants(report: &mut Report, symbols: &Symbols<'_>, types: &Types) {
    for (path, def) in types.iter() {
        let TypeKind::Union { tag, variants, .. } = &def.kind else {
            continue;
        };
        let decl = symbols.types.get(path).and_then(|decl| decl.form.as_ref());
        let Some(TypeForm::Union {
            variants: decls,
            tag: tag_decl,
            ..
        }) = decl
        else {
            continue;
        };
        for (variant, decl) in variants.iter().zip(decls) {
            let span = decl
                .record
                .as_ref()
                .map_or(decl.wire.span, |name| name.span);
            let named = Type::Named(variant.record.clone());
            let is_named_record = matches!(
                types.get(&variant.record).map(|def| &def.kind),
                Some(TypeKind::Record(_))
            );
            let fields = match types.base(&named) {
                Some(Base::Record(_, fields)) if is_named_record => fields,
                // It is broken, which was reported.
                None => continue,
                Some(base) => {
                    let is_alias = matches!(base, Base::Record(..));
                    let found = if is_alias {
                        "an alias; name the record itself".to_owned()
                    } else {
                        describe(base)
                    };
                    report
                        .add(
                            Code::VariantNotRecord,
                            span,
                            format!("the variant `{}` is not a record", variant.wire),
                        )
                        .label(found)
                        .help("the tag stands among the fields of the record; wrap other types in one");
                    continue;
                }
            };
            if let Some(index) = fields
                .iter()
                .position(|field| field.wire == *tag || field.accepts.contains(tag))
            {
                let record = symbols.types.get(&variant.record);
                let field = match record.and_then(|record| record.form.as_ref()) {
                    Some(TypeForm::Record(fields)) => fields.get(index),
                    _ => None,
                };
                let mut handle = report.add(
                    Code::TagIsField,
                    tag_decl.span,
                    format!(
                        "the tag `{tag}` is also a field of the variant `{}`",
                        variant.wire
                    ),
                );
                if let Some(field) = field {
                    handle = handle.and(field.name.span, "the field");
                }
                handle.help("both would stand in one JSON object: rename the tag, or give the field another `wire` name");
            }
        }
    }
}
