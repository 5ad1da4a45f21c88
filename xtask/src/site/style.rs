//! Styles and pictures: `style/main.css` with all that it imports as one minified file, everything else in
//! `style/` as it is. Deliberately absent: any language but CSS.

use super::fingerprint::files_below;
use crate::house;
use anyhow::{Context, Result, anyhow};
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::printer::PrinterOptions;
use lightningcss::stylesheet::{MinifyOptions, ParserOptions};
use lightningcss::targets::{Browsers, Targets};
use std::collections::BTreeMap;
use std::fs;

/// Everything that styles and pictures are made of.
pub const INPUTS: &[&str] = &["style", "xtask/src/site"];

/// The first versions that know `light-dark()` and nesting: what these can read is left as it was written.
const BROWSERS: Browsers = Browsers {
    android: None,
    chrome: Some(123 << 16),
    edge: Some(123 << 16),
    firefox: Some(120 << 16),
    ie: None,
    ios_saf: Some(17 << 16 | 5 << 8),
    opera: None,
    safari: Some(17 << 16 | 5 << 8),
    samsung: None,
};

/// The files by the name under which they are served.
pub fn files() -> Result<BTreeMap<String, Vec<u8>>> {
    let folder = house::root().join("style");
    let mut files = BTreeMap::new();
    files.insert("restante.css".to_owned(), bundle()?.into_bytes());
    for file in files_below(&folder)? {
        if file.extension().is_none_or(|extension| extension != "css") {
            let name = file.strip_prefix(&folder)?.to_string_lossy().into_owned();
            files.insert(name, fs::read(&file)?);
        }
    }
    Ok(files)
}

fn bundle() -> Result<String> {
    let targets = Targets::from(BROWSERS);
    let main = house::root().join("style/main.css");
    let provider = FileProvider::new();
    let mut bundler = Bundler::new(&provider, None, ParserOptions::default());
    // The error borrows from the bundler: it becomes text at once.
    let mut sheet = bundler.bundle(&main).map_err(|error| anyhow!("{error}"))?;
    sheet
        .minify(MinifyOptions { targets, ..MinifyOptions::default() })
        .map_err(|error| anyhow!("{error}"))?;
    let printed = sheet
        .to_css(PrinterOptions { minify: true, targets, ..PrinterOptions::default() })
        .context("cannot print the styles")?;
    Ok(printed.code)
}
