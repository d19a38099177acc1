//! How the program of the golden `hooks` changes its code.

use urutu_codegen::emit::Hook;

/// What the catalog `hooks` is generated with.
pub(crate) fn hooks_of_golden() -> Vec<Hook> {
    let derive = |pattern: &str, derives: &[&str]| Hook::Derive {
        pattern: pattern.to_owned(),
        derives: derives.iter().map(|&derive| derive.to_owned()).collect(),
    };
    vec![
        Hook::ExternType {
            name: "shop.Money".to_owned(),
            path: "crate::changed::Money".to_owned(),
        },
        Hook::TypeAttribute {
            pattern: "*.Ordered".to_owned(),
            attribute: "#[non_exhaustive]".to_owned(),
        },
        Hook::FieldAttribute {
            pattern: "shop.Ordered.note".to_owned(),
            attribute: "#[doc(alias = \"remark\")]".to_owned(),
        },
        derive(".", &["Clone", "PartialOrd", "::core::fmt::Debug"]),
        derive("shop.Size", &["Ord"]),
    ]
}
