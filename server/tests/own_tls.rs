//! TLS of our own and what a proxy in front is believed: without one a browser is served over https by the program itself,
//! with a certificate that may be replaced while it runs.

#![expect(clippy::unwrap_used, reason = "a story told outside of a test function")]

mod support;

use rcgen::{CertificateParams, KeyPair};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use support::restante::Restante;
use support::server::Server;
use support::wait_for;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// A certificate for localhost with its key, written into `folder`; its bytes.
fn certificate(folder: &Path) -> CertificateDer<'static> {
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    std::fs::write(folder.join("cert.pem"), certificate.pem()).unwrap();
    certificate.der().clone()
}

fn client(trusted: &CertificateDer<'static>) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap();
    Arc::new(config.with_root_certificates(roots).with_no_client_auth())
}

/// Asks over https; the whole answer, or why there is none.
fn ask(host: &str, trusted: &CertificateDer<'static>, request: &str) -> std::io::Result<String> {
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(client(trusted), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(host)?);
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    // A server that closes without a word of TLS has said all the same what it wanted to say.
    match stream.read_to_end(&mut answer) {
        Err(error) if answer.is_empty() => Err(error),
        _ => Ok(String::from_utf8_lossy(&answer).into_owned()),
    }
}

fn sign_in(host: &str, name: &str, password: &str) -> String {
    let form = format!("name={name}&password={password}");
    format!(
        "POST /sign-in HTTP/1.1\r\nHost: {host}\r\nOrigin: https://{host}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )
}

#[test]
fn without_a_proxy_it_speaks_https_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let files = ["--tls-cert", cert.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
    let restante = Restante::new();
    let refused = restante.run(&[&["serve", "--listen", "127.0.0.1:0"][..], &files].concat());
    let words = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && words.contains("cert.pem"), "{words}");

    let first = certificate(folder.path());
    let add = ["person", "add", "ana", "--role", "administrator", "--password-stdin"];
    assert!(restante.run_with(&add, "correct-horse").status.success());
    let server = Server::start(&restante, &files);
    let host = server.url.strip_prefix("https://").expect("it says so").to_owned();
    let page =
        ask(&host, &first, &format!("GET /sign-in HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
    let page = page.unwrap();
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.to_lowercase().contains("strict-transport-security: max-age="), "{page}");
    let answer = ask(&host, &first, &sign_in(&host, "ana", "correct-horse")).unwrap();
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    let cookie =
        answer.lines().find(|line| line.to_lowercase().starts_with("set-cookie")).unwrap().to_owned();
    assert!(cookie.contains("__Host-restante_session") && cookie.contains("Secure"), "{cookie}");

    // Whoever forgets the s is told.
    let mut plain = TcpStream::connect(&host).unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let mut told = String::new();
    drop(plain.read_to_string(&mut told));
    assert!(told.contains("https://"), "{told}");

    // Somebody who never shakes hands keeps nobody waiting, and a file that is broken changes nothing.
    let _silent: Vec<TcpStream> = (0..20).map(|_| TcpStream::connect(&host).unwrap()).collect();
    std::fs::write(&cert, "no certificate").unwrap();
    let is_served = |trusted: &CertificateDer<'static>| {
        ask(&host, trusted, &format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"))
            .is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
    };
    std::thread::sleep(std::time::Duration::from_secs(6));
    assert!(is_served(&first));
    let second = certificate(folder.path());
    wait_for("the new certificate", 30, || is_served(&second));
    assert!(!is_served(&first));
}

#[test]
fn a_proxy_says_who_comes_where_it_is_trusted() {
    for (trusted, expected) in [("127.0.0.0/8", "198.51.100.7"), ("10.0.0.0/8", "127.0.0.1")] {
        let restante = Restante::new();
        let server = Server::start(&restante, &["--trusted-proxies", trusted]);
        let forwarded = [("x-forwarded-for", "203.0.113.1, 198.51.100.7")];
        let form = "name=ana&password=wrong-password";
        let code = server.set_up_code.clone().unwrap();
        let first = format!("code={code}&name=ana&password=correct-horse&password_again=correct-horse");
        let kind = "application/x-www-form-urlencoded";
        assert_eq!(server.post("/set-up", &forwarded, kind, &first).status, 303);
        assert_eq!(server.post("/sign-in", &forwarded, kind, form).status, 401);
        let records = restante.json(&["audit"]);
        let refused =
            records.as_array().unwrap().iter().find(|record| record["action"] == "person.sign_in_refused");
        assert_eq!(refused.unwrap()["address"], json!(expected), "{records}");
    }
}
