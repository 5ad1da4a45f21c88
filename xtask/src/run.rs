//! Building and then becoming the server. Deliberately absent: a watch loop; after a change, start it again.

use crate::site::Profile;
use crate::{command, program};
use anyhow::{Result, anyhow};
use std::os::unix::process::CommandExt;

const USUAL: [&str; 4] = ["--listen", "127.0.0.1:3000", "--data", "./data"];

/// Builds, then replaces this process with the server: signals reach it without a go-between.
pub fn serve(profile: Profile, arguments: Vec<String>) -> Result<()> {
    let program = program::build(profile)?;
    let mut server = command::command(&program);
    if arguments.is_empty() {
        server.args(USUAL);
    } else {
        server.args(arguments);
    }
    let error = server.exec();
    Err(anyhow!("cannot start {}: {error}", program.display()))
}
