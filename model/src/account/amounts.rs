//! Times and sizes as a person types them into the account dialog, and back.

/// An interval typed in minutes, as seconds: half a minute to seven days.
///
/// # Errors
/// The sentence for the field.
pub fn interval_seconds(minutes: &str) -> Result<u32, String> {
    let wrong = || "Minutes between two checks: 0.5 to 10080 (seven days).".to_owned();
    let minutes: f64 = minutes.trim().replace(',', ".").parse().map_err(|_| wrong())?;
    if !(0.5..=10_080.0).contains(&minutes) {
        return Err(wrong());
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "30 to 604,800 by the check above"
    )]
    let seconds = (minutes * 60.0).round() as u32;
    Ok(seconds)
}

/// Days as typed: 1 to 3650; blank is none.
///
/// # Errors
/// The sentence for the field.
pub fn delete_after_days(text: &str) -> Result<Option<u32>, String> {
    match text.trim() {
        "" => Ok(None),
        days => match days.parse() {
            Ok(days @ 1..=3650) => Ok(Some(days)),
            _ => Err("Whole days from 1 to 3650, or blank for at once.".to_owned()),
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
pub(super) fn size_text(size: u64) -> String {
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
    if seconds.is_multiple_of(60) {
        (seconds / 60).to_string()
    } else {
        format!("{:.2}", f64::from(seconds) / 60.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals() {
        assert_eq!(interval_seconds("0,5"), Ok(30));
        assert_eq!(interval_seconds("5"), Ok(300));
        assert!(interval_seconds("0").is_err() && interval_seconds("NaN").is_err());
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
