//! The values behind a field's colon: days, sizes, words with a meaning.

use super::Search;
use crate::Timestamp;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// `is:` and its word.
pub(super) fn is(word: &str) -> Result<Search, String> {
    Ok(match word.to_ascii_lowercase().as_str() {
        "unread" => Search::Unread(true),
        "read" => Search::Unread(false),
        "flagged" | "starred" => Search::Flagged(true),
        "unflagged" => Search::Flagged(false),
        "gone" => Search::Gone,
        _ => return Err("is: takes unread, read, flagged, unflagged or gone.".to_owned()),
    })
}

/// `has:` and its word.
pub(super) fn has(word: &str) -> Result<Search, String> {
    match word.to_ascii_lowercase().as_str() {
        "attachment" | "attachments" => Ok(Search::HasAttachment),
        _ => Err("has: takes attachment.".to_owned()),
    }
}

/// `5MB`, `300k`, `12345`: bytes.
pub(super) fn size(field: &str, text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match text.get(digits.len()..).unwrap_or_default().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        _ => 0,
    };
    let whole = digits.parse::<u64>().ok().filter(|_| factor > 0);
    whole
        .and_then(|number| number.checked_mul(factor))
        .ok_or_else(|| format!("{field}: takes a size such as 500KB or 5MB."))
}

/// The beginning of a day, month or year, or of the day so long ago.
pub(super) fn day(field: &str, text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let wrong = || {
        format!(
            "{field}: takes a day such as 2026-11-30, 2026-11 or 2026, or today, yesterday, 7d, 2w, 3m, 1y."
        )
    };
    let today = now.0.div_euclid(DAY);
    let ago = |days: i64| Timestamp((today - days) * DAY);
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        "today" => return Ok(ago(0)),
        "yesterday" => return Ok(ago(1)),
        _ => {}
    }
    let unit = match lower.chars().last() {
        Some('d') => 1,
        Some('w') => 7,
        Some('m') => 30,
        Some('y') => 365,
        _ => 0,
    };
    if unit > 0 {
        let number = lower.get(..lower.len() - 1).and_then(|number| number.parse::<u16>().ok());
        return number.map(|number| ago(i64::from(number) * unit)).ok_or_else(wrong);
    }
    let date = lower.replace(['/', '.'], "-");
    let full = match date.split('-').count() {
        1 => format!("{date}-01-01"),
        2 => format!("{date}-01"),
        _ => date,
    };
    Timestamp::from_date(&full).ok_or_else(wrong)
}
