//! The ceiling: signs in, asks for every message at once, and reads to nowhere as fast as the server gives.
//! Deliberately absent: understanding what comes.

use super::server::PASSWORD;
use anyhow::{Result, bail};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

/// Seconds that the server takes to give the whole INBOX over IMAP.
pub fn imap(port: u16, user: &str) -> Result<f64> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    until(&mut stream, "\r\n")?;
    ask(&mut stream, "drain1", &format!("LOGIN {user} {PASSWORD}"))?;
    ask(&mut stream, "drain2", "EXAMINE INBOX")?;
    let started = Instant::now();
    ask(&mut stream, "drain3", "UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])")?;
    Ok(started.elapsed().as_secs_f64())
}

/// Seconds that the server takes to give the whole mailbox over POP3.
pub fn pop3(port: u16, user: &str) -> Result<f64> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    until(&mut stream, "\r\n")?;
    for command in [format!("USER {user}"), format!("PASS {PASSWORD}")] {
        write!(stream, "{command}\r\n")?;
        until(&mut stream, "\r\n")?;
    }
    write!(stream, "STAT\r\n")?;
    let reply = until(&mut stream, "\r\n")?;
    let Some(count) = reply.split_whitespace().nth(1).and_then(|count| count.parse::<usize>().ok()) else {
        bail!("STAT was answered with {reply}");
    };
    let mut asking = stream.try_clone()?;
    let started = Instant::now();
    let asked = std::thread::spawn(move || {
        let commands = (1..=count).map(|number| format!("RETR {number}\r\n"));
        let commands = commands.chain(["QUIT\r\n".to_owned()]).collect::<Vec<_>>().concat();
        asking.write_all(commands.as_bytes())
    });
    std::io::copy(&mut stream, &mut std::io::sink())?;
    let took = started.elapsed().as_secs_f64();
    match asked.join() {
        Ok(written) => written?,
        Err(_) => bail!("the thread that asks died"),
    }
    Ok(took)
}

fn ask(stream: &mut TcpStream, tag: &str, command: &str) -> Result<()> {
    write!(stream, "{tag} {command}\r\n")?;
    until(stream, &format!("{tag} OK"))?;
    Ok(())
}

/// Reads until the latest bytes hold `mark`, and returns those latest bytes.
fn until(stream: &mut TcpStream, mark: &str) -> Result<String> {
    const KEPT: usize = 1000;
    let mut buffer = vec![0; 1 << 20];
    let mut latest: Vec<u8> = Vec::new();
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            bail!("the server hung up");
        }
        latest.extend(buffer.get(count.saturating_sub(KEPT)..count).unwrap_or_default());
        latest.drain(..latest.len().saturating_sub(KEPT));
        let text = String::from_utf8_lossy(&latest);
        if text.contains(mark) {
            return Ok(text.into_owned());
        }
        if text.contains(" NO ") || text.contains(" BAD ") || text.starts_with("-ERR") {
            bail!("the server refused: {text}");
        }
    }
}
