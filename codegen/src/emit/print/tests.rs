//! What the printer promises: how things stand on lines, and that nothing is lost.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{format_ident, quote};

use super::{Items, rust};

fn printed(tokens: TokenStream) -> String {
    let mut items = Items::default();
    items.extend([tokens]);
    items.0
}

/// The tokens without commas that end a list: the printer adds and leaves them out as people do.
fn essence(tokens: TokenStream) -> String {
    fn essential(tokens: TokenStream) -> TokenStream {
        let mut kept: Vec<TokenTree> = Vec::new();
        for token in tokens {
            kept.push(match token {
                TokenTree::Group(group) => {
                    let inside = essential(group.stream());
                    TokenTree::Group(Group::new(group.delimiter(), inside))
                }
                other => other,
            });
        }
        let is_comma =
            |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ',');
        while kept.last().is_some_and(is_comma) {
            kept.pop();
        }
        kept.into_iter().collect()
    }
    let whole = Group::new(Delimiter::Brace, tokens);
    // A comma behind a block of a match, too, and the spaces that say which signs belong together.
    let text = essential(TokenTree::Group(whole).into()).to_string();
    text.replace([' ', '\n'], "")
        .replace("},", "}")
        .replace(",>", ">")
}

/// That these tokens stand on these lines, that nothing of them is lost, and that printing it again changes nothing.
#[track_caller]
fn prints(tokens: &TokenStream, expected: &[&str]) {
    let text = printed(tokens.clone());
    let lines: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(lines, expected, "\n{text}");
    let read: TokenStream = text.parse().expect("it can be read");
    assert_eq!(essence(read.clone()), essence(tokens.clone()), "\n{text}");
    assert_eq!(printed(read), text);
    assert!(syn::parse_file(&text).is_ok(), "it is no Rust:\n{text}");
}

#[test]
fn a_file_has_a_header_and_lines_between_items() {
    let mut own = Items::default();
    assert!(own.is_empty());
    own.extend([
        quote!(
            pub struct A;
        ),
        quote!(impl A {} impl B for A {}),
    ]);
    let text = rust(
        "shop\n#![evil]",
        vec![quote!(
            pub mod a;
        )],
        Some(&own),
    );
    let (header, rest) = text.split_once('\n').expect("more than a header");
    assert!(super::is_generated(&text), "{header}");
    assert!(
        header.ends_with(" from catalog shop#![evil]. Do not edit."),
        "{header}"
    );
    assert_eq!(
        rest,
        "\npub mod a;\n\npub struct A;\n\nimpl A {}\n\nimpl B for A {}\n"
    );
}

#[test]
fn attributes_stand_above_and_documentation_is_comments() {
    prints(
        &quote! {
            #![doc = " The module."]
            #![allow(dead_code, clippy::all)]
            #[doc = " A \"thing\" \\ of\tmany."]
            #[doc = ""]
            #[doc = "! and / more"]
            #[derive(Clone, Debug)] #[deprecated(note = "use `B`")]
            pub struct A { #[doc = " One."] #[doc(alias = "x")] pub a: u8, pub b: u8, }
        },
        &[
            "//! The module.",
            "#![allow(dead_code, clippy::all)]",
            "/// A \"thing\" \\ of\tmany.",
            "///",
            "///! and / more",
            "#[derive(Clone, Debug)]",
            "#[deprecated(note = \"use `B`\")]",
            "pub struct A {",
            "    /// One.",
            "    #[doc(alias = \"x\")]",
            "    pub a: u8,",
            "    pub b: u8,",
            "}",
        ],
    );
}

/// A comment ends with its line, and `////` documents nothing.
#[test]
fn documentation_that_is_no_comment_stays_an_attribute() {
    for text in ["a\nb", "a\rb", "/ a", "//! a", "a\r\n#![evil]"] {
        let item = quote!(#[doc = #text] struct A;);
        let out = printed(item.clone());
        assert!(out.starts_with("\n#[doc = \""), "{out}");
        let read: TokenStream = out.parse().expect("it can be read");
        assert_eq!(read.to_string(), item.to_string());
    }
    for text in ["*/ /*", " \"# '", " \\ \\n", "\u{202e}", "! a"] {
        let out = printed(quote!(#[doc = #text] struct A;));
        assert_eq!(out, format!("\n///{text}\nstruct A;\n"));
        let read: TokenStream = out.parse().expect("it can be read");
        let parsed: syn::ItemStruct = syn::parse2(read).expect("a struct");
        let kept = quote!(#[doc = #text]).to_string();
        let attribute = &parsed.attrs[0];
        assert_eq!(quote!(#attribute).to_string(), kept);
    }
}

#[test]
fn what_fits_stays_on_one_line() {
    // `fn f(aaa: u8, b: u8) {}` with as many `a` as make it so long.
    let function = |width: usize| {
        let name = format_ident!("{}", "a".repeat(width - "fn f(: u8, b: u8) {}".len()));
        printed(quote!(fn f(#name: u8, b: u8) {}))
    };
    for width in [99, 100] {
        let text = function(width);
        assert_eq!(text.trim().len(), width, "{text}");
    }
    let text = function(101);
    let lines: Vec<&str> = text.trim().lines().collect();
    assert_eq!(
        (lines.len(), lines[0], lines[2]),
        (4, "fn f(", "    b: u8,")
    );
    assert_eq!(lines[3], ") {}");
}

#[test]
fn signatures_are_as_people_write_them() {
    prints(
        &quote! {
            pub trait Handlers: ::core::marker::Sized + Send + 'static {
                type Error: Into<BoxError> + Send;
                fn handle<'a, T: Read<'a>>(&'a mut self, value: &'static [&'static str], cx: &T)
                    -> impl ::core::future::Future<Output = Result<(), Self::Error>> + Send where T: Send + 'a;
                const NAME: &'static str = "n";
            }
        },
        &[
            "pub trait Handlers: ::core::marker::Sized + Send + 'static {",
            "    type Error: Into<BoxError> + Send;",
            "",
            "    fn handle<'a, T: Read<'a>>(",
            "        &'a mut self,",
            "        value: &'static [&'static str],",
            "        cx: &T,",
            "    ) -> impl ::core::future::Future<Output = Result<(), Self::Error>> + Send where T: Send + 'a;",
            "",
            "    const NAME: &'static str = \"n\";",
            "}",
        ],
    );
}

#[test]
fn matches_have_an_arm_a_line() {
    prints(
        &quote! {
            fn f(a: &str) -> i64 {
                match a {
                    "a" | "b" => -1,
                    r"c\" if a.is_empty() => { g(a)?; 2 }
                    A::B(c) => match c { 1..=9 => *c, _ => {} }
                    _ => if let Some(d) = &self.d { d[0] } else { 3 }
                }
            }
        },
        &[
            "fn f(a: &str) -> i64 {",
            "    match a {",
            "        \"a\" | \"b\" => -1,",
            "        r\"c\\\" if a.is_empty() => {",
            "            g(a)?;",
            "            2",
            "        }",
            "        A::B(c) => match c {",
            "            1..=9 => *c,",
            "            _ => {}",
            "        }",
            "        _ => if let Some(d) = &self.d {",
            "            d[0]",
            "        } else {",
            "            3",
            "        }",
            "    }",
            "}",
        ],
    );
}

#[test]
fn closures_are_hugged_and_chains_are_broken() {
    prints(
        &quote! {
            fn f(&self) {
                test.field("a", |test| { test.range(&self.a, 1..); });
                list.fold(0, |a, b| a + b);
                ::urutu::codegen::record::Writer::new(serializer, "OrderPlaced", 12).field("order_id", &self.order_id).end()
            }
        },
        &[
            "fn f(&self) {",
            "    test.field(\"a\", |test| {",
            "        test.range(&self.a, 1..);",
            "    });",
            "    list.fold(0, |a, b| a + b);",
            "    ::urutu::codegen::record::Writer::new(serializer, \"OrderPlaced\", 12)",
            "        .field(\"order_id\", &self.order_id)",
            "        .end()",
            "}",
        ],
    );
}

/// A comma behind `..rest` would not compile.
#[test]
fn no_comma_follows_a_struct_update() {
    let long = "a".repeat(60);
    prints(
        &quote! {
            fn f() {
                let a = A { b: 1, ..A::NONE };
                let a = A { b: #long, c: g(1), ..Default::default() };
                let A { b: #long, some_other_name, another_name_of_a_field, .. } = a;
                let [b, ..] = [#long, "another text that does not fit on the same line any more"];
            }
        },
        &[
            "fn f() {",
            "    let a = A { b: 1, ..A::NONE };",
            "    let a = A {",
            &format!("        b: \"{long}\","),
            "        c: g(1),",
            "        ..Default::default()",
            "    };",
            "    let A {",
            &format!("        b: \"{long}\","),
            "        some_other_name,",
            "        another_name_of_a_field,",
            "        ..",
            "    } = a;",
            "    let [b, ..] = [",
            &format!("        \"{long}\","),
            "        \"another text that does not fit on the same line any more\",",
            "    ];",
            "}",
        ],
    );
}

#[test]
fn expressions_keep_their_spaces() {
    prints(
        &quote! {
            fn f() {
                static SPEC: [u8; 2] = [b'a', -1];
                let mut r#type = <A as ::b::C>::d::<E>(&mut x, &*y, !z, 1.5, b"\x00", 'c', x.0.1);
                while let Some(index) = fields.next()? { v.push((index, ())); }
                ::std::boxed::Box::pin(async move { a.await })
            }
        },
        &[
            "fn f() {",
            "    static SPEC: [u8; 2] = [b'a', -1];",
            "    let mut r#type = <A as ::b::C>::d::<E>(&mut x, &*y, !z, 1.5, b\"\\x00\", 'c', x.0.1);",
            "    while let Some(index) = fields.next()? {",
            "        v.push((index, ()));",
            "    }",
            "    ::std::boxed::Box::pin(async move { a.await })",
            "}",
        ],
    );
}

#[test]
fn blocks_without_a_name_keep_their_statements() {
    prints(
        &quote!(
            const _: () = {
                check::<crate::A>();
                check::<crate::B>();
            };
        ),
        &[
            "const _: () = {",
            "    check::<crate::A>();",
            "    check::<crate::B>();",
            "};",
        ],
    );
}
