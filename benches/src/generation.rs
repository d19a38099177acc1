//! What generating costs: time by stage and peak memory, in a process of its own for every run.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

use urutu_codegen::emit::{self, Layout, Options};
use urutu_codegen::output;
use urutu_codegen::prune::Selection;

use crate::catalog;
use crate::statistics::{folder, median};

const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];
const RUNS: usize = 3;

/// Generates once and prints milliseconds of reading, emitting and writing, then the peak of memory in MiB.
pub(crate) fn once(catalog: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let start = cpu_time()?;
    let loaded = urutu_codegen::load(catalog);
    let model = loaded
        .model
        .ok_or_else(|| loaded.diagnostics.render(false))?;
    let read = cpu_time()? - start;
    let files = emit::emit(
        &model,
        &Selection::everything(&model),
        &Options::new(Layout::OutDir),
    );
    let emitted = cpu_time()? - start;
    output::write(out, &files)?;
    let written = cpu_time()? - start;
    let milliseconds = [read, emitted - read, written - emitted];
    let [read, emit, write] = milliseconds;
    println!("{read} {emit} {write} {}", peak()?);
    Ok(())
}

/// The milliseconds that this process has run on a processor: other processes do not count, and it has one thread.
fn cpu_time() -> Result<f64, Box<dyn Error>> {
    let times = fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds: f64 = times
        .split(' ')
        .next()
        .ok_or("/proc/self/schedstat is empty")?
        .parse()?;
    Ok(nanoseconds / 1e6)
}

/// The most memory that this process has held, in MiB, as Linux tells it.
fn peak() -> Result<f64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes: f64 = line
        .and_then(|line| line.trim().strip_suffix(" kB"))
        .ok_or("/proc/self/status has no VmHWM")?
        .parse()?;
    Ok(kibibytes / 1024.0)
}

/// Prints the table for binaries of this program, `label=path`, that were built in different ways.
pub(crate) fn table(binaries: &[&str]) -> Result<(), Box<dyn Error>> {
    let scratch = folder("generation");
    println!(
        "| messages | build | read, ms | emit, ms | write, ms | **all, ms** | us a message | peak, MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for size in SIZES {
        let contracts = scratch.join(size.to_string());
        catalog::write(&contracts, size)?;
        for binary in binaries {
            let (label, path) = binary.split_once('=').ok_or("write LABEL=BINARY")?;
            let mut columns: [Vec<f64>; 5] = Default::default();
            for _ in 0..RUNS {
                let out = scratch.join("out");
                let _ = fs::remove_dir_all(&out);
                let output = Command::new(path)
                    .arg("once")
                    .args([&contracts, &out])
                    .output()?;
                if !output.status.success() {
                    return Err(String::from_utf8_lossy(&output.stderr).into());
                }
                let line = String::from_utf8(output.stdout)?;
                let numbers: Result<Vec<f64>, _> =
                    line.split_whitespace().map(str::parse).collect();
                let [read, emit, write, peak] = numbers?[..] else {
                    return Err(format!("not four numbers: {line}").into());
                };
                for (column, value) in
                    columns
                        .iter_mut()
                        .zip([read, emit, write, read + emit + write, peak])
                {
                    column.push(value);
                }
            }
            let [read, emit, write, all, peak] = columns.map(|mut column| median(&mut column));
            #[allow(clippy::cast_precision_loss, reason = "it is 10,000 at most")]
            let each = all * 1e3 / size as f64;
            println!(
                "| {size} | {label} | {read:.0} | {emit:.0} | {write:.0} | **{all:.0}** | {each:.0} | {peak:.0} |"
            );
        }
    }
    let _ = fs::remove_dir_all(scratch);
    Ok(())
}
