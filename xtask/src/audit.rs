//! Dependencies against `deny.toml`: bans, licences, sources, advisories. Deliberately absent from `make test`:
//! the advisories of tomorrow must not break the build of today.

use crate::command::{cargo, output, run};
use anyhow::{Context, Result};

/// Fails on a banned crate, licence or source. Advisories need a database from the network: where it cannot be
/// had, that is said aloud and is no failure.
pub fn dependencies() -> Result<()> {
    if output(cargo().args(["deny", "--version"])).is_err() {
        println!("installing cargo-deny (a few minutes, once)");
        run(cargo().args(["install", "--locked", "cargo-deny"])).context("cargo-deny cannot be installed")?;
    }
    run(cargo().args(["deny", "--locked", "--all-features", "check", "bans", "licenses", "sources"]))?;

    if let Err(error) = output(cargo().args(["deny", "fetch", "db"])) {
        println!("ADVISORIES NOT CHECKED: their database cannot be fetched ({error:#})");
        return Ok(());
    }
    run(cargo().args(["deny", "--locked", "--all-features", "check", "--disable-fetch", "advisories"]))
}
