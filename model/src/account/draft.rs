//! The account dialog's fields as a person types them, and the rules that turn them into settings.

use super::amounts::{
    day_text, delete_after_days, drop_gone_after_days, fetch_since, interval_seconds, largest_message,
    minutes_text, size_text,
};
use super::folders::{folders, folders_text};
use super::host::{address, port};
use super::labels::{notes, tags, tags_text};
use super::{AccountSettings, Protocol, SecureConnectionType, Security};
use crate::certificate::authority;
use crate::field::line;
use crate::{Certificate, ConnectorId, CredentialId, FieldErrors, Way};
use serde::{Deserialize, Serialize};

/// An account as a person types it: the dialog's fields, contradictions and all.
///
/// Port and interval stay text, so that what was typed survives an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the dialog asks as many yes-or-no questions")]
pub struct AccountDraft {
    /// The version of the account that was opened; `None`: whatever is there is replaced.
    #[serde(default)]
    pub version: Option<u32>,
    /// *Account name*
    pub name: String,
    /// *Keep copy in server*
    pub keep_copy: bool,
    /// *Automatic check*
    pub automatic_check: bool,
    /// *Enabled*
    pub enabled: bool,
    /// *Address*
    pub address: String,
    /// *Port*
    pub port: String,
    /// *Protocol*
    pub protocol: Protocol,
    /// *Use Network Connector?*
    pub use_network_connector: bool,
    /// *Network Connector*; blank: the default.
    #[serde(default)]
    pub network_connector: Option<ConnectorId>,
    /// *Credential for authentication*
    pub credential: Option<CredentialId>,
    /// *Skip certificate?*
    pub skip_certificate: bool,
    /// *Certificate authority*: PEM; blank: those of the system.
    #[serde(default)]
    pub authority: String,
    /// *Trust this certificate*
    #[serde(default)]
    pub pinned: Option<Certificate>,
    /// *Use safe connection*
    pub use_safe_connection: bool,
    /// *Secure connection type*; blank where the connection is not safe.
    pub secure_connection_type: Option<SecureConnectionType>,
    /// *Check interval*, in minutes; decimals allowed.
    pub check_interval_minutes: String,
    /// *Folders*, as [`folders`] reads them.
    pub folders: String,
    /// *Delete after (days)*; blank: at once.
    #[serde(default)]
    pub delete_after_days: String,
    /// *Largest message*, in bytes or as `25 MB`; blank: as large as the program allows.
    #[serde(default)]
    pub largest_message: String,
    /// *Drop when gone (days)*; blank: it stays.
    #[serde(default)]
    pub drop_gone_after_days: String,
    /// *Mirror read state*
    #[serde(default)]
    pub mirror_read_state: bool,
    /// *Instant*
    #[serde(default)]
    pub instant: bool,
    /// *Fetch mail since*: a day, such as `2026-01-31`; blank: everything.
    #[serde(default)]
    pub fetch_since: String,
    /// *Tags*, with commas between them.
    #[serde(default)]
    pub tags: String,
    /// *Notes*
    #[serde(default)]
    pub notes: String,
}

impl Default for AccountDraft {
    fn default() -> Self {
        Self {
            version: None,
            name: String::new(),
            keep_copy: true,
            automatic_check: true,
            enabled: true,
            address: String::new(),
            port: "993".to_owned(),
            protocol: Protocol::Imap,
            use_network_connector: false,
            network_connector: None,
            credential: None,
            skip_certificate: false,
            authority: String::new(),
            pinned: None,
            use_safe_connection: true,
            secure_connection_type: Some(SecureConnectionType::Ssl),
            check_interval_minutes: "5".to_owned(),
            folders: crate::mailbox::INBOX.to_owned(),
            delete_after_days: String::new(),
            largest_message: String::new(),
            drop_gone_after_days: String::new(),
            mirror_read_state: false,
            instant: false,
            fetch_since: String::new(),
            tags: String::new(),
            notes: String::new(),
        }
    }
}

impl From<&AccountSettings> for AccountDraft {
    fn from(settings: &AccountSettings) -> Self {
        Self {
            version: None,
            name: settings.name.clone(),
            keep_copy: settings.keep_copy,
            automatic_check: settings.automatic_check,
            enabled: settings.enabled,
            address: settings.address.clone(),
            port: settings.port.to_string(),
            protocol: settings.protocol,
            use_network_connector: settings.way.uses(),
            network_connector: settings.way.connector(),
            credential: Some(settings.credential),
            skip_certificate: settings.skip_certificate,
            authority: settings.authority.clone().unwrap_or_default(),
            pinned: settings.pinned.clone(),
            use_safe_connection: settings.security != Security::Plaintext,
            secure_connection_type: settings.security.connection_type(),
            check_interval_minutes: minutes_text(settings.check_interval_seconds),
            folders: folders_text(&settings.folders),
            delete_after_days: settings.delete_after_days.map_or_else(String::new, |days| days.to_string()),
            largest_message: settings.largest_message.map_or_else(String::new, size_text),
            drop_gone_after_days: settings
                .drop_gone_after_days
                .map_or_else(String::new, |days| days.to_string()),
            mirror_read_state: settings.mirror_read_state,
            instant: settings.instant,
            fetch_since: settings.fetch_since.map_or_else(String::new, day_text),
            tags: tags_text(&settings.tags),
            notes: settings.notes.clone(),
        }
    }
}

impl AccountDraft {
    /// The security that the two connection fields describe.
    ///
    /// # Errors
    /// The sentence for `secure_connection_type` where they contradict each other.
    pub fn security(&self) -> Result<Security, String> {
        match (self.use_safe_connection, self.secure_connection_type) {
            (true, Some(SecureConnectionType::Ssl)) => Ok(Security::ImplicitTls),
            (true, Some(SecureConnectionType::Tls)) => Ok(Security::StartTls),
            (true, None) => Err("Choose SSL or TLS for a safe connection.".to_owned()),
            (false, None) => Ok(Security::Plaintext),
            (false, Some(_)) => Err("Leave this blank, or answer Yes to Use safe connection.".to_owned()),
        }
    }

    /// What this asks of a POP3 account that only IMAP can do. Whoever switches the dialog to POP3 and back finds these
    /// answers again; in a file or on a command line they are a mistake.
    pub fn beyond_pop3(&self) -> FieldErrors {
        let asked = [
            ("instant", self.instant),
            ("fetch_since", !self.fetch_since.trim().is_empty()),
            ("mirror_read_state", self.mirror_read_state),
            ("drop_gone_after_days", !self.drop_gone_after_days.trim().is_empty()),
        ];
        let mut errors = FieldErrors::default();
        for (field, _) in asked.into_iter().filter(|(_, asked)| *asked && self.protocol == Protocol::Pop3) {
            errors.add(field, "IMAP alone can do this: leave it out for POP3.");
        }
        errors
    }

    /// The settings that this draft describes.
    ///
    /// # Errors
    /// Every field that is wrong, each with its sentence. Whether the name is free, and credential and Network Connector
    /// exist, is for the server to say.
    pub fn validate(&self) -> Result<AccountSettings, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = keep(line(&self.name, 100), "name", &mut errors);
        let address = keep(address(&self.address), "address", &mut errors);
        let port = keep(port(&self.port), "port", &mut errors);
        let security = keep(self.security(), "secure_connection_type", &mut errors);
        let interval =
            keep(interval_seconds(&self.check_interval_minutes), "check_interval_minutes", &mut errors);
        let folders = keep(folders(self.protocol, &self.folders), "folders", &mut errors);
        let delete_after_days =
            keep(delete_after_days(&self.delete_after_days), "delete_after_days", &mut errors);
        let drop_gone_after_days =
            keep(drop_gone_after_days(&self.drop_gone_after_days), "drop_gone_after_days", &mut errors);
        let largest_message = keep(largest_message(&self.largest_message), "largest_message", &mut errors);
        let authority = keep(authority(&self.authority), "authority", &mut errors);
        let fetch_since = keep(fetch_since(&self.fetch_since), "fetch_since", &mut errors);
        let tags = keep(tags(&self.tags), "tags", &mut errors);
        let notes = keep(notes(&self.notes), "notes", &mut errors);
        let credential = keep(
            self.credential.ok_or_else(|| "Choose a credential, or create a new one.".to_owned()),
            "credential",
            &mut errors,
        );
        if self.pinned.as_ref().is_some_and(|certificate| !certificate.is_plausible()) {
            errors.add("pinned", "This is no certificate. Test the connection, and trust what it shows.");
        }
        let days = delete_after_days.zip(drop_gone_after_days);
        let policy = days.zip(largest_message).zip(authority).zip(fetch_since);
        match (name, address, port, security, interval, folders, credential, policy, tags.zip(notes)) {
            (
                Some(name),
                Some(address),
                Some(port),
                Some(security),
                Some(check_interval_seconds),
                Some(folders),
                Some(credential),
                Some((
                    (((delete_after_days, drop_gone_after_days), largest_message), authority),
                    fetch_since,
                )),
                Some((tags, notes)),
            ) if errors.is_empty() => Ok(AccountSettings {
                name,
                keep_copy: self.keep_copy,
                automatic_check: self.automatic_check,
                enabled: self.enabled,
                address,
                port,
                protocol: self.protocol,
                security,
                way: Way::from_answers(self.use_network_connector, self.network_connector),
                skip_certificate: self.skip_certificate,
                // Skipping is the last rung: what stands above it means nothing any more.
                authority: authority.filter(|_| !self.skip_certificate),
                pinned: self.pinned.clone().filter(|_| !self.skip_certificate),
                credential,
                check_interval_seconds,
                folders,
                delete_after_days,
                largest_message,
                drop_gone_after_days,
                mirror_read_state: self.mirror_read_state,
                // POP3 has no way to tell of new mail: the answer waits for an IMAP day.
                instant: self.instant && self.protocol == Protocol::Imap,
                // Nor has it a way to tell when a message came.
                fetch_since: fetch_since.filter(|_| self.protocol == Protocol::Imap),
                tags,
                notes,
            }),
            _ => Err(errors),
        }
    }
}

fn keep<T>(result: Result<T, String>, field: &str, errors: &mut FieldErrors) -> Option<T> {
    result.map_err(|message| errors.add(field, message)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    fn draft() -> AccountDraft {
        AccountDraft {
            name: "Sales".into(),
            address: "mail.example.org".into(),
            credential: Some(CredentialId(1)),
            ..AccountDraft::default()
        }
    }

    #[test]
    fn the_seeds_example_is_valid_as_written() {
        let settings = AccountDraft {
            address: "127.0.0.1".into(),
            port: "2993".into(),
            skip_certificate: true,
            use_safe_connection: false,
            secure_connection_type: None,
            ..draft()
        }
        .validate()
        .unwrap();
        assert_eq!((settings.port, settings.security), (2993, Security::Plaintext));
        assert!(
            settings.skip_certificate && settings.keep_copy && settings.automatic_check && settings.enabled
        );
    }

    #[test]
    fn contradictions_are_refused_at_their_field() {
        let safe_without_type = AccountDraft { secure_connection_type: None, ..draft() };
        let unsafe_with_type = AccountDraft { use_safe_connection: false, ..draft() };
        for (draft, field) in [
            (safe_without_type, "secure_connection_type"),
            (unsafe_with_type, "secure_connection_type"),
            (AccountDraft { credential: None, ..draft() }, "credential"),
            (AccountDraft { protocol: Protocol::Pop3, folders: "Sent".into(), ..draft() }, "folders"),
        ] {
            assert!(draft.validate().unwrap_err().at(field).is_some(), "{field}");
        }
    }

    #[test]
    fn all_errors_come_at_once() {
        let errors = AccountDraft { name: " ".into(), address: String::new(), port: "0".into(), ..draft() }
            .validate()
            .unwrap_err();
        assert_eq!(errors.0.len(), 3);
    }

    #[test]
    fn a_page_from_before_the_policies_is_understood() {
        let old = r#"{"name":"","keep_copy":true,"automatic_check":true,"enabled":true,"address":"","port":"",
            "protocol":"imap","use_network_connector":false,"credential":null,"skip_certificate":false,
            "use_safe_connection":false,"secure_connection_type":null,"check_interval_minutes":"","folders":""}"#;
        assert!(serde_json::from_str::<AccountDraft>(old).is_ok(), "a page from before these fields");
    }

    #[test]
    fn pop3_is_never_instant() {
        let pop3 = AccountDraft { protocol: Protocol::Pop3, instant: true, ..draft() };
        assert!(!pop3.validate().unwrap().instant);
        assert!(AccountDraft { instant: true, ..draft() }.validate().unwrap().instant);
        let pop3 = AccountDraft { protocol: Protocol::Pop3, fetch_since: "2026-01-31".into(), ..draft() };
        assert_eq!(pop3.validate().unwrap().fetch_since, None, "nor does it know when a message came");
        for wrong in ["yesterday", "2026-02-30", "2026-01-31T10:00"] {
            let draft = AccountDraft { fetch_since: wrong.into(), ..draft() };
            assert!(draft.validate().unwrap_err().at("fetch_since").is_some(), "{wrong}");
        }
    }

    #[test]
    fn settings_survive_the_way_through_the_form() {
        for seconds in [30, 45, 90, 300] {
            let settings = AccountSettings {
                check_interval_seconds: seconds,
                delete_after_days: Some(seconds),
                largest_message: Some(u64::from(seconds) * 1000 + 1),
                drop_gone_after_days: Some(seconds + 1),
                mirror_read_state: true,
                way: Way::Through(ConnectorId(3)),
                instant: true,
                fetch_since: Timestamp::from_date("2026-01-31"),
                tags: vec!["Sales".into(), "north east".into()],
                notes: "Ask Anna\nbefore a change.".into(),
                ..draft().validate().unwrap()
            };
            assert_eq!(AccountDraft::from(&settings).validate().unwrap(), settings);
        }
    }
}
