//! Any bytes through the reader of files and YAML.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(faults) = urutu_codegen::fuzzing::read(bytes) {
        assert!(faults.has_errors(), "refused without a reason");
        assert!(!faults.render(false).is_empty());
    }
});
