//! An IMAP server in memory, as far as the client speaks.

use super::peer::{Kept, Reply, Shared, Tamper};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};

/// Capabilities of an ordinary server.
pub const USUAL: &str = "IMAP4rev1 SASL-IR AUTH=PLAIN ID IDLE UIDPLUS LIST-EXTENDED LIST-STATUS SPECIAL-USE";

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
    stream.write_all(b"* OK ready\r\n").await?;
    let mut line = String::new();
    let mut last_tag = String::new();
    for number in 0.. {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let sent = line.clone();
        let (tag, command) = sent.trim_end().split_once(' ').unwrap_or(("", sent.trim_end()));
        if command == "*" {
            stream.write_all(format!("{last_tag} BAD cancelled\r\n").as_bytes()).await?;
            continue;
        }
        tag.clone_into(&mut last_tag);
        kept.lock().unwrap().heard.push(command.to_owned());
        let honest = |kept: &Shared| answer(&mut kept.lock().unwrap(), tag, command);
        let said = match tamper(number, command) {
            Reply::Honest => honest(&kept),
            Reply::Before(words) => [words, honest(&kept)].concat(),
            Reply::After(words) => [honest(&kept), words].concat(),
            Reply::Instead(words) => replaced(&words, tag),
            Reply::Close => return Ok(()),
        };
        stream.write_all(&said).await?;
        if command == "IDLE" && said.starts_with(b"+") {
            line.clear();
            stream.read_line(&mut line).await?;
            stream.write_all(format!("{} OK idle\r\n", tag_of(&said)).as_bytes()).await?;
        }
        if command == "LOGOUT" {
            return Ok(());
        }
    }
    Ok(())
}

fn tag_of(idling: &[u8]) -> String {
    String::from_utf8_lossy(idling).split_ascii_whitespace().nth(1).unwrap_or_default().to_owned()
}

/// `words` with `$tag` replaced, bytes that are no text left alone.
fn replaced(words: &[u8], tag: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = words;
    while let Some(at) = rest.windows(4).position(|four| four == b"$tag") {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(tag.as_bytes());
        rest = &rest[at + 4..];
    }
    out.extend_from_slice(rest);
    out
}

fn answer(kept: &mut Kept, tag: &str, command: &str) -> Vec<u8> {
    let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
    let mut out = match verb {
        "CAPABILITY" => format!("* CAPABILITY {}\r\n", kept.capabilities).into_bytes(),
        "ID" => b"* ID NIL\r\n".to_vec(),
        "LIST" => list(kept),
        "EXAMINE" | "SELECT" => opened(kept),
        "STATUS" => format!("* STATUS INBOX (UIDNEXT {})\r\n", uid_next(kept)).into_bytes(),
        "FETCH" => fetch(kept, rest, false),
        "IDLE" => return format!("+ {tag} idling\r\n").into_bytes(),
        "COMPRESS" => return format!("{tag} NO not here\r\n").into_bytes(),
        "LOGOUT" => b"* BYE see you\r\n".to_vec(),
        "UID" => {
            let (verb, rest) = rest.split_once(' ').unwrap();
            match verb {
                "FETCH" => fetch(kept, rest, true),
                "STORE" => store(kept, rest),
                "EXPUNGE" => expunge(kept, Some(rest)),
                "SEARCH" => deleted(kept),
                "MOVE" => {
                    assert!(rest.ends_with(" \"Trash\""), "{rest}");
                    store(kept, rest);
                    expunge(kept, rest.split(' ').next())
                }
                other => panic!("UID {other}"),
            }
        }
        "EXPUNGE" => expunge(kept, None),
        "LOGIN" | "AUTHENTICATE" | "NOOP" => Vec::new(),
        other => panic!("the client said {other}"),
    };
    out.extend_from_slice(format!("{tag} OK done\r\n").as_bytes());
    out
}

fn uid_next(kept: &Kept) -> u32 {
    kept.messages.iter().map(|(uid, ..)| uid + 1).max().unwrap_or(1)
}

fn list(kept: &Kept) -> Vec<u8> {
    let status = format!(
        "MESSAGES {} UIDNEXT {} UIDVALIDITY {}",
        kept.messages.len(),
        uid_next(kept),
        kept.uid_validity
    );
    format!(
        "* LIST () \"/\" INBOX\r\n* STATUS INBOX ({status})\r\n\
         * LIST (\\Sent) \"/\" \"Gesendet &- mehr\"\r\n* LIST (\\Trash) \"/\" Trash\r\n"
    )
    .into_bytes()
}

fn opened(kept: &Kept) -> Vec<u8> {
    let (exists, next, validity) = (kept.messages.len(), uid_next(kept), kept.uid_validity);
    format!("* {exists} EXISTS\r\n* OK [UIDVALIDITY {validity}] v\r\n* OK [UIDNEXT {next}] n\r\n")
        .into_bytes()
}

fn within(set: &str, number: u32, last: u32) -> bool {
    let value = |text: &str| if text == "*" { last } else { text.parse().unwrap() };
    set.split(',').any(|range| {
        let (from, to) = range.split_once(':').unwrap_or((range, range));
        let (from, to) = (value(from), value(to));
        (from.min(to)..=from.max(to)).contains(&number)
    })
}

fn fetch(kept: &Kept, rest: &str, by_uid: bool) -> Vec<u8> {
    let (set, items) = rest.split_once(' ').unwrap();
    let last = if by_uid {
        kept.messages.last().map_or(0, |(uid, ..)| *uid)
    } else {
        number_of(kept.messages.len())
    };
    let mut out = Vec::new();
    for (place, (uid, bytes, _)) in kept.messages.iter().enumerate() {
        let number = number_of(place) + 1;
        if !within(set, if by_uid { *uid } else { number }, last) {
            continue;
        }
        out.extend_from_slice(format!("* {number} FETCH (UID {uid}").as_bytes());
        if items.contains("RFC822.SIZE") {
            let date = "17-Jul-1996 02:44:25 -0700";
            out.extend_from_slice(format!(" RFC822.SIZE {} INTERNALDATE \"{date}\"", bytes.len()).as_bytes());
        }
        if let Some((_, asked)) = items.split_once("BODY.PEEK[") {
            let (section, partial) = asked.trim_end_matches(')').split_once(']').unwrap_or((asked, ""));
            let (origin, body) = part(bytes, section, partial);
            out.extend_from_slice(format!(" BODY[{section}]{origin} {{{}}}\r\n", body.len()).as_bytes());
            out.extend_from_slice(body);
        }
        out.extend_from_slice(b")\r\n");
    }
    out
}

fn number_of(place: usize) -> u32 {
    u32::try_from(place).unwrap()
}

fn part<'a>(bytes: &'a [u8], section: &str, partial: &str) -> (String, &'a [u8]) {
    if section.starts_with("HEADER") {
        let end = bytes.windows(2).position(|two| two == b"\r\n").map_or(0, |at| at + 2);
        return (String::new(), &bytes[..end]);
    }
    let Some((offset, length)) = partial.trim_matches(['<', '>']).split_once('.') else {
        return (String::new(), bytes);
    };
    let (offset, length): (usize, usize) = (offset.parse().unwrap(), length.parse().unwrap());
    let from = offset.min(bytes.len());
    (format!("<{offset}>"), &bytes[from..(from + length).min(bytes.len())])
}

fn store(kept: &mut Kept, rest: &str) -> Vec<u8> {
    let set = rest.split(' ').next().unwrap().to_owned();
    for (uid, _, marked) in &mut kept.messages {
        *marked |= within(&set, *uid, u32::MAX);
    }
    Vec::new()
}

fn expunge(kept: &mut Kept, set: Option<&str>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut place = 0;
    while place < kept.messages.len() {
        let (uid, _, marked) = kept.messages[place];
        if marked && set.is_none_or(|set| within(set, uid, u32::MAX)) {
            kept.messages.remove(place);
            out.extend_from_slice(format!("* {} EXPUNGE\r\n", place + 1).as_bytes());
        } else {
            place += 1;
        }
    }
    out
}

fn deleted(kept: &Kept) -> Vec<u8> {
    let uids: Vec<String> =
        kept.messages.iter().filter(|(_, _, marked)| *marked).map(|(uid, ..)| uid.to_string()).collect();
    format!("* SEARCH {}\r\n", uids.join(" ")).replace("SEARCH \r", "SEARCH\r").into_bytes()
}
