//! Any bytes as a contract file: read, checked, and what is found shown.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let catalog = urutu_codegen::load_text(Path::new("fuzz.yaml"), bytes);
    assert_eq!(catalog.model.is_none(), catalog.diagnostics.has_errors());
    let rendered = catalog.diagnostics.render(false);
    assert_eq!(rendered.is_empty(), catalog.diagnostics.is_empty());
});
