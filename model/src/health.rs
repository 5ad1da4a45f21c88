//! How an account has been doing for a month, what its server showed of itself, and how much mail arrived when.

use crate::{Certificate, Stage, Timestamp};
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
    use super::in_places;

    #[test]
    fn counts_find_their_places_and_others_are_left_out() {
        assert_eq!(in_places(&[(10, 5), (8, 3), (7, 9), (11, 1)], 10, 3), [3, 0, 5]);
        assert_eq!(in_places::<u64>(&[], 10, 2), [0, 0]);
    }
}
