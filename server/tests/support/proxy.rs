//! A wire between the program and its mail server on which the program can be killed as it says a certain word.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, ExitStatus};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// When the program dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The server never hears the word.
    Before,
    /// The server hears it, the program never hears the answer.
    After,
}

struct Plan {
    word: &'static str,
    times: u32,
    moment: Moment,
    pid: Option<u32>,
}

/// The wire; it ends with the test.
pub struct Proxy {
    pub port: u16,
    plan: Arc<Mutex<Option<Plan>>>,
}

impl Proxy {
    /// Leads to `server` on loopback.
    pub fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let plan = Arc::new(Mutex::new(None));
        let shared = Arc::clone(&plan);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), TcpStream::connect(("127.0.0.1", server)).unwrap());
                let (back, forth) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let plan = Arc::clone(&shared);
                std::thread::spawn(move || pass(client, forth, Some(&plan)));
                std::thread::spawn(move || pass(server, back, None));
            }
        });
        Self { port, plan }
    }

    /// Runs `command` and kills it as it says `word` for the `times`th time; waits for its end.
    pub fn kill_at(
        &self,
        command: &mut Command,
        word: &'static str,
        times: u32,
        moment: Moment,
    ) -> ExitStatus {
        *self.plan.lock().unwrap() = Some(Plan { word, times, moment, pid: None });
        let mut child = command.spawn().unwrap();
        if let Some(plan) = self.plan.lock().unwrap().as_mut() {
            plan.pid = Some(child.id());
        }
        let status = child.wait().unwrap();
        *self.plan.lock().unwrap() = None;
        status
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, plan: Option<&Mutex<Option<Plan>>>) {
    let mut buffer = [0; 16384];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let bytes = &buffer[..count];
        let due = plan.and_then(|plan| due(plan, bytes));
        if let Some((pid, Moment::Before)) = due {
            kill(pid);
            break;
        }
        let written = to.write_all(bytes);
        if let Some((pid, Moment::After)) = due {
            kill(pid);
        }
        if written.is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

/// Whom to kill, where the word is said often enough.
fn due(plan: &Mutex<Option<Plan>>, bytes: &[u8]) -> Option<(u32, Moment)> {
    loop {
        let mut plan = plan.lock().unwrap();
        let planned = plan.as_mut()?;
        let said = bytes.windows(planned.word.len()).filter(|part| *part == planned.word.as_bytes()).count();
        let said = u32::try_from(said).unwrap();
        if said == 0 || planned.times == 0 {
            return None;
        }
        let Some(pid) = planned.pid else {
            drop(plan);
            std::thread::sleep(Duration::from_millis(5));
            continue;
        };
        planned.times = planned.times.saturating_sub(said);
        return (planned.times == 0).then_some((pid, planned.moment));
    }
}

/// The one process that this test started.
fn kill(pid: u32) {
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
}
