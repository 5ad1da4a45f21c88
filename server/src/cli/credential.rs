//! `restante credential …`

use super::operator::operator;
use super::person::password_from_stdin;
use super::{Exit, open, output};
use crate::Program;
use crate::config::Config;
use crate::store::Removal;
use app::api::credentials::{NewCredential, Secret};
use clap::Subcommand;
use model::CredentialSummary;
use secrecy::ExposeSecret;
use serde_json::json;

/// Named secrets that accounts sign in with. A secret is only ever written.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add a credential
    Add {
        /// Its unique name [default: the user name]
        #[arg(long)]
        name: Option<String>,
        /// The user name for the mail server
        #[arg(long)]
        username: String,
        /// Read the password from the first line of stdin
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// List the credentials and how many accounts use each
    List,
    /// Replace a secret; every account that uses it is checked again
    Rotate {
        /// Its name
        credential: String,
        /// Another user name for the mail server
        #[arg(long)]
        username: Option<String>,
        /// Read the password from the first line of stdin
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Remove a credential that no account uses
    Remove {
        /// Its name
        credential: String,
    },
}

impl Command {
    /// Does it.
    pub async fn run(self, config: &Config, json: bool) -> Result<(), Exit> {
        match self {
            Self::Add { name, username, password_stdin: _ } => {
                let password = Secret(password_from_stdin()?.expose_secret().to_owned());
                let new = NewCredential { name: name.unwrap_or_default(), user_name: username, password };
                let program = open(config).await?;
                let id = program.credentials.create(&operator(), new).await??;
                let credential = program.store.find_credential(id).await?;
                say(credential.as_ref(), "was added", json)
            }
            Self::List => list(&open(config).await?, json).await,
            Self::Rotate { credential, username, password_stdin: _ } => {
                let password = Secret(password_from_stdin()?.expose_secret().to_owned());
                let program = open(config).await?;
                let id = find(&program, &credential).await?.id;
                let user_name = username.unwrap_or_default();
                program.credentials.rotate(&operator(), id, &user_name, password).await??;
                let credential = program.store.find_credential(id).await?;
                say(credential.as_ref(), "has a new secret", json)
            }
            Self::Remove { credential } => {
                let program = open(config).await?;
                let found = find(&program, &credential).await?;
                match program.store.remove_credential(found.id, &operator(), program.clock.now()).await? {
                    Removal::Removed => say(Some(&found), "was removed", json),
                    Removal::Absent => Err(absent(&credential)),
                    Removal::InUse => Err(Exit::Because(format!(
                        "{} accounts sign in with this credential: give them another one first",
                        found.used_by
                    ))),
                }
            }
        }
    }
}

async fn list(program: &Program, json: bool) -> Result<(), Exit> {
    let credentials = program.store.list_credentials().await?;
    if json {
        return output::json(&credentials.iter().map(as_json).collect::<Vec<_>>());
    }
    let rows: Vec<_> = credentials
        .iter()
        .map(|credential| {
            vec![
                output::plain(&credential.name),
                output::plain(&credential.user_name),
                credential.used_by.to_string(),
                credential.rotated.rfc3339(),
            ]
        })
        .collect();
    output::table(&["NAME", "USER NAME", "ACCOUNTS", "SECRET SET"], &rows)
}

async fn find(program: &Program, name: &str) -> Result<CredentialSummary, Exit> {
    program.store.find_credential_by_name(name).await?.ok_or_else(|| absent(name))
}

fn absent(name: &str) -> Exit {
    Exit::Because(format!("there is no credential named {name:?}"))
}

fn say(credential: Option<&CredentialSummary>, what: &str, json: bool) -> Result<(), Exit> {
    match credential {
        Some(credential) if json => output::json(&as_json(credential)),
        Some(credential) => output::line(&format!("{} {what}", output::plain(&credential.name))),
        None => Err(Exit::Because("the credential was removed meanwhile".to_owned())),
    }
}

fn as_json(credential: &CredentialSummary) -> serde_json::Value {
    json!({
        "id": credential.id,
        "name": credential.name,
        "user_name": credential.user_name,
        "used_by": credential.used_by,
        "rotated": credential.rotated.rfc3339(),
    })
}
