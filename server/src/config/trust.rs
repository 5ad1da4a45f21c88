//! Settings that name a file with certificates of authorities.

use super::settings::Settings;
use super::{ConfigError, file_error};
use mail::Trust;
use std::io;
use std::path::PathBuf;

/// The authorities of the file that `key` names; those of this machine where it names none.
pub(super) fn trust(settings: &mut Settings<'_>, key: &'static str) -> Result<Trust, ConfigError> {
    let Some(path) = settings.optional(key, |text| Ok(PathBuf::from(text)))? else {
        return Ok(Trust::SystemRoots);
    };
    let pem = std::fs::read_to_string(&path).and_then(|pem| Trust::authority(&pem).map_err(io::Error::other));
    pem.map_err(|source| file_error(path, source))
}
