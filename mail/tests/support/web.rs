//! A small Internet on loopback: a name server and a web server, for tests that look things up.

use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::{A, MX, SRV};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// What the name server answers, by name and type; anything else does not exist.
#[derive(Default)]
pub struct Zone(HashMap<(String, RecordType), Vec<RData>>);

impl Zone {
    pub fn address(mut self, name: &str, ip: &str) -> Self {
        self.put(name, RecordType::A, RData::A(A(ip.parse::<Ipv4Addr>().unwrap())));
        self
    }

    pub fn service(mut self, name: &str, priority: u16, port: u16, target: &str) -> Self {
        let target = Name::from_ascii(target).unwrap();
        self.put(name, RecordType::SRV, RData::SRV(SRV::new(priority, 1, port, target)));
        self
    }

    pub fn exchanger(mut self, name: &str, exchanger: &str) -> Self {
        let exchanger = Name::from_ascii(exchanger).unwrap();
        self.put(name, RecordType::MX, RData::MX(MX::new(10, exchanger)));
        self
    }

    fn put(&mut self, name: &str, kind: RecordType, data: RData) {
        self.0.entry((format!("{name}."), kind)).or_default().push(data);
    }

    /// Serves it until the test ends.
    pub async fn serve(self) -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                let Ok(question) = Message::from_vec(&buffer[..length]) else { continue };
                let _ = socket.send_to(&self.answer(&question).to_vec().unwrap(), from).await;
            }
        });
        address
    }

    fn answer(&self, question: &Message) -> Message {
        let mut answer = Message::new(question.metadata.id, MessageType::Response, OpCode::Query);
        answer.metadata.recursion_available = true;
        answer.metadata.response_code = ResponseCode::NXDomain;
        for query in &question.queries {
            answer.add_query(query.clone());
            let name = query.name().to_ascii().to_ascii_lowercase();
            if self.0.keys().any(|(known, _)| *known == name) {
                answer.metadata.response_code = ResponseCode::NoError;
            }
            for data in self.0.get(&(name, query.query_type())).into_iter().flatten() {
                answer.add_answer(Record::from_rdata(query.name().clone(), 60, data.clone()));
            }
        }
        answer
    }
}

/// An authority, and servers that it vouches for.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, "Authority of the test");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn trust(&self) -> mail::Trust {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        mail::Trust::Roots(Arc::new(roots))
    }

    /// TLS with a certificate for all of `names`.
    pub fn acceptor(&self, names: &[&str]) -> TlsAcceptor {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &self.0).unwrap();
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Answers of a web server, by `host/path` without the query; anything else is 404.
#[derive(Default)]
pub struct Site {
    answers: HashMap<String, Vec<u8>>,
    /// What was asked for, with the query.
    pub asked: Arc<Mutex<Vec<String>>>,
    /// How many connections came.
    pub connections: Arc<AtomicUsize>,
}

impl Site {
    pub fn file(self, url: &str, body: &str) -> Self {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        self.raw(url, [head.as_bytes(), body.as_bytes()].concat())
    }

    pub fn redirect(self, url: &str, to: &str) -> Self {
        self.raw(
            url,
            format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .into(),
        )
    }

    pub fn raw(mut self, url: &str, answer: Vec<u8>) -> Self {
        self.answers.insert(url.to_owned(), answer);
        self
    }

    /// Serves it at `ip` until the test ends; an answer without an end is held open.
    pub async fn serve(self, ip: &str, port: u16, tls: TlsAcceptor) -> u16 {
        let listener = TcpListener::bind((ip, port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let site = Arc::new(self);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                site.connections.fetch_add(1, Ordering::SeqCst);
                let (site, tls) = (Arc::clone(&site), tls.clone());
                tokio::spawn(async move {
                    let Ok(mut stream) = tls.accept(stream).await else { return };
                    let mut request = Vec::new();
                    while !request.ends_with(b"\r\n\r\n") {
                        let mut byte = [0];
                        if stream.read_exact(&mut byte).await.is_err() {
                            return;
                        }
                        request.extend(byte);
                    }
                    let request = String::from_utf8(request).unwrap();
                    let path = request.split(' ').nth(1).unwrap();
                    let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
                    site.asked.lock().unwrap().push(format!("{host}{path}"));
                    let url = format!("{host}{}", path.split('?').next().unwrap());
                    let missing =
                        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec();
                    let answer = site.answers.get(&url).unwrap_or(&missing);
                    let _ = stream.write_all(answer).await;
                    if answer.ends_with(b"slow") {
                        std::future::pending::<()>().await;
                    }
                    let _ = stream.shutdown().await;
                });
            }
        });
        port
    }
}
