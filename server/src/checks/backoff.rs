//! When to try again: pure arithmetic over how it went.

use model::{Cause, CheckFailure, Timestamp};

const MINUTE: i64 = 60_000;
const LONGEST: i64 = 6 * 60 * MINUTE;
/// A rejected password is tried this often, then a person is asked: more would lock the mailbox.
const SIGN_IN_TRIES: u32 = 3;

/// When the next automatic check is due, `None` where a person must act first.
///
/// `failures` counts the failed checks in a row, this one included. `chance` is from 0 to 1 and spreads the checks of
/// many accounts by a tenth either way.
pub fn next_due(
    now: Timestamp,
    interval_seconds: u32,
    failure: Option<&CheckFailure>,
    failures: u32,
    chance: f64,
) -> Option<Timestamp> {
    let interval = i64::from(interval_seconds) * 1000;
    let wait = match failure {
        None => interval,
        Some(failure) if needs_a_person(failure) && failures >= SIGN_IN_TRIES => return None,
        Some(_) => (MINUTE << failures.saturating_sub(1).min(20)).min(LONGEST),
    };
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "hours in milliseconds fit"
    )]
    let spread = (wait as f64 * (chance - 0.5) / 5.0) as i64;
    Some(now.plus_milliseconds(wait + spread))
}

/// True where trying again with the same settings cannot help.
fn needs_a_person(failure: &CheckFailure) -> bool {
    matches!(
        failure.cause,
        Some(
            Cause::SignInRejected
                | Cause::AppPasswordNeeded
                | Cause::ProtocolDisabledAtProvider
                | Cause::OauthConsentNeeded
                | Cause::OauthExpired
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Stage;

    fn minutes(cause: Option<Cause>, failures: u32) -> Option<i64> {
        let failure = cause.map(|cause| CheckFailure {
            stage: Stage::Connect,
            cause: Some(cause),
            error: String::new(),
            server_reply: None,
        });
        next_due(Timestamp(0), 300, failure.as_ref(), failures, 0.5).map(|due| due.0 / MINUTE)
    }

    #[test]
    fn waits() {
        let cases = [
            (None, 0, Some(5)),
            (Some(Cause::ConnectRefused), 1, Some(1)),
            (Some(Cause::ConnectRefused), 4, Some(8)),
            (Some(Cause::ConnectRefused), 9, Some(256)),
            (Some(Cause::ConnectRefused), 10, Some(360)),
            (Some(Cause::ConnectRefused), u32::MAX, Some(360)),
            (Some(Cause::SignInRejected), 2, Some(2)),
            (Some(Cause::SignInRejected), 3, None),
        ];
        for (cause, failures, expected) in cases {
            assert_eq!(minutes(cause, failures), expected, "{cause:?} {failures}");
        }
    }

    #[test]
    fn the_spread_is_a_tenth_either_way() {
        let at = |chance| next_due(Timestamp(0), 300, None, 0, chance).map(|due| due.0);
        assert_eq!((at(0.0), at(1.0)), (Some(270_000), Some(330_000)));
    }
}
