//! A wire between the program and a server on which something happens: as a certain word is said, or after so many
//! bytes. It shows what both say as it is, so the server must be one without TLS.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, mpsc};
use std::time::{Duration, Instant};

/// A wire that nobody lets go on is cut after this.
const LONGEST_STALL: Duration = Duration::from_mins(2);

/// When something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The server never hears the word, or hears it afterwards.
    Before,
    /// The server hears it, the program does not hear the answer yet.
    After,
}

/// What becomes of the wire then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    GoOn,
    Cut,
}

struct Plan {
    words: Vec<&'static str>,
    moment: Moment,
    event: Box<dyn FnMut(&str) -> Next + Send>,
}

/// The wire is cut after so many bytes in either direction, or nothing passes any more, and who is killed then.
struct End {
    left: u64,
    stalls: bool,
    killed: Option<mpsc::Receiver<u32>>,
}

#[derive(Default)]
struct State {
    plan: Option<Plan>,
    /// Rises with each plan: what happens late does not bring an old one back.
    plans: u64,
    /// When the wire is cut, once.
    end: Option<End>,
    /// Nothing passes, and nobody is told.
    stalled: bool,
    /// Bytes in either direction so far.
    passed: u64,
}

/// The wire; it ends with the test.
pub struct Proxy {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl Proxy {
    /// Leads to `server` on loopback.
    pub fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                // Where nobody listens there, the client is hung up on.
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let client = client.unwrap();
                let (back, forth) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let (there, here) = (Arc::clone(&shared), Arc::clone(&shared));
                std::thread::spawn(move || lines(client, forth, &there));
                std::thread::spawn(move || bytes(server, back, &here));
            }
        });
        Self { port, state }
    }

    /// Calls `event` with each line of the program that has one of `words` in it; the wire waits for it.
    pub fn on(
        &self,
        words: &[&'static str],
        moment: Moment,
        event: impl FnMut(&str) -> Next + Send + 'static,
    ) {
        let mut state = self.state();
        state.plans += 1;
        state.plan = Some(Plan { words: words.to_vec(), moment, event: Box::new(event) });
    }

    /// Cuts the wire after so many more bytes, whoever says them.
    pub fn cut_after(&self, bytes: u64) {
        self.state().end = Some(End { left: bytes, stalls: false, killed: None });
    }

    /// Lets nothing pass after so many more bytes, whoever says them, and keeps every connection open.
    pub fn stall_after(&self, bytes: u64) {
        self.state().end = Some(End { left: bytes, stalls: true, killed: None });
    }

    /// Lets pass again what stalled.
    pub fn go_on(&self) {
        self.state().stalled = false;
    }

    /// Runs `command` and kills it after so many more bytes, whoever says them; false where it ended before.
    pub fn kill_after(&self, command: &mut Command, bytes: u64) -> bool {
        let (tell, pid) = mpsc::channel();
        self.state().end = Some(End { left: bytes, stalls: false, killed: Some(pid) });
        let mut child = command.spawn().unwrap();
        tell.send(child.id()).unwrap();
        let killed = child.wait().unwrap().code().is_none();
        self.calm();
        killed
    }

    /// No cut is to come any more.
    pub fn is_past(&self) -> bool {
        self.state().end.is_none()
    }

    /// Bytes that passed in all.
    pub fn passed(&self) -> u64 {
        self.state().passed
    }

    /// From now on nothing happens. False where a cut is still to come.
    pub fn calm(&self) -> bool {
        let mut state = self.state();
        state.plans += 1;
        state.plan = None;
        state.end.take().is_none()
    }

    /// Runs `command` and kills it as it says `word` for the `times`th time; waits for its end.
    pub fn kill_at(
        &self,
        command: &mut Command,
        word: &'static str,
        times: u32,
        moment: Moment,
    ) -> ExitStatus {
        let (tell, pid) = mpsc::channel();
        let mut said = 0;
        self.on(&[word], moment, move |_| {
            said += 1;
            if said != times {
                return Next::GoOn;
            }
            kill(pid.recv().unwrap());
            if moment == Moment::Before { Next::Cut } else { Next::GoOn }
        });
        let mut child = command.spawn().unwrap();
        tell.send(child.id()).unwrap();
        let status = child.wait().unwrap();
        self.calm();
        status
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

/// What the program says, line by line.
fn lines(mut from: TcpStream, mut to: TcpStream, state: &Mutex<State>) {
    let mut buffer = [0; 16384];
    let mut said = Vec::new();
    'wire: while let Ok(count @ 1..) = from.read(&mut buffer) {
        said.extend_from_slice(&buffer[..count]);
        // Where nobody waits for a line it need not be one: databases are spoken to in other ways.
        let end = match state.lock().unwrap().plan {
            Some(_) => said.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1),
            None => said.len(),
        };
        for line in said.drain(..end).collect::<Vec<_>>().split_inclusive(|byte| *byte == b'\n') {
            let text = String::from_utf8_lossy(line);
            if happens(state, &text, Moment::Before) == Next::Cut || !pass(line, &mut to, state) {
                break 'wire;
            }
            if happens(state, &text, Moment::After) == Next::Cut {
                break 'wire;
            }
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

/// What the server says.
fn bytes(mut from: TcpStream, mut to: TcpStream, state: &Mutex<State>) {
    let mut buffer = [0; 16384];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if !pass(&buffer[..count], &mut to, state) {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

/// Passes `bytes` on, or as many of them as the wire lasts; false at its end.
fn pass(bytes: &[u8], to: &mut TcpStream, shared: &Mutex<State>) -> bool {
    let (allowed, end) = {
        let mut state = shared.lock().unwrap();
        if state.end.take_if(|end| end.stalls && end.left < bytes.len() as u64).is_some() {
            state.stalled = true;
        }
        let until = Instant::now() + LONGEST_STALL;
        while state.stalled {
            if Instant::now() > until {
                return false;
            }
            drop(state);
            std::thread::sleep(Duration::from_millis(20));
            state = shared.lock().unwrap();
        }
        let all = bytes.len() as u64;
        // It is cut once: whoever comes again finds a whole one.
        let end = state.end.take_if(|end| end.left < all);
        if let Some(end) = &mut state.end {
            end.left -= all;
        }
        let allowed = end.as_ref().map_or(all, |end| end.left);
        state.passed += allowed;
        (usize::try_from(allowed).unwrap(), end)
    };
    let passed = to.write_all(&bytes[..allowed]).is_ok();
    if let Some(pid) = end.as_ref().and_then(|end| end.killed.as_ref()) {
        kill(pid.recv().unwrap());
    }
    passed && end.is_none()
}

/// Lets happen what is planned for this line.
fn happens(state: &Mutex<State>, line: &str, moment: Moment) -> Next {
    let due = |plan: &Plan| plan.moment == moment && plan.words.iter().any(|word| line.contains(word));
    // Taken out meanwhile: what happens may take long and look at the wire itself.
    let (mut plan, plans) = {
        let mut state = state.lock().unwrap();
        let Some(plan) = state.plan.take_if(|plan| due(plan)) else { return Next::GoOn };
        (plan, state.plans)
    };
    let next = (plan.event)(line);
    let mut state = state.lock().unwrap();
    if state.plans == plans {
        state.plan = Some(plan);
    }
    next
}

/// The one process that this test started.
fn kill(pid: u32) {
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
}
