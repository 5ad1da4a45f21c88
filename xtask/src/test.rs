//! Everything that has to hold before a change lands, in the order in which a failure is cheapest.
//! Deliberately absent: the tests themselves.

use crate::site::{self, Profile};
use crate::steps::{Steps, Stopped};
use crate::{command, graph, house, tools};
use anyhow::{Result, bail};
use std::process::Command;

/// The crates of the server's side and the build tool, always together: another choice of crates means other features
/// of shared libraries, which would all be compiled again. Never `--workspace`: the features of the two sides exclude
/// each other.
pub const SERVER_SIDE: [&str; 14] = [
    "-p",
    "xtask",
    "-p",
    "model",
    "-p",
    "mail",
    "-p",
    "app",
    "-p",
    "server",
    "-p",
    "connector",
    "--features",
    "app/ssr",
];

/// Sets up and runs everything; the summary's last line is `N passed, N failed`.
pub fn everything() -> Result<()> {
    tools::for_testing()?;
    // The server embeds the site's folder, so that even a lint of it wants the folder to exist.
    std::fs::create_dir_all(house::site())?;
    let mut steps = Steps::start()?;
    match all(&mut steps) {
        Ok(()) => {
            steps.finish();
            Ok(())
        }
        Err(Stopped) => bail!("make test stopped at its first failure"),
    }
}

fn all(steps: &mut Steps) -> Result<(), Stopped> {
    steps.command("format", cargo(&["fmt", "--all", "--check"]))?;
    steps.command("lints of the server's side", {
        let mut cargo = cargo(&["clippy", "--locked", "--all-targets"]);
        cargo.args(SERVER_SIDE).args(["--", "-D", "warnings"]);
        cargo
    })?;
    steps.command("lints of the browser's side", lints_of_the_browser())?;
    steps.check("wasm graph", graph::is_free_of_the_server)?;
    steps.check("site", || site::build(Profile::Release).map(|()| String::new()))?;
    steps.check("wasm budget", graph::is_small_and_split)?;
    steps.command("compile the tests", {
        let mut cargo = cargo(&["test", "--locked", "--no-run"]);
        cargo.args(SERVER_SIDE);
        cargo
    })?;
    steps.command("unit and integration tests, SQLite and PostgreSQL", {
        let mut cargo = cargo(&["test", "--locked"]);
        cargo.args(SERVER_SIDE);
        cargo
    })?;
    steps.command("end to end in Chromium", end_to_end())
}

fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = command::cargo();
    cargo.args(arguments).env("CARGO_TERM_COLOR", "never");
    cargo
}

/// In the same folder, profile and flags as the site's build, which then finds the build scripts and macros done.
fn lints_of_the_browser() -> Command {
    let mut cargo = cargo(&["clippy", "--locked", "--package", "frontend", "--profile", "wasm-release"]);
    cargo
        .args(["--target", "wasm32-unknown-unknown", "--target-dir"])
        .arg(house::front_target())
        .args(["--", "-D", "warnings"])
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("RUSTFLAGS", site::RUSTFLAGS);
    cargo
}

/// The program is the one that the integration tests have just been compiled with.
fn end_to_end() -> Command {
    let mut playwright = command::command(house::root().join("end2end/node_modules/.bin/playwright"));
    playwright
        .args(["test", "--project=journeys"])
        .current_dir(house::root().join("end2end"))
        .env("RESTANTE_BIN", house::target().join("debug/restante"));
    if let Some(chromium) = tools::chromium() {
        playwright.env("CHROMIUM", chromium);
    }
    playwright
}
