//! When to try again: pure arithmetic over how it went, by kind of failure.

use model::{Cause, CheckFailure, Timestamp};

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const LONGEST: i64 = 6 * 60 * MINUTE;
/// A server may ask for this much at most: beyond it, asking once is cheaper than a mailbox that nobody checks.
const LONGEST_ASKED: i64 = 24 * 60 * MINUTE;
/// A rejected password is tried this often, then a person is asked: more would lock the mailbox.
const SIGN_IN_TRIES: u32 = 3;

/// How a failure wants to be met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It passes: the network, a restart, a full disk.
    Passing,
    /// Somebody else is in the way for a while.
    InTheWay,
    /// The server has too much of us.
    Throttled,
    /// The settings, here or there, are wrong: it lasts until somebody changes them.
    Lasting,
    /// Trying again with the same password cannot help, and harms.
    Person,
}

/// How a check went, as far as the next one depends on it.
#[derive(Debug, Clone, Copy)]
pub struct Ended<'a> {
    /// Why it failed.
    pub failure: Option<&'a CheckFailure>,
    /// Failed checks in a row, this one included.
    pub failures: u32,
    /// Seconds that the server wants between two sign-ins.
    pub login_delay: u32,
}

/// When the next automatic check is due, `None` where a person must act first.
///
/// `chance` is from 0 to 1 and spreads the checks of many accounts by a tenth either way, but never to before what the
/// server asked for.
pub fn next_due(now: Timestamp, interval_seconds: u32, ended: Ended<'_>, chance: f64) -> Option<Timestamp> {
    let interval = i64::from(interval_seconds) * SECOND;
    let doubling = |first: i64| {
        let times = 1_i64 << ended.failures.saturating_sub(1).min(20);
        first.saturating_mul(times).min(LONGEST)
    };
    let mut asked = i64::from(ended.login_delay) * SECOND;
    let wait = match ended.failure.map(|failure| (kind(failure), failure)) {
        None => interval,
        Some((Kind::Person, _)) if ended.failures >= SIGN_IN_TRIES => return None,
        Some((Kind::Passing | Kind::Person, _)) => doubling(MINUTE),
        Some((Kind::InTheWay, _)) => doubling(MINUTE).min(15 * MINUTE),
        Some((Kind::Lasting, _)) => doubling(MINUTE).max(interval),
        Some((Kind::Throttled, failure)) => {
            asked = asked.max(asked_for(failure.server_reply.as_deref().unwrap_or_default()));
            doubling(5 * MINUTE)
        }
    };
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "hours in milliseconds fit"
    )]
    let spread = (wait as f64 * (chance - 0.5) / 5.0) as i64;
    Some(now.plus_milliseconds((wait + spread).max(asked.min(LONGEST_ASKED))))
}

fn kind(failure: &CheckFailure) -> Kind {
    use Cause::{
        AddressNotAllowed, AppPasswordNeeded, CertExpired, CertNameMismatch, CertPinChanged, CertSelfSigned,
        CertUnknownCa, ConnectorMissing, FolderMissing, LoginDisabled, MailboxInUse, MechanismUnsupported,
        NotAMailServer, OauthConsentNeeded, OauthExpired, PlainOnTlsPort, PreauthRefused,
        ProtocolDisabledAtProvider, SignInRejected, StarttlsMissing, Throttled, TlsOnPlainPort,
        TlsVersionTooOld, TooManyConnections, UidlMissing, WrongProtocol,
    };
    match failure.cause {
        Some(
            SignInRejected
            | AppPasswordNeeded
            | ProtocolDisabledAtProvider
            | OauthConsentNeeded
            | OauthExpired,
        ) => Kind::Person,
        Some(Throttled) => Kind::Throttled,
        Some(TooManyConnections | MailboxInUse) => Kind::InTheWay,
        Some(
            AddressNotAllowed | ConnectorMissing | TlsOnPlainPort | PlainOnTlsPort | TlsVersionTooOld
            | CertUnknownCa | CertSelfSigned | CertExpired | CertNameMismatch | CertPinChanged
            | StarttlsMissing | PreauthRefused | WrongProtocol | NotAMailServer | LoginDisabled
            | MechanismUnsupported | FolderMissing | UidlMissing,
        ) => Kind::Lasting,
        _ => Kind::Passing,
    }
}

/// The longest time that a server's words name, in milliseconds: `Suggested Backoff Time: 299877 milliseconds`,
/// `[LOGIN-DELAY] minimum time between logins is 300 seconds`, `try again in 15 minutes`. 0 where they name none.
fn asked_for(words: &str) -> i64 {
    let words = words.to_ascii_lowercase();
    let suggests = words.contains("backoff time");
    let mut longest = 0;
    let mut number: Option<i64> = None;
    let pieces = words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|piece| !piece.is_empty());
    for piece in pieces {
        let digits = piece.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let (value, unit) = match digits.parse::<i64>() {
            Ok(value) if digits.len() == piece.len() => {
                // Exchange leaves the unit out at times: these are milliseconds.
                longest = longest.max(if suggests { value } else { 0 });
                number = Some(value);
                continue;
            }
            Ok(value) => (Some(value), piece.get(digits.len()..).unwrap_or_default()),
            Err(_) => (number.take(), piece),
        };
        let unit = match unit {
            "ms" | "msec" | "millisecond" | "milliseconds" => 1,
            "s" | "sec" | "secs" | "second" | "seconds" => SECOND,
            "m" | "min" | "mins" | "minute" | "minutes" => MINUTE,
            "h" | "hour" | "hours" => 60 * MINUTE,
            _ => continue,
        };
        longest = longest.max(value.unwrap_or(0).saturating_mul(unit));
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Stage;

    fn failure(cause: Cause, reply: &str) -> CheckFailure {
        CheckFailure {
            stage: Stage::Connect,
            cause: Some(cause),
            error: String::new(),
            server_reply: Some(reply.to_owned()),
        }
    }

    fn due(failure: Option<&CheckFailure>, failures: u32, login_delay: u32, chance: f64) -> Option<i64> {
        next_due(Timestamp(0), 300, Ended { failure, failures, login_delay }, chance).map(|due| due.0)
    }

    #[test]
    fn waits_in_minutes() {
        use Cause::{CertExpired, ConnectRefused, MailboxInUse, SignInRejected, Throttled};
        let cases = [
            (None, 0, Some(5)),
            (Some(ConnectRefused), 1, Some(1)),
            (Some(ConnectRefused), 4, Some(8)),
            (Some(ConnectRefused), 9, Some(256)),
            (Some(ConnectRefused), 10, Some(360)),
            (Some(ConnectRefused), u32::MAX, Some(360)),
            (Some(SignInRejected), 2, Some(2)),
            (Some(SignInRejected), 3, None),
            (Some(Throttled), 1, Some(5)),
            (Some(Throttled), 3, Some(20)),
            (Some(MailboxInUse), 1, Some(1)),
            (Some(MailboxInUse), 30, Some(15)),
            (Some(CertExpired), 1, Some(5)),
            (Some(CertExpired), 5, Some(16)),
        ];
        for (cause, failures, expected) in cases {
            let failure = cause.map(|cause| failure(cause, ""));
            let minutes = due(failure.as_ref(), failures, 0, 0.5).map(|due| due / MINUTE);
            assert_eq!(minutes, expected, "{cause:?} {failures}");
        }
    }

    #[test]
    fn the_spread_is_a_tenth_either_way() {
        assert_eq!((due(None, 0, 0, 0.0), due(None, 0, 0, 1.0)), (Some(270_000), Some(330_000)));
    }

    #[test]
    fn what_the_server_asks_for_is_never_undercut() {
        let wait = "BAD Request is throttled. Suggested Backoff Time: 1299877 milliseconds";
        assert_eq!(due(Some(&failure(Cause::Throttled, wait)), 1, 0, 0.0), Some(1_299_877));
        assert_eq!(due(None, 0, 900, 0.0), Some(900_000), "LOGIN-DELAY, also after success");
        let never = "Suggested Backoff Time: 99999999999999 milliseconds";
        assert_eq!(due(Some(&failure(Cause::Throttled, never)), 1, 0, 0.5), Some(LONGEST_ASKED));
    }

    #[test]
    fn words_about_time() {
        let cases = [
            ("Suggested Backoff Time: 299877 milliseconds", 299_877),
            ("Suggested Backoff Time: 299877", 299_877),
            ("[LOGIN-DELAY] minimum time between logins is 300 seconds", 300_000),
            ("[SYS/TEMP] try again in 15 minutes or 2h", 7_200_000),
            ("wait 90s", 90_000),
            ("[LIMIT] 500 messages of 1000", 0),
            ("", 0),
        ];
        for (words, milliseconds) in cases {
            assert_eq!(asked_for(words), milliseconds, "{words}");
        }
    }
}
