//! A conversation out of random bytes, in which a secret and mail are said: neither may be told.

use super::dice::Dice;
use crate::Transcript;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::Protocol;

const SECRET: &[u8] = b"CaNaRy-secret";
const MAIL: &[u8] = b"cAnArY-mail";

/// Plays the conversation that `bytes` stand for.
///
/// # Panics
/// Where the secret or the mail is told.
pub fn secrets_stay_hidden(bytes: &[u8]) {
    let mut dice = Dice::new(bytes);
    let transcript = Transcript::new(Protocol::Imap);
    let mut protocol = connected(&transcript, &mut dice);
    for _ in 0..12 {
        if dice.throw(6) == 0 {
            break_off(&transcript, &mut dice, protocol);
            protocol = connected(&transcript, &mut dice);
        }
        match protocol {
            Protocol::Imap => imap(&transcript, &mut dice),
            Protocol::Pop3 => pop3(&transcript, &mut dice),
        }
    }
    let text = transcript.text();
    let (secret, mail) = (String::from_utf8_lossy(SECRET), String::from_utf8_lossy(MAIL));
    let encoded = STANDARD.encode([b"\0ana\0", SECRET].concat());
    for canary in [secret.as_ref(), mail.as_ref(), &encoded] {
        assert!(!text.contains(canary), "{canary} is told:\n{text}");
    }
}

/// A conversation begins.
fn connected(transcript: &Transcript, dice: &mut Dice<'_>) -> Protocol {
    let protocol = if dice.throw(2) == 0 { Protocol::Imap } else { Protocol::Pop3 };
    transcript.begin(protocol);
    if protocol == Protocol::Pop3 {
        say(transcript, dice, false, b"+OK ready\r\n");
    }
    protocol
}

/// The connection ends in the middle of mail, or of its announcement.
fn break_off(transcript: &Transcript, dice: &mut Dice<'_>, protocol: Protocol) {
    let (asked, answer): (&[u8], &[u8]) = match protocol {
        Protocol::Imap => (b"a UID FETCH 1 (BODY.PEEK[])\r\n", b"* 1 FETCH (UID 1 BODY[] {99999}\r\n"),
        Protocol::Pop3 => (b"RETR 1\r\n", b"+OK\r\n"),
    };
    transcript.sent(asked);
    let answer = [answer, MAIL].concat();
    let much = dice.throw(100).min(answer.len());
    transcript.heard(answer.get(..much).unwrap_or_default());
}

/// Says `bytes` in pieces.
fn say(transcript: &Transcript, dice: &mut Dice<'_>, client: bool, bytes: &[u8]) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at_checked(1 + dice.throw(20)).unwrap_or((rest, &[]));
        if client {
            transcript.sent(piece);
        } else {
            transcript.heard(piece);
        }
        rest = after;
    }
}

/// What a server says in answer to a sign-in, the secret among it.
fn echo(dice: &mut Dice<'_>, start: &[u8]) -> Vec<u8> {
    let mut noise = dice.noise();
    noise.retain(|byte| !matches!(byte, b'\r' | b'\n' | b'{'));
    [start, &noise, SECRET, &noise, b"\r\n"].concat()
}

fn imap(transcript: &Transcript, dice: &mut Dice<'_>) {
    let encoded = STANDARD.encode([b"\0ana\0", SECRET].concat());
    match dice.throw(6) {
        0 => {
            say(transcript, dice, true, &[b"a1 LOGIN \"ana\" \"", SECRET, b"\"\r\n"].concat());
            let answer = echo(dice, b"a1 NO ");
            say(transcript, dice, false, &answer);
        }
        1 => {
            say(transcript, dice, true, b"a1 LOGIN ana {13}\r\n");
            say(transcript, dice, false, b"+ \r\n");
            say(transcript, dice, true, &[SECRET, b"\r\n"].concat());
            let answer = echo(dice, b"* OK ");
            say(transcript, dice, false, &answer);
        }
        2 => {
            say(transcript, dice, true, b"a1 AUTHENTICATE PLAIN\r\n");
            say(transcript, dice, false, b"+ \r\n");
            say(transcript, dice, true, &[encoded.as_bytes(), b"\r\n"].concat());
            let answer = echo(dice, b"a1 OK ");
            say(transcript, dice, false, &answer);
        }
        3 => {
            let literal =
                [b"* 1 FETCH (UID 1 BODY[] {13}\r\n".as_slice(), MAIL, b"\r\n FLAGS ())\r\n"].concat();
            say(transcript, dice, false, &literal);
        }
        4 => {
            let quoted = [b"* 1 FETCH (BODY[] \"\\\"".as_slice(), MAIL, b"\" UID 1)\r\n"].concat();
            say(transcript, dice, false, &quoted);
        }
        // A driver that errs: an answer of a sign-in where none is under way.
        _ => say(transcript, dice, true, &[encoded.as_bytes(), b"\r\n", SECRET, b"\r\n"].concat()),
    }
}

fn pop3(transcript: &Transcript, dice: &mut Dice<'_>) {
    let encoded = STANDARD.encode([b"\0ana\0", SECRET].concat());
    match dice.throw(5) {
        0 => {
            say(transcript, dice, true, &[b"USER ana\r\nPASS ".as_slice(), SECRET, b"\r\n"].concat());
            say(transcript, dice, false, b"+OK\r\n");
            let answer = echo(dice, b"-ERR ");
            say(transcript, dice, false, &answer);
        }
        1 => {
            say(transcript, dice, true, &[b"AUTH PLAIN ", encoded.as_bytes(), b"\r\n"].concat());
            let answer = echo(dice, b"+OK ");
            say(transcript, dice, false, &answer);
        }
        2 => {
            say(transcript, dice, true, b"AUTH PLAIN\r\n");
            say(transcript, dice, false, b"+ \r\n");
            say(transcript, dice, true, &[encoded.as_bytes(), b"\r\n"].concat());
            say(transcript, dice, false, b"-ERR\r\n");
        }
        3 => {
            say(transcript, dice, true, b"RETR 1\r\nTOP 2 0\r\n");
            let bodies =
                [b"+OK\r\n".as_slice(), MAIL, b"\r\n.", MAIL, b"\r\n.\r\n+OK\r\n", MAIL, b"\r\n.\r\n"]
                    .concat();
            say(transcript, dice, false, &bodies);
        }
        _ => say(transcript, dice, false, &[MAIL, b"\r\n"].concat()),
    }
}
