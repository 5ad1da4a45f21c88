//! The program that carries the site. Deliberately absent: starting it (`run`).

use crate::site::{self, Profile};
use crate::{command, house, tools};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Builds site and program, and says where the program lies.
///
/// The site comes first: the program embeds it while it is compiled.
pub fn build(profile: Profile) -> Result<PathBuf> {
    tools::for_building()?;
    site::build(profile)?;
    let mut cargo = command::cargo();
    cargo.args(["build", "--locked", "--package", "server", "--bin", "restante"]);
    match profile {
        Profile::Debug => {
            command::run(&mut cargo)?;
            agent(profile)?;
            Ok(house::target().join("debug/restante"))
        }
        Profile::Release => {
            // The name of the site's contents: a new one makes cargo embed anew.
            command::run(cargo.arg("--release").env("RESTANTE_SITE", site::package()?))?;
            publish(&agent(profile)?)?;
            publish(&house::target().join("release/restante"))
        }
    }
}

/// Builds the agent of Network Connectors: without any library of the system where this machine can do that.
fn agent(profile: Profile) -> Result<PathBuf> {
    let mut cargo = command::cargo();
    cargo.args(["build", "--locked", "--package", "connector", "--bin", "restante-connector"]);
    if profile == Profile::Debug {
        command::run(&mut cargo)?;
        return Ok(house::target().join("debug/restante-connector"));
    }
    cargo.args(["--profile", "connector"]);
    let mut folder = house::target();
    if let Some(target) = tools::static_target() {
        cargo.args(["--target", target]);
        folder = folder.join(target);
    }
    command::run(&mut cargo)?;
    Ok(folder.join("connector/restante-connector"))
}

/// Copies a release to `dist`, in one step that a running program does not notice.
fn publish(built: &Path) -> Result<PathBuf> {
    let folder = house::root().join("dist");
    fs::create_dir_all(&folder)?;
    let name = built.file_name().context("a program without a name")?;
    let fresh = folder.join(".new");
    fs::copy(built, &fresh).with_context(|| format!("cannot copy {}", built.display()))?;
    let published = folder.join(name);
    fs::rename(&fresh, &published)?;
    println!("built: dist/{}", name.display());
    Ok(published)
}
