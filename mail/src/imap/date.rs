//! INTERNALDATE (RFC 9051 §9, `date-time`).

use model::Timestamp;

/// The instant of ` 7-Jul-1996 02:44:25 -0700`; `None` where it is anything else.
pub fn internal_date(text: &str) -> Option<Timestamp> {
    let mut fields = text.split_ascii_whitespace();
    let (date, time, zone) = (fields.next()?, fields.next()?, fields.next()?);
    let mut date = date.split('-');
    let (day, month, year) = (number(date.next()?)?, month(date.next()?)?, number(date.next()?)?);
    let mut time = time.split(':').map(number);
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    if !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 || !(1900..=9999).contains(&year) {
        return None;
    }
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    Some(Timestamp::from_seconds(seconds - offset_seconds(zone)?))
}

fn number(digits: &str) -> Option<i64> {
    let plain = !digits.is_empty() && digits.len() <= 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

fn month(name: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let index = MONTHS.iter().position(|month| name.eq_ignore_ascii_case(month))?;
    i64::try_from(index).ok().map(|index| index + 1)
}

fn offset_seconds(zone: &str) -> Option<i64> {
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = digits.split_at_checked(2)?;
    Some(sign * (number(hours)? * 3600 + number(minutes)? * 60))
}

/// Days of the proleptic Gregorian calendar, counted in years that begin in March so that the leap day comes last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era_days = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    era_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::internal_date;

    #[test]
    fn dates_become_instants() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(internal_date(text).map(model::Timestamp::rfc3339).as_deref(), expected, "{text}");
        };
        check("17-Jul-1996 02:44:25 -0700", Some("1996-07-17T09:44:25Z"));
        check(" 1-Jan-1970 00:00:00 +0000", Some("1970-01-01T00:00:00Z"));
        check("29-Feb-2024 23:59:59 +0530", Some("2024-02-29T18:29:59Z"));
        check("01-mar-2000 00:30:00 +0100", Some("2000-02-29T23:30:00Z"));
        check("23-Nov-2026 01:16:22 +0000", Some("2026-11-23T01:16:22Z"));
        for broken in ["", "17-Jul-1996", "99-Jul-1996 02:44:25 -0700", "17-Xyz-1996 02:44:25 -0700"] {
            check(broken, None);
        }
        for broken in ["17-Jul-1996 02:44 -0700", "17-Jul-1996 02:44:25 0700", "17-Jul-1996 02:44:25 +é"] {
            check(broken, None);
        }
    }
}
