//! A POP3 server in memory, as far as the client speaks.

use super::peer::{Kept, Reply, Shared, Tamper};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};

/// Serves one connection; returns our end of it.
pub fn serve(kept: &Shared, tamper: Tamper) -> DuplexStream {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let kept = kept.clone();
    tokio::spawn(async move {
        let _ = converse(theirs, kept, tamper).await;
    });
    ours
}

async fn converse(stream: DuplexStream, kept: Shared, mut tamper: Tamper) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"+OK ready\r\n").await?;
    let mut line = String::new();
    for number in 0.. {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            // No QUIT: nothing is deleted (RFC 1939 §6).
            return Ok(());
        }
        let command = line.trim_end();
        kept.lock().unwrap().heard.push(command.to_owned());
        let honest = |kept: &Shared| answer(&mut kept.lock().unwrap(), command);
        let said = match tamper(number, command) {
            Reply::Honest => honest(&kept),
            Reply::Before(words) => [words, honest(&kept)].concat(),
            Reply::After(words) => [honest(&kept), words].concat(),
            Reply::Instead(words) => words,
            Reply::Close => return Ok(()),
        };
        stream.write_all(&said).await?;
        if command == "QUIT" {
            return Ok(());
        }
    }
    Ok(())
}

fn answer(kept: &mut Kept, command: &str) -> Vec<u8> {
    let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
    let number: Option<usize> = rest.split(' ').next().and_then(|text| text.parse().ok());
    let listing = |lines: Vec<String>| format!("+OK\r\n{}.\r\n", lines.concat()).into_bytes();
    match verb {
        "CAPA" => listing(kept.capabilities.split(',').map(|line| format!("{line}\r\n")).collect()),
        "USER" | "PASS" => b"+OK\r\n".to_vec(),
        "STAT" => {
            let bytes: usize = kept.messages.iter().map(|(_, bytes, _)| bytes.len()).sum();
            format!("+OK {} {bytes}\r\n", kept.messages.len()).into_bytes()
        }
        "UIDL" => listing(each(kept, |(uid, ..)| format!("id{uid}"))),
        "LIST" => listing(each(kept, |(_, bytes, _)| bytes.len().to_string())),
        "RETR" | "TOP" => [b"+OK\r\n".to_vec(), stuffed(&kept.messages[number.unwrap() - 1].1)].concat(),
        "DELE" => {
            kept.messages[number.unwrap() - 1].2 = true;
            b"+OK\r\n".to_vec()
        }
        "QUIT" => {
            kept.messages.retain(|(_, _, marked)| !marked);
            b"+OK bye\r\n".to_vec()
        }
        other => panic!("the client said {other}"),
    }
}

fn each(kept: &Kept, what: impl Fn(&(u32, Vec<u8>, bool)) -> String) -> Vec<String> {
    kept.messages
        .iter()
        .enumerate()
        .map(|(place, kept)| format!("{} {}\r\n", place + 1, what(kept)))
        .collect()
}

fn stuffed(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    out.extend_from_slice(b".\r\n");
    out
}
