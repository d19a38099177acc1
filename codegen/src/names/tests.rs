use super::*;

/// That a name stands where generated code puts it, in the newest edition that syn knows.
fn is_identifier(name: &Ident) -> bool {
    syn::parse_str::<syn::DeriveInput>(&format!("struct S {{ {name}: u8 }}")).is_ok()
}

#[test]
fn snake_case_splits_where_a_reader_does() {
    for (name, expected) in [
        ("OrderPlaced", "order_placed"),
        ("A", "a"),
        ("HTTPRequestSent", "http_request_sent"),
        ("Sha256Computed", "sha256_computed"),
        ("OrderV2", "order_v2"),
        ("IOError", "io_error"),
        ("billing-eu", "billing_eu"),
    ] {
        assert_eq!(snake(name), expected, "{name}");
    }
}

#[test]
fn upper_camel_is_what_rust_calls_a_type() {
    for (name, expected) in [
        ("in-transit", "InTransit"),
        ("order_placed", "OrderPlaced"),
        ("EUR", "Eur"),
        ("billing-eu", "BillingEu"),
        ("éa", "Éa"),
        ("--", ""),
    ] {
        assert_eq!(upper_camel(name), expected, "{name}");
    }
}

#[test]
fn every_value_has_a_variant() {
    for (wire, expected) in [
        ("web", "Web"),
        ("2fast", "V2fast"),
        ("é", "É"),
        ("", "Empty"),
        ("+", "U2b"),
        ("<=", "U3cU3d"),
        (" ", "U20"),
        ("①", "U2460"),
        ("日本", "U65e5U672c"),
        ("São Paulo", "SãoPaulo"),
        ("ð", "Ð"),
        ("đ", "U111"),
        ("а1", "U4301"),
        ("a b\nc", "ABC"),
        ("self", "Self"),
        ("'; DROP", "Drop"),
    ] {
        assert_eq!(variant(wire), expected, "{wire:?}");
        assert!(is_identifier(&ident(&variant(wire))), "{wire:?}");
    }
}

#[test]
fn keywords_of_all_editions_are_escaped() {
    for (word, expected) in [
        ("type", "r#type"),
        ("gen", "r#gen"),
        ("async", "r#async"),
        ("try", "r#try"),
        ("abstract", "r#abstract"),
        ("self", "self_"),
        ("Self", "Self_"),
        ("super", "super_"),
        ("crate", "crate_"),
        ("union", "union"),
        ("order", "order"),
    ] {
        assert_eq!(ident(word).to_string(), expected);
        assert!(is_identifier(&ident(word)), "{word}");
    }
}

#[test]
fn whatever_comes_in_an_identifier_comes_out() {
    for name in [
        "", "_", "a-b", "9", "a b", "\u{202e}", "a\0b", "🦀", "r#type", "'a",
    ] {
        assert!(is_identifier(&ident(name)), "{name:?} -> {}", ident(name));
    }
}

#[test]
fn modules_shadow_neither_primitives_nor_crates() {
    assert_eq!(module("str", false).to_string(), "str_");
    assert_eq!(module("std", true).to_string(), "std_");
    assert_eq!(module("std", false).to_string(), "std");
    assert_eq!(module("mod", true).to_string(), "r#mod");
    assert_eq!(module("orders", true).to_string(), "orders");
}

#[test]
fn collisions_are_settled_in_order() {
    let mut scope = Scope::with(["Unknown"]);
    let names: Vec<String> = ["a-b", "a_b", "a b", "unknown", "ab2", "a1", "a-1"]
        .iter()
        .map(|wire| scope.take(&variant(wire)))
        .collect();
    assert_eq!(names, ["AB", "AB2", "AB3", "Unknown2", "Ab2", "A1", "A1_2"]);
}

#[test]
fn every_character_has_a_variant() {
    for c in ('\0'..='\u{ffff}').chain('\u{1f300}'..='\u{1f64f}') {
        let name = ident(&variant(&c.to_string()));
        assert!(is_identifier(&name), "{c:?} -> {name}");
    }
}

#[test]
fn blanks_and_comments_are_no_part_of_an_identifier() {
    // Names that break the grammar get here while they are reported.
    for name in ["\u{c}hop", " a", "a ", "a\n", "/* */a", "a//"] {
        let name = ident(name);
        assert!(is_identifier(&name), "{name}");
    }
}
