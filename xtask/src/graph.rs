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
const BROTLI_BUDGET: u64 = 450_000;

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
    for name in &pieces {
        for suffix in ["br", "gz"] {
            let file = folder.join(format!("{name}.{suffix}"));
            if !file.is_file() {
                bail!("{} is missing", file.display());
            }
        }
    }
    Ok(format!("{site:#}"))
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
}
