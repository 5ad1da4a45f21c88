//! Instants as the wire and the database carry them. Deliberately absent: reading a clock (see `server::clock`).

use serde::{Deserialize, Serialize};
use time::{Date, Month, OffsetDateTime};

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

    /// The beginning, in UTC, of a day written as `2026-11-23`.
    pub fn from_date(text: &str) -> Option<Self> {
        let mut parts = text.trim().splitn(3, '-');
        let year = parts.next()?.parse().ok()?;
        let month: u8 = parts.next()?.parse().ok()?;
        let day = parts.next()?.parse().ok()?;
        let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
        Some(Self::from_seconds(date.midnight().assume_utc().unix_timestamp()))
    }

    /// `2026-11-23 14:05` at `offset_minutes` east of UTC: the form of every date on a screen.
    pub fn minute_text(self, offset_minutes: i32) -> String {
        self.shifted(offset_minutes).map_or_else(String::new, |at| {
            format!(
                "{:04}-{:02}-{:02} {:02}:{:02}",
                at.year(),
                u8::from(at.month()),
                at.day(),
                at.hour(),
                at.minute()
            )
        })
    }

    /// `2026-11-23T14:05:09Z` (RFC 3339, UTC): the form of every date in JSON, CSV and `datetime` attributes.
    pub fn rfc3339(self) -> String {
        self.shifted(0).map_or_else(String::new, |at| {
            format!(
                "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
                at.year(),
                u8::from(at.month()),
                at.day(),
                at.hour(),
                at.minute(),
                at.second()
            )
        })
    }

    fn shifted(self, offset_minutes: i32) -> Option<OffsetDateTime> {
        let seconds = self.seconds().checked_add(i64::from(offset_minutes) * 60)?;
        OffsetDateTime::from_unix_timestamp(seconds).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn a_date_is_written_absolutely_in_the_readers_zone() {
        let at = Timestamp(1_700_000_000_123);
        assert_eq!(at.rfc3339(), "2023-11-14T22:13:20Z");
        assert_eq!(at.minute_text(0), "2023-11-14 22:13");
        assert_eq!(at.minute_text(120), "2023-11-15 00:13");
        assert_eq!(at.minute_text(-210), "2023-11-14 18:43");
    }

    #[test]
    fn a_day_begins_at_midnight_utc() {
        assert_eq!(Timestamp::from_date("2023-11-14"), Some(Timestamp(1_699_920_000_000)));
        for wrong in ["", "2023", "2023-02-30", "14.11.2023", "2023-11-14-1"] {
            assert_eq!(Timestamp::from_date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_impossible_date_is_empty_rather_than_a_panic() {
        assert_eq!(Timestamp(i64::MAX).minute_text(0), "");
        assert_eq!(Timestamp(i64::MIN).rfc3339(), "");
    }
}
