//! What there is behind the sign-in: folders, messages, and whether they can be told apart and deleted.

use super::report::{Report, fact, warning};
use mail::{Access, MailError, MailSession, Reach, RemoteFolder};
use model::report::{grouped, size_text};
use model::{AccountSettings, Cause, Protocol, Stage};

/// Folders that are named.
const NAMED: usize = 12;

/// Looks at the folders of the account and tells `report`; `folders` is what its server has.
///
/// # Errors
/// What would keep a check from doing its work.
pub async fn look(
    session: &mut dyn MailSession,
    settings: &AccountSettings,
    report: &mut Report<'_>,
    folders: &mut Vec<RemoteFolder>,
) -> Result<(), MailError> {
    if settings.protocol == Protocol::Imap {
        *folders = session.list().await?;
        report.note(fact(names(folders)));
    }
    let mut missing = None;
    for folder in &settings.folders {
        match look_into(session, settings, folder, report).await {
            Ok(()) => {}
            Err(error) if error.reach == Reach::Mailbox && error.kind == Cause::FolderMissing => {
                report.note(warning(format!("There is no folder {folder}.")));
                missing = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    missing.map_or(Ok(()), Err)
}

async fn look_into(
    session: &mut dyn MailSession,
    settings: &AccountSettings,
    folder: &str,
    report: &mut Report<'_>,
) -> Result<(), MailError> {
    let opened = session.open(folder, Access::ReadOnly).await?;
    if !opened.keys_are_unique {
        if settings.keep_copy {
            let detail = "The server does not answer UIDL.";
            return Err(MailError::account(Stage::Folder, Cause::UidlMissing, detail));
        }
        report.note(fact("There is no UIDL, which is of no consequence where no copy is kept."));
    } else if settings.protocol == Protocol::Pop3 {
        report.note(fact("UIDL: each message has a name of its own, so that none comes twice."));
    }
    let extent = session.extent().await?;
    let messages = match opened.exists {
        1 => "1 message".to_owned(),
        many => format!("{} messages", grouped(many.into())),
    };
    let size = extent.bytes.map_or_else(String::new, |bytes| format!(", {}", size_text(bytes)));
    let oldest =
        extent.oldest.map_or_else(String::new, |at| format!(", the oldest of {}", at.text("Y-m-d", 0)));
    report.note(fact(format!("{folder}: {messages}{size}{oldest}.")));
    if !settings.keep_copy && opened.exists > 0 {
        report.note(warning(format!(
            "{messages} will be deleted on the server once they are stored here: Keep copy in server is No."
        )));
    }
    Ok(())
}

fn names(folders: &[RemoteFolder]) -> String {
    let open: Vec<&str> =
        folders.iter().filter(|folder| folder.selectable).map(|folder| folder.name.as_str()).collect();
    let named = open.get(..NAMED.min(open.len())).unwrap_or_default().join(", ");
    match open.len() {
        0 => "The server lists no folder.".to_owned(),
        1 => format!("1 folder: {named}."),
        many if many > NAMED => format!("{many} folders: {named} and {} more.", many - NAMED),
        many => format!("{many} folders: {named}."),
    }
}
