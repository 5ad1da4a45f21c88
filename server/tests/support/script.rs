//! A mail server that follows a script: what it greets with, what it answers to which command, and where TLS begins.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What it does.
#[derive(Clone, Default)]
pub struct Script {
    /// The bytes that it greets with; none: it says nothing.
    pub greeting: &'static [u8],
    /// Beginnings of commands (without their tag) with the answers to them; `$` in an answer stands for the tag, `CLOSE`
    /// ends the connection, `MUTE` says nothing, `TLS` begins TLS after what was said before it.
    pub answers: Vec<(&'static str, &'static str)>,
    /// TLS from the first byte.
    pub implicit: bool,
    /// Its certificate.
    pub tls: Option<Arc<ServerConfig>>,
}

/// Starts it; it lasts as long as the tests. Where it listens.
pub fn start(script: Script) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, script) = (stream.unwrap(), script.clone());
            std::thread::spawn(move || drop(serve(stream, &script)));
        }
    });
    port
}

fn serve(mut stream: TcpStream, script: &Script) -> std::io::Result<()> {
    if script.implicit {
        return talk(secured(stream, script), script, true).map(|_| ());
    }
    stream.write_all(script.greeting)?;
    if talk(stream.try_clone()?, script, false)? {
        return talk(secured(stream, script), script, false).map(|_| ());
    }
    Ok(())
}

fn secured(stream: TcpStream, script: &Script) -> StreamOwned<ServerConnection, TcpStream> {
    let config = script.tls.clone().expect("a script with TLS has a certificate");
    StreamOwned::new(ServerConnection::new(config).unwrap(), stream)
}

/// True where TLS is to begin.
fn talk(mut stream: impl Read + Write, script: &Script, greets: bool) -> std::io::Result<bool> {
    if greets {
        stream.write_all(script.greeting)?;
        stream.flush()?;
    }
    loop {
        let mut line = Vec::new();
        // Byte by byte: what follows may be TLS.
        if BufReader::with_capacity(1, &mut stream).read_until(b'\n', &mut line)? == 0 {
            return Ok(false);
        }
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        let imap = script.greeting.starts_with(b"*");
        let (tag, command) = if imap { line.split_once(' ').unwrap_or((&line, "")) } else { ("", &*line) };
        let answer = script.answers.iter().find(|(beginning, _)| command.starts_with(beginning));
        let answer = answer.map_or(if imap { "$ BAD what?" } else { "-ERR what?" }, |(_, answer)| answer);
        match answer {
            "CLOSE" => return Ok(false),
            "MUTE" => continue,
            _ => {}
        }
        let begins = answer.ends_with("TLS");
        let said = answer.trim_end_matches("TLS").trim_end_matches("\r\n").replace('$', tag);
        stream.write_all(format!("{said}\r\n").as_bytes())?;
        stream.flush()?;
        if begins {
            return Ok(true);
        }
    }
}

/// An authority of the tests.
pub fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate for `name` that is changed before it is signed, by `authority` or by itself; and the server that has it.
pub fn certificate(
    name: &str,
    authority: Option<&CertifiedIssuer<'static, KeyPair>>,
    change: impl FnOnce(&mut CertificateParams),
) -> (Arc<ServerConfig>, String) {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = match authority {
        Some(authority) => params.signed_by(&key, authority).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    let der: CertificateDer<'static> = certificate.der().clone();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![der], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    (Arc::new(config), certificate.pem())
}
