//! What a message says: header fields for the list, words for the index, everything for its reader. None of these
//! fails: what cannot be read in full is shown as far as it goes, with a warning.

use super::authentication::{Authentication, authentication};
use super::fields::Fields;
use super::html::RemotePictures;
use super::invitation::invitation;
use super::markup::{Piece, Pieces};
use super::structure::{self, Part, PartOutline, header_end};
use super::suspicion::suspicions;
use super::{attachment, balance, display, picture, text};
use model::{Address, AttachmentInfo, Timestamp};
use std::collections::HashSet;

const INDEXED_BYTES: usize = 256 * 1024;
const SHOWN_BYTES: usize = 1024 * 1024;
const TOO_COMPLEX: &str = "This message is too complex to be read in full. Its source is complete.";
const TOO_LONG: &str = "The text of this message is too long to be shown in full. Its source is complete.";

/// What the list shows of a message, read from its header alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderFields {
    /// The first mailbox of `From`, else `Sender`; empty where there is none.
    pub sender: Address,
    /// Decoded, one line of at most 998 characters; may be empty.
    pub subject: String,
    /// `Message-ID` without angle brackets.
    pub internet_message_id: Option<String>,
    /// `Date`, where it is one.
    pub date: Option<Timestamp>,
}

/// What the search index and the list get to know of a message's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexed {
    /// The first words on one line, at most 140 characters.
    pub preview: String,
    /// Attachments, without inline images.
    pub attachments: u32,
    /// Their safe names, without inline images.
    pub attachment_names: Vec<String>,
    /// Names and addresses of `From`, `Sender` and `Reply-To`, separated by spaces.
    pub sender: String,
    /// Names and addresses of `To`, `Cc` and `Bcc`, separated by spaces.
    pub recipients: String,
    /// The text, from text parts or made from the HTML, at most 256 KiB.
    pub text: String,
    /// Which messages it belongs to.
    pub ancestry: Ancestry,
}

/// Which messages a message belongs to (RFC 5322 §3.6.4).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ancestry {
    /// Its own `Message-ID`.
    pub own: Option<String>,
    /// The message that began the conversation, as far as it is known, and the one that it answers: of `References` the
    /// first and the last, else `In-Reply-To`.
    pub ancestors: Vec<String>,
    /// The subject that it answers, where it names no message: `Re: x` answers `x`.
    pub answered_subject: Option<String>,
}

/// What [`model::MessageView`] needs from the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewParts {
    /// `To`.
    pub recipients: Vec<Address>,
    /// `Cc`.
    pub cc: Vec<Address>,
    /// `Reply-To`, where it differs from the sender.
    pub reply_to: Vec<Address>,
    /// `Date`.
    pub date_sent: Option<Timestamp>,
    /// `Return-Path` without angle brackets.
    pub return_path: Option<String>,
    /// `Message-ID` without angle brackets.
    pub internet_message_id: Option<String>,
    /// Every header field in order: name, decoded value.
    pub headers: Vec<(String, String)>,
    /// The text, from text parts or made from the HTML.
    pub text: String,
    /// True where [`super::frame_document`] gives a document.
    pub has_html: bool,
    /// True where the HTML refers to something on the net.
    pub remote_content: bool,
    /// The attachments in order.
    pub attachments: Vec<AttachmentInfo>,
    /// Said where the message could not be read in full.
    pub warning: Option<String>,
    /// What deserves a second look, one sentence each.
    pub cautions: Vec<String>,
    /// What the receiving server found out about the sender.
    pub authentication: Option<Authentication>,
    /// A calendar entry that came along, in words: name and text of each line; empty where there is none.
    pub invitation: Vec<(String, String)>,
    /// Its parts as text: a line for each, multiparts before what is in them, inset by how deep it lies.
    pub structure: String,
}

/// Reads the header block only, at most its first MiB.
pub fn header_fields(raw: &[u8]) -> HeaderFields {
    let fields = Fields::read(raw.get(..header_end(raw).0).unwrap_or_default());
    HeaderFields {
        sender: sender(&fields),
        subject: display::one_line(&fields.text("Subject").unwrap_or_default(), 998),
        internet_message_id: fields.identifier("Message-ID"),
        date: date(&fields),
    }
}

/// Reads what is searched and previewed.
pub fn index_fields(raw: &[u8]) -> Indexed {
    let message = structure::read(raw);
    let (text, _) = readable(&message.parts, INDEXED_BYTES);
    let attachment_names = attachment::names(&message.parts);
    Indexed {
        preview: text::preview(&text),
        attachments: u32::try_from(attachment_names.len()).unwrap_or(u32::MAX),
        attachment_names,
        sender: names(&message.fields, ["From", "Sender", "Reply-To"]),
        recipients: names(&message.fields, ["To", "Cc", "Bcc"]),
        text,
        ancestry: ancestry(&message.fields),
    }
}

fn ancestry(fields: &Fields) -> Ancestry {
    let mut ancestors = fields.identifiers("References");
    if ancestors.is_empty() {
        ancestors = fields.identifiers("In-Reply-To");
        ancestors.truncate(1);
    }
    let last = ancestors.pop();
    ancestors.truncate(1);
    ancestors.extend(last);
    let subject = display::one_line(&fields.text("Subject").unwrap_or_default(), 998);
    let answered = answered(&subject).filter(|subject| ancestors.is_empty() && !subject.is_empty());
    Ancestry {
        own: fields.identifier("Message-ID"),
        answered_subject: answered.map(str::to_owned),
        ancestors,
    }
}

/// What a subject answers; `None` where it does not say that it does. Several languages say so in their own letters.
fn answered(subject: &str) -> Option<&str> {
    const ANSWERS: [&str; 8] = ["re", "aw", "sv", "vs", "antw", "odp", "res", "rif"];
    let (word, rest) = subject.split_once(':')?;
    // `Re[2]:` counts.
    let word = word.trim().split('[').next().unwrap_or_default().trim_end();
    let says_so = ANSWERS.iter().any(|answer| word.eq_ignore_ascii_case(answer));
    says_so.then(|| answered(rest.trim()).unwrap_or(rest.trim()))
}

/// Names and addresses in these header fields, each once, as far as there is room.
fn names(fields: &Fields, headers: [&str; 3]) -> String {
    let mut names = String::new();
    let mut seen = HashSet::new();
    let all = headers.into_iter().flat_map(|header| fields.addresses(header));
    for word in all.flat_map(|Address { name, address }| [name, address]) {
        if !word.is_empty() && names.len() < INDEXED_BYTES && seen.insert(word.clone()) {
            names.push_str(if names.is_empty() { "" } else { " " });
            names.push_str(&word);
        }
    }
    names
}

/// Reads everything that the message's page shows.
pub fn view_parts(raw: &[u8]) -> ViewParts {
    let message = structure::read(raw);
    let fields = &message.fields;
    let sender = sender(fields);
    let mut reply_to = fields.addresses("Reply-To");
    if reply_to.iter().all(|other| other.address.eq_ignore_ascii_case(&sender.address)) {
        reply_to.clear();
    }
    let (text, cut) = readable(&message.parts, SHOWN_BYTES);
    let nothing_fetched = RemotePictures::new();
    let mut pictures = picture::Pictures::of(&[], &nothing_fetched);
    let remote_content =
        pages(&message.parts).any(|html| balance::balanced(&html, &mut pictures).remote_content);
    let warning = match (message.too_complex, cut) {
        (true, _) => Some(TOO_COMPLEX.to_owned()),
        (_, true) => Some(TOO_LONG.to_owned()),
        _ => None,
    };
    let mut cautions = suspicions(fields, &sender, &reply_to);
    cautions.extend(unreadable(&message.outline));
    ViewParts {
        cautions,
        authentication: authentication(fields),
        recipients: fields.addresses("To"),
        cc: fields.addresses("Cc"),
        reply_to,
        date_sent: date(fields),
        return_path: fields.identifier("Return-Path"),
        internet_message_id: fields.identifier("Message-ID"),
        headers: headers(fields),
        text,
        has_html: html_parts(&message.parts).next().is_some(),
        remote_content,
        attachments: attachment::list(&message.parts),
        warning,
        invitation: invitation(&message.parts),
        structure: message.outline.iter().map(|part| format!("{part}\n")).collect::<Vec<_>>().concat(),
    }
}

/// Whether what the receiving server found out speaks for the sender; see [`Authentication::sender_confirmed`].
pub fn sender_is_confirmed(raw: &[u8]) -> bool {
    let fields = Fields::read(raw.get(..header_end(raw).0).unwrap_or_default());
    authentication(&fields).is_some_and(|found| found.sender_confirmed)
}

/// The sentence for a message whose content no browser shows.
fn unreadable(outline: &[PartOutline]) -> Option<String> {
    let kinds = ["S/MIME, encrypted", "PGP, encrypted", "winmail.dat of Outlook"];
    let found = outline
        .iter()
        .flat_map(|part| &part.details)
        .find_map(|detail| kinds.iter().find(|kind| *kind == detail))?;
    Some(match *found {
        "winmail.dat of Outlook" => {
            "Outlook packed what belongs to this message into winmail.dat, which is kept among the attachments.".to_owned()
        }
        _ => "This message is encrypted. It is kept as it came: download its source and open it in the mail program \
              that has the key."
            .to_owned(),
    })
}

/// The parts that are the message itself, each in its best form: of several forms of one text (RFC 2046 §5.1.4) the
/// HTML, and the plain text only where there is no HTML.
pub(super) fn body_parts<'a>(parts: &'a [Part<'a>]) -> Vec<&'a Part<'a>> {
    let with_html: HashSet<usize> = html_parts(parts).filter_map(|part| part.alternative).collect();
    let is_best = |part: &&Part<'_>| {
        part.media_type == "text/html" || part.alternative.is_none_or(|group| !with_html.contains(&group))
    };
    parts.iter().filter(|part| part.is_body()).filter(is_best).collect()
}

/// The Content-IDs, in lower case, that the HTML shows.
pub(super) fn shown_content_ids(parts: &[Part<'_>]) -> HashSet<String> {
    let mut shown = HashSet::new();
    if parts.iter().all(|part| part.content_id.is_none()) {
        return shown;
    }
    for html in pages(parts) {
        for piece in Pieces::new(&html) {
            let Piece::Open(_, attributes) = piece else { continue };
            let sources = attributes.iter().filter(|(name, _)| matches!(name.as_str(), "src" | "background"));
            shown.extend(sources.filter_map(|(_, value)| picture::content_id(value)));
        }
    }
    shown
}

/// The HTML of all bodies, as far as it is read.
pub(super) fn pages(parts: &[Part<'_>]) -> impl Iterator<Item = String> {
    let mut left = text::HTML_BYTES;
    html_parts(parts).map_while(move |part| {
        let html = (left > 0).then(|| display::beginning(&part.text(), left).to_owned())?;
        left = left.saturating_sub(html.len());
        Some(html)
    })
}

fn html_parts<'a>(parts: &'a [Part<'a>]) -> impl Iterator<Item = &'a Part<'a>> {
    parts.iter().filter(|part| part.is_body() && part.media_type == "text/html")
}

/// The text of all bodies, and whether it was cut: plain text where a body has that form, else made from the HTML.
fn readable(parts: &[Part<'_>], longest: usize) -> (String, bool) {
    let bodies: Vec<&Part<'_>> = parts.iter().filter(|part| part.is_body()).collect();
    let plain = bodies.iter().filter(|part| part.media_type == "text/plain" && part.alternative.is_some());
    let with_plain: HashSet<usize> =
        plain.filter(|part| !part.text().trim().is_empty()).filter_map(|part| part.alternative).collect();
    let mut whole = String::new();
    for part in bodies {
        let is_html = part.media_type == "text/html";
        if is_html && part.alternative.is_some_and(|group| with_plain.contains(&group)) {
            continue;
        }
        let text = if is_html { text::from_html(&part.text()) } else { part.text() };
        let text = text.trim_end();
        if !whole.is_empty() && !text.is_empty() {
            whole.push_str("\n\n");
        }
        whole.push_str(text);
        if whole.len() > longest {
            break;
        }
    }
    display::lines(&whole, longest)
}

fn sender(fields: &Fields) -> Address {
    let found = ["From", "Sender", "Return-Path"]
        .into_iter()
        .find_map(|name| fields.addresses(name).into_iter().next());
    found.unwrap_or_default()
}

fn date(fields: &Fields) -> Option<Timestamp> {
    let date = fields.date("Date").or_else(|| fields.date("Resent-Date"))?;
    Some(Timestamp::from_seconds(date.to_timestamp()))
}

fn headers(fields: &Fields) -> Vec<(String, String)> {
    let mut left = 256 * 1024_usize;
    let bounded = fields
        .all()
        .take(500)
        .map(|(name, value)| (display::one_line(name, 200), display::one_line(&value, 16 * 1024)));
    bounded
        .take_while(|(name, value)| {
            let fits = left > name.len() + value.len();
            left = left.saturating_sub(name.len() + value.len());
            fits
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, ancestors: &[&str], subject: Option<&str>) {
        let found = ancestry(&Fields::read(header.as_bytes()));
        assert_eq!(found.ancestors, ancestors, "{header}");
        assert_eq!(found.answered_subject.as_deref(), subject, "{header}");
    }

    #[test]
    fn a_message_names_what_it_answers() {
        check("References: <a@x> <b@x>\r\n <c@x>\r\nIn-Reply-To: <c@x>\r\n", &["a@x", "c@x"], None);
        check("References: <a@x>\r\n", &["a@x"], None);
        check("In-Reply-To: <a@x> (her letter)\r\nSubject: Re: x\r\n", &["a@x"], None);
        check("Subject: Re: AW: Re[2]: The plan\r\n", &[], Some("The plan"));
        check("Subject: Regarding: x\r\n", &[], None);
        check("Subject: Re:\r\n", &[], None);
        check("References: nonsense\r\nSubject: x\r\n", &[], None);
    }
}
