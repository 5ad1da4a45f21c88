//! Mail servers that mean no good: they take connections and hold on to whoever comes.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// What one does.
#[derive(Debug, Clone, Copy)]
pub enum Manner {
    /// Never says a word.
    Silent,
    /// A greeting that comes a byte a second and has no end.
    Drips,
    /// A greeting of one line that has no end, as fast as it goes.
    EndlessLine,
    /// Answers that nobody asked for and that have no end, as fast as they go.
    Floods,
    /// A message of megabytes, a byte a second.
    HugeMessage,
}

/// All of them.
pub const MANNERS: [Manner; 5] =
    [Manner::Silent, Manner::Drips, Manner::EndlessLine, Manner::Floods, Manner::HugeMessage];

/// Starts one, which lasts as long as the tests; where it listens.
pub fn start(manner: Manner) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            // It ends when whoever came has had enough.
            std::thread::spawn(move || drop(torment(manner, &stream)));
        }
    });
    port
}

fn torment(manner: Manner, stream: &TcpStream) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    match manner {
        Manner::Silent => {
            let mut said = String::new();
            BufReader::new(stream).read_line(&mut said)?;
            Ok(())
        }
        Manner::Drips => {
            out.write_all(b"* OK ")?;
            drip(&mut out)
        }
        Manner::EndlessLine => {
            out.write_all(b"* OK ")?;
            forever(&mut out, b"x")
        }
        Manner::Floods => {
            out.write_all(b"* OK ready\r\n")?;
            forever(&mut out, b"* 7 EXISTS\r\n")
        }
        Manner::HugeMessage => huge(stream, &mut out),
    }
}

fn drip(out: &mut TcpStream) -> std::io::Result<()> {
    loop {
        out.write_all(b"x")?;
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn forever(out: &mut TcpStream, words: &[u8]) -> std::io::Result<()> {
    let many = words.repeat(1000);
    loop {
        out.write_all(&many)?;
    }
}

fn huge(stream: &TcpStream, out: &mut TcpStream) -> std::io::Result<()> {
    out.write_all(b"* OK ready\r\n")?;
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?;
        let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
        let words = match command {
            "CAPABILITY" => "* CAPABILITY IMAP4rev1 UIDPLUS\r\n",
            _ if command.starts_with("EXAMINE") => {
                "* 1 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 2] x\r\n"
            }
            _ if command.contains("BODY.PEEK[]") => {
                out.write_all(b"* 1 FETCH (UID 1 BODY[] {4000000}\r\n")?;
                return drip(out);
            }
            _ if command.contains("FETCH") => "* 1 FETCH (UID 1 RFC822.SIZE 4000000)\r\n",
            _ => "",
        };
        out.write_all(format!("{words}{tag} OK done\r\n").as_bytes())?;
    }
    Ok(())
}
