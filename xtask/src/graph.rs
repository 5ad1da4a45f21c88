//! What reaches the browser: which crates, how many bytes, in how many pieces. Deliberately absent: the edges
//! between our own crates, which `server/tests/architecture.rs` checks.

use crate::{command, house};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Crates that must never be compiled for the browser.
const SERVER_ONLY: [&str; 4] = ["tokio", "sqlx", "axum", "rustls"];

/// All wasm of the site together, compressed as it is served.
const BROTLI_BUDGET: u64 = 600_000;

/// What one screen loads to come alive: the main module, and its piece with all that the piece needs.
const BROTLI_BUDGET_OF_A_SCREEN: u64 = 350_000;

/// The pieces (`app/src/pages/pieces.rs`) of the screens that people have open all day.
const HELD_PIECES: [&str; 2] = ["accounts", "mail"];

/// The module that every screen loads.
const MAIN: &str = "restante_bg.wasm";

/// Fails when the frontend's graph holds a crate of the server.
pub fn is_free_of_the_server() -> Result<String> {
    let tree = command::output(command::cargo().args(["tree", "--locked", "--package", "frontend"]).args([
        "--target",
        "wasm32-unknown-unknown",
        "--edges",
        "normal",
        "--prefix",
        "none",
    ]))?;
    match server_crate_in(&tree) {
        Some(line) => bail!("the browser's half depends on {line}"),
        None => Ok(tree),
    }
}

/// Fails when the wasm is too large, or lies in one piece, or is not precompressed.
pub fn is_small_and_split() -> Result<String> {
    let path = house::site().join("site.json");
    let site: Value = serde_json::from_slice(&fs::read(&path).context("the site has not been built")?)?;
    let pieces = within_budget(&site)?;
    let folder = house::site().join(crate::site::package()?);
    let manifest = fs::read(folder.join("__wasm_split_manifest.json")).context("the site has no manifest")?;
    let screens = screens_within_budget(&site, &serde_json::from_slice(&manifest)?)?;
    for name in &pieces {
        for suffix in ["br", "gz"] {
            let file = folder.join(format!("{name}.{suffix}"));
            if !file.is_file() {
                bail!("{} is missing", file.display());
            }
        }
    }
    Ok(format!("{site:#}\n{screens}"))
}

fn server_crate_in(tree: &str) -> Option<&str> {
    tree.lines().find(|line| {
        let name = line.split(' ').next().unwrap_or_default();
        SERVER_ONLY.iter().any(|banned| name == *banned || name.starts_with(&format!("{banned}-")))
    })
}

fn within_budget(site: &Value) -> Result<Vec<String>> {
    let total = site
        .get("wasm_brotli_total")
        .and_then(Value::as_u64)
        .context("site.json has no wasm_brotli_total")?;
    if total > BROTLI_BUDGET {
        bail!("the wasm is {total} bytes brotli, the budget is {BROTLI_BUDGET}");
    }
    let files = site.get("files").and_then(Value::as_array).context("site.json has no files")?;
    let pieces: Vec<String> = files
        .iter()
        .filter_map(|file| file.get("name")?.as_str())
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "wasm"))
        .map(ToOwned::to_owned)
        .collect();
    if pieces.len() < 2 {
        bail!("the wasm lies in {} piece: no route is lazy", pieces.len());
    }
    Ok(pieces)
}

/// Says what each piece costs together with all that it needs, and fails where one of the held ones is too large.
fn screens_within_budget(site: &Value, manifest: &Value) -> Result<String> {
    let brotli = |name: &str| {
        let file =
            site.get("files")?.as_array()?.iter().find(|file| file.get("name").is_some_and(|it| it == name));
        file?.get("brotli")?.as_u64()
    };
    let pieces = manifest.as_object().context("the manifest names no pieces")?;
    let mut said = Vec::new();
    let mut held = HELD_PIECES.to_vec();
    for (piece, modules) in pieces {
        let modules = modules.as_array().context("a piece without modules")?;
        let names = modules.iter().filter_map(Value::as_str).map(|module| format!("{module}.wasm"));
        let mut total = 0;
        for name in names.chain([MAIN.to_owned()]) {
            total +=
                brotli(&name).with_context(|| format!("{piece} needs {name}, which the site has not"))?;
        }
        said.push(format!("{piece}: {total} bytes brotli to come alive"));
        // Its name is followed by a hash.
        let name = piece.rsplit_once('_').map_or(piece.as_str(), |(name, _)| name);
        let is_held = held.iter().position(|other| *other == name).map(|place| held.remove(place)).is_some();
        if is_held && total > BROTLI_BUDGET_OF_A_SCREEN {
            bail!(
                "the screens of {name} load {total} bytes brotli, their budget is {BROTLI_BUDGET_OF_A_SCREEN}"
            );
        }
    }
    if !held.is_empty() {
        bail!("there is no piece {held:?} any more: its screens have a budget");
    }
    Ok(said.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_crate_of_the_server_is_found_in_the_tree() {
        assert_eq!(server_crate_in("frontend v0.1.0\nserde v1.0.0\n"), None);
        assert_eq!(server_crate_in("frontend v0.1.0\nsqlx-core v0.9.0\n"), Some("sqlx-core v0.9.0"));
        assert_eq!(server_crate_in("tokio v1.54.1 (*)"), Some("tokio v1.54.1 (*)"));
    }

    #[test]
    fn the_budget_counts_all_pieces() {
        let site = |total: u64, names: &[&str]| {
            let files: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
            json!({ "wasm_brotli_total": total, "files": files })
        };
        assert!(within_budget(&site(BROTLI_BUDGET, &["a.wasm", "b.wasm", "a.js"])).is_ok());
        assert!(within_budget(&site(BROTLI_BUDGET + 1, &["a.wasm", "b.wasm"])).is_err());
        assert!(within_budget(&site(1, &["a.wasm", "a.js"])).is_err());
    }

    #[test]
    fn a_screen_is_its_piece_and_all_that_the_piece_needs() {
        let site = |main: u64| {
            let file = |name: &str, brotli: u64| json!({ "name": name, "brotli": brotli });
            let files = [file(MAIN, main), file("chunk_3.wasm", 50), file("a.wasm", 20), file("m.wasm", 10)];
            json!({ "files": files })
        };
        let manifest = json!({ "accounts_17": ["chunk_3", "a"], "mail_18": ["chunk_3", "m"] });
        let said = screens_within_budget(&site(BROTLI_BUDGET_OF_A_SCREEN - 70), &manifest).unwrap();
        let mail = format!("mail_18: {} bytes", BROTLI_BUDGET_OF_A_SCREEN - 10);
        assert!(said.contains(&mail), "{said}");
        assert!(screens_within_budget(&site(BROTLI_BUDGET_OF_A_SCREEN - 69), &manifest).is_err());
        assert!(screens_within_budget(&site(1), &json!({ "mail_18": ["m"] })).is_err(), "one is gone");
        assert!(screens_within_budget(&site(1), &json!({ "accounts_17": ["x"], "mail_18": [] })).is_err());
    }
}
