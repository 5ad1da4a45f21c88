//! The fields of an account as flags, and what they make of a draft. Deliberately absent: saving it (see `account`).

use super::account::yes_no;
use super::{Exit, trust};
use clap::Args;
use model::account::folders_text;
use model::{AccountDraft, Protocol, Security};

/// The fields of an account.
#[derive(Debug, Args)]
pub struct Fields {
    /// imap or pop3
    #[arg(long, value_parser = protocol)]
    pub(super) protocol: Option<Protocol>,
    /// Host name or IP address
    #[arg(long)]
    pub(super) address: Option<String>,
    /// 1 to 65535 [default: the registered port]
    #[arg(long)]
    pub(super) port: Option<u16>,
    /// none, ssl (implicit TLS) or tls (STARTTLS, STLS)
    #[arg(long, value_parser = security)]
    pub(super) security: Option<Security>,
    /// Accept any certificate (yes where given without a value)
    #[arg(long, value_name = "yes|no", num_args = 0..=1, default_missing_value = "yes", value_parser = yes_no)]
    pub(super) skip_certificate: Option<bool>,
    #[command(flatten)]
    pub(super) trust: trust::Arguments,
    /// Leave messages on the server (no: deleted there once durable here)
    #[arg(long, value_name = "yes|no", value_parser = yes_no)]
    pub(super) keep_copy: Option<bool>,
    /// Name of the Network Connector to go through; default: whichever is the default; none: direct
    #[arg(long, value_name = "NAME|default|none")]
    pub(super) connector: Option<String>,
    /// Check on a schedule
    #[arg(long, value_name = "yes|no", value_parser = yes_no)]
    pub(super) automatic_check: Option<bool>,
    /// Seconds between automatic checks
    #[arg(long, value_name = "SECONDS")]
    pub(super) interval: Option<u32>,
    /// Folders to fetch, separated by commas; a name with a comma between double quotes [default: INBOX]
    #[arg(long, value_name = "A,B")]
    pub(super) folders: Option<String>,
    /// One folder to fetch, its name taken as it is; may be given several times
    #[arg(long, value_name = "NAME", conflicts_with = "folders")]
    pub(super) folder: Vec<String>,
    /// Without a copy: days after which a message that is durable here is deleted on the server (0: at once)
    #[arg(long, value_name = "N")]
    pub(super) delete_after_days: Option<u32>,
    /// Read and flagged state is the same here and on the server; IMAP with a copy (yes where given without a value)
    #[arg(long, value_name = "yes|no", num_args = 0..=1, default_missing_value = "yes", value_parser = yes_no)]
    pub(super) mirror_read_state: Option<bool>,
    /// With a copy: days after which a message that left its server is dropped here (0: it stays)
    #[arg(long, value_name = "N")]
    pub(super) drop_gone_after_days: Option<u32>,
    /// Leave larger messages on the server (0: as large as the program allows)
    #[arg(long, value_name = "BYTES")]
    pub(super) largest_message: Option<u64>,
    /// Keep a connection to INBOX open so that new mail is here at once (yes where given without a value)
    #[arg(long, value_name = "yes|no", num_args = 0..=1, default_missing_value = "yes", value_parser = yes_no)]
    pub(super) instant: Option<bool>,
    /// Leave older mail on the server, such as 2026-01-31; IMAP alone [blank: fetch everything]
    #[arg(long, value_name = "DAY")]
    pub(super) fetch_since: Option<String>,
    /// Words by which the accounts are searched [blank: none]
    #[arg(long, value_name = "A,B")]
    pub(super) tags: Option<String>,
    /// What people want to remember of it [blank: nothing]
    #[arg(long, value_name = "TEXT")]
    pub(super) notes: Option<String>,
    /// Never contact it
    #[arg(long, conflicts_with = "enabled")]
    pub(super) disabled: bool,
    /// Contact it again
    #[arg(long)]
    pub(super) enabled: bool,
    /// User name for the mail server, stored with the password as a new credential
    #[arg(long, requires = "password_stdin", conflicts_with = "credential")]
    pub(super) username: Option<String>,
    /// Read the password from the first line of stdin
    #[arg(long, requires = "username")]
    pub(super) password_stdin: bool,
    /// Name of an existing credential
    #[arg(long)]
    pub(super) credential: Option<String>,
}

fn protocol(id: &str) -> Result<Protocol, String> {
    Protocol::from_id(id).ok_or_else(|| "expected imap or pop3".to_owned())
}

fn security(id: &str) -> Result<Security, String> {
    Security::from_id(id).ok_or_else(|| "expected none, ssl or tls".to_owned())
}

/// Gives `draft` what was named; the rest stays.
///
/// # Errors
/// What contradicts itself, as a usage error.
pub fn apply(fields: Fields, draft: &mut AccountDraft) -> Result<(), Exit> {
    let security = fields.security.or_else(|| draft.security().ok()).unwrap_or(Security::ImplicitTls);
    let protocol = fields.protocol.unwrap_or(draft.protocol);
    if fields.security.is_some() || fields.protocol.is_some() {
        draft.port = protocol.default_port(security).to_string();
    }
    if let Some(port) = fields.port {
        draft.port = port.to_string();
    }
    draft.protocol = protocol;
    refuse_beyond(protocol, &fields)?;
    draft.use_safe_connection = security != Security::Plaintext;
    draft.secure_connection_type = security.connection_type();
    draft.address = fields.address.unwrap_or_else(|| std::mem::take(&mut draft.address));
    draft.skip_certificate = fields.skip_certificate.unwrap_or(draft.skip_certificate);
    fields.trust.apply(draft)?;
    draft.keep_copy = fields.keep_copy.unwrap_or(draft.keep_copy);
    draft.automatic_check = fields.automatic_check.unwrap_or(draft.automatic_check);
    if !fields.folder.is_empty() {
        draft.folders = folders_text(&fields.folder);
    } else if let Some(folders) = fields.folders {
        draft.folders = folders;
    }
    if let Some(days) = fields.delete_after_days {
        draft.delete_after_days = given(u64::from(days));
    }
    if let Some(bytes) = fields.largest_message {
        draft.largest_message = given(bytes);
    }
    draft.mirror_read_state = fields.mirror_read_state.unwrap_or(draft.mirror_read_state);
    if let Some(days) = fields.drop_gone_after_days {
        draft.drop_gone_after_days = given(u64::from(days));
    }
    draft.instant = fields.instant.unwrap_or(draft.instant);
    draft.fetch_since = fields.fetch_since.unwrap_or_else(|| std::mem::take(&mut draft.fetch_since));
    draft.tags = fields.tags.unwrap_or_else(|| std::mem::take(&mut draft.tags));
    draft.notes = fields.notes.unwrap_or_else(|| std::mem::take(&mut draft.notes));
    draft.enabled = (draft.enabled || fields.enabled) && !fields.disabled;
    Ok(())
}

/// Says so where POP3 is asked for what IMAP alone can do. What an account kept from before it became POP3 rests.
fn refuse_beyond(protocol: Protocol, fields: &Fields) -> Result<(), Exit> {
    let asked = AccountDraft {
        protocol,
        instant: fields.instant.unwrap_or(false),
        fetch_since: fields.fetch_since.clone().unwrap_or_default(),
        mirror_read_state: fields.mirror_read_state.unwrap_or(false),
        drop_gone_after_days: fields.drop_gone_after_days.map_or_else(String::new, |days| given(days.into())),
        ..AccountDraft::default()
    };
    let errors = asked.beyond_pop3();
    let first = errors.0.into_iter().next();
    first.map_or(Ok(()), |error| {
        Err(Exit::Usage(format!("--{}: {}", error.field.replace('_', "-"), error.message)))
    })
}

/// A number as a person types it; 0 stands for a blank field.
fn given(number: u64) -> String {
    if number == 0 { String::new() } else { number.to_string() }
}
