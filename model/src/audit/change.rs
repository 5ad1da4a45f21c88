//! What a deed changed: each field by its stable name, before and after, as text. Made of what people may see.

use crate::AccountSettings;
use serde::{Deserialize, Serialize};

/// Longest value that is kept of a field.
const LONGEST: usize = 500;

/// One field that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its stable name, such as `keep_copy`.
    pub field: String,
    /// What it was; `None` where there was nothing.
    #[serde(default)]
    pub before: Option<String>,
    /// What it is; `None` where there is nothing any more.
    #[serde(default)]
    pub after: Option<String>,
}

impl Change {
    /// A field that has a value now.
    pub fn set(field: &str, after: &(impl ToString + ?Sized)) -> Self {
        Self { field: field.to_owned(), before: None, after: Some(bounded(&after.to_string())) }
    }

    /// A field that has another value now.
    pub fn between<T: ToString + ?Sized>(field: &str, before: &T, after: &T) -> Self {
        Self { before: Some(bounded(&before.to_string())), ..Self::set(field, after) }
    }
}

/// Fields by name, as text; `None` where one is blank.
pub type Fields = Vec<(&'static str, Option<String>)>;

/// What differs between two states of the same thing; the fields of both stand in the same order, and an empty list
/// stands for a thing that does not exist.
pub fn changes(before: &Fields, after: &Fields) -> Vec<Change> {
    let names = if after.is_empty() { before } else { after };
    let value = |fields: &Fields, name| {
        fields.iter().find(|(other, _)| *other == name).and_then(|(_, value)| value.as_deref().map(bounded))
    };
    let all = names.iter().map(|(name, _)| Change {
        field: (*name).to_owned(),
        before: value(before, *name),
        after: value(after, *name),
    });
    all.filter(|change| change.before != change.after).collect()
}

/// Certificates in PEM by how each ends, which is where one differs from another.
fn told(pem: &str) -> String {
    let bodies = pem.split("-----BEGIN").filter_map(|part| part.split("-----END").next());
    let ends: Vec<&str> =
        bodies.filter_map(|body| body.lines().last()).filter(|end| !end.is_empty()).collect();
    format!("ending in {}", ends.join(" and "))
}

fn bounded(text: &str) -> String {
    text.chars().map(|c| if c == '\0' { '\u{FFFD}' } else { c }).take(LONGEST).collect()
}

/// The fields of an account, as the audit tells them.
pub trait AccountFields {
    /// Each field with its value; `credential` is the name of the credential, `connector` that of the Network Connector.
    fn fields(&self, credential: &str, connector: Option<&str>) -> Fields;
}

impl AccountFields for AccountSettings {
    fn fields(&self, credential: &str, connector: Option<&str>) -> Fields {
        let yes_no = |yes: bool| Some(if yes { "yes" } else { "no" }.to_owned());
        let some = |text: String| (!text.is_empty()).then_some(text);
        // Taken apart, so that a new setting cannot be forgotten here.
        let Self {
            name,
            keep_copy,
            automatic_check,
            enabled,
            address,
            port,
            protocol,
            security,
            way,
            skip_certificate,
            authority,
            pinned,
            credential: _,
            check_interval_seconds,
            folders,
            delete_after_days,
            largest_message,
            drop_gone_after_days,
            mirror_read_state,
            instant,
            fetch_since,
            tags,
            notes,
        } = self;
        vec![
            ("name", Some(name.clone())),
            ("keep_copy", yes_no(*keep_copy)),
            ("automatic_check", yes_no(*automatic_check)),
            ("enabled", yes_no(*enabled)),
            ("address", Some(address.clone())),
            ("port", Some(port.to_string())),
            ("protocol", Some(protocol.id().to_owned())),
            ("security", Some(security.id().to_owned())),
            ("network_connector", way.uses().then(|| connector.unwrap_or("the default").to_owned())),
            ("skip_certificate", yes_no(*skip_certificate)),
            ("authority", authority.as_deref().map(told)),
            ("pinned_key", pinned.as_ref().map(|certificate| certificate.key.clone())),
            ("credential", Some(credential.to_owned())),
            ("check_interval_seconds", Some(check_interval_seconds.to_string())),
            ("folders", Some(crate::account::folders_text(folders))),
            ("delete_after_days", delete_after_days.map(|days| days.to_string())),
            ("largest_message", largest_message.map(|bytes| bytes.to_string())),
            ("drop_gone_after_days", drop_gone_after_days.map(|days| days.to_string())),
            ("mirror_read_state", yes_no(*mirror_read_state)),
            ("instant", yes_no(*instant)),
            ("fetch_since", fetch_since.map(crate::account::day_text)),
            ("tags", some(crate::account::tags_text(tags))),
            ("notes", some(notes.clone())),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AccountDraft, CredentialId};

    #[test]
    fn only_what_differs_is_told() {
        let draft = AccountDraft {
            name: "Sales".into(),
            address: "mail.example.org".into(),
            credential: Some(CredentialId(1)),
            ..AccountDraft::default()
        };
        let before = draft.validate().unwrap();
        let after = AccountSettings { port: 143, delete_after_days: Some(3), ..before.clone() };
        let told = changes(&before.fields("one", None), &after.fields("two", None));
        let days = Change { field: "delete_after_days".into(), before: None, after: Some("3".into()) };
        assert_eq!(
            told,
            [Change::between("port", &993, &143), Change::between("credential", "one", "two"), days]
        );
        assert!(changes(&before.fields("one", None), &before.fields("one", None)).is_empty());
        let made = changes(&Vec::new(), &before.fields("one", None));
        assert!(made.iter().all(|change| change.before.is_none()) && made.len() == 14, "{made:?}");
        let gone = changes(&before.fields("one", None), &Vec::new());
        assert!(gone.iter().all(|change| change.after.is_none()) && gone.len() == 14, "{gone:?}");
    }

    #[test]
    fn an_authority_is_told_by_its_end() {
        let pem =
            |end: &str| format!("-----BEGIN CERTIFICATE-----\nAAAA\n{end}\n-----END CERTIFICATE-----\n");
        assert_eq!(told(&(pem("QUJD") + &pem("RA=="))), "ending in QUJD and RA==");
    }

    #[test]
    fn a_value_is_bounded() {
        let told = Change::set("folders", &"x\0".repeat(1000)).after.unwrap();
        assert_eq!((told.chars().count(), told.contains('\0')), (LONGEST, false));
    }
}
