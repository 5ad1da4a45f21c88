//! What the dialog knows while somebody fills it in, and the rules that tie its fields together.

mod fill_in;

use crate::api::credentials::NewCredential;
use crate::components::display::{Look, look};
use model::{
    AccountDraft, AccountSettings, AccountSummary, CredentialId, FieldErrors, Protocol, Remedy,
    SecureConnectionType, Security,
};

/// The fields of the dialog: stable name, label on the screen.
const LABELS: [(&str, &str); 27] = [
    ("name", "Account name"),
    ("keep_copy", "Keep copy in server"),
    ("automatic_check", "Automatic check"),
    ("enabled", "Enabled"),
    ("address", "Address"),
    ("port", "Port"),
    ("protocol", "Protocol"),
    ("use_network_connector", "Use Network Connector?"),
    ("network_connector", "Network Connector"),
    ("credential", "Credential for authentication"),
    ("credential_name", "Credential name"),
    ("user_name", "User name"),
    ("password", "Password"),
    ("skip_certificate", "Skip certificate?"),
    ("authority", "Certificate authority"),
    ("use_safe_connection", "Use safe connection"),
    ("secure_connection_type", "Secure connection type"),
    ("check_interval_minutes", "Check interval (minutes)"),
    ("instant", "Instant"),
    ("folders", "Folders"),
    ("delete_after_days", "Delete after (days)"),
    ("mirror_read_state", "Mirror read state"),
    ("drop_gone_after_days", "Drop when gone (days)"),
    ("largest_message", "Largest message"),
    ("fetch_since", "Fetch mail since"),
    ("tags", "Tags"),
    ("notes", "Notes"),
];

/// The label of a field; empty for a name that the dialog does not show.
pub fn label(field: &str) -> &'static str {
    LABELS.iter().find(|(name, _)| *name == field).map_or("", |(_, label)| label)
}

/// The id of a field's control.
pub fn control_id(field: &str) -> String {
    format!("account-{}", field.replace('_', "-"))
}

/// A draft being edited, the credential being created with it, and what is wrong so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountForm {
    /// The account.
    pub draft: AccountDraft,
    /// The credential to create in the same step; it wins over the draft's choice.
    pub new_credential: Option<NewCredential>,
    /// What is wrong, as far as it has been said.
    pub errors: FieldErrors,
    /// True once the port is the person's own: it no longer follows protocol and security.
    port_typed: bool,
    /// Fields somebody has typed in; the others are not judged before Save.
    touched: Vec<&'static str>,
    /// The e-mail address whose settings were filled in last; it named the account, unless somebody changed that.
    found_for: String,
    /// What stood here when the connection was last tested.
    pub tested: (AccountDraft, Option<NewCredential>),
    saved: (AccountDraft, Option<NewCredential>),
}

impl AccountForm {
    /// A form for a new account. With an empty vault it starts on *New credential…*.
    pub fn blank(vault_is_empty: bool) -> Self {
        let check_interval_minutes = look(Look::CheckInterval);
        let draft = AccountDraft { check_interval_minutes, ..AccountDraft::default() };
        Self::from_draft(draft, vault_is_empty.then(NewCredential::default))
    }

    /// A form for an account that exists.
    pub fn of(AccountSummary { settings, version, .. }: &AccountSummary) -> Self {
        Self::from_draft(AccountDraft { version: Some(*version), ..AccountDraft::from(settings) }, None)
    }

    /// A form for another account like this one.
    pub fn copy_of(settings: &AccountSettings) -> Self {
        let mut form = Self::from_draft(AccountDraft::from(settings), None);
        form.draft.name = format!("{} (copy)", settings.name);
        form
    }

    fn from_draft(draft: AccountDraft, new_credential: Option<NewCredential>) -> Self {
        let saved = (draft.clone(), new_credential.clone());
        let port_typed = draft.port != default_port(&draft);
        let (errors, touched, found_for) = (FieldErrors::default(), Vec::new(), String::new());
        let tested = (AccountDraft::default(), None);
        Self { draft, new_credential, errors, port_typed, touched, found_for, tested, saved }
    }

    /// True where leaving now would lose something.
    pub fn changed(&self) -> bool {
        (&self.draft, &self.new_credential) != (&self.saved.0, &self.saved.1)
    }

    /// True where the account would be looked for at another place, or in another name, than before.
    pub fn moves(&self) -> bool {
        let before = &self.saved.0;
        self.draft.address.trim() != before.address
            || self.draft.port.trim() != before.port
            || self.draft.protocol != before.protocol
            || self.draft.credential != before.credential
            || self.new_credential.is_some()
    }

    /// True where nothing was changed since the connection was last tested.
    pub fn is_as_tested(&self) -> bool {
        (&self.draft, &self.new_credential) == (&self.tested.0, &self.tested.1)
    }

    /// True where saving would have mail deleted on a server that kept it so far, or in another mailbox than so far.
    pub fn empties(&self) -> bool {
        let before = &self.saved.0;
        let begins = before.keep_copy || !before.enabled || self.moves();
        self.draft.enabled && !self.draft.keep_copy && begins
    }

    /// The port as typed. Blank again, it follows protocol and security once more.
    pub fn set_port(&mut self, port: String) {
        self.port_typed = !port.trim().is_empty();
        self.draft.port = port;
    }

    /// The protocol, and the port that goes with it.
    pub fn set_protocol(&mut self, protocol: Protocol) {
        self.draft.protocol = protocol;
        self.follow();
        self.judge_again("folders");
    }

    /// *Use safe connection*: No leaves the type blank, Yes starts with SSL.
    pub fn set_safe_connection(&mut self, safe: bool) {
        self.draft.use_safe_connection = safe;
        self.draft.secure_connection_type = safe.then_some(SecureConnectionType::Ssl);
        self.follow();
        self.judge_again("secure_connection_type");
    }

    /// *Secure connection type*, and the port that goes with it.
    pub fn set_connection_type(&mut self, kind: Option<SecureConnectionType>) {
        self.draft.secure_connection_type = kind;
        self.follow();
    }

    /// *Use Network Connector?*: No leaves the connector blank.
    pub fn set_use_network_connector(&mut self, uses: bool) {
        self.draft.use_network_connector = uses;
        if !uses {
            self.draft.network_connector = None;
        }
        self.errors.0.retain(|error| error.field != "network_connector");
    }

    /// A credential of the vault, or none yet.
    pub fn choose_credential(&mut self, credential: Option<CredentialId>) {
        self.draft.credential = credential;
        self.new_credential = None;
        self.errors
            .0
            .retain(|error| !matches!(error.field.as_str(), "credential_name" | "user_name" | "password"));
    }

    /// *New credential…*
    pub fn create_credential(&mut self) {
        self.draft.credential = None;
        self.new_credential.get_or_insert_default();
    }

    /// Notes that `field` was changed. An error that stands there is judged again, so that it goes as soon as it is
    /// put right.
    pub fn touch(&mut self, field: &'static str) {
        if !self.touched.contains(&field) {
            self.touched.push(field);
        }
        self.judge_again(field);
    }

    /// Judges `field` as its person leaves it. A field that nobody typed in is left in peace.
    pub fn leave(&mut self, field: &'static str) {
        if self.touched.contains(&field) {
            self.judge(field);
        }
    }

    /// Judges everything; true where it can be saved.
    pub fn judge_all(&mut self) -> bool {
        self.errors = self.problems();
        self.errors.is_empty()
    }

    /// Judges what a connection test needs, which is everything but a name; true where it can be tested.
    pub fn judge_for_test(&mut self) -> bool {
        self.errors = self.problems();
        self.errors.0.retain(|error| error.field != "name");
        self.errors.is_empty()
    }

    /// Changes what a failed connection test asks for; false where a person has to.
    pub fn apply(&mut self, remedy: &Remedy) -> bool {
        let port = self.draft.port.clone();
        let applied = remedy.apply(&mut self.draft);
        self.port_typed |= self.draft.port != port;
        applied
    }

    fn judge_again(&mut self, field: &str) {
        if self.errors.at(field).is_some() {
            self.judge(field);
        }
    }

    fn judge(&mut self, field: &str) {
        let now = self.problems();
        self.errors.0.retain(|error| error.field != field);
        self.errors.0.extend(now.0.into_iter().filter(|error| error.field == field));
    }

    fn problems(&self) -> FieldErrors {
        let mut errors = self.draft.validate().err().unwrap_or_default();
        if let Some(credential) = &self.new_credential {
            errors.0.retain(|error| error.field != "credential");
            let mut required = |field: &str, text: &str| {
                if text.trim().is_empty() {
                    errors.add(field, "This field is required.");
                }
            };
            required("user_name", &credential.user_name);
            required("password", &credential.password.0);
        }
        errors
    }

    fn follow(&mut self) {
        if !self.port_typed {
            self.draft.port = default_port(&self.draft);
            self.judge_again("port");
        }
    }
}

/// The port that belongs to protocol and security. A safe connection whose type is not chosen yet counts as SSL.
fn default_port(draft: &AccountDraft) -> String {
    let security = draft.security().unwrap_or(Security::ImplicitTls);
    draft.protocol.default_port(security).to_string()
}

/// True for an address that never leaves this machine, so that nobody can listen on the way.
pub fn is_loopback(address: &str) -> bool {
    let address = address.trim().trim_start_matches('[').trim_end_matches(']');
    let name = address.trim_end_matches('.').to_ascii_lowercase();
    address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        || name == "localhost"
        || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::credentials::Secret;

    fn form() -> AccountForm {
        AccountForm::blank(false)
    }

    #[test]
    fn the_port_follows_protocol_and_security() {
        let mut form = form();
        form.set_protocol(Protocol::Pop3);
        assert_eq!(form.draft.port, "995");
        form.set_connection_type(Some(SecureConnectionType::Tls));
        assert_eq!(form.draft.port, "110");
        form.set_safe_connection(false);
        form.set_protocol(Protocol::Imap);
        assert_eq!(form.draft.port, "143");
        form.set_safe_connection(true);
        assert_eq!(form.draft.port, "993");
    }

    #[test]
    fn a_typed_port_stays_until_it_is_blank_again() {
        let mut form = form();
        form.set_port("2993".into());
        form.set_safe_connection(false);
        form.set_protocol(Protocol::Pop3);
        assert_eq!(form.draft.port, "2993");
        form.set_port(String::new());
        form.set_protocol(Protocol::Imap);
        assert_eq!(form.draft.port, "143");
    }

    #[test]
    fn an_unsafe_connection_has_no_type() {
        let mut form = form();
        form.set_safe_connection(false);
        assert_eq!(form.draft.secure_connection_type, None);
        form.set_safe_connection(true);
        assert_eq!(form.draft.secure_connection_type, Some(SecureConnectionType::Ssl));
    }

    #[test]
    fn the_seeds_example_can_be_saved_as_it_is_typed() {
        let mut form = form();
        form.draft.name = "Sales".into();
        form.draft.address = "127.0.0.1".into();
        form.set_port("2993".into());
        form.set_protocol(Protocol::Imap);
        form.create_credential();
        form.new_credential = Some(NewCredential {
            name: String::new(),
            user_name: "sales".into(),
            password: Secret("secret".into()),
            ..NewCredential::default()
        });
        form.draft.skip_certificate = true;
        form.set_safe_connection(false);
        assert!(form.judge_all(), "{}", form.errors);
    }

    #[test]
    fn a_field_is_judged_when_it_is_left_and_forgiven_when_it_is_put_right() {
        let mut form = form();
        form.leave("address");
        assert!(form.errors.is_empty(), "nothing was typed yet");
        form.draft.address = "imap://x".into();
        form.touch("address");
        assert!(form.errors.is_empty(), "still typing");
        form.leave("address");
        assert!(form.errors.at("address").is_some());
        form.draft.address = "mail.example.org".into();
        form.touch("address");
        assert!(form.errors.is_empty());
    }

    #[test]
    fn a_new_credential_needs_user_name_and_password() {
        let mut form = AccountForm::blank(true);
        assert!(!form.judge_all());
        assert!(form.errors.at("user_name").is_some() && form.errors.at("password").is_some());
        assert_eq!(form.errors.at("credential"), None);
        form.choose_credential(Some(CredentialId(1)));
        assert_eq!(form.errors.at("password"), None);
    }

    #[test]
    fn another_protocol_settles_what_its_predecessor_broke() {
        let mut form = form();
        form.draft.folders = "Sent".into();
        form.set_protocol(Protocol::Pop3);
        form.judge_all();
        assert!(form.errors.at("folders").is_some());
        form.set_protocol(Protocol::Imap);
        assert_eq!(form.errors.at("folders"), None);
    }

    #[test]
    fn only_a_difference_is_a_change() {
        let mut form = form();
        form.set_protocol(Protocol::Pop3);
        assert!(form.changed() && form.moves());
        form.set_protocol(Protocol::Imap);
        assert!(!form.changed() && !form.moves());
    }

    #[test]
    fn loopback_addresses() {
        for inside in ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost", "Mail.LocalHost."] {
            assert!(is_loopback(inside), "{inside}");
        }
        for outside in ["", "10.0.0.1", "mail.example.org", "localhost.example.org", "::"] {
            assert!(!is_loopback(outside), "{outside}");
        }
    }

    #[test]
    fn every_label_has_one_control() {
        let ids: std::collections::BTreeSet<_> = LABELS.iter().map(|(field, _)| control_id(field)).collect();
        assert_eq!(ids.len(), LABELS.len());
        assert_eq!(label("keep_copy"), "Keep copy in server");
        assert_eq!(label("colour"), "");
    }
}
