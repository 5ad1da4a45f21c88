//! One header block, field by field (RFC 5322 §2.2), read within bounds: fields, their length and the encoded words
//! in them are limited before `mail-parser` sees them, because an unfinished encoded word costs it a look at all that
//! follows.

use super::limits::mime_limits;
use super::{display, transfer};
use mail_parser::parsers::MessageStream;
use mail_parser::{Addr, Address, ContentType, DateTime};

const FIELDS: usize = 2000;
const FIELD_BYTES: usize = 64 * 1024;
const ENCODED_WORDS: usize = 400;
const IDENTIFIERS: usize = 1000;
const FIELD_BYTES_OF_MANY_ENCODED_WORDS: usize = 8 * 1024;

/// The fields of one header block, in order.
#[derive(Debug, Default)]
pub(super) struct Fields {
    list: Vec<(String, String)>,
}

impl Fields {
    /// Reads a header block. Lines that are no field are passed over.
    pub(super) fn read(block: &[u8]) -> Self {
        let block = block.get(..mime_limits().header_bytes).unwrap_or(block);
        let charset = if block.is_ascii() { None } else { declared_charset(block) };
        let mut list: Vec<(String, String)> = Vec::new();
        let mut passed_over = true;
        for line in block.split_inclusive(|&byte| byte == b'\n') {
            let text = transfer::text(line, charset.as_deref());
            if line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
                if let (Some((_, value)), false) = (list.last_mut(), passed_over)
                    && value.len() + text.len() <= FIELD_BYTES
                {
                    value.push_str(&text);
                }
                continue;
            }
            passed_over = !is_field(line) || list.len() >= FIELDS;
            if let (false, Some((name, value))) = (passed_over, text.split_once(':')) {
                list.push((name.trim_end().to_owned(), display::beginning(value, FIELD_BYTES).to_owned()));
            }
        }
        for (_, value) in &mut list {
            *value = bounded(value);
        }
        Self { list }
    }

    /// Every field in order: its name and its raw value, ready for one of the readers below.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, String)> {
        self.list.iter().map(|(name, value)| (name.as_str(), unstructured(value)))
    }

    /// The decoded text of the first field called `name`.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.first(name).map(unstructured)
    }

    /// The mailboxes of every field called `name`; a group stands as its members, an empty one as its name.
    pub(super) fn addresses(&self, name: &str) -> Vec<model::Address> {
        let mut mailboxes = Vec::new();
        for value in self.every(name) {
            match MessageStream::new(value.as_bytes()).parse_address().into_address() {
                Some(Address::List(list)) => mailboxes.extend(list.iter().map(mailbox)),
                Some(Address::Group(groups)) => {
                    for group in groups {
                        if group.addresses.is_empty() {
                            mailboxes.push(mailbox(&Addr { name: group.name.clone(), address: None }));
                        }
                        mailboxes.extend(group.addresses.iter().map(mailbox));
                    }
                }
                None => {}
            }
        }
        mailboxes.retain(|mailbox| !(mailbox.name.is_empty() && mailbox.address.is_empty()));
        mailboxes
    }

    /// The first valid date in a field called `name`.
    pub(super) fn date(&self, name: &str) -> Option<DateTime> {
        let read = |value: &str| MessageStream::new(value.as_bytes()).parse_date().into_datetime();
        self.every(name).find_map(|value| {
            read(value)
                .filter(DateTime::is_valid)
                .or_else(|| read(&with_seconds(value)?).filter(DateTime::is_valid))
        })
    }

    /// The first field called `name` as a type with parameters (RFC 2045 §5.1, RFC 2231).
    pub(super) fn content(&self, name: &str) -> Option<ContentType<'_>> {
        MessageStream::new(self.first(name)?.as_bytes()).parse_content_type().into_content_type()
    }

    /// The first identifier in the first field called `name`, without angle brackets, at most 998 characters.
    pub(super) fn identifier(&self, name: &str) -> Option<String> {
        let value = MessageStream::new(self.first(name)?.as_bytes()).parse_id();
        let text = value.as_text_list().and_then(<[_]>::first).map(AsRef::as_ref).or(value.as_text())?;
        Some(display::one_line(text, 998)).filter(|text| !text.is_empty())
    }

    /// The identifiers in the first field called `name`, in order, without angle brackets; words that are none, such as a
    /// remark, are passed over.
    pub(super) fn identifiers(&self, name: &str) -> Vec<String> {
        let Some(value) = self.first(name) else { return Vec::new() };
        let bracketed = value.split('<').skip(1).filter_map(|rest| rest.split_once('>')).take(IDENTIFIERS);
        bracketed.map(|(id, _)| display::one_line(id, 998)).filter(|id| !id.is_empty()).collect()
    }

    fn first(&self, name: &str) -> Option<&str> {
        self.every(name).next()
    }

    fn every<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.list
            .iter()
            .filter(move |(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// True for a line that begins a field: a name of visible ASCII, then a colon (RFC 5322 §3.6.8, with the white space
/// before the colon of §4.5).
pub(super) fn is_field(line: &[u8]) -> bool {
    let Some(colon) = line.iter().position(|&byte| byte == b':') else { return false };
    let name = line.get(..colon).unwrap_or_default().trim_ascii_end();
    !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
}

/// A date whose time has no seconds, which RFC 5322 §3.3 allows and `mail-parser` does not read, with seconds.
fn with_seconds(value: &str) -> Option<String> {
    let (hours, rest) = value.split_once(':')?;
    let minutes = rest.get(..2)?;
    let after = rest.get(2..)?;
    (!after.trim_start().starts_with(':')).then(|| format!("{hours}:{minutes}:00{after}"))
}

fn mailbox(found: &Addr<'_>) -> model::Address {
    let name = display::one_line(found.name.as_deref().unwrap_or_default(), 200);
    let address = display::one_line(found.address.as_deref().unwrap_or_default(), 320);
    model::Address { name, address }
}

fn unstructured(value: &str) -> String {
    MessageStream::new(value.as_bytes()).parse_unstructured().as_text().unwrap_or_default().to_owned()
}

/// The value with its adjacent encoded words joined, cut to what `mail-parser` reads in little time, and ended by the
/// line end that it wants to see.
fn bounded(value: &str) -> String {
    let joined = if value.contains("=?") { join_encoded_words(value) } else { value.to_owned() };
    let many = joined.matches("=?").nth(ENCODED_WORDS).is_some();
    let longest = if many { FIELD_BYTES_OF_MANY_ENCODED_WORDS } else { FIELD_BYTES };
    let mut bounded = display::beginning(&joined, longest).trim_end().to_owned();
    bounded.push('\n');
    bounded
}

/// Makes one encoded word of two neighbours in the same charset and encoding: some senders cut a character of several
/// bytes in two (against RFC 2047 §5), and only the whole can be decoded.
fn join_encoded_words(value: &str) -> String {
    let mut joined = String::with_capacity(value.len());
    let mut open: Option<&str> = None;
    let mut rest = value;
    while let Some(start) = rest.find("=?") {
        let (before, word) = rest.split_at(start);
        let Some((kind, text, after)) = encoded_word(word) else {
            close(&mut joined, &mut open);
            joined.push_str(before);
            joined.push_str("=?");
            rest = word.get(2..).unwrap_or_default();
            continue;
        };
        // Padding in the middle would end the decoding early.
        let joins = open.is_some_and(|own| own.eq_ignore_ascii_case(kind)) && before.trim().is_empty();
        if !joins || joined.ends_with('=') {
            close(&mut joined, &mut open);
            joined.push_str(before);
            joined.push_str(kind);
        }
        joined.push_str(text);
        open = Some(kind);
        rest = after;
    }
    close(&mut joined, &mut open);
    joined.push_str(rest);
    joined
}

fn close(joined: &mut String, open: &mut Option<&str>) {
    if open.take().is_some() {
        joined.push_str("?=");
    }
}

/// `=?charset?B?`, the encoded text, and what follows the word; `None` where `word` does not begin with one.
fn encoded_word(word: &str) -> Option<(&str, &str, &str)> {
    let inside = word.strip_prefix("=?")?;
    let charset = inside.bytes().take(60).position(|byte| byte == b'?')?;
    let encoding = inside.as_bytes().get(charset + 1)?.to_ascii_lowercase();
    let plain = inside.get(..charset)?.bytes().all(|byte| byte.is_ascii_graphic());
    if !matches!(encoding, b'b' | b'q') || inside.as_bytes().get(charset + 2) != Some(&b'?') || !plain {
        return None;
    }
    let (kind, text) = (word.get(..charset + 5)?, inside.get(charset + 3..)?);
    // An encoded word has at most 75 characters; leave broken ones that are somewhat longer alone no more than that.
    let end = display::beginning(text, 1000).find("?=")?;
    Some((kind, text.get(..end)?, text.get(end + 2..)?))
}

/// The charset that the block's own Content-Type declares: what 8-bit fields are most likely written in.
fn declared_charset(block: &[u8]) -> Option<String> {
    let lower = block.to_ascii_lowercase();
    let at = lower.windows(8).position(|window| window == b"charset=")?;
    let name = lower.get(at + 8..)?;
    let name = name.strip_prefix(b"\"").unwrap_or(name);
    let end = name.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"-_.:".contains(byte)))?;
    String::from_utf8(name.get(..end)?.to_vec()).ok().filter(|name| name != "utf-8")
}

#[cfg(test)]
mod tests {
    use super::Fields;

    #[test]
    fn a_character_cut_between_two_encoded_words_is_whole_again() {
        let fields = Fields::read(
            b"Subject: =?utf-8?Q?gr=C3?=\r\n =?utf-8?Q?=BCn?=\r\nX: =?utf-8?B?Z3LD?= =?UTF-8?b?vG4=?=\r\n",
        );
        assert_eq!(fields.text("subject").unwrap(), "grün");
        assert_eq!(fields.text("x").unwrap(), "grün");
    }

    #[test]
    fn encoded_words_apart_stay_apart() {
        let fields =
            Fields::read(b"Subject: =?utf-8?Q?a?= b =?utf-8?Q?c?= =?iso-8859-1?Q?=FC?= =?broken =?=\n");
        assert_eq!(fields.text("Subject").unwrap(), "a b cü =?broken =?=");
    }

    #[test]
    fn eight_bit_fields_are_read_in_the_declared_charset() {
        let fields = Fields::read(b"Subject: \xf0\xd2\xc9\r\nContent-Type: text/plain; charset=koi8-r\r\n");
        assert_eq!(fields.text("Subject").unwrap(), "При");
        assert_eq!(Fields::read(b"Subject: gr\xfcn").text("Subject").unwrap(), "grün");
    }
}
