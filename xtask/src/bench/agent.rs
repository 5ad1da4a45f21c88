//! What an agent of a Network Connector costs: a first fetch through it beside the same fetch without it, what a thousand
//! streams that wait take in memory, and whether one of five hundred at work is left behind. Deliberately absent: proxies
//! of others.

use super::mail::{Dice, mixed};
use super::ours::Restante;
use super::server::Mailboxes;
use super::verdict::{Line, median};
use super::visitor::Visitor;
use super::{Bench, settle, watch};
use crate::command;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const NAME: &str = "Branch";
const IDLE: usize = 1000;
const BUSY: usize = 500;
/// Bytes that each of the busy streams carries.
const LOAD: usize = 1_000_000;
/// How often each way is measured; they take turns.
const ROUNDS: usize = 3;

/// An agent that runs beside the program.
struct Agent(Child);

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Measures it and adds a line each.
pub fn measure(bench: &Bench, lines: &mut Vec<Line>) -> Result<()> {
    // Both ends of many streams are ours.
    let most = rustix::process::getrlimit(rustix::process::Resource::Nofile).maximum;
    let files = rustix::process::Rlimit { current: most, maximum: most };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, files)?;
    streams(bench, lines)?;
    fetch(bench, lines)
}

/// Starts an agent that reaches `port`, and waits until the program has let it in.
fn agent(bench: &Bench, restante: &Restante, visitor: &Visitor, port: u16) -> Result<Agent> {
    let add = ["connector", "add", "--name", NAME, "--kind", "agent", "--streams", "1000"];
    command::output(&mut restante.command(&add))?;
    let url = visitor.url();
    let enrolment = restante.command(&["connector", "enrol", NAME, "--server", &url, "--json"]).output()?;
    let enrolment: Value = serde_json::from_slice(&enrolment.stdout).context("no enrolment")?;
    let text = |name: &str| enrolment.get(name).and_then(Value::as_str).context("half an enrolment");
    let program = bench.program.with_file_name("restante-connector");
    let key = bench.folder.join("agent-key");
    let ours = |arguments: &[&str]| {
        let mut command = command::command(&program);
        command.args(arguments).arg("--key-file").arg(&key).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let mut enrol = ours(&["enrol", &url, "--server-key", text("server_key")?, "--replace"]);
    let mut enrolling =
        enrol.stdin(Stdio::piped()).spawn().context("there is no agent beside the program")?;
    writeln!(enrolling.stdin.take().context("no stdin")?, "{}", text("code")?)?;
    if !enrolling.wait()?.success() {
        bail!("the agent was not enrolled");
    }
    let agent = Agent(ours(&["run", "--allow", &format!("127.0.0.1:{port}")]).spawn()?);
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let listed = restante.command(&["connector", "agents", NAME, "--json"]).output()?;
        if String::from_utf8_lossy(&listed.stdout).contains("\"connected\"") {
            return Ok(agent);
        }
        if Instant::now() > end {
            bail!("the agent did not connect");
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// A stream through the agent, asked for as the command line does.
fn stream(socket: &Path, port: u16) -> Result<UnixStream> {
    let mut stream = UnixStream::connect(socket)?;
    let wanted =
        json!({ "connector": 1, "name": NAME, "host": "127.0.0.1", "port": port, "patience": 20_000 });
    let wanted = wanted.to_string();
    stream.write_all(&u16::try_from(wanted.len())?.to_be_bytes())?;
    stream.write_all(wanted.as_bytes())?;
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut answer)?;
    if answer != b"null" {
        bail!("a stream was refused: {}", String::from_utf8_lossy(&answer));
    }
    Ok(stream)
}

/// Many streams that wait, then many that work.
fn streams(bench: &Bench, lines: &mut Vec<Line>) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    // Whoever says a byte is sent a load.
    thread::spawn(move || {
        for accepted in listener.incoming() {
            let Ok(mut accepted) = accepted else { continue };
            let _ = thread::Builder::new().stack_size(256 * 1024).spawn(move || {
                let (mut word, load) = ([0], vec![b'x'; LOAD]);
                while accepted.read_exact(&mut word).is_ok() && accepted.write_all(&load).is_ok() {}
            });
        }
    });
    let restante = Restante::new(&bench.program, bench.folder.join("store"))?;
    let visitor = Visitor::of(&restante)?;
    let agent = agent(bench, &restante, &visitor, port)?;
    let socket = restante.data().join("agents.sock");
    let resident = |child: &Child| watch::resident(child).context("it ended");

    println!("{IDLE} streams that wait");
    // What the first ones cost once is not theirs.
    let mut waiting = (0..10).map(|_| stream(&socket, port)).collect::<Result<Vec<_>>>()?;
    let before = resident(visitor.serving())?;
    for _ in waiting.len()..IDLE {
        waiting.push(stream(&socket, port)?);
    }
    let memory = resident(visitor.serving())? - before;
    lines.push(Line::at_most("memory of the server for 1,000 idle streams", memory, 40.0, "MB"));
    waiting.truncate(200);
    thread::sleep(Duration::from_secs(1));
    lines.push(Line::at_most(
        "peak memory of the agent with 1,000 streams",
        watch::peak(&agent.0).context("it ended")?,
        60.0,
        "MB",
    ));

    println!("{BUSY} streams at work");
    drop(waiting);
    let busy = (0..BUSY).map(|_| stream(&socket, port)).collect::<Result<Vec<_>>>()?;
    let started = Instant::now();
    let working: Vec<_> = busy
        .into_iter()
        .map(|mut stream| {
            thread::spawn(move || -> Result<f64> {
                stream.write_all(b"!")?;
                let mut load = vec![0; LOAD];
                stream.read_exact(&mut load)?;
                Ok(started.elapsed().as_secs_f64())
            })
        })
        .collect();
    let mut seconds = Vec::new();
    for worker in working {
        seconds.push(worker.join().ok().context("a stream died")??);
    }
    let slowest = seconds.iter().copied().fold(0.0, f64::max);
    let share = slowest / median(&seconds);
    lines.push(Line::at_most("slowest of 500 streams at once ÷ their median", share, 3.0, "×"));
    Ok(())
}

/// The same mailbox, straight and through the agent, in turn.
fn fetch(bench: &Bench, lines: &mut Vec<Line>) -> Result<()> {
    let messages = bench.scaled(10_000);
    println!("{messages} messages, straight and through the agent");
    let mailboxes = Mailboxes::new(bench.folder.join("lab"))?;
    let mut dice = Dice::new(7);
    mailboxes.fill("mix", 0, messages, |number| mixed(&mut dice, number))?;
    let server = mailboxes.serve()?;
    let (mut straight, mut through) = (Vec::new(), Vec::new());
    // The first one of all lets the mail server build its index.
    for round in 0..=ROUNDS {
        for connector in ["none", NAME] {
            let restante = Restante::new(&bench.program, bench.folder.join("store"))?;
            settle()?;
            let visitor = Visitor::of(&restante)?;
            let _agent = agent(bench, &restante, &visitor, server.imap)?;
            restante.add("imap", server.imap, "mix", false)?;
            command::output(&mut restante.command(&["account", "edit", "mix", "--connector", connector]))?;
            let seconds = fetched(&restante, &visitor, messages)?;
            println!("{connector}: {seconds:.1} s");
            match (round, connector) {
                (0, _) => {}
                (_, NAME) => through.push(seconds),
                _ => straight.push(seconds),
            }
        }
    }
    let share = median(&through) / median(&straight);
    lines.push(Line::at_most("first fetch of 10,000 messages through the agent ÷ straight", share, 1.5, "×"));
    Ok(())
}

/// Seconds that a check inside of the serving program takes.
fn fetched(restante: &Restante, visitor: &Visitor, messages: usize) -> Result<f64> {
    let started = Instant::now();
    visitor.call("accounts/check", &json!({ "id": 1 }).to_string())?;
    let end = started + Duration::from_mins(10);
    loop {
        let shown = restante.command(&["account", "show", "mix", "--json"]).output()?;
        let shown: Value = serde_json::from_slice(&shown.stdout)?;
        if shown.get("messages").and_then(Value::as_u64) == Some(messages as u64) {
            return Ok(started.elapsed().as_secs_f64());
        }
        if shown.get("status").and_then(Value::as_str) == Some("failing") || Instant::now() > end {
            bail!("the fetch failed: {shown}");
        }
        thread::sleep(Duration::from_millis(200));
    }
}
