//! Where things stand in the workspace. Deliberately absent: what is done with them.

use std::env;
use std::path::{Path, PathBuf};

/// The folder that holds the workspace's `Cargo.toml`.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Where cargo builds: `CARGO_TARGET_DIR`, or `target`.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// The browser's half has a target folder of its own: its linker flags would make cargo rebuild the server.
pub fn front_target() -> PathBuf {
    target().join("front")
}

/// What the program embeds. Always inside the workspace, where the server's source expects it.
pub fn site() -> PathBuf {
    root().join("target/site/release")
}

/// Intermediate files of the site: nothing here is served.
pub fn site_stage() -> PathBuf {
    root().join("target/site/stage")
}
