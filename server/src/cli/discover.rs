//! `restante discover`

use super::{Exit, open, output};
use crate::config::Config;
use clap::Args;
use model::{Discovery, SignInHint};

/// Find the settings of a mail account from its e-mail address.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The e-mail address
    address: String,
}

impl Arguments {
    /// Does it, the best first; fails where nothing was found.
    pub async fn run(self, config: &Config, json: bool) -> Result<(), Exit> {
        let program = open(config).await?;
        let found = program.discoveries.find(&self.address).await?;
        if json {
            output::json(&found)?;
        } else {
            told(&found)?;
        }
        if found.proposals.is_empty() { Err(Exit::Failed) } else { Ok(()) }
    }
}

fn told(found: &Discovery) -> Result<(), Exit> {
    for tried in &found.tried {
        output::progress(&format!("{}: {}", tried.source.label(), output::plain(&tried.outcome)));
    }
    if found.proposals.is_empty() {
        output::progress("No settings were found.");
        return Ok(());
    }
    let rows: Vec<Vec<String>> = found
        .proposals
        .iter()
        .map(|proposal| {
            let sign_in = match proposal.sign_in {
                SignInHint::Password => "password",
                SignInHint::AppPassword => "app password",
                SignInHint::OAuth2 => "OAuth2",
            };
            vec![
                proposal.protocol.label().to_owned(),
                proposal.host.clone(),
                proposal.port.to_string(),
                proposal.security_label().to_owned(),
                output::plain(&proposal.user_name),
                sign_in.to_owned(),
                output::plain(&proposal.why),
            ]
        })
        .collect();
    output::table(&["PROTOCOL", "ADDRESS", "PORT", "SECURITY", "USER NAME", "SIGN IN WITH", "WHY"], &rows)?;
    found.help.as_deref().map_or(Ok(()), |help| output::line(&output::plain(help)))
}
