//! What this process uses, as its allocator and Linux tell it.

use std::fs;

use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Used {
    /// What was allocated and not given back, to the byte.
    pub(crate) heap_bytes: u64,
    /// With what the allocator of the C library keeps for later: it has several heaps for several threads, and each has holes.
    pub(crate) resident_bytes: u64,
    pub(crate) open_files: usize,
}

pub(crate) fn used() -> Used {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
    Used {
        heap_bytes: HEAP.current_usage() as u64,
        resident_bytes: kilobytes.parse::<u64>().unwrap() * 1_024,
        open_files: fs::read_dir("/proc/self/fd").unwrap().count(),
    }
}
