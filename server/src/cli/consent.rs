//! `restante credential connect` and what `credential add` is told of a credential of tokens.

use super::operator::operator;
use super::{Exit, output};
use crate::Program;
use clap::{Args, ValueEnum};
use model::oauth::{Consent, ConsentStep, ConsentView, OAuthDraft, OAuthGrant, OAuthProvider};
use model::{CredentialId, CredentialSummary};
use std::time::Duration;

/// How often it is looked whether somebody has typed the code.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Whom to ask for tokens
#[derive(Debug, Args)]
#[command(next_help_heading = "OAuth2")]
pub struct Asked {
    /// Who grants the access
    #[arg(long, value_enum, default_value_t = Provider::Microsoft365)]
    provider: Provider,
    /// How the access is granted
    #[arg(long, value_enum, default_value_t = Grant::Browser)]
    grant: Grant,
    /// Microsoft: the directory, by number or domain [default: any organisation]
    #[arg(long, default_value = "", hide_default_value = true)]
    tenant: String,
    /// The number of the application that was registered at the provider
    #[arg(long, default_value = "", hide_default_value = true)]
    client_id: String,
    /// Another provider's page where people agree
    #[arg(long, default_value = "", hide_default_value = true)]
    authorize_url: String,
    /// Where it gives codes for other devices
    #[arg(long, default_value = "", hide_default_value = true)]
    device_url: String,
    /// Where it gives tokens
    #[arg(long, default_value = "", hide_default_value = true)]
    token_url: String,
    /// What to ask for, separated by blanks
    #[arg(long, default_value = "", hide_default_value = true)]
    scope: String,
}

/// Who grants the access.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Provider {
    /// Microsoft 365 and Outlook
    #[value(name = "microsoft365")]
    Microsoft365,
    /// Gmail and Google Workspace
    Google,
    /// Another provider, by its addresses
    Other,
}

/// How the access is granted.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Grant {
    /// Somebody agrees in the browser, under Credentials in the console
    Browser,
    /// Somebody types a code on any device
    Device,
    /// An application, without a person
    Application,
}

impl Asked {
    /// What was said, as a person would type it.
    pub fn into_draft(self) -> OAuthDraft {
        OAuthDraft {
            provider: match self.provider {
                Provider::Microsoft365 => OAuthProvider::Microsoft365,
                Provider::Google => OAuthProvider::Google,
                Provider::Other => OAuthProvider::Other,
            },
            grant: match self.grant {
                Grant::Browser => OAuthGrant::Browser,
                Grant::Device => OAuthGrant::Device,
                Grant::Application => OAuthGrant::Application,
            },
            tenant: self.tenant,
            client_id: self.client_id,
            authorize_url: self.authorize_url,
            device_url: self.device_url,
            token_url: self.token_url,
            scope: self.scope,
        }
    }
}

/// Has the access granted, and waits for it where somebody types a code.
pub async fn connect(program: &Program, credential: CredentialSummary) -> Result<CredentialSummary, Exit> {
    let id = credential.id;
    let Some(status) = &credential.oauth else {
        return Err(Exit::Because("this credential is a password: nothing has to be granted".to_owned()));
    };
    if status.grant == OAuthGrant::Browser {
        return Err(Exit::Because(
            "somebody agrees to this one in the browser: open Credentials in the console, and choose Connect"
                .to_owned(),
        ));
    }
    match program.consents.begin(&operator(), &credential, None, "").await?.map_err(Exit::Because)? {
        ConsentStep::Type(code) => {
            output::progress(&format!(
                "go to {} on any device and type {}",
                output::plain(&code.address),
                output::plain(&code.code)
            ));
            typed(program, id).await
        }
        ConsentStep::Visit(_) | ConsentStep::Done => found(program, id).await,
    }
}

async fn typed(program: &Program, id: CredentialId) -> Result<CredentialSummary, Exit> {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let credential = found(program, id).await?;
        let view: Option<ConsentView> = program.consents.view(credential.clone());
        let Some(view) = view else { return Ok(credential) };
        match (view.code, view.failure) {
            (Some(_), _) => {}
            (None, Some(failure)) => return Err(Exit::Because(failure)),
            (None, None) if view.status.consent == Consent::Given => return Ok(credential),
            (None, None) => return Err(Exit::Because("the access was not granted".to_owned())),
        }
    }
}

async fn found(program: &Program, id: CredentialId) -> Result<CredentialSummary, Exit> {
    let found = program.store.find_credential(id).await?;
    found.ok_or_else(|| Exit::Because("the credential was removed meanwhile".to_owned()))
}
