//! Becoming known to a server, by a code that somebody got on its screen; and asking how one stands.

use super::AgentError;
use super::key_file::Identity;
use super::link::{self, ServerUrl};
use super::run::hello;
use super::session::welcome;
use connector::frame::{Purpose, Refusal};
use connector::keys::{KeyPair, PublicKey};
use std::io::{BufRead, IsTerminal};
use std::path::Path;

/// The code from stdin: neither other users of this machine nor its history of commands see it that way.
///
/// # Errors
/// There is none.
#[expect(clippy::print_stderr, reason = "asks for it where somebody types")]
pub fn code() -> Result<String, AgentError> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        eprint!("Code: ");
    }
    let mut line = String::new();
    stdin.lock().read_line(&mut line)?;
    let code = line.trim();
    if code.is_empty() || code.len() > 200 {
        return Err(AgentError::Usage("the code is expected on stdin".to_owned()));
    }
    Ok(code.to_owned())
}

/// Makes a key and lets the server know it. Returns the Network Connector that this agent serves from now on.
///
/// # Errors
/// The server does not take it, and nothing is left behind then.
pub async fn enrol(
    server: ServerUrl,
    server_key: PublicKey,
    code: String,
    key_file: &Path,
    replace: bool,
) -> Result<String, AgentError> {
    if key_file.exists() && !replace {
        let error = std::io::Error::other("an agent is enrolled here already: add --replace to forget it");
        return Err(AgentError::KeyFile { path: key_file.to_owned(), error });
    }
    let key = KeyPair::generate()?;
    let hello = hello(None, Purpose::Enrol(code));
    let mut identity = Identity { server, server_key, connector: String::new(), key, next_key: None };
    // A disk that takes no key is found out before the code is used up.
    let beside = key_file.with_extension("enrolling");
    identity.write(&beside)?;
    let enrolled = async {
        let mut link = link::dial(&identity.server, &server_key, &identity.key, &hello).await?;
        let (connector, _) = welcome(&mut link).await?;
        identity.connector.clone_from(&connector);
        identity.write(key_file)?;
        Ok(connector)
    }
    .await;
    // It was there for the moment alone.
    let _ = std::fs::remove_file(&beside);
    enrolled
}

/// What the server says of this agent: the Network Connector, and whether it is connected.
///
/// # Errors
/// There is no key, or the server does not let it in.
pub async fn status(key_file: &Path) -> Result<(Identity, String, bool), AgentError> {
    let identity = Identity::read(key_file)?;
    let hello = hello(None, Purpose::Status);
    let mut standing = Err(AgentError::Refused(Refusal::Unknown));
    for key in identity.next_key.iter().chain([&identity.key]) {
        let mut link = link::dial(&identity.server, &identity.server_key, key, &hello).await?;
        standing = welcome(&mut link).await;
        if !matches!(standing, Err(AgentError::Refused(Refusal::Unknown))) {
            break;
        }
    }
    let (connector, connected) = standing?;
    Ok((identity, connector, connected))
}
