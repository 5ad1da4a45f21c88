//! The program that carries the site. Deliberately absent: starting it (`run`).

use crate::site::{self, Profile};
use crate::{command, house, tools};
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;

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
            Ok(house::target().join("debug/restante"))
        }
        Profile::Release => {
            // The name of the site's contents: a new one makes cargo embed anew.
            command::run(cargo.arg("--release").env("RESTANTE_SITE", site::package()?))?;
            publish()
        }
    }
}

/// Copies the release to `dist/restante`, in one step that a running program does not notice.
fn publish() -> Result<PathBuf> {
    let folder = house::root().join("dist");
    fs::create_dir_all(&folder)?;
    let fresh = folder.join(".restante.new");
    let built = house::target().join("release/restante");
    fs::copy(&built, &fresh).with_context(|| format!("cannot copy {}", built.display()))?;
    let published = folder.join("restante");
    fs::rename(&fresh, &published)?;
    println!("built: dist/restante");
    Ok(published)
}
