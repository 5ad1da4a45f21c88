//! An SSH server that lets through to what it reaches itself (RFC 4254 §7.2). It has to prove the host key that somebody
//! trusted before it hears who comes. Every stream has a connection of its own: what breaks one of them breaks no other.
//!
//! Deliberately absent: RSA, whose only pure implementation leaks its key through time (Ed25519 and ECDSA are on every
//! server), and keys with a passphrase, which nobody types at night.

use super::Proxy;
use super::leash::{Held, Leash, leashed};
use mail::net::BoxStream;
use mail::{MailError, Observed, Progress};
use model::{Cause, Stage};
use russh::client::{AuthResult, ChannelOpenHandle, Config, Handle, Handler, Msg, Session, connect_stream};
use russh::keys::ssh_key::{Algorithm, EcdsaCurve};
use russh::keys::{
    Error as KeyError, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate, decode_secret_key,
};
use russh::{AlgorithmKind, Channel, ChannelId, ChannelOpenFailure, MethodKind, Preferred};
use secrecy::{ExposeSecret, SecretString};
use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// A connection on which nothing is said is asked whether it is still there.
const KEEPALIVE: Duration = Duration::from_secs(15);
/// So many questions stay without an answer before it is not.
const UNANSWERED: usize = 2;
/// How long the words of a refusal may come behind it.
const WORDS: Duration = Duration::from_secs(1);
/// Host keys that can be proved here.
const HOST_KEYS: [Algorithm; 4] = [
    Algorithm::Ed25519,
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
];

/// Who comes to an SSH server, and whom they expect there.
pub struct SshLogin {
    /// The user on that server.
    pub user_name: String,
    /// What lets it in.
    pub secret: SshSecret,
    /// The fingerprint of the key that the server has to prove, `SHA256:…`; empty where none is trusted yet.
    pub host_key: String,
}

/// What lets somebody in.
pub enum SshSecret {
    /// A password.
    Password(SecretString),
    /// The text of a file that holds a private key.
    Key(SecretString),
}

/// Why a text is no key that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SshKeyError {
    /// It holds something else.
    #[error("This is no private key. Paste the whole file, from BEGIN to END.")]
    Malformed,
    /// It cannot be read without a person.
    #[error(
        "This key has a passphrase, which nobody can type here. Remove it from a copy: ssh-keygen -p -f COPY."
    )]
    Encrypted,
    /// RSA, DSA, or one that needs a device.
    #[error("Keys of this kind are not taken. Make an Ed25519 key: ssh-keygen -t ed25519.")]
    Kind,
}

/// The key that the text of a file holds.
///
/// # Errors
/// As [`SshKeyError`] says.
pub fn private_key(text: &SecretString) -> Result<PrivateKey, SshKeyError> {
    let text = text.expose_secret();
    let is_locked = ["BEGIN ENCRYPTED", "4,ENCRYPTED"].iter().any(|mark| text.contains(mark));
    let key = decode_secret_key(text, None).map_err(|error| match error {
        KeyError::KeyIsEncrypted => SshKeyError::Encrypted,
        _ if is_locked => SshKeyError::Encrypted,
        KeyError::UnsupportedKeyType { .. } | KeyError::UnknownAlgorithm(_) => SshKeyError::Kind,
        _ => SshKeyError::Malformed,
    })?;
    if key.is_encrypted() {
        return Err(SshKeyError::Encrypted);
    }
    match key.algorithm() {
        Algorithm::Ed25519 | Algorithm::Ecdsa { .. } => Ok(key),
        _ => Err(SshKeyError::Kind),
    }
}

/// A server that let us in.
pub struct Entered {
    session: Handle<Gate>,
    held: Held,
    /// Where it says why it opens no stream.
    refusal: oneshot::Receiver<String>,
}

/// Lets the SSH server at the other end of `stream` prove its key and let us in, for which it has two thirds of `patience`.
///
/// # Errors
/// It is not the one that was trusted, or does not let us in.
pub async fn enter(
    stream: BoxStream,
    (proxy, login): (&Proxy, &SshLogin),
    patience: Duration,
    progress: &mut Progress<'_>,
) -> Result<Entered, MailError> {
    let (leash, held) = leashed(stream);
    let (session, refusal) = timeout(patience * 2 / 3, let_in(leash, proxy, login, progress))
        .await
        .map_err(|_| proxy.error(Cause::ConnectorOffline, "nothing, though it is connected"))??;
    Ok(Entered { session, held, refusal })
}

impl Entered {
    /// A stream to `host`.
    ///
    /// # Errors
    /// The server says what became of it.
    pub async fn open(self, proxy: &Proxy, host: &str, port: u16) -> Result<BoxStream, MailError> {
        match self.session.channel_open_direct_tcpip(host, port.into(), "127.0.0.1", 0).await {
            Ok(channel) => Ok(Box::new(self.held.with(channel.into_stream()))),
            Err(russh::Error::ChannelOpenFailure(why)) => {
                // The words come a moment behind the number.
                let words = timeout(WORDS, self.refusal).await.ok().and_then(Result::ok);
                let words = words.filter(|words| !words.is_empty()).unwrap_or_else(|| format!("{why:?}"));
                Err(proxy.error(cause(&why, &words), &words))
            }
            Err(error) => Err(proxy.error(Cause::ConnectorOffline, &error.to_string())),
        }
    }
}

/// Let in by the server that was trusted.
async fn let_in(
    stream: Leash,
    proxy: &Proxy,
    login: &SshLogin,
    progress: &mut Progress<'_>,
) -> Result<(Handle<Gate>, oneshot::Receiver<String>), MailError> {
    let (tell_refusal, refusal) = oneshot::channel();
    let host_key = Arc::default();
    let gate = Gate {
        trusted: login.host_key.clone(),
        host_key: Arc::clone(&host_key),
        refusal: Some(tell_refusal),
    };
    let config = Config {
        preferred: Preferred { key: Cow::Borrowed(&HOST_KEYS), ..Preferred::DEFAULT },
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: UNANSWERED,
        ..Config::default()
    };
    let connected = connect_stream(Arc::new(config), stream, gate).await;
    let host_key = host_key.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(shown) = &host_key {
        progress.tell(Observed::HostKey(shown.clone()));
    }
    let mut session = match (connected, host_key) {
        (Ok(session), _) => session,
        // Whatever else went wrong on the way out.
        (Err(_), Some(shown)) if shown != login.host_key => return Err(not_trusted(proxy, login, &shown)),
        (Err(russh::Error::NoCommonAlgo { kind: AlgorithmKind::Key, .. }), _) => {
            let words = "nothing that we understand: it has neither an Ed25519 nor an ECDSA host key";
            return Err(proxy.error(Cause::ConnectorRefused, words));
        }
        (Err(error), _) => return Err(proxy.error(Cause::ConnectorOffline, &error.to_string())),
    };
    sign_in(&mut session, proxy, login).await?;
    Ok((session, refusal))
}

fn not_trusted(proxy: &Proxy, login: &SshLogin, shown: &str) -> MailError {
    let name = &proxy.name;
    let detail = if login.host_key.is_empty() {
        format!("No host key of the Network Connector {name} is trusted yet. It shows {shown}.")
    } else {
        let trusted = &login.host_key;
        format!(
            "The Network Connector {name} shows the host key {shown}. The one that was trusted is {trusted}."
        )
    };
    MailError::account(Stage::Connect, Cause::CertPinChanged, detail)
}

async fn sign_in(session: &mut Handle<Gate>, proxy: &Proxy, login: &SshLogin) -> Result<(), MailError> {
    let offline = |error: russh::Error| proxy.error(Cause::ConnectorOffline, &error.to_string());
    let user_name = login.user_name.as_str();
    let (answer, method) = match &login.secret {
        SshSecret::Password(password) => {
            let answer = session.authenticate_password(user_name, password.expose_secret()).await;
            (answer.map_err(offline)?, MethodKind::Password)
        }
        SshSecret::Key(text) => {
            let key = private_key(text)
                .map_err(|error| proxy.error(Cause::ConnectorRefused, &error.to_string()))?;
            let key = PrivateKeyWithHashAlg::new(Arc::new(key), None);
            (session.authenticate_publickey(user_name, key).await.map_err(offline)?, MethodKind::PublicKey)
        }
    };
    let AuthResult::Failure { remaining_methods, partial_success } = answer else { return Ok(()) };
    // It hung up instead of answering.
    if session.is_closed() {
        return Err(proxy.error(Cause::ConnectorOffline, "the connection ended during the sign-in"));
    }
    let methods: Vec<_> = remaining_methods.iter().map(<&str>::from).collect();
    let words = if partial_success {
        format!("{user_name} has to prove more than one thing, which is not possible here")
    } else if methods.is_empty() || remaining_methods.contains(&method) {
        format!("{user_name} is not let in with this credential")
    } else {
        format!("{user_name} would be let in by {} alone", methods.join(", "))
    };
    Err(proxy.error(Cause::ConnectorRefused, &words))
}

/// The words are those of OpenSSH, which tells its reasons apart in no other way.
fn cause(why: &ChannelOpenFailure, words: &str) -> Cause {
    let says = |what: &str| words.to_ascii_lowercase().contains(what);
    match why {
        ChannelOpenFailure::ConnectFailed if says("refused") => Cause::ConnectRefused,
        ChannelOpenFailure::ConnectFailed if says("timed out") => Cause::ConnectTimeout,
        ChannelOpenFailure::ConnectFailed => Cause::NetworkUnreachable,
        _ => Cause::ConnectorRefused,
    }
}

/// Judges the server, and opens nothing that it asks for.
struct Gate {
    trusted: String,
    host_key: Arc<Mutex<Option<String>>>,
    refusal: Option<oneshot::Sender<String>>,
}

/// What a server would open here: all of it is refused, by letting the answer go.
macro_rules! refuse {
    ($($what:ident($($more:ty),*))*) => {
        $(async fn $what(
            &mut self,
            _: Channel<Msg>,
            $(_: $more,)*
            _: ChannelOpenHandle,
            _: &mut Session,
        ) -> Result<(), russh::Error> {
            Ok(())
        })*
    };
}

impl Handler for Gate {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        let fingerprint = match shown {
            PublicKeyOrCertificate::PublicKey { key, .. } => key.fingerprint(HashAlg::Sha256),
            PublicKeyOrCertificate::Certificate(shown) => shown.public_key().fingerprint(HashAlg::Sha256),
        };
        let fingerprint = fingerprint.to_string();
        let trusted = fingerprint == self.trusted;
        *self.host_key.lock().unwrap_or_else(PoisonError::into_inner) = Some(fingerprint);
        Ok(trusted)
    }

    async fn channel_open_failure(
        &mut self,
        _: ChannelId,
        _: ChannelOpenFailure,
        description: &str,
        _: &str,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        if let Some(told) = self.refusal.take() {
            let words = description.chars().filter(|c| !c.is_control()).take(200).collect();
            // Whoever asked may be gone.
            let _ = told.send(words);
        }
        Ok(())
    }

    refuse! {
        server_channel_open_session()
        server_channel_open_direct_tcpip(&str, u32, &str, u32)
        server_channel_open_direct_streamlocal(&str)
        server_channel_open_forwarded_tcpip(&str, u32, &str, u32)
        server_channel_open_forwarded_streamlocal(&str)
        server_channel_open_agent_forward()
        server_channel_open_x11(&str, u32)
        server_channel_open_unknown()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::Speaks;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    #[tokio::test]
    async fn a_server_that_says_no_more_is_let_go() {
        let (near, mut far) = duplex(64 * 1024);
        let login = || SshLogin {
            user_name: "jump".into(),
            secret: SshSecret::Password("secret".into()),
            host_key: String::new(),
        };
        let speaks = Speaks::Ssh(login());
        let proxy = Proxy { name: "Gate".into(), address: "gate".into(), port: 22, speaks };
        far.write_all(b"SSH-2.0-silent\r\n").await.unwrap();
        let mut unheard = |_| ();
        let mut progress = Progress::new(false, &mut unheard);
        let patience = Duration::from_millis(300);
        let entered = enter(Box::new(near), (&proxy, &login()), patience, &mut progress).await;
        let error = entered.err().unwrap();
        assert_eq!(error.kind, Cause::ConnectorOffline, "{}", error.detail);
        // Whatever russh still did with it has ended: nobody is at the other end.
        let mut said = Vec::new();
        timeout(Duration::from_secs(5), far.read_to_end(&mut said)).await.unwrap().unwrap();
        assert!(said.starts_with(b"SSH-2.0-") && !said.windows(4).any(|word| word == b"jump"));
    }

    #[test]
    fn what_is_no_key_that_can_be_used_is_told_apart() {
        let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----";
        for (text, error) in [("ssh-ed25519 AAAA", SshKeyError::Malformed), (locked, SshKeyError::Encrypted)]
        {
            assert_eq!(private_key(&text.into()).err(), Some(error), "{text}");
        }
    }
}
