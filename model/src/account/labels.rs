//! What people write beside an account for themselves: tags and notes. Nothing here changes what the server does.

use crate::field::line;

/// The most tags of one account.
const MOST_TAGS: usize = 20;
/// The most characters of one tag.
const LONGEST_TAG: usize = 40;
/// The most characters of the notes.
const LONGEST_NOTES: usize = 4_000;

/// Tags typed with commas between them: each once, in the order and the spelling in which it was typed first.
///
/// # Errors
/// The sentence for the field.
pub fn tags(text: &str) -> Result<Vec<String>, String> {
    let mut tags: Vec<String> = Vec::new();
    for typed in text.split(',').filter(|typed| !typed.trim().is_empty()) {
        let tag = line(typed, LONGEST_TAG)?;
        if !tags.iter().any(|known| is_same(known, &tag)) {
            tags.push(tag);
        }
    }
    if tags.len() > MOST_TAGS {
        return Err(format!("At most {MOST_TAGS} tags."));
    }
    Ok(tags)
}

/// Tags as [`tags`] reads them.
pub fn tags_text(tags: &[String]) -> String {
    tags.join(", ")
}

/// `tags` without those of `removed`, and with those of `added` behind them.
///
/// # Errors
/// The sentence for whoever adds: there are too many then.
pub fn retagged(tags: &[String], added: &[String], removed: &[String]) -> Result<Vec<String>, String> {
    let goes = |tag: &&String| removed.iter().any(|removed| is_same(removed, tag));
    let kept: Vec<&str> = tags.iter().filter(|tag| !goes(tag)).chain(added).map(String::as_str).collect();
    self::tags(&kept.join(","))
}

/// True where two tags are one, however they are spelled.
pub fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Notes of several lines.
///
/// # Errors
/// The sentence for the field.
pub fn notes(text: &str) -> Result<String, String> {
    let text = text.replace("\r\n", "\n");
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err("Control characters are not allowed here.".to_owned());
    }
    if text.chars().count() > LONGEST_NOTES {
        return Err(format!("At most {LONGEST_NOTES} characters."));
    }
    Ok(text.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_there_once_however_it_is_spelled() {
        assert_eq!(tags(" Sales, munich ,sales,, ÄRA,ära ").unwrap(), ["Sales", "munich", "ÄRA"]);
        assert_eq!(tags(" , ").unwrap(), Vec::<String>::new());
        assert_eq!(tags(&tags_text(&tags("a, b c").unwrap())).unwrap(), ["a", "b c"]);
        assert!(tags(&"x".repeat(41)).is_err() && tags("a\r\nb").is_err());
        let many: Vec<_> = (0..21).map(|number| number.to_string()).collect();
        assert!(tags(&many.join(",")).is_err());
    }

    #[test]
    fn tags_come_and_go_and_what_was_there_keeps_its_spelling() {
        let [there, added, removed] =
            ["Sales, north", "SALES, new", "NORTH, absent"].map(|text| tags(text).unwrap());
        assert_eq!(retagged(&there, &added, &removed).unwrap(), ["Sales", "new"]);
        let many: Vec<_> = (0..20).map(|number| number.to_string()).collect();
        assert!(retagged(&many, &["one more".to_owned()], &[]).is_err());
    }

    #[test]
    fn notes_keep_their_lines_and_nothing_that_a_terminal_obeys() {
        assert_eq!(notes("one\r\n\ttwo\n\n").unwrap(), "one\n\ttwo");
        assert!(notes("a\x1b[2Jb").is_err() && notes(&"x".repeat(4_001)).is_err());
    }
}
