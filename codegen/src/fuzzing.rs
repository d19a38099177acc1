//! What the fuzz targets in `fuzz/` need beside the public functions. No part of the API.

use std::path::Path;

use crate::catalog;
use crate::diagnostic::Diagnostics;

/// Whether any bytes are YAML for a catalog; else what is wrong with them.
pub fn read(bytes: &[u8]) -> Result<(), Diagnostics> {
    catalog::valid_text(Path::new("fuzz.yaml"), bytes).map(drop)
}
