//! The folders that an account fetches, as a person types them: names separated by commas, a name with a comma of its
//! own between quotation marks, as in CSV. Deliberately absent: how a server writes the names.

use crate::Protocol;
use crate::field::line;
use crate::mailbox::INBOX;

/// Folder names separated by commas. A name that holds a comma, or begins with a quotation mark, stands between
/// quotation marks, and its own quotation marks are doubled: `INBOX, "Bills, open"`.
///
/// # Errors
/// The sentence for the field.
pub fn folders(protocol: Protocol, text: &str) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = first_name(rest)?;
        rest = after.trim_start();
        // `A,,B` and a comma at the end mean nothing.
        if name.trim().is_empty() {
            continue;
        }
        let name = line(&name, 255)?;
        let name = if name.eq_ignore_ascii_case(INBOX) { INBOX.to_owned() } else { name };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        names.push(INBOX.to_owned());
    }
    if protocol == Protocol::Pop3 && names.iter().any(|name| name != INBOX) {
        return Err("POP3 has no folders but INBOX.".to_owned());
    }
    Ok(names)
}

/// What [`folders`] reads as these names.
pub fn folders_text<Name: AsRef<str>>(names: &[Name]) -> String {
    let quoted = names.iter().map(|name| {
        let name = name.as_ref().trim();
        if name.contains(',') || name.starts_with('"') {
            format!("\"{}\"", name.replace('"', "\"\""))
        } else {
            name.to_owned()
        }
    });
    quoted.collect::<Vec<_>>().join(", ")
}

/// The first name, and what comes after its comma.
fn first_name(text: &str) -> Result<(String, &str), String> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let (name, after) = text.split_once(',').unwrap_or((text, ""));
        return Ok((name.to_owned(), after));
    };
    let mut name = String::new();
    while let Some((part, after)) = rest.split_once('"') {
        name.push_str(part);
        if let Some(more) = after.strip_prefix('"') {
            name.push('"');
            rest = more;
            continue;
        }
        let after = after.trim_start();
        return match after.strip_prefix(',') {
            Some(after) => Ok((name, after)),
            None if after.is_empty() => Ok((name, after)),
            None => Err("Put a comma after the closing quotation mark.".to_owned()),
        };
    }
    Err("Close the quotation mark.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_meant() {
        for (text, names) in [
            ("", vec!["INBOX"]),
            (" , ,", vec!["INBOX"]),
            ("inbox,Sent , Sent", vec!["INBOX", "Sent"]),
            ("Grüße.Größe & Co", vec!["Grüße.Größe & Co"]),
            (r#""Bills, open",INBOX"#, vec!["Bills, open", "INBOX"]),
            (r#"A "quiet" one, """loud""" , B"#, vec![r#"A "quiet" one"#, r#""loud""#, "B"]),
            (r#""inbox""#, vec!["INBOX"]),
        ] {
            let read = folders(Protocol::Imap, text);
            assert_eq!(read, Ok(names.iter().map(|&name| name.to_owned()).collect()), "{text}");
            let written = folders_text(&read.clone().unwrap());
            assert_eq!(folders(Protocol::Imap, &written), read, "{written}");
        }
    }

    #[test]
    fn what_is_unclear_is_refused() {
        for text in [r#""Bills, open"#, r#""A" B"#, r#"A,"B"#, "A\nB", "\"A\nB\"", &"x".repeat(256)] {
            assert!(folders(Protocol::Imap, text).is_err(), "{text}");
        }
        assert!(folders(Protocol::Pop3, "INBOX").is_ok());
        assert!(folders(Protocol::Pop3, "Sent").is_err());
    }
}
