//! Thunderbird's autoconfig files (`clientConfig`, version 1.1): the incoming servers in one. Deliberately absent: fetching
//! them, and every entity a document defines for itself (none is ever expanded).

use super::MailAddress;
use super::address::host_name;
use model::{Protocol, Security, SignInHint};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// One `incomingServer` that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// IMAP or POP3.
    pub protocol: Protocol,
    /// In ASCII.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How it is protected.
    pub security: Security,
    /// With the placeholders filled in.
    pub user_name: String,
    /// What to sign in with.
    pub sign_in: SignInHint,
}

/// Why a file is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It ends early, nests wrongly, or is no XML.
    #[error("it is no well-formed XML")]
    NotXml,
    /// A web page, most of the time.
    #[error("it is no autoconfig file")]
    NotAutoconfig,
    /// It defines things of its own, which no honest file does.
    #[error("it contains a document type")]
    DocumentType,
    /// Deeper or longer than any honest file.
    #[error("it is too complex")]
    TooComplex,
}

const DEEPEST: usize = 16;
const MOST_EVENTS: usize = 20_000;
const MOST_SERVERS: usize = 16;
const LONGEST_TEXT: usize = 512;

/// The usable incoming servers of a file, in its order.
///
/// # Errors
/// Why the file as a whole is not used; a server that makes no sense is only left out.
pub fn servers(xml: &str, address: &MailAddress) -> Result<Vec<Server>, Refusal> {
    let mut reader = Reader::from_str(xml);
    let mut path: Vec<String> = Vec::new();
    let mut raw = None::<RawServer>;
    let mut text = String::new();
    let mut found = Vec::new();
    let mut recognised = false;
    for _ in 0..MOST_EVENTS {
        match reader.read_event().map_err(|_| Refusal::NotXml)? {
            Event::DocType(_) => return Err(Refusal::DocumentType),
            Event::Start(start) => {
                let name = lower(start.local_name().as_ref());
                match path.len() {
                    0 if name != "clientconfig" => return Err(Refusal::NotAutoconfig),
                    depth if depth >= DEEPEST => return Err(Refusal::TooComplex),
                    _ => recognised = true,
                }
                if name == "incomingserver" {
                    raw = protocol_of(&start).map(RawServer::new);
                }
                path.push(name);
                text.clear();
            }
            Event::Text(part) => push(&mut text, &part.xml10_content()),
            Event::CData(part) => push(&mut text, &part.xml10_content()),
            Event::GeneralRef(reference) => push_reference(&mut text, &reference),
            Event::End(_) => {
                let name = path.pop().ok_or(Refusal::NotXml)?;
                if name == "incomingserver" {
                    found.extend(raw.take().and_then(|raw| raw.finish(address)));
                } else if let Some(raw) = raw.as_mut() {
                    raw.take(&name, text.trim());
                }
                text.clear();
            }
            Event::Eof if !path.is_empty() => return Err(Refusal::NotXml),
            Event::Eof if !recognised => return Err(Refusal::NotAutoconfig),
            Event::Eof => {
                found.truncate(MOST_SERVERS);
                return Ok(found);
            }
            _ => {}
        }
    }
    Err(Refusal::TooComplex)
}

fn lower(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn push(text: &mut String, part: &str) {
    let room = LONGEST_TEXT.saturating_sub(text.len());
    text.extend(part.chars().take(room));
}

/// The five entities of XML and characters by number; any other stays out.
fn push_reference(text: &mut String, reference: &quick_xml::events::BytesRef<'_>) {
    let named = match &*reference.xml10_content() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    };
    let numbered = || reference.resolve_char_ref().ok().flatten();
    if let Some(c) = named.or_else(numbered) {
        push(text, c.encode_utf8(&mut [0; 4]));
    }
}

fn protocol_of(start: &BytesStart<'_>) -> Option<Protocol> {
    let kind = start.attributes().flatten().find(|attribute| lower(attribute.key.as_ref()) == "type")?;
    match &*lower(&kind.value) {
        "imap" => Some(Protocol::Imap),
        "pop3" => Some(Protocol::Pop3),
        _ => None,
    }
}

/// A server as the file has it.
struct RawServer {
    protocol: Protocol,
    host: String,
    port: String,
    socket: String,
    user_name: String,
    /// The first that is told; the file lists the preferred one first.
    authentication: Vec<String>,
}

impl RawServer {
    fn new(protocol: Protocol) -> Self {
        let blank = String::new;
        Self {
            protocol,
            host: blank(),
            port: blank(),
            socket: blank(),
            user_name: blank(),
            authentication: Vec::new(),
        }
    }

    fn take(&mut self, name: &str, text: &str) {
        match name {
            "hostname" => text.clone_into(&mut self.host),
            "port" => text.clone_into(&mut self.port),
            "sockettype" => self.socket = text.to_ascii_lowercase(),
            "username" => text.clone_into(&mut self.user_name),
            "authentication" if self.authentication.len() < 8 => {
                self.authentication.push(text.to_ascii_lowercase());
            }
            _ => {}
        }
    }

    fn finish(self, address: &MailAddress) -> Option<Server> {
        let security = match &*self.socket {
            "ssl" => Security::ImplicitTls,
            "starttls" => Security::StartTls,
            "plain" => Security::Plaintext,
            _ => return None,
        };
        let user_name = filled(&self.user_name, address);
        let user_name = if user_name.is_empty() { address.full() } else { user_name };
        if user_name.contains(|c: char| c.is_control()) {
            return None;
        }
        let passwords = self.authentication.iter().any(|method| method.starts_with("password"));
        let oauth = self.authentication.iter().any(|method| method == "oauth2");
        Some(Server {
            protocol: self.protocol,
            host: host_name(&filled(&self.host, address))?,
            port: self.port.parse().ok().filter(|port| *port != 0)?,
            security,
            user_name,
            sign_in: if oauth && !passwords { SignInHint::OAuth2 } else { SignInHint::Password },
        })
    }
}

fn filled(text: &str, address: &MailAddress) -> String {
    text.replace("%EMAILADDRESS%", &address.full())
        .replace("%EMAILLOCALPART%", &address.local)
        .replace("%EMAILDOMAIN%", &address.domain)
}

#[cfg(test)]
#[path = "autoconfig_tests.rs"]
mod tests;
