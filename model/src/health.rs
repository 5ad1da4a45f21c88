//! How an account has been doing for a month, what its server showed of itself, and how much mail arrived when.

use crate::{AccountId, Certificate, Stage, Timestamp};
use serde::{Deserialize, Serialize};

/// Days of the health strip, today included.
pub const DAYS: usize = 30;
/// Hours of the chart of arrivals, the present one included.
pub const HOURS: usize = 24;

/// How long a stage of a check took, all of its folders together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageTime {
    /// Which.
    pub stage: Stage,
    /// How long.
    pub milliseconds: u64,
}

/// Checks that ended on one day (UTC).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayHealth {
    /// That went well.
    pub good: u64,
    /// That failed.
    pub failed: u64,
}

/// What a server showed of itself at a sign-in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerShown {
    /// Such as `TLS 1.3 with TLS13_AES_256_GCM_SHA384`; `None` on a plain connection.
    pub protection: Option<String>,
    /// Its certificates, its own first.
    pub certificates: Vec<Certificate>,
    /// What it said it can do.
    pub capabilities: Vec<String>,
}

/// How an account has been doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountHealth {
    /// When the last day begins.
    pub today: Timestamp,
    /// [`DAYS`] days, the last one today.
    pub days: Vec<DayHealth>,
    /// What its server showed when somebody last signed in, and when that was seen first.
    pub server: Option<(Timestamp, ServerShown)>,
}

/// How many messages arrived when, by the date of the server that received them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrivals {
    /// When the present hour begins.
    pub hour: Timestamp,
    /// [`HOURS`] hours, the last one the present one.
    pub hours: Vec<u64>,
    /// When today begins (UTC).
    pub day: Timestamp,
    /// [`DAYS`] days, the last one today.
    pub days: Vec<u64>,
}

/// What about an account needs somebody, beside checks that fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConcernKind {
    /// Its check is late.
    Late,
    /// Messages could not be taken in.
    Quarantine,
    /// A certificate of its server ends soon, or has ended.
    Certificate,
}

/// Something about an account that needs somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concern {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// What.
    pub kind: ConcernKind,
    /// The same in a sentence.
    pub words: String,
    /// When the check was due, a message was last given up, or the certificate ends.
    pub at: Timestamp,
}

/// How long a check may be due before it is called late: longer than a busy server needs, in milliseconds.
pub const LATE: i64 = 10 * 60 * 1000;

/// Days before the end of a certificate at which it is told.
pub const WARNING_DAYS: i64 = 14;

/// `ends in 9 days`, `ends today`, `ended 3 days ago`; `None` while there are more days than [`WARNING_DAYS`].
pub fn days_left(now: Timestamp, ends: Timestamp) -> Option<String> {
    let left = ends.since(now);
    let days = |milliseconds: i64| match milliseconds.abs() / 86_400_000 {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    match left.div_euclid(86_400_000) {
        left if left > WARNING_DAYS => None,
        1.. => Some(format!("ends in {}", days(left))),
        0 => Some("ends today".to_owned()),
        -1 => Some("has ended".to_owned()),
        _ => Some(format!("ended {} ago", days(left))),
    }
}

/// Puts counts by the number of their span (`at / span`) into `length` places, the last of which is `last`.
pub fn in_places<T: Copy + Default>(counted: &[(i64, T)], last: i64, length: usize) -> Vec<T> {
    let mut places = vec![T::default(); length];
    for (number, value) in counted {
        let back = usize::try_from(last - number).ok();
        if let Some(place) =
            back.and_then(|back| length.checked_sub(back + 1)).and_then(|at| places.get_mut(at))
        {
            *place = *value;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::{days_left, in_places};
    use crate::Timestamp;

    #[test]
    fn the_end_of_a_certificate_is_told_two_weeks_before() {
        let now = Timestamp::from_seconds(1_700_000_000);
        for (hours, words) in [
            (15 * 24, None),
            (14 * 24 + 23, Some("ends in 14 days")),
            (47, Some("ends in 1 day")),
            (5, Some("ends today")),
            (-1, Some("has ended")),
            (-49, Some("ended 2 days ago")),
        ] {
            let ends = now.plus_milliseconds(hours * 3_600_000);
            assert_eq!(days_left(now, ends).as_deref(), words, "{hours}");
        }
    }

    #[test]
    fn counts_find_their_places_and_others_are_left_out() {
        assert_eq!(in_places(&[(10, 5), (8, 3), (7, 9), (11, 1)], 10, 3), [3, 0, 5]);
        assert_eq!(in_places::<u64>(&[], 10, 2), [0, 0]);
    }
}
