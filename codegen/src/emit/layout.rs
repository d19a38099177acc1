//! The same code in different files: for `OUT_DIR`, as modules that are checked in, as a crate.

use std::collections::BTreeMap;
use std::path::PathBuf;

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::context::Context;
use super::package::Package;
use super::print::{self, Items};
use super::{CONTRACT_VERSION, docs, lints};
use crate::names;

/// Which files there are, and how they find each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// For a build script: `bus.rs` includes its namespaces `bus/shop/orders.rs` from `OUT_DIR`.
    OutDir,
    /// For modules that are checked in: `mod.rs`, `shop/mod.rs`, `shop/orders/mod.rs`.
    Modules,
    /// A crate of its own: `Cargo.toml`, `README.md`, `src/lib.rs`, `src/shop/mod.rs`, ...
    Crate(Package),
}

/// A module: a namespace, or the front part of its name.
#[derive(Default)]
struct Node<'b> {
    items: Option<Items>,
    children: BTreeMap<&'b str, Node<'b>>,
}

/// The files of the bodies.
pub(super) fn files(
    cx: &Context<'_>,
    bodies: BTreeMap<&str, Items>,
    layout: &Layout,
) -> BTreeMap<PathBuf, String> {
    let mut root = Node::default();
    for (namespace, items) in bodies {
        let mut node = &mut root;
        for word in namespace.split('.') {
            node = node.children.entry(word).or_default();
        }
        node.items = Some(items);
    }
    let mut writer = Writer {
        cx,
        files: BTreeMap::new(),
    };
    match layout {
        Layout::OutDir => writer.out_dir(&root),
        Layout::Modules => writer.modules(&root, "", "mod.rs"),
        Layout::Crate(package) => {
            writer.modules(&root, "src/", "lib.rs");
            writer.files.insert(
                "Cargo.toml".into(),
                package.manifest(cx.model, cx.date_time),
            );
            writer
                .files
                .insert("README.md".into(), package.readme(cx.model, cx.selection));
        }
    }
    writer.files
}

struct Writer<'w> {
    cx: &'w Context<'w>,
    files: BTreeMap<PathBuf, String>,
}

impl Writer<'_> {
    fn write(
        &mut self,
        path: impl Into<PathBuf>,
        declarations: Vec<TokenStream>,
        own: Option<&Items>,
    ) {
        let text = print::rust(&self.cx.model.name, declarations, own);
        self.files.insert(path.into(), text);
    }

    /// A mismatch of generator and runtime is one readable compile error.
    fn version_check(&self) -> TokenStream {
        let runtime = &self.cx.runtime;
        let version = Literal::u32_unsuffixed(CONTRACT_VERSION);
        quote!(const _: () = #runtime::codegen::contract_version(#version);)
    }

    fn module_doc(&self, namespace: &str, node: &Node<'_>) -> TokenStream {
        if node.items.is_none() {
            return TokenStream::new();
        }
        let owners = match self.cx.model.namespaces.get(namespace) {
            Some(content) if !content.owners.is_empty() => {
                format!(", of {}", content.owners.join(", "))
            }
            _ => String::new(),
        };
        let text = format!("Namespace `{namespace}`{owners}.");
        docs::attributes(&docs::text(Some(&text)))
    }

    fn out_dir(&mut self, root: &Node<'_>) {
        let mut items = vec![self.version_check()];
        for (word, node) in &root.children {
            items.push(self.included(word, node, true));
        }
        self.write("bus.rs", items, None);
    }

    /// A module that includes its file, with the modules in it.
    fn included(&mut self, namespace: &str, node: &Node<'_>, outermost: bool) -> TokenStream {
        let doc = self.module_doc(namespace, node);
        let module = names::module(last_word(namespace), outermost);
        let include = node.items.as_ref().map(|items| {
            let path = format!("bus/{}.rs", namespace.replace('.', "/"));
            self.write(&path, Vec::new(), Some(items));
            let path = format!("/{path}");
            quote!(::core::include!(::core::concat!(::core::env!("OUT_DIR"), #path));)
        });
        let children: Vec<TokenStream> = node
            .children
            .iter()
            .map(|(word, child)| self.included(&format!("{namespace}.{word}"), child, false))
            .collect();
        let lints = outermost.then(lints::attribute);
        quote!(#doc #lints pub mod #module { #include #(#children)* })
    }

    fn modules(&mut self, root: &Node<'_>, folder: &str, file: &str) {
        let text = format!("The message bus of the catalog `{}`.", self.cx.model.name);
        let doc = docs::inner_attributes(&docs::text(Some(&text)));
        let mut items = vec![doc, lints::inner_attribute(), self.version_check()];
        for (word, node) in &root.children {
            items.push(self.declared(word, node, folder, true));
        }
        self.write(format!("{folder}{file}"), items, None);
    }

    /// The declaration of a module in a file of its own.
    fn declared(
        &mut self,
        namespace: &str,
        node: &Node<'_>,
        folder: &str,
        outermost: bool,
    ) -> TokenStream {
        let word = last_word(namespace);
        let inside = format!("{folder}{word}/");
        let items: Vec<TokenStream> = node
            .children
            .iter()
            .map(|(word, child)| {
                self.declared(&format!("{namespace}.{word}"), child, &inside, false)
            })
            .collect();
        self.write(format!("{inside}mod.rs"), items, node.items.as_ref());

        let doc = self.module_doc(namespace, node);
        let module = names::module(word, outermost);
        // Where the name is escaped, or means a file of its own to the compiler, the file is named.
        let path = (module != word || matches!(word, "lib" | "main" | "mod"))
            .then(|| format!("{word}/mod.rs"))
            .map(|path| quote!(#[path = #path]));
        // Whoever formats the crate around it would make the generated code stale.
        let skip = outermost.then(|| quote!(#[rustfmt::skip]));
        quote!(#doc #skip #path pub mod #module;)
    }
}

fn last_word(namespace: &str) -> &str {
    namespace.rsplit('.').next().unwrap_or(namespace)
}
