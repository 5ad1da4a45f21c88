//! `restante config`

use super::{Exit, output};
use crate::config::Config;

/// Prints every key, its value (secrets redacted) and where it came from.
pub fn run(config: &Config, json: bool) -> Result<(), Exit> {
    if json {
        return output::json(&config.settings);
    }
    let rows = config.settings.iter();
    let rows: Vec<_> = rows
        .map(|setting| vec![setting.key.to_owned(), setting.value.clone(), setting.origin.to_string()])
        .collect();
    output::table(&["KEY", "VALUE", "FROM"], &rows)
}
