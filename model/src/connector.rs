//! Network Connectors: ways into networks that this server does not reach by itself. Deliberately absent: which of them an
//! account takes (see `way`), and how a stream comes to be (see `server::connectors`).

use crate::account::{address, port};
use crate::field::line;
use crate::{AccountUse, AgentSummary, CheckFailure, CredentialId, FieldErrors, Stage};
use serde::{Deserialize, Serialize};

/// The number of a connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectorId(pub i64);

/// What a connector is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectorKind {
    /// A program of ours in that network, which dials in and needs no address.
    Agent,
    /// A SOCKS5 proxy (RFC 1928, RFC 1929), which resolves names itself.
    #[default]
    Socks5,
    /// An HTTP proxy that lets through what CONNECT asks for (RFC 9110 §9.3.6).
    HttpConnect,
    /// An SSH server, which lets through to what it reaches itself (RFC 4254 §7.2).
    Ssh,
}

impl ConnectorKind {
    /// Every kind, in the order of the drop-down.
    pub const ALL: [Self; 4] = [Self::Agent, Self::Socks5, Self::HttpConnect, Self::Ssh];

    /// The stable id, such as `http_connect`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Socks5 => "socks5",
            Self::HttpConnect => "http_connect",
            Self::Ssh => "ssh",
        }
    }

    /// The words on the screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::Agent => "Agent",
            Self::Socks5 => "SOCKS5",
            Self::HttpConnect => "HTTP CONNECT",
            Self::Ssh => "SSH jump",
        }
    }

    /// The kind of a stable id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// The port that is usual; 0 where there is none.
    pub fn usual_port(self) -> u16 {
        match self {
            Self::Agent => 0,
            Self::Socks5 => 1080,
            Self::HttpConnect => 3128,
            Self::Ssh => 22,
        }
    }
}

/// What somebody decided about a connector. Only [`ConnectorDraft::validate`] and the database make one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorSettings {
    /// Unique among connectors.
    pub name: String,
    /// What it is.
    pub kind: ConnectorKind,
    /// Host name or IP address of the proxy; empty for an agent.
    pub address: String,
    /// Its port; 0 for an agent.
    pub port: u16,
    /// Yes: the connection to the proxy itself is TLS, with a certificate that this machine knows. HTTP alone.
    pub tls: bool,
    /// What it wants to know of us, where it wants that; SSH always does.
    pub credential: Option<CredentialId>,
    /// The fingerprint of the key that an SSH server has to prove, `SHA256:…`; empty where none is trusted yet, and nobody is
    /// let through then.
    pub host_key: String,
    /// Connections that it carries at once.
    pub most_streams: u32,
    /// No: nobody is let through, and nobody goes another way instead.
    pub enabled: bool,
}

impl ConnectorSettings {
    /// What *Connections at once* may be, and is unless somebody says so.
    pub const STREAMS: (u32, u32, u32) = (1, 1000, 200);
}

/// A connector as a person types it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorDraft {
    /// *Name*
    pub name: String,
    /// *Kind*
    pub kind: ConnectorKind,
    /// *Address*
    pub address: String,
    /// *Port*
    pub port: String,
    /// *TLS to the proxy*
    pub tls: bool,
    /// *Credential*
    pub credential: Option<CredentialId>,
    /// *Host key*
    pub host_key: String,
    /// *Connections at once*
    pub most_streams: String,
    /// *Enabled*
    pub enabled: bool,
}

impl Default for ConnectorDraft {
    fn default() -> Self {
        let kind = ConnectorKind::default();
        Self {
            name: String::new(),
            kind,
            address: String::new(),
            port: kind.usual_port().to_string(),
            tls: false,
            credential: None,
            host_key: String::new(),
            most_streams: ConnectorSettings::STREAMS.2.to_string(),
            enabled: true,
        }
    }
}

impl From<&ConnectorSettings> for ConnectorDraft {
    fn from(settings: &ConnectorSettings) -> Self {
        Self {
            name: settings.name.clone(),
            kind: settings.kind,
            address: settings.address.clone(),
            port: settings.port.to_string(),
            tls: settings.tls,
            credential: settings.credential,
            host_key: settings.host_key.clone(),
            most_streams: settings.most_streams.to_string(),
            enabled: settings.enabled,
        }
    }
}

impl ConnectorDraft {
    /// The settings that this draft describes.
    ///
    /// # Errors
    /// Every field that is wrong, each with its sentence.
    pub fn validate(&self) -> Result<ConnectorSettings, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = name(&self.name).map_err(|message| errors.add("name", message)).ok();
        let dials_in = self.kind == ConnectorKind::Agent;
        let place = if dials_in { Some((String::new(), 0)) } else { self.place(&mut errors) };
        let most_streams =
            streams(&self.most_streams).map_err(|message| errors.add("most_streams", message)).ok();
        let is_ssh = self.kind == ConnectorKind::Ssh;
        let typed_key = if is_ssh { self.host_key.trim() } else { "" };
        let host_key = host_key(typed_key).map_err(|message| errors.add("host_key", message)).ok();
        if is_ssh && self.credential.is_none() {
            errors.add("credential", "SSH lets nobody in without one.");
            return Err(errors);
        }
        match (name, place, host_key, most_streams) {
            (Some(name), Some((address, port)), Some(host_key), Some(most_streams)) => {
                Ok(ConnectorSettings {
                    name,
                    kind: self.kind,
                    address,
                    port,
                    tls: self.tls && self.kind == ConnectorKind::HttpConnect,
                    credential: self.credential.filter(|_| !dials_in),
                    host_key,
                    most_streams,
                    enabled: self.enabled,
                })
            }
            _ => Err(errors),
        }
    }

    /// Where the proxy is.
    fn place(&self, errors: &mut FieldErrors) -> Option<(String, u16)> {
        let address = address(&self.address).map_err(|message| errors.add("address", message)).ok();
        let port = port(&self.port).map_err(|message| errors.add("port", message)).ok();
        address.zip(port)
    }
}

/// A fingerprint as `ssh-keygen -l` prints it, or nothing.
fn host_key(text: &str) -> Result<String, &'static str> {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    let is_fingerprint = |hash: &str| hash.len() == 43 && hash.chars().all(is_base64);
    if text.is_empty() || text.strip_prefix("SHA256:").is_some_and(is_fingerprint) {
        return Ok(text.to_owned());
    }
    Err("A fingerprint, such as SHA256: and 43 characters. Left blank, Test shows it.")
}

fn streams(text: &str) -> Result<u32, String> {
    let (least, most, _) = ConnectorSettings::STREAMS;
    let number = text.trim().parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("A number from {least} to {most}."))
}

/// A name that means nothing else on the command line and in files.
fn name(text: &str) -> Result<String, String> {
    let name = line(text, 100)?;
    if ["none", "default"].iter().any(|word| name.eq_ignore_ascii_case(word)) {
        return Err("none and default mean something else: choose another name.".to_owned());
    }
    Ok(name)
}

/// One row of the Network Connectors report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorSummary {
    /// Its number.
    pub id: ConnectorId,
    /// What was decided about it.
    pub settings: ConnectorSettings,
    /// The name of its credential.
    pub credential_name: Option<String>,
    /// Accounts that name it themselves.
    pub used_by: u32,
    /// The first [`Self::SHOWN`] of them by name.
    pub accounts: Vec<AccountUse>,
    /// Whoever names none goes through this one.
    pub is_default: bool,
    /// Accounts that name none, where it is the default.
    pub inherited_by: u32,
    /// Those that carry it, where it is of that kind, those that were revoked last.
    pub agents: Vec<AgentSummary>,
    /// Connections that go through it from this process now.
    pub streams: u32,
    /// Bytes that went through it since this process began.
    pub bytes: u64,
}

impl ConnectorSummary {
    /// Accounts that are told by name.
    pub const SHOWN: usize = 20;
}

/// A stage of such a try that went well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorStage {
    /// Which.
    pub stage: Stage,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// What was found out, in one sentence or the server's words.
    pub words: String,
}

/// What came of a try to reach a server through a connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorTest {
    /// What went well, in its order.
    pub stages: Vec<ConnectorStage>,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// The first line of the server, where it said one by itself.
    pub greeting: Option<String>,
    /// Why nothing came of it.
    pub failure: Option<CheckFailure>,
    /// The fingerprint of the host key that an SSH server showed and that is not trusted.
    pub host_key: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> ConnectorDraft {
        ConnectorDraft {
            name: "Branch".into(),
            address: "proxy.example.org".into(),
            ..ConnectorDraft::default()
        }
    }

    #[test]
    fn a_connector_survives_the_way_through_the_form() {
        let settings = ConnectorDraft {
            kind: ConnectorKind::HttpConnect,
            tls: true,
            credential: Some(CredentialId(3)),
            enabled: false,
            ..draft()
        }
        .validate()
        .unwrap();
        assert!(settings.tls && settings.port == 1080);
        assert_eq!(ConnectorDraft::from(&settings).validate().unwrap(), settings);
        assert!(
            !ConnectorDraft { tls: true, ..draft() }.validate().unwrap().tls,
            "SOCKS5 has no TLS of its own"
        );
    }

    #[test]
    fn an_ssh_server_has_a_credential_and_a_key_that_may_be_unknown() {
        let kind = ConnectorKind::Ssh;
        let known = format!("SHA256:{}", "aB3+/".repeat(9).get(..43).unwrap());
        let typed = |host_key: &str| ConnectorDraft {
            kind,
            host_key: host_key.into(),
            credential: Some(CredentialId(3)),
            ..draft()
        };
        for host_key in ["", &known] {
            let settings = typed(&format!(" {host_key} ")).validate().unwrap();
            assert_eq!(settings.host_key, host_key);
            assert_eq!(ConnectorDraft::from(&settings).validate().unwrap(), settings);
        }
        for wrong in ["SHA256:short", "MD5:00:11", &known.replace("SHA256:", "")] {
            assert!(typed(wrong).validate().unwrap_err().at("host_key").is_some(), "{wrong}");
        }
        let alone = ConnectorDraft { credential: None, ..typed("") };
        assert!(alone.validate().unwrap_err().at("credential").is_some());
        let other = ConnectorDraft { kind: ConnectorKind::Socks5, ..typed(&known) };
        assert_eq!(other.validate().unwrap().host_key, "", "another kind has no host key");
    }

    #[test]
    fn an_agent_has_neither_address_nor_credential() {
        let kind = ConnectorKind::Agent;
        let typed = ConnectorDraft { kind, port: "x".into(), credential: Some(CredentialId(3)), ..draft() };
        let settings = typed.validate().unwrap();
        assert_eq!((settings.address.as_str(), settings.port, settings.credential), ("", 0, None));
        assert_eq!(ConnectorDraft::from(&settings).validate().unwrap(), settings);
    }

    #[test]
    fn what_is_wrong_is_said_at_its_field() {
        for (draft, field) in [
            (ConnectorDraft { name: " ".into(), ..draft() }, "name"),
            (ConnectorDraft { name: "None".into(), ..draft() }, "name"),
            (ConnectorDraft { address: "socks5://proxy".into(), ..draft() }, "address"),
            (ConnectorDraft { port: "0".into(), ..draft() }, "port"),
            (ConnectorDraft { most_streams: "1001".into(), ..draft() }, "most_streams"),
        ] {
            assert!(draft.validate().unwrap_err().at(field).is_some(), "{field}");
        }
    }
}
