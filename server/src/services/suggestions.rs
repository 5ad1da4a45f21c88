//! What a search box suggests: recent searches, fields, their values, and who wrote lately. Deliberately absent: what a
//! search means (see `model::search`).

use crate::store::{Store, StoreError};
use model::Person;
use model::search::{Suggestion, is_quote};

/// Of one kind.
const OF_A_KIND: usize = 5;
/// In all.
const MOST: usize = 12;

/// The fields of a search, and what stands behind their colon.
const FIELDS: [(&str, &str); 14] = [
    ("from:", "name or address of the sender"),
    ("to:", "name or address of a recipient"),
    ("subject:", "words of the subject"),
    ("body:", "words of the text"),
    ("attachment:", "name of an attachment"),
    ("has:", "attachment"),
    ("is:", "unread, read, flagged, unflagged, gone"),
    ("after:", "a day, or 7d for a week ago"),
    ("before:", "a day, or 7d for a week ago"),
    ("larger:", "a size such as 5MB"),
    ("smaller:", "a size such as 500KB"),
    ("account:", "part of an account's name"),
    ("folder:", "part of a folder's name"),
    ("tag:", "name of a tag"),
];

/// What there is to choose from behind a colon.
fn fixed(field: &str) -> &'static [&'static str] {
    match field {
        "has" => &["attachment"],
        "is" => &["unread", "flagged", "read", "unflagged", "gone"],
        "after" | "before" => &["today", "yesterday", "7d", "3m", "1y"],
        "larger" | "smaller" => &["500KB", "5MB", "20MB"],
        _ => &[],
    }
}

/// What `person`, who has typed `text`, may want to search for.
///
/// # Errors
/// The store's.
pub async fn of(store: &Store, person: &Person, text: &str) -> Result<Vec<Suggestion>, StoreError> {
    let lower = text.trim().to_lowercase();
    let recent = store.recent_searches(person.id).await?;
    let recent = recent.into_iter().filter(|recent| recent != text.trim());
    let (begin, rest): (Vec<_>, Vec<_>) =
        recent.partition(|recent| recent.to_lowercase().starts_with(&lower));
    let suggested = |text: String| Suggestion { text, words: "recent search".to_owned(), href: None };
    let mut all: Vec<Suggestion> = begin.into_iter().map(suggested).take(OF_A_KIND).collect();
    if let Some(typed) = Typed::of(text) {
        all.extend(typed.completed(&typed.values(store).await?));
    }
    let with = rest.into_iter().filter(|recent| recent.to_lowercase().contains(&lower));
    all.extend(with.map(suggested).take(OF_A_KIND));
    all.truncate(MOST);
    Ok(all)
}

/// The last word of a search that somebody is typing.
struct Typed<'a> {
    /// What stands before it, with its minus.
    before: &'a str,
    /// The name before its colon.
    field: Option<&'a str>,
    /// What was typed of its value.
    value: &'a str,
}

/// A value for the last word, and what it means.
type Meaning = (String, String);

impl<'a> Typed<'a> {
    /// `None` where nothing was begun: after a space, within a quotation.
    fn of(text: &'a str) -> Option<Self> {
        let quotations = text.chars().filter(|c| *c == '"').count();
        if quotations % 2 == 1 {
            return None;
        }
        let begin = text.rfind(|c: char| c.is_whitespace() || c == '(').map_or(0, |at| at + 1);
        let begin = text.ceil_char_boundary(begin);
        let word = text.get(begin..)?;
        let begin = begin + word.len() - word.trim_start_matches('-').len();
        let (before, word) = text.split_at_checked(begin)?;
        if word.is_empty() || word.contains(is_quote) {
            return None;
        }
        Some(match word.split_once(':') {
            Some((field, value)) => Self { before, field: Some(field), value },
            None => Self { before, field: None, value: word },
        })
    }

    async fn values(&self, store: &Store) -> Result<Vec<Meaning>, StoreError> {
        let value = self.value.to_lowercase();
        let named = |names: Vec<String>, kind: &str| {
            let named = names.into_iter().filter(|name| name.to_lowercase().contains(&value));
            named.map(|name| (name, kind.to_owned())).collect::<Vec<Meaning>>()
        };
        Ok(match self.field.map(str::to_lowercase).as_deref() {
            None => {
                let fields = FIELDS.into_iter().filter(|(field, _)| field.starts_with(value.as_str()));
                let mut all: Vec<Meaning> =
                    fields.map(|(field, words)| (field.to_owned(), words.to_owned())).collect();
                // A letter alone is in everybody's name.
                if value.chars().count() > 1 {
                    let senders = senders(store, &value).await?;
                    all.extend(senders.into_iter().map(|(value, words)| (format!("from:{value}"), words)));
                }
                all
            }
            Some("from" | "to") => senders(store, &value).await?,
            Some("account") => named(store.account_names().await?, "account"),
            Some("folder") => named(store.folder_names().await?, "folder"),
            Some("tag") => named(store.tag_names().await?, "tag"),
            Some(field) => {
                let meaning = FIELDS.iter().find(|(name, _)| name.strip_suffix(':') == Some(field));
                let meaning = meaning.map(|(_, words)| (*words).to_owned()).unwrap_or_default();
                let fixed = fixed(field).iter().filter(|fixed| fixed.to_lowercase().starts_with(&value));
                fixed.map(|fixed| ((*fixed).to_owned(), meaning.clone())).collect()
            }
        })
    }

    /// The whole search with each of `values` as its last word.
    fn completed(&self, values: &[Meaning]) -> Vec<Suggestion> {
        let field = self.field.map(|field| format!("{field}:")).unwrap_or_default();
        let each = values.iter().map(|(value, words)| {
            let quote = if value.contains(char::is_whitespace) { "\"" } else { "" };
            // A value is complete, a field wants one.
            let space = if value.ends_with(':') { "" } else { " " };
            let text = format!("{}{field}{quote}{value}{quote}{space}", self.before);
            Suggestion { text, words: words.clone(), href: None }
        });
        each.take(OF_A_KIND + 1).collect()
    }
}

async fn senders(store: &Store, part: &str) -> Result<Vec<Meaning>, StoreError> {
    let senders = store.recent_senders(part, u32::try_from(OF_A_KIND).unwrap_or_default()).await?;
    Ok(senders.into_iter().map(|sender| (sender.address, sender.name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_grammar_is_suggested() {
        let mut suggested: Vec<_> = FIELDS.iter().map(|(field, _)| field.trim_end_matches(':')).collect();
        let mut known: Vec<_> = model::search::field_names().collect();
        suggested.sort_unstable();
        known.sort_unstable();
        assert_eq!(suggested, known);
    }

    #[track_caller]
    fn check(text: &str, value: &str, expected: Option<&str>) {
        let completed = Typed::of(text).map(|typed| typed.completed(&[(value.to_owned(), String::new())]));
        let completed = completed.map(|all| all.into_iter().map(|one| one.text).collect::<String>());
        assert_eq!(completed.as_deref(), expected, "{text}");
    }

    #[test]
    fn the_last_word_is_completed() {
        check("inv fr", "from:", Some("inv from:"));
        check("inv -from:an", "anna@example.org", Some("inv -from:anna@example.org "));
        check("(ä OR account:", "My box", Some("(ä OR account:\"My box\" "));
        check("日　本", "x", Some("日　x "));
        check("done ", "x", None);
        check("from:\"Bo ", "x", None);
        check("from:\"Bo\"", "x", None);
        check("-", "x", None);
        check("", "x", None);
    }
}
