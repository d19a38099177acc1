//! Whatever catalog passes the checks becomes Rust that can be parsed: a mutated one too.

use std::fs;
use std::path::{Path, PathBuf};

use urutu_codegen::emit::{self, Layout, Options};
use urutu_codegen::prune::Selection;

/// The golden catalogs that are one file.
fn catalogs() -> Vec<String> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden");
    let folders = fs::read_dir(golden).expect("the golden catalogs");
    let mut files: Vec<PathBuf> = folders
        .map(|folder| folder.expect("an entry").path())
        .filter_map(|folder| {
            let file = folder.join(folder.file_name()?).with_extension("yaml");
            file.exists().then_some(file)
        })
        .collect();
    files.sort();
    assert!(files.len() >= 7, "{files:?}");
    files
        .iter()
        .map(|file| fs::read_to_string(file).expect("a catalog"))
        .collect()
}

/// The catalog without one of its lines, and with odd words in place of some.
fn mutations(catalog: &str) -> Vec<String> {
    let lines: Vec<&str> = catalog.lines().collect();
    // Long catalogs are long because of one list.
    let step = 1 + lines.len() / 60;
    let without = (0..lines.len()).step_by(step).map(|index| {
        let kept = lines.iter().enumerate().filter(|(at, _)| *at != index);
        kept.map(|(_, line)| *line).collect::<Vec<_>>().join("\n")
    });
    let odd = [
        ("string", "json"),
        ("string", "list<map<f64>>"),
        ("i32", "f64"),
        ("f64", "decimal"),
        ("enum: [", "enum: ['\"#', '*/', \"\\n\", 日本, "),
        ("doc: ", "doc: \"*/ \\\"#]\\n```\\n    x\\n\\u202e\" #"),
        ("optional: true", "nullable: true"),
        ("exchange: golden", "exchange: \"gol\\\"den\""),
        ("event", "task"),
    ];
    let replaced = odd.iter().map(|(from, to)| catalog.replace(from, to));
    without.chain(replaced).collect()
}

#[test]
fn every_valid_catalog_becomes_rust() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("robust");
    fs::create_dir_all(&folder).expect("a scratch folder");
    let file = folder.join("catalog.yaml.tmp.yaml");
    let mut generated = 0;
    for catalog in catalogs() {
        for mutation in mutations(&catalog) {
            fs::write(&file, &mutation).expect("a scratch file");
            let Some(model) = urutu_codegen::load(&file).model else {
                continue;
            };
            generated += 1;
            let options = Options::new(Layout::OutDir);
            for (path, code) in emit::emit(&model, &Selection::everything(&model), &options) {
                let parsed = syn::parse_file(&code);
                assert!(
                    parsed.is_ok(),
                    "{}:\n{code}\nof\n{mutation}",
                    path.display()
                );
                assert!(!code.contains("compile_error"), "{code}\nof\n{mutation}");
                assert!(!code.contains('\u{202e}'), "{code}");
            }
        }
    }
    let _ = fs::remove_dir_all(&folder);
    assert!(generated > 100, "only {generated} catalogs were valid");
}
