//! The site that the program embeds: wasm, glue, styles and icons below one path that names their contents.
//! Deliberately absent: how each of them is made (`wasm`, `style`), and how they are served.

mod fingerprint;
mod pack;
mod snip;
mod style;
mod wasm;

pub use wasm::RUSTFLAGS;

use crate::{house, tools};
use anyhow::{Context, Result};
use std::fs;
use std::time::Instant;

/// How much care a build takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// As served to people: small and compressed.
    Release,
    /// As quickly as possible, for the person who is changing the code.
    Debug,
}

impl Profile {
    /// The profile that the flag `--debug` chooses.
    pub fn from_debug(debug: bool) -> Self {
        if debug { Self::Debug } else { Self::Release }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Debug => "debug",
        }
    }
}

/// Builds `target/site/release`, or finds that nothing it is made of has changed.
pub fn build(profile: Profile) -> Result<()> {
    let started = Instant::now();
    let site = house::site();
    let stage = house::site_stage().join(profile.name());
    // The server embeds this folder: it has to exist even while a build fails.
    fs::create_dir_all(&site)?;
    fs::create_dir_all(&stage)?;

    let wasm_inputs = fingerprint::of(wasm::INPUTS, profile)?;
    let all_inputs = format!("{wasm_inputs} {}", fingerprint::of(style::INPUTS, profile)?);
    let stamp = house::site_stage().join("site.fingerprint");
    if fingerprint::matches(&stamp, &all_inputs) && site.join("site.json").is_file() {
        println!("site: unchanged");
        return Ok(());
    }

    let wasm_stamp = stage.join("wasm.fingerprint");
    let bundle = stage.join("wasm");
    if !fingerprint::matches(&wasm_stamp, &wasm_inputs) || !bundle.is_dir() {
        if profile == Profile::Release {
            tools::npm_packages("xtask")?;
        }
        wasm::bundle(profile, &stage, &bundle).context("the browser's half does not build")?;
        fs::write(&wasm_stamp, &wasm_inputs)?;
    }

    let mut files = pack::read_folder(&bundle)?;
    files.extend(style::files().context("the styles do not build")?);
    let summary = pack::write(profile, &site, &files)?;
    fs::write(&stamp, &all_inputs)?;
    println!("site: {summary} ({:.1} s)", started.elapsed().as_secs_f32());
    Ok(())
}

/// The path of the site that was built last, `pkg/<hash of its contents>`.
pub fn package() -> Result<String> {
    let path = house::site().join("site.json");
    let site: serde_json::Value =
        serde_json::from_slice(&fs::read(&path).context("the site has not been built")?)?;
    let package = site.get("pkg").and_then(serde_json::Value::as_str);
    Ok(package.context("site.json has no pkg")?.to_owned())
}
