//! What the client says. Only commands that are known to carry no secret are told with their arguments; of all others
//! their name; of what is no command, nothing.

use super::pieces::{Line, shown};
use super::{Answer, Talk};
use model::Protocol;

/// IMAP commands without secrets; `UID` stands for the four that follow it.
const IMAP: [&str; 27] = [
    "CAPABILITY",
    "NOOP",
    "LOGOUT",
    "ID",
    "ENABLE",
    "SELECT",
    "EXAMINE",
    "LIST",
    "LSUB",
    "STATUS",
    "UID",
    "FETCH",
    "STORE",
    "EXPUNGE",
    "COPY",
    "MOVE",
    "SEARCH",
    "CLOSE",
    "UNSELECT",
    "IDLE",
    "STARTTLS",
    "COMPRESS",
    "NAMESPACE",
    "CREATE",
    "DELETE",
    "CHECK",
    "SUBSCRIBE",
];
/// POP3 commands without secrets. A user name is none.
const POP3: [&str; 14] = [
    "CAPA", "STLS", "USER", "STAT", "LIST", "UIDL", "TOP", "RETR", "DELE", "NOOP", "RSET", "QUIT", "UTF8",
    "LANG",
];
const HIDDEN: &str = "[hidden]";

#[derive(Default)]
pub(super) struct Client {
    line: Line,
    /// Of a literal, still to come.
    literal: u64,
    /// What came of that literal, where it may be a secret.
    secret: Option<Vec<u8>>,
    /// The rest of a command after a literal.
    within: Option<Within>,
}

/// The command that goes on after a literal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Login,
    Other,
}

impl Client {
    /// The lines that `bytes` completes, as they may be told.
    pub(super) fn take(&mut self, bytes: &[u8], talk: &mut Talk) -> Vec<String> {
        let (mut told, mut rest) = (Vec::new(), bytes);
        while !rest.is_empty() {
            if self.literal > 0 {
                let count = usize::try_from(self.literal).unwrap_or(usize::MAX).min(rest.len());
                let (literal, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
                if let Some(secret) = self.secret.as_mut().filter(|secret| secret.len() < 64 * 1024) {
                    secret.extend_from_slice(literal);
                }
                self.literal -= count as u64;
                rest = after;
                continue;
            }
            if let Some(secret) = self.secret.take() {
                talk.masks.add(&secret);
            }
            let (taken, whole) = self.line.take(rest);
            rest = rest.get(taken..).unwrap_or_default();
            if whole {
                let line = std::mem::take(&mut self.line);
                told.extend(self.tell(&line, talk));
            }
        }
        told
    }

    fn tell(&mut self, line: &Line, talk: &mut Talk) -> Option<String> {
        if talk.signing_in {
            talk.masks.add_answer(line.head());
            return Some(HIDDEN.to_owned());
        }
        match talk.protocol {
            Protocol::Imap => self.tell_imap(line, talk),
            Protocol::Pop3 => Some(tell_pop3(line, talk)),
        }
    }

    fn tell_imap(&mut self, line: &Line, talk: &mut Talk) -> Option<String> {
        let literal = line.literal();
        let (words, rest) = words(line.head());
        let continues = self.within.take();
        let login = continues == Some(Within::Login)
            || continues.is_none() && words.get(1).is_some_and(|verb| verb == "LOGIN");
        if let Some(bytes) = literal {
            self.literal = bytes;
            self.secret = login.then(Vec::new);
            self.within = Some(if login { Within::Login } else { Within::Other });
        }
        let announced = literal.map(|bytes| format!(" [{bytes} bytes]")).unwrap_or_default();
        if continues.is_some() {
            if login {
                add_arguments(talk, line.head());
            }
            // What follows a literal is never told: whether the server wanted the literal is not known here.
            return literal.map(|_| format!("{HIDDEN}{announced}"));
        }
        let [tag, verb] = words.as_slice() else {
            // The end of an IDLE is the one command without a tag.
            let done = line.head().eq_ignore_ascii_case(b"DONE");
            return Some(if done { "DONE" } else { HIDDEN }.to_owned());
        };
        let tagged = (1..=12).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric());
        Some(match verb.as_str() {
            _ if !tagged => HIDDEN.to_owned(),
            "LOGIN" => {
                add_arguments(talk, rest);
                format!("{tag} LOGIN {HIDDEN}{announced}")
            }
            "AUTHENTICATE" => format!("{tag} AUTHENTICATE {}", begin_sign_in(talk, rest)),
            verb if IMAP.contains(&verb) => {
                let told = talk.masks.hide(line.head());
                shown(&told)
            }
            _ => HIDDEN.to_owned(),
        })
    }
}

fn tell_pop3(line: &Line, talk: &mut Talk) -> String {
    let head = line.head();
    let verb = head.split(|byte| *byte == b' ').next().unwrap_or_default();
    let verb = String::from_utf8_lossy(verb).to_ascii_uppercase();
    let rest = head.get(verb.len() + 1..).unwrap_or_default();
    let alone = rest.is_empty();
    talk.expected.push_back(match verb.as_str() {
        "CAPA" => Answer::Listing,
        "UIDL" | "LIST" if alone => Answer::Listing,
        "RETR" | "TOP" => Answer::Body,
        _ => Answer::Line,
    });
    match verb.as_str() {
        "PASS" => {
            talk.masks.add(rest);
            format!("PASS {HIDDEN}")
        }
        "AUTH" => format!("AUTH {}", begin_sign_in(talk, rest)),
        verb if POP3.contains(&verb) => shown(&talk.masks.hide(head)),
        _ => HIDDEN.to_owned(),
    }
}

/// The mechanism, and that an answer came with it.
fn begin_sign_in(talk: &mut Talk, arguments: &[u8]) -> String {
    talk.signing_in = true;
    let mut words = arguments.splitn(2, |byte| *byte == b' ');
    let mechanism = words.next().unwrap_or_default();
    let plain =
        |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'-' || *byte == b'_';
    let named = (1..=20).contains(&mechanism.len()) && mechanism.iter().all(plain);
    let mut told = if named { shown(mechanism) } else { HIDDEN.to_owned() };
    if let Some(answer) = words.next() {
        talk.masks.add_answer(answer);
        told.push(' ');
        told.push_str(HIDDEN);
    }
    told
}

/// Tag and verb, the latter in capitals, and what follows them.
fn words(head: &[u8]) -> (Vec<String>, &[u8]) {
    let mut parts = head.splitn(3, |byte| *byte == b' ');
    let tag = parts.next().map(|word| String::from_utf8_lossy(word).into_owned());
    let verb = parts.next().map(|word| String::from_utf8_lossy(word).to_ascii_uppercase());
    (tag.into_iter().chain(verb).collect(), parts.next().unwrap_or_default())
}

/// Each argument of LOGIN, the user name too: which is which is not told apart where a driver errs.
fn add_arguments(talk: &mut Talk, arguments: &[u8]) {
    let mut rest = arguments;
    while let Some((first, after)) = rest.split_first() {
        match first {
            b' ' => rest = after,
            b'"' => {
                let (mut argument, mut at) = (Vec::new(), 0);
                while let Some(byte) = after.get(at).filter(|byte| **byte != b'"') {
                    at += usize::from(*byte == b'\\');
                    argument.extend(after.get(at));
                    at += 1;
                }
                talk.masks.add(&argument);
                // As it stood on the wire, too.
                talk.masks.add(after.get(..at).unwrap_or(after));
                rest = after.get(at + 1..).unwrap_or_default();
            }
            _ => {
                let end = rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len());
                let (argument, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
                if !argument.starts_with(b"{") {
                    talk.masks.add(argument);
                }
                rest = after;
            }
        }
    }
}
