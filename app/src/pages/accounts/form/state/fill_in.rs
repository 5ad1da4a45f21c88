//! Filling the form in with settings that were found.

use super::{AccountForm, default_port};
use model::{Proposal, SecureConnectionType, Security};

impl AccountForm {
    /// Takes over what was found for `address`: the servers, the account's name where it has none, and a new credential
    /// with the user name. A credential of the vault that somebody chose stays chosen.
    pub fn fill_in(&mut self, proposal: &Proposal, address: &str) {
        let draft = &mut self.draft;
        draft.protocol = proposal.protocol;
        draft.address.clone_from(&proposal.host);
        draft.use_safe_connection = proposal.is_safe();
        draft.secure_connection_type = match proposal.security {
            Security::ImplicitTls => Some(SecureConnectionType::Ssl),
            Security::StartTls => Some(SecureConnectionType::Tls),
            Security::Plaintext => None,
        };
        draft.port = proposal.port.to_string();
        self.port_typed = self.draft.port != default_port(&self.draft);
        if self.draft.name.trim().is_empty() || self.draft.name == self.found_for {
            address.trim().clone_into(&mut self.draft.name);
        }
        address.trim().clone_into(&mut self.found_for);
        if self.draft.credential.is_none() {
            self.new_credential.get_or_insert_default().user_name.clone_from(&proposal.user_name);
        }
        for field in ["name", "address", "port", "protocol", "secure_connection_type", "user_name", "folders"]
        {
            self.judge_again(field);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{CredentialId, Protocol};

    #[test]
    fn what_was_found_is_filled_in_and_stays_editable() {
        let mut form = AccountForm::blank(false);
        let mut found = Proposal {
            protocol: Protocol::Imap,
            host: "mail.example.org".into(),
            port: 143,
            security: Security::StartTls,
            user_name: "anna".into(),
            sign_in: model::SignInHint::Password,
            source: model::DiscoverySource::Srv,
            why: String::new(),
            certain: true,
        };
        form.fill_in(&found, " anna@example.org ");
        assert_eq!(
            (&*form.draft.name, &*form.draft.address, &*form.draft.port),
            ("anna@example.org", "mail.example.org", "143")
        );
        assert_eq!(form.draft.security(), Ok(Security::StartTls));
        assert_eq!(form.new_credential.as_ref().unwrap().user_name, "anna");
        form.set_connection_type(Some(SecureConnectionType::Ssl));
        assert_eq!(form.draft.port, "993", "a usual port follows its security");
        (found.port, found.security) = (2993, Security::ImplicitTls);
        form.fill_in(&found, "bert@example.org");
        assert_eq!(form.draft.name, "bert@example.org", "the name was ours");
        form.set_protocol(Protocol::Pop3);
        assert_eq!(form.draft.port, "2993", "an unusual one stays");
        form.draft.name = "Sales".into();
        form.choose_credential(Some(CredentialId(1)));
        form.fill_in(&found, "anna@example.org");
        assert_eq!((&*form.draft.name, form.new_credential.is_none()), ("Sales", true), "a choice stays");
    }
}
