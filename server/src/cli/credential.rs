//! `restante credential …`

use super::operator::operator;
use super::person::secret_from_stdin;
use super::{Exit, consent, open, output};
use crate::Program;
use crate::config::Config;
use crate::store::Claim;
use crate::store::Removal;
use app::api::credentials::{NewCredential, Secret};
use clap::{Subcommand, ValueEnum};
use model::{
    AuditAction, CheckTrigger, CredentialId, CredentialKind, CredentialSource, CredentialSummary, Stage,
};
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
        /// What the secret is
        #[arg(long, value_enum, default_value_t = Kind::Password)]
        kind: Kind,
        /// Read the password from the first line of stdin; with `--kind oauth2` the client secret, where there is one; with
        /// `--kind ssh-key` the private key, all of stdin
        #[arg(long, required_unless_present_any = ["source", "client_id"])]
        password_stdin: bool,
        /// Read the secret at each check from a source that the configuration file names, such as `file:sales`
        #[arg(long, conflicts_with = "password_stdin", value_name = "SOURCE")]
        source: Option<String>,
        /// Whom to ask for tokens
        #[command(flatten)]
        asked: Box<consent::Asked>,
    },
    /// Have the access of a credential of tokens granted
    Connect {
        /// Its name
        credential: String,
    },
    /// List the sources besides the vault that the configuration file names
    Sources,
    /// List the credentials and how many accounts use each
    List,
    /// Replace a secret and check every account that uses it
    Rotate {
        /// Its name
        credential: String,
        /// Another user name for the mail server
        #[arg(long)]
        username: Option<String>,
        /// Read the password from the first line of stdin; a private key is all of stdin
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
            Self::Add { name, username, kind, password_stdin, source, asked } => {
                let source = source.map(|id| {
                    CredentialSource::from_id(&id).ok_or_else(|| {
                        Exit::Usage(format!("{id:?} is no source: see `restante credential sources`"))
                    })
                });
                let source = source.transpose()?;
                let (name, kind) = (name.unwrap_or_default(), kind.into());
                let password = if password_stdin {
                    Secret(secret_from_stdin(kind)?.expose_secret().to_owned())
                } else {
                    Secret::default()
                };
                let oauth = (kind == CredentialKind::OAuth2).then(|| asked.into_draft());
                let new = NewCredential { name, user_name: username, kind, source, oauth, password };
                let program = open(config).await?;
                let id = program.credentials.create(&operator(), new).await??;
                let credential = program.store.find_credential(id).await?;
                say(credential.as_ref(), "was added", json)
            }
            Self::Connect { credential } => {
                let program = open(config).await?;
                let found = find(&program, &credential).await?;
                say(Some(&consent::connect(&program, found).await?), "is connected", json)
            }
            Self::Sources => sources(&open(config).await?, json),
            Self::List => list(&open(config).await?, json).await,
            Self::Rotate { credential, username, password_stdin: _ } => {
                let program = open(config).await?;
                let CredentialSummary { id, kind, .. } = find(&program, &credential).await?;
                let password = Secret(secret_from_stdin(kind)?.expose_secret().to_owned());
                let user_name = username.unwrap_or_default();
                program.credentials.rotate(&operator(), id, &user_name, password).await??;
                rotated(&program, id, json).await
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

/// Checks every account with the new secret, one after the other, and says in numbers how that went.
async fn rotated(program: &Program, id: CredentialId, json: bool) -> Result<(), Exit> {
    let (mut signed_in, mut failed, mut busy) = (0_u32, 0_u32, 0_u32);
    for account in program.store.list_accounts(program.clock.now()).await? {
        if account.settings.credential != id || !account.settings.enabled {
            continue;
        }
        let name = output::plain(&account.settings.name);
        let Claim::Claimed(lease) =
            program.accounts.claim(&operator(), AuditAction::CheckAsked, &account).await?
        else {
            // Whoever holds it checks once more with the new secret.
            busy += 1;
            output::progress(&format!("{name}: somebody else is checking it"));
            continue;
        };
        let check = program.checks.run(lease, CheckTrigger::Person).await;
        match check.failure {
            Some(failure)
                if !matches!(failure.stage, Stage::Folder | Stage::Fetch | Stage::Store | Stage::Delete) =>
            {
                failed += 1;
                output::progress(&format!("{name}: {}", failure.error));
            }
            _ => signed_in += 1,
        }
    }
    let Some(credential) = program.store.find_credential(id).await? else {
        return Err(Exit::Because("the credential was removed meanwhile".to_owned()));
    };
    if json {
        let mut told = as_json(&credential);
        if let Some(told) = told.as_object_mut() {
            let accounts = signed_in + failed + busy;
            let checked =
                json!({ "accounts": accounts, "signed_in": signed_in, "failed": failed, "busy": busy });
            told.insert("checked".to_owned(), checked);
        }
        output::json(&told)?;
    } else {
        let name = output::plain(&credential.name);
        output::line(&format!(
            "{name} has a new secret: {signed_in} signed in, {failed} failed, {busy} busy"
        ))?;
    }
    if failed > 0 { Err(Exit::Failed) } else { Ok(()) }
}

fn sources(program: &Program, json: bool) -> Result<(), Exit> {
    let sources = program.credentials.sources();
    if json {
        return output::json(&sources.iter().map(CredentialSource::id).collect::<Vec<_>>());
    }
    let rows: Vec<_> = sources.iter().map(|source| vec![output::plain(&source.id())]).collect();
    output::table(&["SOURCE"], &rows)
}

/// What a secret is, on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Kind {
    /// The password of a person or a mailbox
    Password,
    /// A password that a provider made for one program
    AppPassword,
    /// Tokens of a provider
    #[value(name = "oauth2")]
    OAuth2,
    /// A private key for a Network Connector of SSH
    SshKey,
}

impl From<Kind> for CredentialKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Password => Self::Password,
            Kind::AppPassword => Self::AppPassword,
            Kind::OAuth2 => Self::OAuth2,
            Kind::SshKey => Self::SshKey,
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
                credential.oauth.as_ref().map_or_else(
                    || credential.kind.label().to_owned(),
                    |status| format!("OAuth2, {}", status.words()),
                ),
                output::plain(&credential.user_name),
                credential.used_by.to_string(),
                credential.rotated.rfc3339(),
                credential.last_used.map_or_else(|| "never".to_owned(), model::Timestamp::rfc3339),
                credential.failed.as_ref().map_or_else(String::new, |failed| output::plain(&failed.error)),
            ]
        })
        .collect();
    output::table(&["NAME", "KIND", "USER NAME", "ACCOUNTS", "SECRET SET", "LAST USED", "FAILURE"], &rows)
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
        "kind": credential.kind.id(),
        "source": credential.source.as_ref().map(CredentialSource::id),
        "oauth": credential.oauth.as_ref().map(|status| json!({
            "provider": status.provider.id(),
            "grant": status.grant.id(),
            "consent": status.consent.id(),
            "consented": status.consented.map(model::Timestamp::rfc3339),
            "consent_until": status.consent_until.map(model::Timestamp::rfc3339),
            "token_until": status.token_until.map(model::Timestamp::rfc3339),
        })),
        "used_by": credential.used_by,
        "accounts": credential.accounts.iter().map(|account| account.name.as_str()).collect::<Vec<_>>(),
        "rotated": credential.rotated.rfc3339(),
        "last_used": credential.last_used.map(model::Timestamp::rfc3339),
        "last_failed": credential.failed.as_ref().map(|failed| failed.at.rfc3339()),
        "cause": credential.failed.as_ref().and_then(|failed| failed.cause).map(model::Cause::id),
        "error": credential.failed.as_ref().map(|failed| failed.error.as_str()),
    })
}
