//! What the server says: status lines and listings without what the client was seen to keep secret; of literals, quoted
//! strings of mail and bodies nothing but how long they are.

use super::pieces::{Line, shown};
use super::{Answer, Talk};
use model::Protocol;

#[derive(Default)]
pub(super) struct Server {
    line: Line,
    /// Of a literal, still to come.
    literal: u64,
    /// The beginning of the IMAP answer that goes on after a literal.
    answer: Option<String>,
    /// What a POP3 server is in the middle of.
    within: Option<Answer>,
    /// Of a body, so far.
    body: u64,
}

impl Server {
    /// The lines that `bytes` completes, as they may be told.
    pub(super) fn take(&mut self, bytes: &[u8], talk: &mut Talk) -> Vec<String> {
        let (mut told, mut rest) = (Vec::new(), bytes);
        while !rest.is_empty() {
            if self.literal > 0 {
                let count = usize::try_from(self.literal).unwrap_or(usize::MAX).min(rest.len());
                self.literal -= count as u64;
                rest = rest.get(count..).unwrap_or_default();
                continue;
            }
            let (taken, whole) = self.line.take(rest);
            rest = rest.get(taken..).unwrap_or_default();
            if whole {
                let line = std::mem::take(&mut self.line);
                told.extend(match talk.protocol {
                    Protocol::Imap => self.tell_imap(&line, talk),
                    Protocol::Pop3 => self.tell_pop3(&line, talk),
                });
            }
        }
        told
    }

    fn tell_imap(&mut self, line: &Line, talk: &mut Talk) -> Option<String> {
        let literal = line.literal();
        let head = line.head();
        let told = match self.answer.take() {
            // After a literal only how it ends: what is in between may be anything.
            Some(begun) => format!("{begun} …"),
            None if head.starts_with(b"+") => {
                if talk.signing_in {
                    "+ [hidden]".to_owned()
                } else {
                    shown(&talk.masks.hide(head))
                }
            }
            None if head.starts_with(b"* ") => shown(&without_quoted(&talk.masks.hide(head))),
            None => {
                // A tagged answer, or none at all: either way the sign-in is over.
                talk.signing_in = false;
                shown(&talk.masks.hide(head))
            }
        };
        match literal {
            Some(bytes) => {
                self.literal = bytes;
                self.answer = Some(format!("{} [{bytes} bytes]", without_announcement(&told)));
                None
            }
            None => Some(told),
        }
    }

    fn tell_pop3(&mut self, line: &Line, talk: &mut Talk) -> Option<String> {
        match self.within {
            Some(Answer::Body) if line.is_dot() => {
                self.within = None;
                return Some(format!("[{} bytes] .", std::mem::take(&mut self.body)));
            }
            Some(Answer::Body) => {
                self.body += line.length() as u64;
                return None;
            }
            Some(_) => {
                if line.is_dot() {
                    self.within = None;
                }
                return Some(shown(&talk.masks.hide(line.head())));
            }
            None => {}
        }
        let head = line.head();
        if talk.signing_in && head.starts_with(b"+ ") || head == b"+" {
            return Some("+ [hidden]".to_owned());
        }
        let ok = head.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(b"+OK"));
        let refused = head.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"-ERR"));
        let expected = if ok || refused { talk.expected.pop_front() } else { None };
        let Some(expected) = expected else {
            // What nobody asked for may be anything.
            return Some(format!("[{} bytes]", line.length()));
        };
        talk.signing_in = false;
        if ok && expected != Answer::Line {
            self.within = Some(expected);
        }
        Some(shown(&talk.masks.hide(head)))
    }
}

/// An untagged answer without what stands between quotation marks where that may be mail: in FETCH.
fn without_quoted(line: &[u8]) -> Vec<u8> {
    let fetched =
        line.split(|byte| *byte == b' ').nth(2).is_some_and(|word| word.eq_ignore_ascii_case(b"FETCH"));
    if !fetched {
        return line.to_vec();
    }
    let (mut told, mut quoted, mut escaped) = (Vec::new(), false, false);
    for byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => {
                quoted = !quoted;
                told.extend_from_slice(if quoted { "\"…".as_bytes() } else { b"\"" });
            }
            byte if !quoted => told.push(*byte),
            _ => {}
        }
    }
    told
}

/// `… BODY[] {12}` is told with the literal in words.
fn without_announcement(told: &str) -> &str {
    told.rfind('{').map_or(told, |at| told.get(..at).unwrap_or(told)).trim_end()
}
