//! mbox files in the `mboxrd` form: one file, many messages, every byte of each given back.
//!
//! A record is a line `From SENDER DATE`, the message, and its end. Within the message a line that begins with any
//! number of `>` and then `From ` gets one `>` more, which reading takes away. Line ends are written as they are, CR LF
//! or LF, and never converted. The end keeps apart what other writers mix up: a message that ends with a line feed (or
//! is empty) is followed by an empty line; one that does not gets a line feed and no empty line. So the last line feed
//! of a record never belongs to the message, and nothing needs to be guessed. In files of others, whose separator
//! line ends with CR LF, an empty line of CR LF is taken for the end as well.

use model::Timestamp;
use std::io::{self, BufRead, Read, Write};

/// Writes one message as an mboxrd record. `sender` is an address for the separator line; what does not fit there is
/// replaced by `MAILER-DAEMON`.
///
/// # Errors
///
/// Those of `out`.
pub fn write_mboxrd(out: &mut impl Write, raw: &[u8], sender: &str, received: Timestamp) -> io::Result<()> {
    let fits =
        !sender.is_empty() && sender.len() <= 320 && sender.bytes().all(|byte| byte.is_ascii_graphic());
    let sender = if fits { sender } else { "MAILER-DAEMON" };
    writeln!(out, "From {sender} {}", asctime(received))?;
    for line in raw.split_inclusive(|&byte| byte == b'\n') {
        if is_quoted_from(line) {
            out.write_all(b">")?;
        }
        out.write_all(line)?;
    }
    out.write_all(b"\n")
}

/// The messages of an mbox file in order, each with its exact bytes. A message longer than `largest` bytes is an error
/// in its place and ends the reading, as does text before the first separator line.
pub fn read_mboxrd<R: BufRead>(input: R, largest: usize) -> MboxReader<R> {
    MboxReader { input, largest, state: State::Start }
}

/// Reads an mbox file; made by [`read_mboxrd`].
#[derive(Debug)]
pub struct MboxReader<R> {
    input: R,
    largest: usize,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Start,
    Within { crlf: bool },
    End,
}

impl<R: BufRead> MboxReader<R> {
    fn message(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        if matches!(self.state, State::Start) {
            self.line(&mut line)?;
            while line == b"\n" || line == b"\r\n" {
                self.line(&mut line)?;
            }
            self.state = after_separator(&line)?;
        }
        let State::Within { crlf } = self.state else { return Ok(None) };
        let mut message = Vec::new();
        loop {
            self.line(&mut line)?;
            if line.is_empty() {
                self.state = State::End;
                break;
            }
            if line.starts_with(b"From ") {
                self.state = after_separator(&line)?;
                break;
            }
            let quoted = line.first() == Some(&b'>') && is_quoted_from(&line);
            message.extend_from_slice(line.get(usize::from(quoted)..).unwrap_or_default());
            if message.len() > self.largest.saturating_add(2) {
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, "a message is above the limit"));
            }
        }
        // Only a last line of CR LF alone is an end of others' making; one behind text is ours.
        if crlf && (message.ends_with(b"\n\r\n") || message == b"\r\n") {
            message.truncate(message.len() - 2);
        } else if message.ends_with(b"\n") {
            message.pop();
        }
        Ok(Some(message))
    }

    fn line(&mut self, line: &mut Vec<u8>) -> io::Result<()> {
        line.clear();
        let longest = u64::try_from(self.largest).unwrap_or(u64::MAX).saturating_add(4096);
        (&mut self.input).take(longest).read_until(b'\n', line).map(drop)
    }
}

impl<R: BufRead> Iterator for MboxReader<R> {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        let message = self.message();
        if message.is_err() {
            self.state = State::End;
        }
        message.transpose()
    }
}

fn after_separator(line: &[u8]) -> io::Result<State> {
    if line.is_empty() {
        Ok(State::End)
    } else if line.starts_with(b"From ") {
        Ok(State::Within { crlf: line.ends_with(b"\r\n") })
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, "an mbox file begins with a line `From `"))
    }
}

/// True for `>`s (or none) and then `From `.
fn is_quoted_from(line: &[u8]) -> bool {
    let marks = line.iter().take_while(|&&byte| byte == b'>').count();
    line.get(marks..).is_some_and(|rest| rest.starts_with(b"From "))
}

/// `Tue Nov 14 22:13:20 2023`, in UTC.
fn asctime(at: Timestamp) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = at.rfc3339();
    let day =
        usize::try_from(at.seconds().div_euclid(86_400).rem_euclid(7)).ok().and_then(|day| DAYS.get(day));
    let month =
        text.get(5..7).and_then(|month| month.parse::<usize>().ok()).and_then(|month| MONTHS.get(month - 1));
    match (day, month, text.get(8..10), text.get(11..19), text.get(..4)) {
        (Some(weekday), Some(month), Some(day), Some(time), Some(year)) => {
            format!("{weekday} {month} {day} {time} {year}")
        }
        _ => "Thu Jan 01 00:00:00 1970".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{asctime, read_mboxrd, write_mboxrd};
    use model::Timestamp;

    #[test]
    fn a_record_looks_as_other_programs_expect() {
        let mut file = Vec::new();
        let at = Timestamp(1_700_000_000_000);
        write_mboxrd(&mut file, b"Subject: a\n\nFrom here\n>From there\n", "a@example.org", at).unwrap();
        write_mboxrd(&mut file, b"Subject: b", "bad sender\n", at).unwrap();
        let expected = "From a@example.org Tue Nov 14 22:13:20 2023\nSubject: a\n\n>From here\n>>From there\n\n\
                        From MAILER-DAEMON Tue Nov 14 22:13:20 2023\nSubject: b\n";
        assert_eq!(String::from_utf8(file).unwrap(), expected);
    }

    #[test]
    fn files_of_others_are_read() {
        for (file, messages) in [
            ("", vec![]),
            ("\n\n", vec![]),
            ("From a\nX\n\nFrom b\nY\n", vec!["X\n", "Y"]),
            ("From a\r\nX\r\n\r\nFrom b\r\nY\r\n\r\n", vec!["X\r\n", "Y\r\n"]),
            ("From a\n>From x\n\n", vec!["From x\n"]),
        ] {
            let read: Vec<Vec<u8>> = read_mboxrd(file.as_bytes(), 1000).map(Result::unwrap).collect();
            let expected: Vec<&[u8]> = messages.iter().map(|message| message.as_bytes()).collect();
            assert_eq!(read, expected, "{file:?}");
        }
    }

    #[test]
    fn what_is_no_mbox_or_too_large_is_an_error_once() {
        let mut reader = read_mboxrd(&b"hello\nFrom a\n"[..], 1000);
        assert!(reader.next().unwrap().is_err());
        assert!(reader.next().is_none());
        let large = [b"From a\n".as_slice(), &[b'x'; 9000]].concat();
        assert!(read_mboxrd(large.as_slice(), 100).next().unwrap().is_err());
    }

    #[test]
    fn an_impossible_date_still_makes_a_separator() {
        assert_eq!(asctime(Timestamp(i64::MAX)), "Thu Jan 01 00:00:00 1970");
        assert_eq!(asctime(Timestamp(0)), "Thu Jan 01 00:00:00 1970");
    }
}
