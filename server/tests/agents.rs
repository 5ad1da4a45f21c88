//! Agents of Network Connectors with the real program on both sides: in a network that is really closed, over a wire that
//! breaks, against somebody who has no business there.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story told outside of a test function")]

mod support;

use connector::frame::{self, Hello, Purpose, Refusal, Welcome};
use connector::keys::KeyPair;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;
use std::time::{Duration, Instant};
use support::agent::Agent;
use support::closed::ClosedNetwork;
use support::dovecot::{Dovecot, message};
use support::ledger::{Dice, soaks};
use support::proxy::Proxy;
use support::restante::Restante;
use support::server::Server;
use support::wait_for;

fn says(restante: &Restante, arguments: &[&str]) -> String {
    let output = restante.run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn add_connector(restante: &Restante) {
    says(restante, &["connector", "add", "--name", "Branch", "--kind", "agent"]);
}

fn agents(restante: &Restante) -> Vec<Value> {
    restante.json(&["connector", "agents", "Branch"]).as_array().unwrap().clone()
}

fn wait_for_agents(restante: &Restante, seconds: u64, count: usize) {
    wait_for("the agents", seconds, || {
        agents(restante).iter().filter(|agent| agent["status"] == "connected").count() == count
    });
}

fn cause_of_test(restante: &Restante, server: &str) -> Value {
    let output = restante.run(&["connector", "test", "Branch", server, "--json"]);
    assert!(!output.status.success());
    serde_json::from_slice::<Value>(&output.stdout).unwrap()["failure"]["cause"].clone()
}

fn actions(restante: &Restante) -> Vec<String> {
    let audit = restante.json(&["audit", "--limit", "200"]);
    audit.as_array().unwrap().iter().map(|record| record["action"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_mailbox_in_a_closed_network_is_reached_through_an_agent_that_dials_out() {
    let Some(network) = ClosedNetwork::new() else { return };
    let mail = Dovecot::start_in(&network);
    for number in 1..=5 {
        mail.deliver("ann", number, &message(number));
    }
    let restante = Restante::new();
    let server = Server::start_at(&restante, &format!("{}:0", network.here), &[]);
    let url = server.url.clone();
    add_connector(&restante);
    restante.add_account("ann", "imap", mail.imaps, "ssl", &["--connector", "Branch"]);
    let check = restante.check("ann");
    assert_eq!((&check["outcome"], &check["cause"]), (&json!("failed"), &json!("connector_offline")));

    let agent = Agent::inside(&network);
    agent.enrol(&restante, "Branch", &url);
    let allowed = [format!("127.0.0.1:{}", mail.imaps)];
    let allowed: Vec<&str> = allowed.iter().map(String::as_str).collect();
    let mut running = agent.start(&allowed);
    wait_for_agents(&restante, 10, 1);
    let check = restante.check("ann");
    assert_eq!((&check["outcome"], &check["new"]), (&json!("ok"), &json!(5)), "{check}");
    // Straight from here there is nobody, and the agent reaches what its own list holds.
    restante.add_account("direct", "imap", mail.imaps, "ssl", &[]);
    assert_eq!(restante.check("direct")["cause"], "connect_refused");
    assert_eq!(cause_of_test(&restante, &format!("127.0.0.1:{}", mail.imap)), "connector_refused");
    assert_eq!(cause_of_test(&restante, "127.0.0.1:22"), "connector_refused");
    assert_eq!(cause_of_test(&restante, "169.254.169.254:80"), "address_not_allowed");

    // Killed, and started again.
    running.0.kill().unwrap();
    running.0.wait().unwrap();
    wait_for_agents(&restante, 5, 0);
    let _running = agent.start(&allowed);
    mail.deliver("ann", 6, &message(6));
    let check = restante.check("ann");
    assert_eq!(
        (&check["outcome"], &check["new"]),
        (&json!("ok"), &json!(1)),
        "it waits for the agent: {check}"
    );

    // The server goes and comes: the agent is back by itself.
    let listen = url.trim_start_matches("http://").to_owned();
    drop(server);
    assert_eq!(restante.check("ann")["cause"], "connector_offline");
    let _server = Server::start_at(&restante, &listen, &[]);
    mail.deliver("ann", 7, &message(7));
    let check = restante.check("ann");
    assert_eq!((&check["outcome"], &check["new"]), (&json!("ok"), &json!(1)), "{check}");

    // The cable is pulled during a fetch, for longer than anybody believes in the connection, and put in again.
    let much = noise(8).repeat(10);
    for number in 8..=100 {
        mail.deliver("ann", number, &[message(number), much.clone()].concat());
    }
    says(&restante, &["account", "edit", "ann", "--automatic-check", "yes"]);
    wait_for("the fetch", 20, || stored(&restante) > 7);
    network.plug(false);
    wait_for_agents(&restante, 15, 0);
    let before = stored(&restante);
    assert!(before < 100, "it was over before the cable was pulled");
    network.plug(true);
    let plugged = Instant::now();
    wait_for_agents(&restante, 8, 1);
    let back = plugged.elapsed();
    assert!(back < Duration::from_secs(5), "{back:?} after the network: {}", agent.log());
    wait_for("what comes after the network", 5, || stored(&restante) > before);
    wait_for("all of it", 30, || stored(&restante) == 100);
    let checked = || log(&restante).matches("checked").count();
    wait_for("the end of the check", 10, || checked() >= 1);

    // New mail comes the moment it arrives: the connection that waits goes through the agent as well.
    let before = checked();
    let policy = ["--instant", "--automatic-check", "yes", "--interval", "604800"];
    says(&restante, &[&["account", "edit", "ann"][..], &policy].concat());
    // A check follows the connection that waits.
    wait_for("the connection that waits", 20, || checked() > before);
    mail.deliver("ann", 101, &message(101));
    wait_for("what just came", 3, || stored(&restante) == 101);
}

#[test]
fn a_key_is_renewed_and_taken_back_and_a_code_is_good_once() {
    let restante = Restante::new();
    let server = Server::start(&restante, &[]);
    add_connector(&restante);
    let agent = Agent::here();
    let enrolment = restante.json(&["connector", "enrol", "Branch", "--server", &server.url]);
    let (key, code) = (enrolment["server_key"].as_str().unwrap(), enrolment["code"].as_str().unwrap());
    let enrol = ["enrol", &server.url, "--server-key", key];
    let wrong = agent.run_with(&enrol, "2222-2222-2222-2222-2222-2222");
    assert!(!wrong.status.success() && String::from_utf8_lossy(&wrong.stderr).contains("code"), "{wrong:?}");
    assert!(agent.run_with(&enrol, code).status.success());
    let again = Agent::here().run_with(&enrol, code);
    assert!(!again.status.success(), "the code was used");
    let mut running = agent.start(&[]);
    wait_for_agents(&restante, 10, 1);
    let known = agents(&restante);
    let number = known.first().unwrap()["id"].to_string();
    assert!(known.first().unwrap()["allows"].as_str().unwrap().contains("*:993"), "{known:?}");
    let status = agent.run_with(&["status"], "");
    assert!(String::from_utf8_lossy(&status.stdout).contains("connected"), "{status:?}");

    let before = std::fs::read_to_string(agent.key_file()).unwrap();
    says(&restante, &["connector", "renew-key", "Branch", &number]);
    wait_for("another key", 10, || std::fs::read_to_string(agent.key_file()).unwrap() != before);
    wait_for("its acceptance", 10, || agents(&restante).first().unwrap()["renewing"] == false);
    // Whoever has the old one has nothing.
    let thief = Agent::here();
    std::fs::write(thief.key_file(), before).unwrap();
    let status = thief.run_with(&["status"], "");
    assert!(String::from_utf8_lossy(&status.stderr).contains("does not know"), "{status:?}");

    says(&restante, &["connector", "revoke", "Branch", &number]);
    wait_for("its end", 10, || running.0.try_wait().unwrap().is_some());
    assert_eq!(running.0.wait().unwrap().code(), Some(3), "{}", agent.log());
    assert_eq!(agents(&restante).first().unwrap()["status"], "revoked");
    let actions = actions(&restante);
    for action in [
        "enrolment_created",
        "enrolment_refused",
        "agent_enrolled",
        "agent_renewed",
        "agent_revoked",
        "agent_refused",
    ] {
        assert!(actions.contains(&format!("connector.{action}")), "{action}: {actions:?}");
    }
    support::holds_none_of(restante.data(), &[code]);
    says(&restante, &["vault", "rotate"]);
    let other = Agent::here();
    other.enrol(&restante, "Branch", &server.url);
    assert!(other.run_with(&["status"], "").status.code() == Some(1), "known, and not connected");
}

#[test]
fn where_one_agent_does_not_answer_another_one_does() {
    let mail = Dovecot::start();
    mail.deliver("ann", 1, &message(1));
    let restante = Restante::new();
    let server = Server::start(&restante, &[]);
    add_connector(&restante);
    restante.add_account("ann", "imap", mail.imaps, "ssl", &["--connector", "Branch"]);
    let allowed = format!("127.0.0.1:{}", mail.imaps);
    let pair = [Agent::here(), Agent::here()];
    let running: Vec<_> = pair
        .iter()
        .map(|agent| {
            agent.enrol(&restante, "Branch", &server.url);
            agent.start(&[&allowed])
        })
        .collect();
    wait_for_agents(&restante, 10, 2);
    // Whichever of the two is asked first: one of them stops in its tracks.
    let process = running.first().unwrap().0.id().to_string();
    let signal = |name: &str| {
        assert!(std::process::Command::new("kill").args([name, &process]).status().unwrap().success());
    };
    signal("-STOP");
    for _ in 0..2 {
        let began = Instant::now();
        let check = restante.check("ann");
        assert_eq!(check["outcome"], "ok", "{check}");
        assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    }
    wait_for_agents(&restante, 15, 1);
    signal("-CONT");
    wait_for_agents(&restante, 10, 2);
    says(&restante, &["connector", "edit", "Branch", "--streams", "1", "--disabled"]);
    assert_eq!(restante.check("ann")["cause"], "connector_offline");
    says(&restante, &["connector", "edit", "Branch", "--enabled"]);
    assert_eq!(restante.check("ann")["outcome"], "ok");
}

/// Somebody who speaks the protocol and has other plans.
mod stranger {
    use super::*;
    use connector::noise::{self, Messages, NoiseStream};
    use connector::tunnel::{Side, tunnel};
    use futures_util::{SinkExt, StreamExt, future};
    use std::io;
    use tokio_tungstenite::tungstenite::Message;

    pub type Link = NoiseStream<Box<dyn Messages>>;

    pub async fn messages(url: &str) -> Box<dyn Messages> {
        let address = url.trim_start_matches("http://");
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let (socket, _) =
            tokio_tungstenite::client_async(format!("ws://{address}/connector"), stream).await.unwrap();
        Box::new(
            socket
                .sink_map_err(io::Error::other)
                .with(|bytes| future::ok::<_, io::Error>(Message::Binary(bytes)))
                .filter_map(|message| {
                    future::ready(match message {
                        Ok(Message::Binary(bytes)) => Some(Ok(bytes)),
                        Ok(_) => None,
                        Err(error) => Some(Err(io::Error::other(error))),
                    })
                }),
        )
    }

    pub async fn greet(url: &str, key: &KeyPair, server: &str, purpose: Purpose) -> (Link, Welcome) {
        let hello =
            Hello { version: "6.6.6".into(), host: "evil\nhost".repeat(50), allows: Vec::new(), purpose };
        let mut link =
            noise::begin(messages(url).await, key, &server.parse().unwrap(), &hello).await.unwrap();
        let welcome = frame::receive(&mut link).await.unwrap();
        (link, welcome)
    }

    /// Tries to open a stream to the server. Returns whether the connection outlives it.
    pub async fn knocks(link: Link) -> bool {
        let (tunnel, _inbound, driver) = tunnel(link, Side::Agent);
        let driver = tokio::spawn(driver);
        let opened = async {
            let mut stream = tunnel.open().await?;
            let opening = frame::Opening::Reach { host: "127.0.0.1".into(), port: 143, patience: 1000 };
            frame::send(&mut stream, &opening).await?;
            frame::receive::<frame::Answer>(&mut stream).await
        };
        let answer = tokio::time::timeout(Duration::from_secs(5), opened).await.unwrap();
        assert!(answer.is_err(), "{answer:?}");
        tokio::time::sleep(Duration::from_millis(500)).await;
        !driver.is_finished()
    }
}

#[test]
fn whoever_has_no_business_there_is_told_so_and_harms_nobody() {
    let restante = Restante::new();
    let server = Server::start(&restante, &[]);
    add_connector(&restante);
    let agent = Agent::here();
    agent.enrol(&restante, "Branch", &server.url);
    let _running = agent.start(&[]);
    wait_for_agents(&restante, 10, 1);
    let enrolment = restante.json(&["connector", "enrol", "Branch", "--server", &server.url]);
    let (key, code) = (enrolment["server_key"].as_str().unwrap(), enrolment["code"].as_str().unwrap());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        // Garbage, too much of it, and silence.
        for garbage in [vec![0; 10], vec![7; 65_535], Vec::new()] {
            use futures_util::{SinkExt, StreamExt};
            let mut messages = stranger::messages(&server.url).await;
            let _ = messages.send(garbage.into()).await;
            let ended = tokio::time::timeout(Duration::from_secs(15), messages.next()).await.unwrap();
            assert!(ended.is_none_or(|message| message.is_err()));
        }
        let own = KeyPair::generate().unwrap();
        let (_, welcome) = stranger::greet(&server.url, &own, key, Purpose::Serve).await;
        assert_eq!(welcome, Welcome::Refused(Refusal::Unknown));
        for _ in 0..10 {
            let guess = Purpose::Enrol("3333-3333-3333-3333-3333-3333".into());
            let (_, welcome) = stranger::greet(&server.url, &own, key, guess).await;
            assert_eq!(welcome, Welcome::Refused(Refusal::Code));
        }
        let (_, welcome) = stranger::greet(&server.url, &own, key, Purpose::Enrol(code.into())).await;
        assert_eq!(welcome, Welcome::Refused(Refusal::TooOften), "even with a code that is good");
    });
    // Who is known may still open no stream to the server.
    let text = std::fs::read_to_string(agent.key_file()).unwrap();
    let secret = text.lines().find_map(|line| line.strip_prefix("key = ")).unwrap();
    let stolen = KeyPair::from_secret_text(secret).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let (link, welcome) = stranger::greet(&server.url, &stolen, key, Purpose::Serve).await;
        assert!(matches!(welcome, Welcome::Accepted { .. }), "{welcome:?}");
        assert!(!stranger::knocks(link).await, "it was cut off");
    });
    // The true one is back, and all the while pages were served.
    wait_for_agents(&restante, 10, 1);
    assert_eq!(server.get("/healthz", &[]).status, 200);
    let known = agents(&restante);
    assert!(!known.first().unwrap()["host"].as_str().unwrap().contains('\n'), "{known:?}");
    let records = restante.json(&["audit", "--limit", "200"]);
    let refused = |record: &&Value| record["action"] == "connector.enrolment_refused";
    assert_eq!(records.as_array().unwrap().iter().filter(refused).count(), 1, "once for a while");
}

/// How many messages of `ann` are stored, without asking the program.
fn stored(restante: &Restante) -> i64 {
    restante.numbers("SELECT COUNT(*) FROM message").first().copied().unwrap()
}

fn log(restante: &Restante) -> String {
    std::fs::read_to_string(restante.data().join("server.log")).unwrap()
}

/// A message of some 40 kB.
fn large(number: usize) -> Vec<u8> {
    let mut raw = message(number);
    raw.extend(noise(number));
    raw
}

/// Lines that nothing makes shorter.
fn noise(seed: usize) -> Vec<u8> {
    let mut state = seed as u64 + 1;
    let mut lines = Vec::new();
    for at in 0..42_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        lines.push(
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[(state >> 58) as usize],
        );
        if at % 70 == 69 {
            lines.extend(b"\r\n");
        }
    }
    lines
}

/// A server with its address, a wire to it, and an agent that is known there by way of the wire.
fn over_a_wire(restante: &Restante) -> (Server, String, Proxy, Agent) {
    let server = Server::start(restante, &[]);
    let listen = server.url.trim_start_matches("http://").to_owned();
    let wire = Proxy::to(listen.rsplit(':').next().unwrap().parse().unwrap());
    add_connector(restante);
    let agent = Agent::here();
    agent.enrol(restante, "Branch", &format!("http://127.0.0.1:{}", wire.port));
    (server, listen, wire, agent)
}

#[test]
fn whatever_breaks_during_a_fetch_nothing_is_lost_or_doubled() {
    const MESSAGES: usize = 800;
    let all = i64::try_from(MESSAGES).unwrap();
    let mail = Dovecot::start();
    for number in 1..=MESSAGES {
        mail.deliver("ann", number, &large(number));
    }
    let restante = Restante::new();
    let (mut server, listen, wire, agent) = over_a_wire(&restante);
    let allowed = format!("127.0.0.1:{}", mail.imaps);
    let mut running = agent.start(&[&allowed]);
    wait_for_agents(&restante, 10, 1);
    // Cut before the first message is whole, again and again, while the account is checked by the server itself.
    wire.cut_after(1_000_000);
    restante.add_account("ann", "imap", mail.imaps, "ssl", &["--connector", "Branch"]);
    says(&restante, &["account", "edit", "ann", "--automatic-check", "yes"]);
    let patiently = |what: &str, holds: &dyn Fn() -> bool| {
        let end = Instant::now() + Duration::from_secs(30);
        while !holds() {
            assert!(Instant::now() < end, "{what}: {} {}", log(&restante), agent.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let goes_on = |what: &str, before: i64| {
        let began = Instant::now();
        patiently(what, &|| stored(&restante) > before || stored(&restante) == all);
        began.elapsed()
    };
    patiently("the first break", &|| wire.is_past());
    wire.cut_after(3_000_000);
    patiently("the second break", &|| wire.is_past());
    // What comes next is settled before anything comes: nobody knows how soon that is all there is.
    let before = stored(&restante);
    wire.stall_after(7_000_000);
    let back = goes_on("what comes after a break", before);
    assert!(back < Duration::from_secs(6), "{back:?}");

    // Nothing passes, and nobody hangs up: both sides notice, and are back as soon as something passes again.
    patiently("the wire to stall", &|| wire.is_past());
    wait_for_agents(&restante, 20, 0);
    let before = stored(&restante);
    wire.cut_after(5_000_000);
    wire.go_on();
    let back = goes_on("what comes after the silence", before);
    assert!(back < Duration::from_secs(6), "{back:?}");

    patiently("the agent to be at work", &|| wire.is_past());
    running.0.kill().unwrap();
    running.0.wait().unwrap();
    wire.cut_after(5_000_000);
    running = agent.start(&[&allowed]);
    patiently("the server to be at work", &|| wire.is_past());
    server.process.0.kill().unwrap();
    server.process.0.wait().unwrap();
    let before = stored(&restante);
    server = Server::start_at(&restante, &listen, &[]);
    goes_on("what comes after the server", before);

    patiently("all of it", &|| stored(&restante) >= all);
    everything_is_here(&restante, &mail, MESSAGES);
    drop((running, server));
}

/// So many messages, byte for byte those of the server, each once.
fn everything_is_here(restante: &Restante, mail: &Dovecot, count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("eml").display().to_string();
    says(restante, &["export", "ann", "--format", "eml", "--to", &to]);
    let here: Vec<Vec<u8>> =
        std::fs::read_dir(&to).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect();
    assert_eq!(here.len(), count);
    let sorted = |messages: Vec<Vec<u8>>| messages.into_iter().collect::<BTreeSet<_>>();
    assert!(sorted(here) == sorted(mail.contents("ann")), "byte for byte");
}

#[test]
fn any_breaks_in_a_row_lose_and_double_nothing() {
    const FRESH: usize = 40;
    let rounds = if soaks() { 80 } else { 3 };
    let (mail, restante) = (Dovecot::start(), Restante::new());
    let (mut server, listen, wire, agent) = over_a_wire(&restante);
    let allowed = format!("127.0.0.1:{}", mail.imaps);
    let mut running = agent.start(&[&allowed]);
    restante.add_account("ann", "imap", mail.imaps, "ssl", &["--connector", "Branch"]);
    let (mut dice, mut broken, mut slowest) = (Dice(11), 0, Duration::ZERO);
    for round in 0..rounds {
        for number in 1..=FRESH {
            let number = round * FRESH + number;
            mail.deliver("ann", number, &large(number));
        }
        let bytes = 50_000 + dice.roll(1_100_000);
        if round % 4 == 3 {
            wire.stall_after(bytes);
        } else {
            wire.cut_after(bytes);
        }
        broken += usize::from(restante.check("ann")["outcome"] != "ok");
        // Whatever it was, nothing happens any more from here on.
        wire.calm();
        wire.go_on();
        if round % 4 == 1 {
            running.0.kill().unwrap();
            running.0.wait().unwrap();
            running = agent.start(&[&allowed]);
        }
        if round % 4 == 2 {
            server.process.0.kill().unwrap();
            server.process.0.wait().unwrap();
            server = Server::start_at(&restante, &listen, &[]);
        }
        let began = Instant::now();
        wait_for_agents(&restante, 10, 1);
        slowest = slowest.max(began.elapsed());
        let check = restante.check("ann");
        assert_eq!(check["outcome"], "ok", "round {round}, {bytes} bytes: {check} {}", agent.log());
        assert_eq!(stored(&restante), i64::try_from((round + 1) * FRESH).unwrap(), "round {round}");
    }
    everything_is_here(&restante, &mail, rounds * FRESH);
    let told =
        format!("{broken} of {rounds} fetches broken off, the agent was back after {slowest:.1?} at most");
    let _ = writeln!(std::io::stderr(), "\ncounted: {told}");
    assert!(broken * 2 > rounds, "{told}");
    drop((running, server));
}
