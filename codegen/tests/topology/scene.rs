//! A folder with a catalog, and the command run on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Begins every catalog of these tests.
const HEAD: &str = "\
catalog: 1
namespace: shop
exchange: EXCHANGE
messages:
  OrderPlaced: {kind: event, topic: orders.placed, fields: {order: u32}}
  CapturePayment: {kind: task, topic: payments.capture, fields: {order: u32}}
services:
";

/// A folder with a catalog, gone after the test.
pub(crate) struct Scene {
    folder: PathBuf,
    exchange: &'static str,
    broker_url: String,
    management_url: String,
}

/// How the command ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Scene {
    pub(crate) fn new(name: &str, broker_url: &str, management_url: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("topology-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self {
            folder,
            exchange: "shop",
            broker_url: broker_url.to_owned(),
            management_url: management_url.to_owned(),
        }
    }

    /// A catalog of the same messages on another exchange, for the same broker.
    pub(crate) fn of_another_exchange(&self, exchange: &'static str) -> Self {
        let mut other = Self::new(exchange, &self.broker_url, &self.management_url);
        other.exchange = exchange;
        other
    }

    /// Writes the catalog, with these services.
    pub(crate) fn services(&self, services: &str) {
        let head = HEAD.replace("EXCHANGE", self.exchange);
        fs::write(self.folder.join("shop.yaml"), head + services).unwrap();
    }

    /// Runs `urutu topology` on the catalog and the broker.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        let output = Command::new(env!("CARGO_BIN_EXE_urutu"))
            .arg("topology")
            .args(arguments)
            .env("BROKER_URL", &self.broker_url)
            .env("MANAGEMENT_URL", &self.management_url)
            .current_dir(&self.folder)
            .output()
            .unwrap();
        Outcome {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Outcome {
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }

    /// The lines that tell of something to do, or to know.
    pub(crate) fn lines(&self) -> Vec<&str> {
        let told = |line: &&str| !line.starts_with("amqp://");
        self.stdout.lines().filter(told).collect()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Whether the errors say all of these things.
    #[track_caller]
    pub(crate) fn complains(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.stderr.contains(part), "`{part}` is not in {self:?}");
        }
    }
}
