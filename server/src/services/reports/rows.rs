//! The lines of reports as text, cell by cell, and what stands above them. Deliberately absent: what is made of them
//! (see `csv` and `page`).

use model::account::tags_text;
use model::{
    AccountSummary, AuditRecord, Cause, Change, ConnectorSummary, CredentialSource, CredentialSummary,
    MessageSummary, Receipt, Security, Timestamp,
};

/// Above [`account`].
pub const ACCOUNT: &[&str] = &[
    "ID",
    "Name",
    "Secure connection",
    "Connection type",
    "Protocol",
    "Address",
    "Port",
    "Automatic check",
    "Keep a copy on the server",
    "Skip certificate",
    "Status",
    "Last check",
    "Next check",
    "Messages",
    "Tags",
    "Notes",
];
/// Above [`connector`].
pub const CONNECTOR: &[&str] = &[
    "ID",
    "Name",
    "Kind",
    "Address",
    "Port",
    "TLS to the proxy",
    "Credential",
    "Enabled",
    "Default",
    "Accounts",
];
/// Above [`message`].
pub const MESSAGE: &[&str] =
    &["ID", "Account", "Folder", "Sender", "Address", "Subject", "Attachments", "Size", "Received", "Unread"];
/// Above [`receipt`].
pub const RECEIPT: &[&str] = &[
    "Deleted on the server",
    "Message ID",
    "Subject",
    "Folder",
    "UIDVALIDITY",
    "Name on the server",
    "Size",
    "BLAKE3",
    "Why",
];
/// Above [`audit`].
pub const AUDIT: &[&str] = &["ID", "When", "Who", "From", "Action", "Kind", "Kind ID", "On what", "Changes"];
/// Above [`credential`].
pub const CREDENTIAL: &[&str] = &[
    "ID",
    "Name",
    "Kind",
    "Source",
    "User name",
    "Used by",
    "Accounts",
    "Last rotated",
    "Last used",
    "Last failed",
    "Cause",
    "Failure",
];

/// A line of the accounts report.
pub fn account(account: &AccountSummary) -> Vec<String> {
    let settings = &account.settings;
    let date = |at: Option<Timestamp>| at.map_or_else(String::new, Timestamp::rfc3339);
    cells([
        account.id.0.to_string().as_str(),
        &settings.name,
        yes_no(settings.security != Security::Plaintext),
        settings.security.connection_type().map_or("", |kind| kind.label()),
        settings.protocol.label(),
        &settings.address,
        &settings.port.to_string(),
        yes_no(settings.automatic_check),
        yes_no(settings.keep_copy),
        yes_no(settings.skip_certificate),
        account.status.label(),
        &date(account.last_check),
        &date(account.next_check),
        &account.messages.to_string(),
        &tags_text(&settings.tags),
        &settings.notes,
    ])
}

/// A line of the Inbox.
pub fn message(message: &MessageSummary) -> Vec<String> {
    cells([
        message.id.0.to_string().as_str(),
        &message.account_name,
        &message.folder,
        &message.sender.name,
        &message.sender.address,
        &message.subject,
        &message.attachments.to_string(),
        &message.size.to_string(),
        &message.received.rfc3339(),
        yes_no(message.unread),
    ])
}

/// A line of the receipts.
pub fn receipt(receipt: &Receipt) -> Vec<String> {
    cells([
        receipt.at.rfc3339().as_str(),
        &receipt.message.0.to_string(),
        receipt.subject.as_deref().unwrap_or_default(),
        &receipt.folder,
        &receipt.uid_validity.map_or_else(String::new, |uid_validity| uid_validity.to_string()),
        &receipt.key.text(),
        &receipt.size.to_string(),
        &receipt.blake3,
        &receipt.reason,
    ])
}

/// A line of the audit.
pub fn audit(record: &AuditRecord) -> Vec<String> {
    let change = |change: &Change| {
        let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
        format!("{}: {} → {}", change.field, side(&change.before), side(&change.after))
    };
    cells([
        record.id.to_string().as_str(),
        &record.at.rfc3339(),
        &record.who_text(),
        record.address.as_deref().unwrap_or_default(),
        &record.action,
        &record.noun,
        &record.subject_id.map_or_else(String::new, |id| id.to_string()),
        &record.subject,
        &record.changes.iter().map(change).collect::<Vec<_>>().join(" | "),
    ])
}

/// A line of the vault.
pub fn credential(credential: &CredentialSummary) -> Vec<String> {
    let failed = credential.failed.as_ref();
    let accounts: Vec<&str> = credential.accounts.iter().map(|account| account.name.as_str()).collect();
    let source = credential.source.as_ref().map_or_else(|| "sealed here".to_owned(), CredentialSource::words);
    cells([
        credential.id.0.to_string().as_str(),
        &credential.name,
        credential.kind.label(),
        &source,
        &credential.user_name,
        &credential.used_by.to_string(),
        &accounts.join(", "),
        &credential.rotated.rfc3339(),
        &credential.last_used.map(Timestamp::rfc3339).unwrap_or_default(),
        &failed.map(|failed| failed.at.rfc3339()).unwrap_or_default(),
        failed.and_then(|failed| failed.cause).map(Cause::id).unwrap_or_default(),
        failed.map(|failed| failed.error.as_str()).unwrap_or_default(),
    ])
}

/// A line of the Network Connectors.
pub fn connector(connector: &ConnectorSummary) -> Vec<String> {
    let settings = &connector.settings;
    cells([
        connector.id.0.to_string().as_str(),
        &settings.name,
        settings.kind.label(),
        &settings.address,
        &settings.port.to_string(),
        yes_no(settings.tls),
        connector.credential_name.as_deref().unwrap_or_default(),
        yes_no(settings.enabled),
        yes_no(connector.is_default),
        &(connector.used_by + connector.inherited_by).to_string(),
    ])
}

fn cells<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).into()
}

fn yes_no(yes: bool) -> &'static str {
    if yes { "Yes" } else { "No" }
}
