//! Where things stand in the workspace. Deliberately absent: what is done with them.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The folder that holds the workspace's `Cargo.toml`: of the workspace that calls, which with a shared target folder
/// need not be the one that this tool was compiled in.
pub fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let package = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        Path::new(&package).parent().unwrap_or(Path::new(".")).to_path_buf()
    })
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
