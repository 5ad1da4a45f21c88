//! Why something failed, as stable ids: each with a sentence and a remedy a tired administrator can act on.

use serde::{Deserialize, Serialize};

macro_rules! causes {
    ($($variant:ident $id:literal $sentence:literal $remedy:literal)*) => {
        /// Why a check or a test failed. The ids are relied on from outside; none is ever renamed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Cause { $(#[doc = $sentence] $variant,)* }

        impl Cause {
            /// Every cause there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable id, such as `cert_self_signed`.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),* }
            }

            /// What happened, in one sentence.
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence),* }
            }

            /// What to do about it, in one sentence.
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy),* }
            }
        }
    };
}

causes! {
    DnsNotFound "dns_not_found" "The name of the server does not exist." "Check the spelling of the address."
    DnsTimeout "dns_timeout" "The name server did not answer in time." "Check this machine's name server, then try again."
    AddressNotAllowed "address_not_allowed" "This address may not be contacted." "Use the mail server's own address: never a link-local, metadata or multicast one, and inside of the Allowed networks of System Parameters where there are any."
    ConnectRefused "connect_refused" "The server refused the connection on this port." "Check the port, and that the mail service is running."
    ConnectTimeout "connect_timeout" "The server did not answer the connection in time." "Check address and port, and any firewall between here and there."
    NetworkUnreachable "network_unreachable" "There is no route to the server." "Check this machine's network, or use a Network Connector."
    ConnectorMissing "connector_missing" "The account asks for a Network Connector and none is set." "Choose a Network Connector, or answer No to Use Network Connector."
    ConnectorOffline "connector_offline" "The Network Connector is not connected." "Start the connector, then check again."
    ConnectorRefused "connector_refused" "The Network Connector refused this connection." "Read its words below: allow the address on the connector, or mend the credential that lets us in there."
    TlsOnPlainPort "tls_on_plain_port" "The server does not speak TLS on this port." "Choose TLS (STARTTLS) as the secure connection type, or use the port for SSL."
    PlainOnTlsPort "plain_on_tls_port" "The port expects TLS from the first byte." "Choose SSL as the secure connection type."
    TlsVersionTooOld "tls_version_too_old" "The server offers no TLS version that is still safe." "Ask its operator for TLS 1.2 or newer."
    TlsHandshakeFailed "tls_handshake_failed" "The secure connection could not be agreed." "Check that port and secure connection type belong together."
    CertUnknownCa "cert_unknown_ca" "The certificate was issued by an authority that this machine does not know." "If you know this server, upload the authority's certificate, or compare the fingerprint and trust this certificate."
    CertSelfSigned "cert_self_signed" "The certificate is signed by the server itself." "If you know this server, compare the fingerprint and trust this certificate."
    CertExpired "cert_expired" "The certificate has expired." "Ask the server's operator to renew it; until then its key can be trusted by itself."
    CertNotYetValid "cert_not_yet_valid" "The certificate is not valid yet." "Check the clock of this machine and of the server; the key can be trusted by itself."
    CertNameMismatch "cert_name_mismatch" "The certificate belongs to another name." "Use the name that is written in the certificate as the address."
    CertPinChanged "cert_pin_changed" "The server's key is not the one that was trusted." "Find out why before you trust the new one."
    StarttlsMissing "starttls_missing" "The server does not offer TLS on this port." "Use SSL on the server's secure port (993 for IMAP, 995 for POP3)."
    StarttlsRefused "starttls_refused" "The server offered TLS and then refused it." "Use SSL on the server's secure port (993 for IMAP, 995 for POP3)."
    StarttlsInjection "starttls_injection" "Bytes arrived ahead of the secure connection: somebody may be tampering with it." "Use SSL on the server's secure port, and tell the operator."
    PreauthRefused "preauth_refused" "The server skipped the sign-in before the connection was safe." "Use SSL on the server's secure port."
    GreetingTimeout "greeting_timeout" "The server accepted the connection and then said nothing." "Check port and secure connection type; a plain connection to an SSL port looks like this."
    GreetingRefused "greeting_refused" "The server turned the connection away." "Read its words below; many servers do this while they are overloaded."
    WrongProtocol "wrong_protocol" "Another mail protocol answers on this port." "Choose the other protocol, or the port that belongs to this one."
    NotAMailServer "not_a_mail_server" "What answers on this port is not a mail server." "Check address and port."
    LoginDisabled "login_disabled" "The server allows no sign-in on this connection." "Use a secure connection: SSL or TLS."
    MechanismUnsupported "mechanism_unsupported" "The server offers no way to sign in that is supported here." "Ask its operator to allow a password sign-in."
    SignInRejected "sign_in_rejected" "The server rejected the user name or the password." "Check user name and password; some providers want an app password."
    AppPasswordNeeded "app_password_needed" "The provider wants an app password instead of the account's own." "Create an app password at the provider and store it as the credential."
    ProtocolDisabledAtProvider "protocol_disabled_at_provider" "The provider has switched this protocol off for the mailbox." "Switch IMAP or POP3 on in the mailbox's settings at the provider."
    OauthConsentNeeded "oauth_consent_needed" "The provider wants somebody to allow the access again." "Reconnect the account."
    OauthExpired "oauth_expired" "The access to the mailbox has expired." "Reconnect the account."
    Throttled "throttled" "The server asks to come back later." "Nothing to do: the next check waits as long as it asked."
    TooManyConnections "too_many_connections" "The server has too many connections of this mailbox already." "Close other mail programs, or check less often."
    MailboxInUse "mailbox_in_use" "Another program has the mailbox open." "Wait for it, or close it: POP3 allows one session at a time."
    FolderMissing "folder_missing" "The folder does not exist on the server." "Choose a folder that exists."
    UidlMissing "uidl_missing" "The server cannot tell its messages apart (no UIDL), so a copy cannot be kept there safely." "Answer No to Keep copy in server, or use IMAP."
    ConnectionLost "connection_lost" "The connection broke off." "Nothing to do: the next check goes on where this one ended."
    Timeout "timeout" "The server stopped answering." "Nothing to do: the next check goes on where this one ended."
    LimitExceeded "limit_exceeded" "The server sent more than is allowed." "Look at the limits in the configuration, or ask the server's operator."
    ProtocolError "protocol_error" "The server's answer could not be understood." "Read its words below and tell the operator."
}

#[cfg(test)]
mod tests {
    use super::Cause;

    #[test]
    fn the_wire_speaks_the_stable_ids() {
        for cause in Cause::ALL {
            assert_eq!(serde_json::to_value(cause).unwrap(), cause.id());
        }
    }
}
