//! The agent against a server that is scripted: one that is not who it says, that asks for what the agent must not reach,
//! that talks nonsense, that takes the agent's right back.

#![expect(clippy::unwrap_used, reason = "a story told outside of a test function")]

use bytes::Bytes;
use connector::frame::{
    self, Answer, FromAgent, Hello, Opening, Purpose, Refusal, ToAgent, Trouble, Welcome,
};
use connector::keys::{KeyPair, PublicKey};
use connector::noise::{self, HandshakeError, Messages, NoiseStream};
use connector::tunnel::{Side, Stream, Tunnel, tunnel};
use futures_util::io::{AsyncReadExt, AsyncWriteExt};
use futures_util::{SinkExt, StreamExt, future};
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::time::timeout;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

const LONG: Duration = Duration::from_secs(20);

type Link = NoiseStream<Box<dyn Messages>>;

/// The server's half, step by step.
struct Hub {
    listener: TcpListener,
    key: KeyPair,
    folder: tempfile::TempDir,
}

impl Hub {
    async fn new() -> Self {
        Self::with_key(KeyPair::generate().unwrap()).await
    }

    async fn with_key(key: KeyPair) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { listener, key, folder: tempfile::tempdir().unwrap() }
    }

    fn key_file(&self) -> PathBuf {
        self.folder.path().join("key")
    }

    fn agent(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_restante-connector"));
        command.arg("--key-file").arg(self.key_file()).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    async fn enrolling(&self, server_key: PublicKey) -> Child {
        let url = format!("http://{}", self.listener.local_addr().unwrap());
        let key = server_key.to_string();
        let mut child = self.agent(&["enrol", &url, "--server-key", &key]).spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"CODE-OF-TODAY\n").await.unwrap();
        child
    }

    async fn meet(&self) -> Result<(Link, PublicKey, Hello), HandshakeError> {
        let (stream, _) = timeout(LONG, self.listener.accept()).await.unwrap().unwrap();
        let messages = accept_async(stream)
            .await
            .unwrap()
            .sink_map_err(io::Error::other)
            .with(|bytes: Bytes| future::ok::<_, io::Error>(Message::Binary(bytes)))
            .filter_map(|message| {
                future::ready(match message {
                    Ok(Message::Binary(bytes)) => Some(Ok(bytes)),
                    Ok(_) => None,
                    Err(error) => Some(Err(io::Error::other(error))),
                })
            });
        let messages: Box<dyn Messages> = Box::new(messages);
        timeout(LONG, noise::answer(messages, &self.key)).await.unwrap()
    }

    /// An agent comes to serve and is let in.
    async fn welcome(&self) -> (Tunnel, PublicKey) {
        let (mut link, key, hello) = self.meet().await.unwrap();
        assert_eq!(hello.purpose, Purpose::Serve);
        frame::send(&mut link, &accepted(false)).await.unwrap();
        let (tunnel, _, driver) = tunnel(link, Side::Server);
        tokio::spawn(driver);
        (tunnel, key)
    }

    /// An agent that is known and connected.
    async fn serving(&self, allowed: &[&str]) -> (Child, Tunnel, PublicKey) {
        let child = self.enrolling(self.key.public()).await;
        let (mut link, _, hello) = self.meet().await.unwrap();
        assert_eq!(hello.purpose, Purpose::Enrol("CODE-OF-TODAY".into()));
        frame::send(&mut link, &accepted(false)).await.unwrap();
        let output = timeout(LONG, child.wait_with_output()).await.unwrap().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut arguments = vec!["run"];
        for pattern in allowed {
            arguments.extend(["--allow", pattern]);
        }
        let child = self.agent(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let (tunnel, key) = self.welcome().await;
        (child, tunnel, key)
    }
}

fn accepted(connected: bool) -> Welcome {
    Welcome::Accepted { connector: "Branch".into(), connected }
}

async fn reach(tunnel: &Tunnel, host: &str, port: u16) -> (Stream, Answer) {
    let mut stream = timeout(LONG, tunnel.open()).await.unwrap().unwrap();
    frame::send(&mut stream, &Opening::Reach { host: host.into(), port, patience: 3000 }).await.unwrap();
    let mut answer = timeout(LONG, frame::receive(&mut stream)).await.unwrap().unwrap();
    if answer == Answer::Heard {
        answer = timeout(LONG, frame::receive(&mut stream)).await.unwrap().unwrap();
    }
    (stream, answer)
}

async fn trouble(tunnel: &Tunnel, host: &str, port: u16) -> Option<Trouble> {
    match reach(tunnel, host, port).await.1 {
        Answer::Failed { trouble, .. } => Some(trouble),
        _ => None,
    }
}

async fn control(tunnel: &Tunnel) -> Stream {
    let mut control = tunnel.open().await.unwrap();
    frame::send(&mut control, &Opening::Control).await.unwrap();
    control
}

async fn new_key(control: &mut Stream) -> PublicKey {
    frame::send(control, &ToAgent::RenewKey).await.unwrap();
    match timeout(LONG, frame::receive(control)).await.unwrap().unwrap() {
        FromAgent::NewKey(key) => key,
        other => panic!("{other:?}"),
    }
}

/// A mail server that greets and says back whatever it hears.
async fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                stream.write_all(b"* OK ready\r\n").await.unwrap();
                let (mut reading, mut writing) = stream.split();
                let _ = tokio::io::copy(&mut reading, &mut writing).await;
            });
        }
    });
    port
}

async fn say(stream: &mut Stream, words: &[u8]) {
    stream.write_all(words).await.unwrap();
    stream.flush().await.unwrap();
}

async fn hear(stream: &mut Stream, expected: &[u8]) {
    let mut heard = vec![0; expected.len()];
    timeout(LONG, stream.read_exact(&mut heard)).await.unwrap().unwrap();
    assert_eq!(heard, expected);
}

#[tokio::test]
async fn it_becomes_known_to_the_server_whose_key_it_was_given_and_to_no_other() {
    let hub = Hub::new().await;
    let child = hub.enrolling(KeyPair::generate().unwrap().public()).await;
    assert!(hub.meet().await.is_err(), "this server cannot prove that key");
    let output = timeout(LONG, child.wait_with_output()).await.unwrap().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");

    // A code that the server does not take leaves nothing behind.
    let child = hub.enrolling(hub.key.public()).await;
    let (mut link, ..) = hub.meet().await.unwrap();
    frame::send(&mut link, &Welcome::Refused(Refusal::Code)).await.unwrap();
    let output = timeout(LONG, child.wait_with_output()).await.unwrap().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("older than 15 minutes"), "{output:?}");
    assert_eq!(hub.folder.path().read_dir().unwrap().count(), 0);

    let (_child, ..) = hub.serving(&[]).await;
    let asking = hub.agent(&["status"]).spawn().unwrap();
    let (mut link, _, hello) = hub.meet().await.unwrap();
    assert_eq!(hello.purpose, Purpose::Status);
    frame::send(&mut link, &accepted(true)).await.unwrap();
    let output = timeout(LONG, asking.wait_with_output()).await.unwrap().unwrap();
    assert!(
        output.status.success() && String::from_utf8_lossy(&output.stdout).contains("Branch"),
        "{output:?}"
    );
}

#[tokio::test]
async fn a_server_key_that_begins_with_a_dash_is_no_option() {
    let mut keys = std::iter::repeat_with(|| KeyPair::generate().unwrap());
    let key = keys.find(|key| key.public().to_string().starts_with('-')).unwrap();
    Hub::with_key(key).await.serving(&[]).await;
}

#[tokio::test]
async fn it_reaches_what_its_allow_list_holds_whatever_the_server_asks() {
    let hub = Hub::new().await;
    let (port, elsewhere) = (echo().await, echo().await);
    let (_child, tunnel, _) = hub.serving(&[&format!("127.0.0.1:{port}"), "*:993"]).await;
    for (host, port) in [
        ("169.254.169.254", 80),
        ("169.254.169.254", 993),
        ("::ffff:169.254.169.254", 993),
        ("127.0.0.1", 22),
        ("127.0.0.1", elsewhere),
        ("localhost", elsewhere),
        ("", 993),
        ("0.0.0.0", 993),
    ] {
        let said = trouble(&tunnel, host, port).await;
        assert!(matches!(said, Some(Trouble::NotAllowed | Trouble::NotFound)), "{host}:{port} {said:?}");
    }
    assert_eq!(trouble(&tunnel, "no-such-host.invalid", 993).await, Some(Trouble::NotFound));
    // What is no opening ends that stream and nothing else.
    for nonsense in [&b"\xff\xff\xff\xff"[..], b"GET / HTTP/1.1\r\n\r\n", b"\x00\x02{}"] {
        let mut stream = tunnel.open().await.unwrap();
        say(&mut stream, nonsense).await;
        let mut rest = Vec::new();
        let _ = timeout(LONG, stream.read_to_end(&mut rest)).await.unwrap();
        assert!(rest.is_empty(), "{rest:?}");
    }
    let (mut stream, answer) = reach(&tunnel, "127.0.0.1", port).await;
    assert_eq!(answer, Answer::Reached { address: format!("127.0.0.1:{port}") });
    hear(&mut stream, b"* OK ready\r\n").await;
    say(&mut stream, b"a NOOP\r\n").await;
    hear(&mut stream, b"a NOOP\r\n").await;
}

#[tokio::test]
async fn many_streams_take_little_memory_and_none_waits_for_another() {
    let hub = Hub::new().await;
    let port = echo().await;
    let (child, tunnel, _) = hub.serving(&[&format!("127.0.0.1:{port}")]).await;
    let mut streams = Vec::new();
    for _ in 0..200 {
        let (mut stream, _) = reach(&tunnel, "127.0.0.1", port).await;
        hear(&mut stream, b"* OK ready\r\n").await;
        streams.push(stream);
    }
    // Nobody reads the first: its window fills, and the others go on.
    let mut slow = streams.remove(0);
    let flood = vec![b'x'; 64 * 1024];
    let stuck = async {
        loop {
            slow.write_all(&flood).await.unwrap();
        }
    };
    assert!(timeout(Duration::from_secs(1), stuck).await.is_err(), "somebody read it");
    for stream in &mut streams {
        say(stream, b"b NOOP\r\n").await;
        hear(stream, b"b NOOP\r\n").await;
    }
    let used = memory(child.id().unwrap());
    assert!(used < 20_000, "{used} kB with 200 connections");
}

/// What a process has in memory, in kB.
fn memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
async fn it_has_another_key_where_the_server_wants_that_and_never_none() {
    let hub = Hub::new().await;
    let (_child, tunnel, key) = hub.serving(&[]).await;
    let mut control_stream = control(&tunnel).await;
    frame::send(&mut control_stream, &ToAgent::Ping(7)).await.unwrap();
    assert_eq!(frame::receive::<FromAgent>(&mut control_stream).await.unwrap(), FromAgent::Pong(7));
    let new = new_key(&mut control_stream).await;
    assert_ne!(new, key);
    // The server dies before it says that the new key counts: the agent tries the new one, then the old one.
    drop((control_stream, tunnel));
    let (mut link, first, _) = hub.meet().await.unwrap();
    assert_eq!(first, new);
    frame::send(&mut link, &Welcome::Refused(Refusal::Unknown)).await.unwrap();
    let (tunnel, second) = hub.welcome().await;
    assert_eq!(second, key);
    let mut control_stream = control(&tunnel).await;
    let new = new_key(&mut control_stream).await;
    assert_eq!(new, first, "the one that it has already");
    // Another one than the agent has settles nothing.
    frame::send(&mut control_stream, &ToAgent::KeyTaken(key)).await.unwrap();
    frame::send(&mut control_stream, &ToAgent::KeyTaken(new)).await.unwrap();
    frame::send(&mut control_stream, &ToAgent::Goodbye).await.unwrap();
    let (_tunnel, third) = hub.welcome().await;
    assert_eq!(third, new);
    assert!(!std::fs::read_to_string(hub.key_file()).unwrap().contains("next_key"));
}

#[tokio::test]
async fn it_ends_when_it_is_told_and_when_it_is_not_wanted_any_more() {
    let hub = Hub::new().await;
    let port = echo().await;
    let (mut child, tunnel, _) = hub.serving(&[&format!("127.0.0.1:{port}")]).await;
    let (mut stream, _) = reach(&tunnel, "127.0.0.1", port).await;
    hear(&mut stream, b"* OK ready\r\n").await;
    let mut control = control(&tunnel).await;
    frame::send(&mut control, &ToAgent::Ping(1)).await.unwrap();
    assert_eq!(frame::receive::<FromAgent>(&mut control).await.unwrap(), FromAgent::Pong(1));
    let told = std::process::Command::new("kill").arg(child.id().unwrap().to_string()).status();
    assert!(told.unwrap().success());
    let said = timeout(LONG, frame::receive::<FromAgent>(&mut control)).await.unwrap().unwrap();
    assert_eq!(said, FromAgent::Leaving);
    // Whoever is there may finish.
    say(&mut stream, b"c LOGOUT\r\n").await;
    hear(&mut stream, b"c LOGOUT\r\n").await;
    drop(stream);
    assert!(timeout(Duration::from_secs(8), child.wait()).await.unwrap().unwrap().success());

    let mut child = hub.agent(&["run"]).spawn().unwrap();
    let (mut link, ..) = hub.meet().await.unwrap();
    frame::send(&mut link, &Welcome::Refused(Refusal::Revoked)).await.unwrap();
    assert_eq!(timeout(LONG, child.wait()).await.unwrap().unwrap().code(), Some(3));
}

#[tokio::test]
async fn whatever_breaks_it_dials_again() {
    let hub = Hub::new().await;
    let (_child, tunnel, key) = hub.serving(&[]).await;
    drop(tunnel);
    let (tunnel, again) = hub.welcome().await;
    assert_eq!(again, key);
    drop(tunnel);
    // Somebody who hangs up, and something that is no server of ours.
    drop(timeout(LONG, hub.listener.accept()).await.unwrap().unwrap());
    let (mut wrong, _) = timeout(LONG, hub.listener.accept()).await.unwrap().unwrap();
    wrong.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    drop(wrong);
    let (_tunnel, again) = hub.welcome().await;
    assert_eq!(again, key);
}
