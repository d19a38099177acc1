//! What this process uses, as Linux tells it.

use std::fs;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Used {
    pub(crate) resident_bytes: u64,
    pub(crate) open_files: usize,
}

pub(crate) fn used() -> Used {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
    Used {
        resident_bytes: kilobytes.parse::<u64>().unwrap() * 1_024,
        open_files: fs::read_dir("/proc/self/fd").unwrap().count(),
    }
}
