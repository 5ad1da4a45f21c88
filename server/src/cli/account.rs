//! `restante account …`

use super::account_fields::{Fields, apply};
use super::check::enabled;
use super::operator::operator;
use super::person::password_from_stdin;
use super::{Exit, account, account_import as import, folders, open, output};
use crate::Program;
use crate::config::Config;
use crate::store::Removal;
use app::api::credentials::{NewCredential, Secret};
use app::api::parameters::ParametersPort;
use clap::Subcommand;
use model::account::{day_text, interval_seconds};
use model::{AccountDraft, AccountId, AccountSummary, ConnectorId, Timestamp, Way};
use secrecy::ExposeSecret;
use serde_json::json;

/// Mail accounts.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add an account
    Add {
        /// Its unique name
        #[arg(long)]
        name: String,
        #[command(flatten)]
        fields: Fields,
    },
    /// Change an account; what is not named stays
    Edit {
        /// Its present name
        account: String,
        /// Its new name
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        fields: Fields,
    },
    /// Add the accounts of a CSV file
    Import(import::Arguments),
    /// List the accounts
    List,
    /// Show one account
    Show {
        /// Its name
        account: String,
    },
    /// List the folders that the server of an account has
    Folders {
        /// Its name
        account: String,
    },
    /// Remove an account here; nothing changes on the mail server
    Remove {
        /// Its name
        account: String,
        /// Keep its messages readable
        #[arg(long)]
        keep_messages: bool,
    },
}

pub fn yes_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("expected yes or no".to_owned()),
    }
}

impl Command {
    /// Does it.
    pub async fn run(self, config: &Config, json: bool) -> Result<(), Exit> {
        match self {
            Self::Add { name, fields } => {
                for (given, flag) in [
                    (fields.protocol.is_some(), "--protocol"),
                    (fields.address.is_some(), "--address"),
                    (fields.security.is_some(), "--security"),
                    (fields.username.is_some() || fields.credential.is_some(), "--username or --credential"),
                ] {
                    if !given {
                        return Err(Exit::Usage(format!("account add needs {flag}")));
                    }
                }
                let program = open(config).await?;
                let check_interval_minutes = program.parameters.display().check_interval;
                let draft = AccountDraft { name, check_interval_minutes, ..AccountDraft::default() };
                save(&program, None, draft, fields, json).await
            }
            Self::Edit { account: present, name, fields } => {
                let program = open(config).await?;
                let found = account(&program, &present).await?;
                let version = Some(found.version);
                let mut draft = AccountDraft { version, ..AccountDraft::from(&found.settings) };
                draft.name = name.unwrap_or(draft.name);
                save(&program, Some(found.id), draft, fields, json).await
            }
            Self::Import(arguments) => arguments.run(&open(config).await?, json).await,
            Self::List => list(&open(config).await?, json).await,
            Self::Show { account: name } => {
                let program = open(config).await?;
                show(&account(&program, &name).await?, json)
            }
            Self::Folders { account: name } => {
                let program = open(config).await?;
                folders::run(&program, &enabled(account(&program, &name).await?)?, json).await
            }
            Self::Remove { account: name, keep_messages } => {
                let program = open(config).await?;
                remove(&program, &account(&program, &name).await?, keep_messages, json).await
            }
        }
    }
}

async fn save(
    program: &Program,
    id: Option<AccountId>,
    mut draft: AccountDraft,
    fields: Fields,
    json: bool,
) -> Result<(), Exit> {
    let interval = fields.interval;
    let new_credential = match fields.username.clone() {
        Some(user_name) => {
            // Several accounts of one user name are usual: the credential takes the account's name.
            let name = draft.name.clone();
            let password = Secret(password_from_stdin()?.expose_secret().to_owned());
            Some(NewCredential { name, user_name, password, ..NewCredential::default() })
        }
        None => None,
    };
    if let Some(name) = &fields.credential {
        let found = program.store.find_credential_by_name(name).await?;
        let found = found.ok_or_else(|| Exit::Because(format!("there is no credential named {name:?}")))?;
        draft.credential = Some(found.id);
    }
    if let Some(name) = &fields.connector {
        (draft.use_network_connector, draft.network_connector) = way(program, name).await?;
    }
    let kept = draft.keep_copy;
    apply(fields, &mut draft)?;
    if let Some(seconds) = interval {
        draft.check_interval_minutes = format!("{}", f64::from(seconds) / 60.0);
        if interval_seconds(&draft.check_interval_minutes).is_err() {
            return Err(Exit::Usage("--interval: 30 to 604800 seconds".to_owned()));
        }
    }
    let begins_to_delete = kept && !draft.keep_copy;
    let id = program.accounts.save(&operator(), id, draft, new_credential).await??;
    let saved = program.store.find_account(id, program.clock.now()).await?;
    if let Some(saved) = saved.as_ref().filter(|_| begins_to_delete) {
        let name = &saved.settings.name;
        output::progress(&format!(
            "messages of {name} will be deleted on its server once they are stored here: which ones, \
             `restante check {name:?} --dry-run` says"
        ));
    }
    saved.map_or(Err(Exit::Failed), |saved| show(&saved, json))
}

/// The two answers of the dialog.
async fn way(program: &Program, name: &str) -> Result<(bool, Option<ConnectorId>), Exit> {
    Ok(match name {
        "none" => (false, None),
        "default" => (true, None),
        name => {
            let found = program.store.find_connector_by_name(name).await?;
            let found = found
                .ok_or_else(|| Exit::Because(format!("there is no Network Connector named {name:?}")))?;
            (true, Some(found.id))
        }
    })
}

async fn list(program: &Program, json: bool) -> Result<(), Exit> {
    let accounts = program.store.list_accounts(program.clock.now()).await?;
    if json {
        return output::json(&accounts.iter().map(as_json).collect::<Vec<_>>());
    }
    let rows: Vec<_> = accounts
        .iter()
        .map(|account| {
            let settings = &account.settings;
            vec![
                account.id.0.to_string(),
                settings.name.clone(),
                settings.protocol.label().to_owned(),
                format!("{}:{}", settings.address, settings.port),
                settings.security.id().to_owned(),
                account.status.label().to_owned(),
                account.last_check.map_or_else(|| "never".to_owned(), Timestamp::rfc3339),
                account.messages.to_string(),
            ]
        })
        .collect();
    output::table(
        &["ID", "NAME", "PROTOCOL", "SERVER", "SECURITY", "STATUS", "LAST CHECK", "MESSAGES"],
        &rows,
    )
}

fn show(account: &AccountSummary, json: bool) -> Result<(), Exit> {
    let value = as_json(account);
    if json {
        return output::json(&value);
    }
    let fields = value.as_object().into_iter().flatten();
    fields
        .map(|(key, value)| (key, value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .try_for_each(|(key, value)| output::line(&format!("{key:<24} {}", output::plain(&value))))
}

/// An account as scripts see it; no secret is in reach of this function.
fn as_json(account: &AccountSummary) -> serde_json::Value {
    let settings = &account.settings;
    json!({
        "id": account.id,
        "name": settings.name,
        "protocol": settings.protocol,
        "address": settings.address,
        "port": settings.port,
        "security": settings.security.id(),
        "connector": match settings.way {
            Way::Direct => "none",
            Way::Default => "default",
            Way::Through(_) => account.connector_name.as_deref().unwrap_or_default(),
        },
        "skip_certificate": settings.skip_certificate,
        "authority": settings.authority,
        "trusted_certificate": settings.pinned,
        "keep_copy": settings.keep_copy,
        "automatic_check": settings.automatic_check,
        "interval": settings.check_interval_seconds,
        "enabled": settings.enabled,
        "folders": settings.folders,
        "delete_after_days": settings.delete_after_days,
        "mirror_read_state": settings.mirror_read_state,
        "drop_gone_after_days": settings.drop_gone_after_days,
        "largest_message": settings.largest_message,
        "instant": settings.instant,
        "fetch_since": settings.fetch_since.map(day_text),
        "tags": settings.tags,
        "notes": settings.notes,
        "credential": account.credential_name,
        "status": account.status,
        "last_check": account.last_check.map(Timestamp::rfc3339),
        "last_success": account.last_success.map(Timestamp::rfc3339),
        "next_check": account.next_check.map(Timestamp::rfc3339),
        "messages": account.messages,
        "unread": account.unread,
        "to_index": account.to_index,
        "failure": account.failure,
    })
}

async fn remove(program: &Program, account: &AccountSummary, keep: bool, json: bool) -> Result<(), Exit> {
    match program.accounts.remove(&operator(), account.id, keep).await? {
        Removal::Removed if json => output::json(
            &json!({ "removed": account.settings.name, "messages": account.messages, "kept": keep }),
        ),
        Removal::Removed => {
            let what = if keep { "kept" } else { "removed" };
            output::line(&format!(
                "{} was removed; {} messages {what}",
                account.settings.name, account.messages
            ))
        }
        Removal::InUse => Err(Exit::Busy),
        Removal::Absent => Err(Exit::Because("the account is gone already".to_owned())),
    }
}
