//! Instants as the wire and the database carry them. Deliberately absent: reading a clock (see `server::clock`).

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The instant `seconds` after 1970-01-01T00:00:00Z.
    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Whole seconds since 1970-01-01T00:00:00Z.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This instant moved by `milliseconds` (negative: into the past).
    #[must_use]
    pub fn plus_milliseconds(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// Milliseconds from `earlier` to this instant.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The beginning, in UTC, of a day written as `2026-11-23`, or of its minute written as `2026-11-23T14:05`.
    pub fn from_date(text: &str) -> Option<Self> {
        let (day, minute) = text.trim().split_once('T').unwrap_or((text.trim(), "0:0"));
        let mut parts = day.splitn(3, '-').map(|part| part.parse::<i64>().ok());
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        let days = days_before(year, month, day);
        // The thirtieth of February would be the second of March.
        if !(0..=9999).contains(&year) || date_of(days) != (year, month, day) {
            return None;
        }
        let (hours, minutes) = minute.split_once(':')?;
        let within = |text: &str, most: i64| text.parse().ok().filter(|number| (0..most).contains(number));
        let seconds = within(hours, 24)? * 3_600 + within(minutes, 60)? * 60;
        Some(Self::from_seconds(days * DAY + seconds))
    }

    /// This instant at `offset_minutes` east of UTC, with each letter of `format` replaced by what it stands for: `Y` the year,
    /// `m` `d` `H` `M` `S` month, day, hour, minute and second in two digits, `b` the month's short name, `h` and `p`
    /// the hour of twelve and its half. Letter by letter, because printing by format strings is kilobytes of WASM.
    pub fn text(self, format: &str, offset_minutes: i32) -> String {
        const MONTHS: &str = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
        let seconds = self.seconds().saturating_add(i64::from(offset_minutes) * 60);
        let (year, month, day) = date_of(seconds.div_euclid(DAY));
        let second = seconds.rem_euclid(DAY);
        let hour = second / 3_600;
        let mut text = String::new();
        // What no calendar holds is empty rather than a panic.
        if !(0..=9999).contains(&year) {
            return text;
        }
        for letter in format.chars() {
            let number = match letter {
                'Y' => {
                    two_digits(&mut text, year / 100);
                    year
                }
                'm' => month,
                'd' => day,
                'H' => hour,
                'h' => (hour + 11) % 12 + 1,
                'M' => second / 60 % 60,
                'S' => second % 60,
                'p' => {
                    text.push_str(if hour < 12 { "AM" } else { "PM" });
                    continue;
                }
                'b' => {
                    text.extend(MONTHS.split(' ').nth(usize::try_from(month - 1).unwrap_or(0)));
                    continue;
                }
                other => {
                    text.push(other);
                    continue;
                }
            };
            two_digits(&mut text, number);
        }
        text
    }

    /// `2026-11-23T14:05:09Z` (RFC 3339, UTC): the form of every date in JSON, CSV and `datetime` attributes.
    pub fn rfc3339(self) -> String {
        self.text("Y-m-dTH:M:SZ", 0)
    }
}

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

/// Days from 1970-01-01 to a day of the Gregorian calendar. Its years begin in March here, so that a leap day is their last;
/// and this is written out because the library for it is half a kilobyte of WASM on every screen.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days_of_months = (153 * ((month + 9) % 12) + 2) / 5;
    365 * year + leap_days + days_of_months + day - 719_469
}

/// Year, month and day, of the days from 1970-01-01.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// The last two digits of a number.
fn two_digits(text: &mut String, number: i64) {
    for digit in [number / 10 % 10, number % 10] {
        text.push(char::from(b'0' + u8::try_from(digit).unwrap_or(0)));
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn a_date_is_written_absolutely_in_the_readers_zone() {
        let at = Timestamp(1_700_000_000_123);
        assert_eq!(at.rfc3339(), "2023-11-14T22:13:20Z");
        assert_eq!(at.text("Y-m-d H:M", 0), "2023-11-14 22:13");
        assert_eq!(at.text("Y-m-d H:M", 120), "2023-11-15 00:13");
        assert_eq!(at.text("Y-m-d H:M", -210), "2023-11-14 18:43");
        assert_eq!(at.text("d b Y, h:M p", 0), "14 Nov 2023, 10:13 PM");
        assert_eq!(Timestamp(0).text("h p", 0), "12 AM");
        assert_eq!(Timestamp(43_200_000).text("h p, H", 0), "12 PM, 12");
    }

    #[test]
    fn a_day_begins_at_midnight_utc() {
        assert_eq!(Timestamp::from_date("2023-11-14"), Some(Timestamp(1_699_920_000_000)));
        assert_eq!(Timestamp::from_date("2023-11-14T01:30"), Some(Timestamp(1_699_925_400_000)));
        for wrong in [
            "",
            "2023",
            "2023-02-30",
            "2023-11-14T",
            "2023-11-14T24:00",
            "2023-11-14T1:-1",
            "14.11.2023",
            "2023-11-14-1",
        ] {
            assert_eq!(Timestamp::from_date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_calendar_is_the_one_of_the_library() {
        let mut date = time::Date::from_calendar_date(1, time::Month::January, 1).unwrap();
        let first = date.midnight().assume_utc().unix_timestamp();
        assert_eq!(Timestamp::from_seconds(first).text("Y-m-d", 0), "0001-01-01");
        while date.year() < 3000 {
            let at = Timestamp::from_seconds(date.midnight().assume_utc().unix_timestamp());
            let text = format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day());
            assert_eq!(at.text("Y-m-d", 0), text);
            assert_eq!(Timestamp::from_date(&text), Some(at));
            date = date.next_day().unwrap();
        }
        for wrong in ["2023-02-29", "2023-13-01", "2023-00-10", "2023-01-32", "10000-01-01", "-1-01-01"] {
            assert_eq!(Timestamp::from_date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_impossible_date_is_empty_rather_than_a_panic() {
        assert_eq!(Timestamp(i64::MAX).text("Y", 0), "");
        assert_eq!(Timestamp(i64::MIN).rfc3339(), "");
    }
}
