//! The browser's half: cargo, then split into lazy chunks, then bound to JavaScript, then made small.
//! Deliberately absent: compression and names that carry a hash (`pack`).

use super::Profile;
use super::snip::snip;
use crate::{command, house};
use anyhow::{Context, Result, anyhow, ensure};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use wasm_bindgen_cli_support::Bindgen;

/// Everything that the wasm is made of.
pub const INPUTS: &[&str] = &[
    "frontend",
    "app",
    "model",
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    "xtask/src/site",
    "xtask/package-lock.json",
];

/// The flags of rustc for the browser's half. The splitter works on the linker's relocations; views are nested as on
/// the server (`.cargo/config.toml`). Clippy gets the same flags, so that both share their builds.
pub const RUSTFLAGS: &str = "-Clink-args=--emit-relocs --cfg erase_components";

/// The name of the main module: `restante.js` and, since no `LEPTOS_OUTPUT_NAME` is set at compile time,
/// `restante_bg.wasm`.
const NAME: &str = "restante";

/// leptos looks for the loader of lazy chunks under exactly this name.
const LINK_MODULE: &str = "./__wasm_split.______________________.js";

/// What rustc's wasm uses, and wasm-opt refuses unless told.
const WASM_FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// What is small before compression is not what is small after it: functions that stay apart repeat themselves, and
/// repetition is what brotli is good at. Against `-Oz` this is an eighth more bytes before it and a fifteenth fewer after.
const WASM_OPT: &[&str] = &[
    "-O2",
    "--one-caller-inline-max-function-size=0",
    "--always-inline-max-function-size=0",
    "--flexible-inline-max-function-size=0",
    "--strip-debug",
    "--strip-producers",
];

/// Builds the frontend and leaves its files in `bundle`.
pub fn bundle(profile: Profile, stage: &Path, bundle: &Path) -> Result<()> {
    let compiled = compile(profile)?;
    if bundle.exists() {
        fs::remove_dir_all(bundle)?;
    }
    fs::create_dir_all(bundle)?;

    let main = stage.join("main.wasm");
    split(&compiled, &main, bundle)?;
    Bindgen::new()
        .input_path(&main)
        .out_name(NAME)
        .keep_lld_exports(true)
        .demangle(false)
        .typescript(false)
        .web(true)
        .and_then(|bindgen| bindgen.generate(bundle))
        .context("wasm-bindgen")?;
    if profile == Profile::Release {
        optimise(bundle)?;
    }
    Ok(())
}

fn compile(profile: Profile) -> Result<Vec<u8>> {
    let (cargo_profile, folder) = match profile {
        Profile::Release => ("wasm-release", "wasm-release"),
        Profile::Debug => ("dev", "debug"),
    };
    command::run(
        command::cargo()
            .args(["build", "--package", "frontend", "--lib", "--target", "wasm32-unknown-unknown"])
            .args(["--profile", cargo_profile, "--locked", "--target-dir"])
            .arg(house::front_target())
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env("RUSTFLAGS", RUSTFLAGS),
    )?;
    let built = house::front_target().join("wasm32-unknown-unknown").join(folder).join("frontend.wasm");
    fs::read(&built).with_context(|| format!("cannot read {}", built.display()))
}

/// Takes the lazy routes out of the main module, and says in a manifest which chunk needs which.
fn split(compiled: &[u8], main: &Path, bundle: &Path) -> Result<()> {
    let main_module = format!("./{NAME}.js");
    let mut options = wasm_split_cli_support::Options::new(compiled);
    options.output_dir = bundle;
    options.main_out_path = main;
    options.main_module = &main_module;
    options.link_name = LINK_MODULE;
    let split =
        wasm_split_cli_support::transform(options).map_err(|report| anyhow!("wasm-split: {report:#}"))?;
    // Sorted: the manifest is part of what the site's path is a hash of.
    let manifest: BTreeMap<_, _> = split.prefetch_map.into_iter().collect();
    fs::write(bundle.join("__wasm_split_manifest.json"), serde_json::to_string(&manifest)?)?;
    Ok(())
}

fn optimise(bundle: &Path) -> Result<()> {
    let mut snipped = 0;
    for file in super::fingerprint::files_below(bundle)? {
        if file.extension().is_some_and(|extension| extension == "wasm") {
            let (module, count) = snip(&fs::read(&file)?)?;
            fs::write(&file, module)?;
            snipped += count;
            // It warns of name sections that it is about to strip: what it says matters only when it fails.
            command::output(
                command::command("node")
                    .arg("xtask/node_modules/binaryen/bin/wasm-opt")
                    .args(WASM_OPT)
                    .args(WASM_FEATURES)
                    .arg(&file)
                    .arg("-o")
                    .arg(&file),
            )
            .context("wasm-opt")?;
        }
    }
    // Another leptos may call them otherwise: their number is what tells.
    ensure!(snipped > 0, "no function was taken out: see snip.rs");
    Ok(())
}
