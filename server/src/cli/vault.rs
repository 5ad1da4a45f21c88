//! `restante vault …`

use super::operator::operator;
use super::{Exit, open, output};
use crate::config::Config;
use clap::Subcommand;
use serde_json::json;

/// The key that secrets are sealed with.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Seal every secret with a new key; goes on where an earlier rotation was interrupted
    Rotate,
}

impl Command {
    /// Does it.
    pub async fn run(self, config: &Config, json: bool) -> Result<(), Exit> {
        let Self::Rotate = self;
        let program = open(config).await?;
        let rotation = program.credentials.rotate_key(&operator()).await?;
        let key = rotation.key.to_string();
        if json {
            return output::json(
                &json!({ "key": key, "resealed": rotation.resealed, "resumed": rotation.resumed }),
            );
        }
        let how =
            if rotation.resumed { "an earlier rotation was brought to its end" } else { "with a new key" };
        output::line(&format!("{} secrets were sealed anew, {how}: {key}", rotation.resealed))?;
        output::line(
            "The key before it stays beside it, so that backups of before still open. Back up the key again.",
        )
    }
}
