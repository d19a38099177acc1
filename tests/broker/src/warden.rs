//! A process that runs a program, ends it when it is told to, and outlives the test that asked for it (`warden.sh`).

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use crate::output::Output;

/// What runs beside the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Epmd {
    /// An epmd of its own, which ends with it.
    Own,
    /// Somebody else runs one, or it is the program.
    Elsewhere,
}

/// The processes of a program, from its start to its end. Dropping it kills them, and removes the folder.
pub(crate) struct Warden {
    process: Child,
    orders: Option<ChildStdin>,
    pub(crate) output: Output,
}

impl Warden {
    /// Runs a program. `bash` is a command for the shell of that name, with everything in its environment that the program needs.
    pub(crate) fn start(
        mut bash: Command,
        folder: &Path,
        epmd: Epmd,
        program: &Path,
    ) -> Result<Self, String> {
        let mut process = bash
            .args(["-c", include_str!("warden.sh"), "warden"])
            .arg(folder)
            .arg(match epmd {
                Epmd::Own => "with-epmd",
                Epmd::Elsewhere => "without-epmd",
            })
            .arg(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Whoever ends the group of the test must leave the warden its time to clean up.
            .process_group(0)
            .spawn()
            .map_err(|error| {
                format!("cannot run bash, which keeps the private RabbitMQ node: {error}")
            })?;
        let orders = process.stdin.take();
        let Some(output) = process.stdout.take().map(Output::read) else {
            return Err("the pipe from the private RabbitMQ node is missing".to_owned());
        };
        Ok(Self {
            process,
            orders,
            output,
        })
    }

    /// Kills every process of the program and keeps its folder.
    pub(crate) fn kill(&mut self) {
        self.order("kill\n");
    }

    /// Stops every process of the program where it is, or lets it go on. A file `paused` in the folder tells that it is so.
    pub(crate) fn pause(&mut self, paused: bool) {
        self.order(if paused { "pause\n" } else { "resume\n" });
    }

    /// Leaves the folder to the next warden; the program must have been killed.
    pub(crate) fn hand_over(&mut self) {
        self.order("keep\n");
        self.orders = None;
    }

    /// Whether the folder was left to another warden.
    pub(crate) fn is_handed_over(&self) -> bool {
        self.orders.is_none()
    }

    /// Waits until the last process of the program is gone.
    pub(crate) fn await_end(&self, limit: Duration) -> bool {
        self.output.await_end(limit)
    }

    /// Ends the program, where it was not handed over, and itself.
    pub(crate) fn end(&mut self) {
        self.orders = None;
        let _ = self.process.wait();
    }

    fn order(&mut self, order: &str) {
        if let Some(orders) = &mut self.orders {
            // A warden that is gone has killed its program already.
            let _ = orders.write_all(order.as_bytes());
        }
    }
}

impl Drop for Warden {
    fn drop(&mut self) {
        self.end();
    }
}
