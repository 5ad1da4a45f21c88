//! A running server: what open pages hear, and how it ends.

mod support;

use std::io::BufRead;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use support::restante::Restante;
use support::server::Server;

#[test]
fn open_pages_hear_of_other_processes_and_streams_close_at_the_end() {
    let restante = Restante::new();
    let (mut server, cookie) = Server::start_signed_in(&restante);
    let events = server.stream("/api/live", &cookie);
    let (told, heard) = mpsc::channel();
    let listener = std::thread::spawn(move || {
        events.lines().map_while(Result::ok).filter(|line| line.starts_with("data:")).for_each(|line| {
            // Nobody listening any more is the end of the test.
            let _ = told.send(line);
        });
    });
    restante.add_account("new", "imap", 9, "none", &[]);
    let event = heard.recv_timeout(Duration::from_secs(3)).unwrap();
    assert!(event.contains("accounts"), "{event}");

    let pid = server.process.0.id().to_string();
    assert!(std::process::Command::new("kill").arg(pid).status().unwrap().success());
    let asked = Instant::now();
    let status = server.process.0.wait().unwrap();
    assert!(status.success(), "{status}");
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    listener.join().unwrap();
}

#[test]
fn health_and_readiness_need_nobody() {
    let restante = Restante::new();
    let server = Server::start(&restante, &[]);
    for path in ["/healthz", "/readyz"] {
        let answer = server.get(path, &[]);
        assert_eq!((answer.status, answer.body.as_str()), (200, "ok\n"), "{path}");
    }
    let robots = server.get("/robots.txt", &[]);
    assert_eq!(robots.status, 200);
    assert!(robots.body.starts_with("User-agent: *\n"), "{}", robots.body);
}

#[test]
fn the_wrong_key_stops_the_start_with_a_sentence() {
    let restante = Restante::new();
    restante.add_account("a", "imap", 9, "none", &[]);
    let key = restante.data().join("restante.key");
    std::fs::write(&key, format!("{}\n", "ab".repeat(32))).unwrap();
    let output = restante.run(&["account", "list"]);
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8_lossy(&output.stderr).to_lowercase();
    assert!(words.contains("key"), "{words}");
}
