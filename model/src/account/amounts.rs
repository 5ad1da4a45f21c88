//! Times and sizes as a person types them into the account dialog, and back.

use crate::Timestamp;

/// An interval typed in minutes, as seconds: half a minute to seven days.
///
/// # Errors
/// The sentence for the field.
pub fn interval_seconds(minutes: &str) -> Result<u32, String> {
    let wrong = || "Minutes between two checks: 0.5 to 10080 (seven days).".to_owned();
    let hundredths = hundredths(minutes.trim()).filter(|hundredths| (50..=1_008_000).contains(hundredths));
    hundredths.map(|hundredths| (hundredths * 60 + 50) / 100).ok_or_else(wrong)
}

/// A number with up to two decimals behind a point or a comma. Not a fraction: reading those would be kilobytes of WASM.
fn hundredths(text: &str) -> Option<u32> {
    let (whole, decimals) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || whole.len() + decimals.len() == 0 {
        return None;
    }
    let whole: u32 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let decimals: u32 = match decimals.len() {
        0 => 0,
        1 => decimals.parse::<u32>().ok()? * 10,
        _ => decimals.get(..2)?.parse().ok()?,
    };
    whole.checked_mul(100)?.checked_add(decimals)
}

/// A day as typed, such as `2026-01-31`: its beginning in UTC; blank is none.
///
/// # Errors
/// The sentence for the field.
pub fn fetch_since(text: &str) -> Result<Option<Timestamp>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let day = Timestamp::from_date(text).filter(|_| !text.contains('T'));
    day.map(Some).ok_or_else(|| "A day such as 2026-01-31, or blank for everything.".to_owned())
}

/// A day as [`fetch_since`] reads it.
pub fn day_text(day: Timestamp) -> String {
    day.text("Y-m-d", 0)
}

/// Days as typed: 1 to 3650; blank is none.
///
/// # Errors
/// The sentence for the field.
pub fn delete_after_days(text: &str) -> Result<Option<u32>, String> {
    days(text, "Whole days from 1 to 3650, or blank for at once.")
}

/// Days as typed: 1 to 3650; blank is none. Never at once: a server that loses its mail for a day must not lose ours.
///
/// # Errors
/// The sentence for the field.
pub fn drop_gone_after_days(text: &str) -> Result<Option<u32>, String> {
    days(text, "Whole days from 1 to 3650, or blank to keep it.")
}

fn days(text: &str, otherwise: &str) -> Result<Option<u32>, String> {
    match text.trim() {
        "" => Ok(None),
        days => match days.parse() {
            Ok(days @ 1..=3650) => Ok(Some(days)),
            _ => Err(otherwise.to_owned()),
        },
    }
}

/// A size as typed: bytes, or a whole number of `KB`, `MB` or `GB` (powers of 1000); blank is none.
///
/// # Errors
/// The sentence for the field.
pub fn largest_message(text: &str) -> Result<Option<u64>, String> {
    let text = text.trim().to_ascii_uppercase();
    if text.is_empty() {
        return Ok(None);
    }
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic()).trim_end();
    let unit = match text.get(digits.len()..).unwrap_or_default().trim() {
        "" | "B" => Some(1),
        "KB" => Some(1000),
        "MB" => Some(1_000_000),
        "GB" => Some(1_000_000_000),
        _ => None,
    };
    let size = unit.and_then(|unit| digits.parse::<u64>().ok()?.checked_mul(unit));
    match size {
        Some(size @ 1..=1_000_000_000_000) => Ok(Some(size)),
        _ => Err("A size such as 25 MB, or blank for as large as allowed.".to_owned()),
    }
}

/// The shortest way to type `size`.
pub(crate) fn size_text(size: u64) -> String {
    match [("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000)]
        .into_iter()
        .find(|(_, unit)| size.is_multiple_of(*unit))
    {
        Some((name, unit)) => format!("{} {name}", size / unit),
        None => size.to_string(),
    }
}

/// Seconds in minutes, as typed.
pub(super) fn minutes_text(seconds: u32) -> String {
    let hundredths = (seconds * 100 + 30) / 60;
    match hundredths % 100 {
        0 => (hundredths / 100).to_string(),
        decimals => format!("{}.{decimals:02}", hundredths / 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals() {
        assert_eq!(interval_seconds("0,5"), Ok(30));
        assert_eq!(interval_seconds("5"), Ok(300));
        assert_eq!((interval_seconds("1.25"), interval_seconds(" .5 ")), (Ok(75), Ok(30)));
        assert_eq!(interval_seconds("10080.00"), Ok(604_800));
        for bad in ["0", "NaN", "", ".", "-1", "+1", "0.49", "10080.01", "1.2.3", "1e3"] {
            assert!(interval_seconds(bad).is_err(), "{bad}");
        }
        for seconds in 30..=604_800 {
            assert_eq!(interval_seconds(&minutes_text(seconds)), Ok(seconds));
        }
    }

    #[test]
    fn sizes_and_days() {
        assert_eq!(largest_message(" 25 mb "), Ok(Some(25_000_000)));
        assert_eq!(largest_message("1000001"), Ok(Some(1_000_001)));
        assert_eq!((largest_message(""), delete_after_days(" ")), (Ok(None), Ok(None)));
        for size in [1, 1000, 25_000_000, 25_000_001, 3_000_000_000] {
            assert_eq!(largest_message(&size_text(size)), Ok(Some(size)));
        }
        for bad in ["0", "-1", "MB", "1 TB", "99999999999999999999", "1.5 MB"] {
            assert!(largest_message(bad).is_err(), "{bad}");
        }
        assert_eq!(delete_after_days("30"), Ok(Some(30)));
        for bad in ["0", "-1", "3651", "soon"] {
            assert!(delete_after_days(bad).is_err(), "{bad}");
        }
    }
}
