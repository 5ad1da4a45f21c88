//! Reports that are written at their time: which, how, when, and for how long they are kept. Deliberately absent: what
//! stands in them (see `server::services::reports`).

use crate::field::line;
use crate::{FieldErrors, Timestamp};
use serde::{Deserialize, Serialize};

/// In milliseconds.
const MINUTE: i64 = 60 * 1000;
/// In milliseconds.
const DAY: i64 = 24 * 60 * MINUTE;
/// Longest name, in characters.
const NAME: usize = 100;
/// Longest question of a report, in bytes.
const QUERY: usize = 2000;
/// The last day that every month has.
pub const LAST_DAY: u32 = 28;
/// Most days for which a written report is kept.
pub const MOST_DAYS: u32 = 3650;

macro_rules! words {
    ($(#[doc = $about:literal])* $name:ident { $($(#[doc = $doc:literal])* $variant:ident = $id:literal, $label:literal;)* }) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[doc = $doc])* $variant,)* }

        impl $name {
            /// Each, in the order of a list.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable id.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// The words on the screen.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }

            /// The one of a stable id.
            pub fn from_id(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.id() == id)
            }
        }
    };
}

words! {
    /// A report that can be written at its time; the id is that of its CSV file (`/api/accounts/export.csv`).
    ReportKind {
        /// The accounts.
        Accounts = "accounts", "IMAP Configuration / POP3";
        /// Stored messages, of all accounts or of one.
        Messages = "messages", "Inbox";
        /// The vault.
        Credentials = "credentials", "Credentials";
        /// Ways into other networks.
        Connectors = "connectors", "Network Connectors";
        /// Who did what.
        Audit = "audit", "Audit";
    }
}

words! {
    /// What is written.
    ReportFormat {
        /// For spreadsheets.
        Csv = "csv", "CSV";
        /// For people and printers: one page of HTML that needs nothing else.
        Print = "print", "Print page";
    }
}

words! {
    /// How often.
    Repeat {
        /// Every day.
        Day = "day", "Every day";
        /// Once a week.
        Week = "week", "Every week";
        /// Once a month.
        Month = "month", "Every month";
    }
}

/// The days of a week as numbers from 1, which is Monday (ISO 8601).
pub const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The number of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ScheduleId(pub i64);

/// The number of a written report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WrittenId(pub i64);

/// What is to be written, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleDraft {
    /// What it is called, which need not be unique.
    pub name: String,
    /// Which report.
    pub kind: ReportKind,
    /// Its search fields and its order, as in the address of its screen: `status=failing&sort=name`.
    pub query: String,
    /// What is written.
    pub format: ReportFormat,
    /// How often.
    pub repeat: Repeat,
    /// On which day: 1 (Monday) to 7 of a week, 1 to [`LAST_DAY`] of a month; of no account where it is every day.
    pub day: u32,
    /// At which minute of the day (UTC), from 0 to 1439.
    pub minute: u32,
    /// For how many days what was written is kept.
    pub keep_days: u32,
}

impl ScheduleDraft {
    /// The same, without blanks around its name.
    ///
    /// # Errors
    /// What is wrong, at its field.
    pub fn checked(mut self) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        match line(&self.name, NAME) {
            Ok(name) => self.name = name,
            Err(error) => errors.add("name", error),
        }
        if self.query.len() > QUERY || self.query.chars().any(char::is_control) {
            errors.add("query", "These search fields are too long to be kept.");
        }
        let days = match self.repeat {
            Repeat::Day => u32::MAX,
            Repeat::Week => 7,
            Repeat::Month => LAST_DAY,
        };
        if self.repeat != Repeat::Day && !(1..=days).contains(&self.day) {
            errors.add("day", format!("A day from 1 to {days}."));
        }
        if self.minute >= 24 * 60 {
            errors.add("minute", "A time from 00:00 to 23:59.");
        }
        if !(1..=MOST_DAYS).contains(&self.keep_days) {
            errors.add("keep_days", format!("A whole number from 1 to {MOST_DAYS}."));
        }
        if errors.is_empty() { Ok(self) } else { Err(errors) }
    }

    /// The first time after `now` at which it is to be written.
    pub fn next_after(&self, now: Timestamp) -> Timestamp {
        let today = now.0.div_euclid(DAY);
        let at = |day: i64| Timestamp(day * DAY + i64::from(self.minute) * MINUTE);
        // A month and a day see every day of a week and of a month.
        let next = (today..today + 33).find(|day| at(*day).0 > now.0 && self.is_on(*day));
        at(next.unwrap_or(today + 1))
    }

    fn is_on(&self, day: i64) -> bool {
        match self.repeat {
            Repeat::Day => true,
            // The first day of all was a Thursday.
            Repeat::Week => (day + 3).rem_euclid(7) + 1 == i64::from(self.day),
            Repeat::Month => Timestamp(day * DAY).text("d", 0).parse() == Ok(self.day),
        }
    }

    /// `Every week on Monday at 06:30 UTC`.
    pub fn when_text(&self) -> String {
        let on = match self.repeat {
            Repeat::Day => String::new(),
            Repeat::Week => {
                let day = usize::try_from(self.day).ok().and_then(|day| WEEKDAYS.get(day.checked_sub(1)?));
                format!(" on {}", day.copied().unwrap_or_default())
            }
            Repeat::Month => format!(" on day {}", self.day),
        };
        let at = Timestamp(i64::from(self.minute) * MINUTE).text("H:M", 0);
        format!("{}{on} at {at} UTC", self.repeat.label())
    }
}

/// A schedule, and how it is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its number.
    pub id: ScheduleId,
    /// What is written, and when.
    pub draft: ScheduleDraft,
    /// Who asked for it: what they may see is what is written.
    pub owner: String,
    /// When it is written next.
    pub next: Timestamp,
    /// When it was last tried.
    pub last: Option<Timestamp>,
    /// Why nothing was written then.
    pub failure: Option<String>,
}

/// A report that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Its number.
    pub id: WrittenId,
    /// The name of its schedule at that time.
    pub name: String,
    /// Which report.
    pub kind: ReportKind,
    /// What it is.
    pub format: ReportFormat,
    /// When it was written.
    pub at: Timestamp,
    /// Its rows.
    pub rows: u64,
    /// Its size in bytes.
    pub size: u64,
    /// Until when it is kept.
    pub until: Timestamp,
}

/// All of *Reports*.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reports {
    /// What is written when, the next one first.
    pub schedules: Vec<Schedule>,
    /// What was written, the newest first; at most [`MOST_SHOWN`].
    pub written: Vec<Written>,
}

/// Written reports that are listed.
pub const MOST_SHOWN: u32 = 500;

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(repeat: Repeat, day: u32, minute: u32) -> ScheduleDraft {
        ScheduleDraft {
            name: " Failing ".into(),
            kind: ReportKind::Accounts,
            query: "status=failing".into(),
            format: ReportFormat::Csv,
            repeat,
            day,
            minute,
            keep_days: 90,
        }
    }

    #[test]
    fn the_next_time_is_after_now_and_on_its_day() {
        // A Tuesday, 22:13:20.
        let now = Timestamp::from_seconds(1_700_000_000);
        for (draft, next) in [
            (draft(Repeat::Day, 0, 22 * 60 + 14), "2023-11-14T22:14:00Z"),
            (draft(Repeat::Day, 0, 22 * 60 + 13), "2023-11-15T22:13:00Z"),
            (draft(Repeat::Week, 1, 390), "2023-11-20T06:30:00Z"),
            (draft(Repeat::Week, 2, 0), "2023-11-21T00:00:00Z"),
            (draft(Repeat::Week, 7, 0), "2023-11-19T00:00:00Z"),
            (draft(Repeat::Month, 14, 0), "2023-12-14T00:00:00Z"),
            (draft(Repeat::Month, 28, 0), "2023-11-28T00:00:00Z"),
            (draft(Repeat::Month, 1, 0), "2023-12-01T00:00:00Z"),
        ] {
            assert_eq!(draft.next_after(now).rfc3339(), next, "{}", draft.when_text());
        }
    }

    #[test]
    fn what_is_wrong_is_said_at_its_field() {
        let good = draft(Repeat::Week, 1, 390).checked().unwrap();
        assert_eq!(
            (good.name.as_str(), good.when_text().as_str()),
            ("Failing", "Every week on Monday at 06:30 UTC")
        );
        let bad = ScheduleDraft {
            name: "  ".into(),
            day: 29,
            minute: 1440,
            keep_days: 0,
            query: "a\r\nb".into(),
            ..draft(Repeat::Month, 29, 0)
        };
        let errors = bad.checked().unwrap_err();
        for field in ["name", "day", "minute", "keep_days", "query"] {
            assert!(errors.at(field).is_some(), "{field}");
        }
        assert!(draft(Repeat::Day, 0, 0).checked().is_ok(), "its day is of no account");
    }
}
