//! Tells cargo what the program embeds: the migrations and the site.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=../migrations");
    // A file that is missing would make cargo run this each time: until the site is built, an empty manifest stands
    // in its place and the program says that it has no pages.
    let manifest = Path::new("../target/site/release/site.json");
    if !manifest.exists() {
        let written =
            std::fs::create_dir_all("../target/site/release").and_then(|()| std::fs::write(manifest, "{}"));
        if let Err(error) = written {
            println!("cargo:warning=cannot prepare the folder of the site: {error}");
        }
    }
    println!("cargo:rerun-if-changed={}", manifest.display());
}
