//! The agent of a Network Connector, as people run it.

use super::Running;
use super::closed::ClosedNetwork;
use super::restante::Restante;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// An agent with a key file of its own, here or in a network that is closed.
pub struct Agent {
    folder: tempfile::TempDir,
    network: Option<String>,
}

/// The program beside the server's.
fn program() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_restante")).with_file_name("restante-connector");
    assert!(program.exists(), "the agent is not built: test the package connector as well");
    program
}

impl Agent {
    /// One that runs here.
    pub fn here() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), network: None }
    }

    /// One that runs in that network.
    pub fn inside(network: &ClosedNetwork) -> Self {
        Self { network: Some(network.name().to_owned()), ..Self::here() }
    }

    /// Its key file.
    pub fn key_file(&self) -> PathBuf {
        self.folder.path().join("key")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = match &self.network {
            None => Command::new(program()),
            Some(network) => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", network]).arg(program());
                command
            }
        };
        command.arg("--key-file").arg(self.key_file()).args(arguments);
        command
    }

    /// Runs a command of it to its end, with a line on stdin.
    pub fn run_with(&self, arguments: &[&str], line: &str) -> Output {
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let _ = writeln!(child.stdin.take().unwrap(), "{line}");
        child.wait_with_output().unwrap()
    }

    /// Makes it known as an agent of `connector`, by way of `url`.
    pub fn enrol(&self, restante: &Restante, connector: &str, url: &str) {
        let enrolment = restante.json(&["connector", "enrol", connector, "--server", url]);
        let (key, code) = (enrolment["server_key"].as_str().unwrap(), enrolment["code"].as_str().unwrap());
        let output = self.run_with(&["enrol", url, "--server-key", key, "--replace"], code);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Starts it.
    pub fn start(&self, allowed: &[&str]) -> Running {
        let mut arguments = vec!["run"];
        for pattern in allowed {
            arguments.extend(["--allow", pattern]);
        }
        let log = std::fs::File::create(self.folder.path().join("log")).unwrap();
        let mut command = self.command(&arguments);
        Running(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    /// What it says of itself while it runs.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}
