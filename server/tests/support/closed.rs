//! A network that this machine does not reach by itself: a namespace of its own, with a cable to one gate in it. What
//! listens on the gate is reached from here, what listens on the loopback inside is not.

use super::disk::skip;
use super::wait_for;
use std::ffi::OsStr;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// The network; it ends with the test.
pub struct ClosedNetwork {
    name: String,
    cable: String,
    /// The gate's address, from here.
    pub gate: String,
    /// This machine's address, from the gate.
    pub here: String,
}

static COUNT: AtomicU32 = AtomicU32::new(0);

impl ClosedNetwork {
    /// Lays one out; `None`, said loudly, where this user may not.
    pub fn new() -> Option<Self> {
        let number = (std::process::id() * 7 + COUNT.fetch_add(1, Ordering::Relaxed)) % 16_000;
        let (third, fourth) = (number / 64, number % 64 * 4);
        let (here, gate) =
            (format!("10.213.{third}.{}", fourth + 1), format!("10.213.{third}.{}", fourth + 2));
        let network = Self { name: format!("closed{number}"), cable: format!("cable{number}"), gate, here };
        let Self { name, cable, gate, here } = &network;
        let laid = [
            format!("netns add {name}"),
            format!("link add {cable} type veth peer name gate netns {name}"),
            format!("addr add {here}/30 dev {cable}"),
            format!("link set {cable} up"),
            format!("-n {name} addr add {gate}/30 dev gate"),
            format!("-n {name} link set gate up"),
            format!("-n {name} link set lo up"),
        ];
        if laid.iter().all(|words| ip(words)) {
            return Some(network);
        }
        skip("a network of its own", "network namespaces are not permitted here");
        None
    }

    /// What the system calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A program that runs inside.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]).arg(program);
        command
    }

    /// Waits until something listens inside, at an address that only the inside knows.
    pub fn wait_for(&self, what: &str, address: &str, port: u16) {
        wait_for(what, 30, || {
            let script = format!("exec 3<>/dev/tcp/{address}/{port}");
            let mut asking = self.command("bash");
            asking.args(["-c", &script]).stderr(Stdio::null());
            asking.status().unwrap().success()
        });
    }

    /// Pulls the cable out, or puts it in again.
    pub fn plug(&self, plugged: bool) {
        let state = if plugged { "up" } else { "down" };
        assert!(ip(&format!("link set {} {state}", self.cable)), "the cable");
    }
}

impl Drop for ClosedNetwork {
    fn drop(&mut self) {
        ip(&format!("netns del {}", self.name));
        ip(&format!("link del {}", self.cable));
    }
}

fn ip(words: &str) -> bool {
    let mut command = Command::new("ip");
    command.args(words.split(' ')).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
