//! A worker process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use urutu::Message;
use urutu_faults::bus::faults::Trial;
use urutu_faults::{Scene, Word};

/// Nothing here takes longer, unless it does not happen.
const PATIENCE: Duration = Duration::from_secs(90);

/// A worker process. Dropping it kills it.
pub(crate) struct Process {
    child: Child,
    listener: Option<std::thread::JoinHandle<()>>,
}

/// The arguments of a worker whose handlers do what they are asked.
pub(crate) const WILD: [&str; 2] = ["--handlers", "wild"];

impl Process {
    /// Starts one whose wild handlers are written down in the diary of the scene.
    pub(crate) fn wild(scene: &Scene, more: &[&str]) -> Self {
        let diary = Arc::clone(&scene.diary);
        let arguments = [&WILD, more].concat();
        Self::start(&scene.broker.url(), &arguments, move |word| {
            diary.read(word);
        })
    }

    /// The same; it has declared its queues.
    pub(crate) async fn wild_and_ready(scene: &Scene, more: &[&str]) -> Self {
        let worker = Self::wild(scene, more);
        // A task is an error until somebody has declared its queue.
        let publish = async |scene: &Scene| Trial::new(0).publish(&scene.bus).await.ok();
        scene
            .until("the worker to declare its queues", publish)
            .await;
        scene.diary.until_done(0).await;
        // Its acknowledgement waits a moment for others: a worker that ends within that would have it again.
        scene.is_empty("faults.trials").await;
        worker
    }

    /// Starts one, with these arguments. `hear` is told what its handlers do.
    pub(crate) fn start(
        url: &str,
        arguments: &[&str],
        hear: impl Fn(Word) + Send + 'static,
    ) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_worker"))
            .args(["--broker-url", url])
            .args(arguments)
            .env_remove("HANDLERS")
            .env_remove("DRAIN_TIMEOUT")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // Those that panic, abort and are killed have much to say.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let listener = std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                hear(line.parse().unwrap());
            }
        });
        Self {
            child,
            listener: Some(listener),
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.child.id().to_string())
            .status();
        assert!(status.unwrap().success(), "the process takes the signal");
    }

    /// Whether it has ended. Then all that it said is heard.
    pub(crate) fn has_ended(&mut self) -> bool {
        let has_ended = self.child.try_wait().unwrap().is_some();
        if has_ended {
            self.hear_the_rest();
        }
        has_ended
    }

    /// Waits until it has ended, and all that it said is heard.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                self.hear_the_rest();
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "the worker does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Kills it (SIGKILL), and hears what it has said.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.hear_the_rest();
    }

    fn hear_the_rest(&mut self) {
        if let Some(listener) = self.listener.take() {
            listener.join().unwrap();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
