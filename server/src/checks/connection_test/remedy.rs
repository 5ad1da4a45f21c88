//! Which change of the account's fields a failure asks for. Pure.

use mail::RemoteFolder;
use model::{
    AccountSettings, Cause, Certificate, Field, Protocol, Remedy, SecureConnectionType, Security,
    mailbox::INBOX,
};

/// The remedy of `cause`, where a button can apply one: `certificate` is what the server showed, `folders` what it has.
pub fn remedy(
    cause: Cause,
    settings: &AccountSettings,
    certificate: Option<&Certificate>,
    folders: &[RemoteFolder],
) -> Option<Remedy> {
    use SecureConnectionType::{Ssl, Tls};
    let port = settings.port;
    let registered = settings.protocol.default_port(settings.security);
    let use_port =
        || if port == registered { Remedy::Look(Field::Port) } else { Remedy::UsePort(registered) };
    let secure_port = settings.protocol.default_port(Security::ImplicitTls);
    let trust = || certificate.map(|certificate| Remedy::Trust(Box::new(certificate.clone())));
    Some(match cause {
        Cause::DnsNotFound | Cause::AddressNotAllowed => Remedy::Look(Field::Address),
        Cause::ConnectRefused | Cause::ConnectTimeout | Cause::TlsHandshakeFailed | Cause::NotAMailServer => {
            use_port()
        }
        Cause::TlsOnPlainPort | Cause::LoginDisabled => Remedy::UseSecurity { security: Tls, port },
        Cause::PlainOnTlsPort => Remedy::UseSecurity { security: Ssl, port },
        Cause::GreetingTimeout if settings.security != Security::ImplicitTls => {
            Remedy::UseSecurity { security: Ssl, port: secure_port }
        }
        Cause::GreetingTimeout => use_port(),
        Cause::StarttlsMissing
        | Cause::StarttlsRefused
        | Cause::StarttlsInjection
        | Cause::PreauthRefused => Remedy::UseSecurity { security: Ssl, port: secure_port },
        Cause::CertUnknownCa | Cause::CertSelfSigned | Cause::CertExpired | Cause::CertNotYetValid => {
            trust()?
        }
        Cause::CertNameMismatch => match certificate.and_then(Certificate::usable_name) {
            Some(name) => Remedy::UseAddress(name.to_owned()),
            None => trust()?,
        },
        Cause::CertPinChanged => Remedy::TrustAnother {
            before: Box::new(settings.pinned.clone()?),
            now: Box::new(certificate?.clone()),
        },
        Cause::WrongProtocol => Remedy::UseProtocol(match settings.protocol {
            Protocol::Imap => Protocol::Pop3,
            Protocol::Pop3 => Protocol::Imap,
        }),
        Cause::SignInRejected | Cause::AppPasswordNeeded | Cause::MechanismUnsupported => {
            Remedy::Look(Field::Credential)
        }
        Cause::OauthConsentNeeded | Cause::OauthExpired => Remedy::Reconnect(settings.credential),
        Cause::ConnectorMissing
        | Cause::ConnectorOffline
        | Cause::ConnectorRefused
        | Cause::NetworkUnreachable => Remedy::Look(Field::Connector),
        Cause::UidlMissing => Remedy::KeepNoCopy,
        Cause::FolderMissing => Remedy::UseFolders(existing(settings, folders)),
        Cause::DnsTimeout
        | Cause::GreetingRefused
        | Cause::ProtocolDisabledAtProvider
        | Cause::Throttled
        | Cause::TooManyConnections
        | Cause::MailboxInUse
        | Cause::ConnectionLost
        | Cause::Timeout => Remedy::Again,
        // The server's operator has to act.
        Cause::TlsVersionTooOld | Cause::LimitExceeded | Cause::ProtocolError => return None,
    })
}

/// Of the folders that were asked for, those that exist; INBOX where none does.
fn existing(settings: &AccountSettings, folders: &[RemoteFolder]) -> Vec<String> {
    let exists = |name: &&String| folders.iter().any(|folder| folder.selectable && folder.name == **name);
    let found: Vec<String> = settings.folders.iter().filter(exists).cloned().collect();
    if found.is_empty() { vec![INBOX.to_owned()] } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{AccountDraft, CredentialId, Timestamp};

    fn draft() -> AccountDraft {
        AccountDraft {
            name: "Sales".to_owned(),
            address: "192.0.2.1".to_owned(),
            credential: Some(CredentialId(1)),
            folders: "INBOX, Gone".to_owned(),
            ..AccountDraft::default()
        }
    }

    fn certificate(name: &str) -> Certificate {
        Certificate {
            subject: format!("CN={name}"),
            issuer: "CN=x".to_owned(),
            names: vec![name.to_owned()],
            not_before: Timestamp::from_seconds(0),
            not_after: Timestamp::from_seconds(1),
            fingerprint: "AB".to_owned(),
            key: "CD".to_owned(),
        }
    }

    #[test]
    fn a_remedy_leads_to_settings_without_its_cause() {
        let settings = draft().validate().unwrap();
        let applied = |cause, certificate: Option<&Certificate>| {
            let mut draft = draft();
            remedy(cause, &settings, certificate, &[]).unwrap().apply(&mut draft);
            draft
        };
        assert_eq!(applied(Cause::TlsOnPlainPort, None).security(), Ok(Security::StartTls));
        assert_eq!(applied(Cause::StarttlsMissing, None).port, "993");
        assert_eq!(applied(Cause::WrongProtocol, None).protocol, Protocol::Pop3);
        assert!(!applied(Cause::UidlMissing, None).keep_copy);
        assert_eq!(applied(Cause::FolderMissing, None).folders, "INBOX");
        let named = certificate("mail.example.org");
        assert_eq!(applied(Cause::CertNameMismatch, Some(&named)).address, "mail.example.org");
        assert_eq!(applied(Cause::CertSelfSigned, Some(&named)).pinned, Some(named.clone()));
        // A name with a star is no address: the key can still be trusted.
        let star = certificate("*.example.org");
        assert_eq!(applied(Cause::CertNameMismatch, Some(&star)).pinned, Some(star));
    }

    #[test]
    fn a_port_is_proposed_only_where_it_is_another() {
        let settings = |port: &str| AccountDraft { port: port.to_owned(), ..draft() }.validate().unwrap();
        let refused = |port| remedy(Cause::ConnectRefused, &settings(port), None, &[]);
        assert_eq!(refused("2993"), Some(Remedy::UsePort(993)));
        assert_eq!(refused("993"), Some(Remedy::Look(Field::Port)));
    }

    #[test]
    fn every_failure_has_a_button_unless_somebody_else_has_to_act() {
        let mut settings = draft().validate().unwrap();
        let shown = certificate("mail.example.org");
        settings.pinned = Some(shown.clone());
        for cause in Cause::ALL {
            let theirs =
                [Cause::TlsVersionTooOld, Cause::LimitExceeded, Cause::ProtocolError].contains(cause);
            assert_eq!(remedy(*cause, &settings, Some(&shown), &[]).is_none(), theirs, "{cause:?}");
        }
        assert_eq!(remedy(Cause::CertSelfSigned, &settings, None, &[]), None, "there is nothing to trust");
    }
}
