//! The account of a run in numbers, and the table of many.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The sums of an account. Messages are counted by number, however often they were sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// What was attacked.
    pub name: String,
    /// Seconds from the first publish to the end.
    pub took_s: u64,
    /// Messages that were published.
    pub published: u64,
    /// Publishes beyond the first of a message, because the first was not confirmed.
    pub again: u64,
    /// Messages that the broker confirmed.
    pub confirmed: u64,
    /// Messages whose work was done.
    pub handled: u64,
    /// How often work was done beyond the first time.
    pub duplicates: u64,
    /// Those of them whose message was published once only.
    pub redelivered: u64,
    /// Messages in dead-letter queues.
    pub dead: u64,
    /// Confirmed, but neither handled nor dead.
    pub lost: u64,
    /// Acknowledged, but what was staged is not there.
    pub staged_lost: u64,
    /// Handled, but never published.
    pub unexpected: u64,
    /// Publishes that failed, by error.
    pub errors: BTreeMap<String, u64>,
    /// Attacks, by name.
    pub faults: BTreeMap<String, u32>,
    /// Milliseconds from the end of an attack until something published since was handled: the median.
    pub recovery_p50_ms: Option<u64>,
    /// The longest of these.
    pub recovery_max_ms: Option<u64>,
}

impl Report {
    /// The head of the table, in Markdown.
    pub const HEAD: &'static str = "\
| run | faults | published | confirmed | handled | dead | lost | duplicates (redelivered) | recovery p50 / max | time |
|---|---|---|---|---|---|---|---|---|---|";

    /// Keeps it for the table of this run.
    pub fn save(&self) {
        let folder = folder();
        fs::create_dir_all(&folder).unwrap();
        let text = serde_json::to_string_pretty(self).unwrap();
        fs::write(folder.join(format!("{}.json", self.name)), text).unwrap();
    }
}

/// A line of the table.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults: Vec<String> = self
            .faults
            .iter()
            .map(|(name, count)| format!("{count} × {name}"))
            .collect();
        let recovery = match (self.recovery_p50_ms, self.recovery_max_ms) {
            (Some(p50), Some(max)) => format!("{} / {}", seconds(p50), seconds(max)),
            _ => "–".to_owned(),
        };
        write!(
            f,
            "| {} | {} | {} | {} | {} | {} | {} | {} ({}) | {recovery} | {} s |",
            self.name.replace('_', " "),
            faults.join(", "),
            self.published,
            self.confirmed,
            self.handled,
            self.dead,
            self.lost + self.staged_lost,
            self.duplicates,
            self.redelivered,
            self.took_s
        )
    }
}

fn seconds(millis: u64) -> String {
    format!("{}.{} s", millis / 1_000, millis % 1_000 / 100)
}

/// What was saved since the folder was last removed, by name.
pub fn reports() -> Vec<Report> {
    let Ok(files) = fs::read_dir(folder()) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    let read = |path: &PathBuf| serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    paths.iter().map(read).collect()
}

fn folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target")),
        PathBuf::from,
    );
    target.join("accounts")
}
