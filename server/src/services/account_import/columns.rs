//! The columns of a file of accounts: how each is called, here, on the screen and in our own export, and what it says.

use model::{AccountDraft, Protocol, SecureConnectionType, Security};

/// What a row says, before anything is looked up.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// The account. Its credential is named, not numbered: see below.
    pub draft: AccountDraft,
    /// *Secure connection*, where it is answered.
    secure: Option<bool>,
    /// *Connection type*, where it is answered.
    security: Option<Security>,
    /// The name of a credential.
    pub credential: String,
    /// The name of a Network Connector, or `default`.
    pub connector: String,
    /// The user name for the mail server.
    pub user_name: String,
    /// The password for the mail server.
    pub password: String,
    port: String,
}

/// What a cell that is not blank says.
enum Take {
    /// This text, which is judged with the account.
    Text(fn(&mut Said) -> &mut String),
    /// Yes or No.
    Answer(fn(&mut Said) -> &mut bool),
    /// One word of a few.
    Word(fn(&mut Said, &str) -> Result<(), String>),
}

/// One column.
pub struct Column {
    /// Its name, which errors carry too.
    pub name: &'static str,
    /// Other names, in lower case; spaces, `_` and `-` are one.
    also: &'static [&'static str],
    take: Take,
    /// A spreadsheet formula that our export made harmless is what it was before.
    pub is_text: bool,
}

/// A text that people write.
const fn text(
    name: &'static str,
    also: &'static [&'static str],
    field: fn(&mut Said) -> &mut String,
) -> Column {
    Column { name, also, take: Take::Text(field), is_text: true }
}

/// A text that machines read.
const fn plain(
    name: &'static str,
    also: &'static [&'static str],
    field: fn(&mut Said) -> &mut String,
) -> Column {
    Column { name, also, take: Take::Text(field), is_text: false }
}

const fn answer(
    name: &'static str,
    also: &'static [&'static str],
    field: fn(&mut Said) -> &mut bool,
) -> Column {
    Column { name, also, take: Take::Answer(field), is_text: false }
}

const fn word(
    name: &'static str,
    also: &'static [&'static str],
    take: fn(&mut Said, &str) -> Result<(), String>,
) -> Column {
    Column { name, also, take: Take::Word(take), is_text: false }
}

/// All that are known.
pub const COLUMNS: [Column; 24] = [
    text("name", &["account name", "account"], |said| &mut said.draft.name),
    word("protocol", &[], |said, cell| {
        let protocol = Protocol::from_id(&cell.to_lowercase()).ok_or("IMAP or POP3.")?;
        said.draft.protocol = protocol;
        Ok(())
    }),
    plain("address", &["host", "server"], |said| &mut said.draft.address),
    plain("port", &[], |said| &mut said.port),
    word("secure_connection", &["use safe connection"], |said, cell| {
        said.secure = Some(yes_no(cell)?);
        Ok(())
    }),
    word("security", &["connection type", "secure connection type"], |said, cell| {
        let security = Security::from_id(&cell.to_lowercase()).ok_or("SSL, TLS or none.")?;
        said.security = Some(security);
        Ok(())
    }),
    text("user_name", &["username", "user", "login"], |said| &mut said.user_name),
    // A password is what it is, with all its blanks and signs.
    plain("password", &[], |said| &mut said.password),
    text("credential", &["credential for authentication"], |said| &mut said.credential),
    text("network_connector", &["connector"], |said| &mut said.connector),
    answer("keep_copy", &["keep copy in server", "keep a copy on the server"], |said| {
        &mut said.draft.keep_copy
    }),
    answer("automatic_check", &[], |said| &mut said.draft.automatic_check),
    answer("enabled", &[], |said| &mut said.draft.enabled),
    answer("skip_certificate", &[], |said| &mut said.draft.skip_certificate),
    plain("check_interval_minutes", &["check interval (minutes)", "check interval"], |said| {
        &mut said.draft.check_interval_minutes
    }),
    answer("instant", &[], |said| &mut said.draft.instant),
    text("folders", &["folder"], |said| &mut said.draft.folders),
    plain("delete_after_days", &["delete after (days)"], |said| &mut said.draft.delete_after_days),
    answer("mirror_read_state", &[], |said| &mut said.draft.mirror_read_state),
    plain("drop_gone_after_days", &["drop when gone (days)"], |said| &mut said.draft.drop_gone_after_days),
    plain("largest_message", &[], |said| &mut said.draft.largest_message),
    plain("fetch_since", &["fetch mail since"], |said| &mut said.draft.fetch_since),
    text("tags", &[], |said| &mut said.draft.tags),
    text("notes", &[], |said| &mut said.draft.notes),
];

/// Columns of our own export that say how an account is doing, not what it is.
const NOT_OURS: [&str; 6] = ["id", "status", "last check", "next check", "messages", "lag"];

/// What a heading names: a column, or nothing that is to be read.
///
/// # Errors
/// It is none that is known.
pub fn column(heading: &str) -> Result<Option<&'static Column>, String> {
    let heading = heading.trim().trim_end_matches('?').to_lowercase().replace(['_', '-'], " ");
    let known = COLUMNS
        .iter()
        .find(|column| column.name.replace('_', " ") == heading || column.also.contains(&heading.as_str()));
    match known {
        None if !NOT_OURS.contains(&heading.as_str()) => Err(heading),
        known => Ok(known),
    }
}

impl Column {
    /// Takes over what stands in a cell; a blank one says nothing.
    ///
    /// # Errors
    /// The sentence for the cell.
    pub fn take(&self, said: &mut Said, cell: &str) -> Result<(), String> {
        if cell.trim().is_empty() {
            return Ok(());
        }
        match self.take {
            Take::Text(field) => cell.clone_into(field(said)),
            Take::Answer(field) => *field(said) = yes_no(cell)?,
            Take::Word(take) => return take(said, cell),
        }
        Ok(())
    }
}

impl Said {
    /// A row in which nothing is said yet.
    pub fn nothing(check_interval_minutes: &str) -> Self {
        let check_interval_minutes = check_interval_minutes.to_owned();
        Self { draft: AccountDraft { check_interval_minutes, ..AccountDraft::default() }, ..Self::default() }
    }

    /// The two fields of the connection from the two columns, and the port that goes with them where none is named.
    pub fn settle(&mut self) {
        let draft = &mut self.draft;
        let kind = self.security.map(Security::connection_type);
        draft.use_safe_connection = self.secure.unwrap_or(kind != Some(None));
        draft.secure_connection_type = match (self.secure, kind) {
            (_, Some(kind)) => kind,
            (Some(_), None) => None,
            (None, None) => Some(SecureConnectionType::Ssl),
        };
        let usual = draft.security().map(|security| draft.protocol.default_port(security).to_string());
        let port = std::mem::take(&mut self.port);
        draft.port = if port.is_empty() { usual.unwrap_or(port) } else { port };
    }
}

fn yes_no(cell: &str) -> Result<bool, String> {
    match cell.trim().to_lowercase().as_str() {
        "yes" | "true" | "1" => Ok(true),
        "no" | "false" | "0" => Ok(false),
        _ => Err("Yes or No.".to_owned()),
    }
}
