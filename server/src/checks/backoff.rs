//! When to try again: pure arithmetic over how it went, by kind of failure.

use model::{Cause, CheckFailure, Timestamp};
use std::time::Duration;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const LONGEST: i64 = 6 * 60 * MINUTE;
/// A server may ask for this much at most: beyond it, asking once is cheaper than a mailbox that nobody checks.
const LONGEST_ASKED: Duration = Duration::from_hours(24);
/// A rejected password is tried this often, then a person is asked: more would lock the mailbox.
pub const SIGN_IN_TRIES: u32 = 3;

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
    /// Checks in a row, this one included, in which the sign-in was rejected (see [`rejections`]).
    pub rejections: u32,
    /// How long the server wants to be left alone between two sign-ins, whatever the outcome.
    pub login_delay: Duration,
    /// How long it asked for in its refusal.
    pub asked: Duration,
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
    let kind = ended.failure.map(kind);
    let wait = match kind {
        None => interval,
        Some(Kind::Person) if ended.rejections >= SIGN_IN_TRIES => return None,
        Some(Kind::Passing | Kind::Person) => doubling(MINUTE),
        Some(Kind::InTheWay) => doubling(MINUTE).min(15 * MINUTE),
        Some(Kind::Lasting) => doubling(MINUTE).max(interval),
        Some(Kind::Throttled) => doubling(5 * MINUTE),
    };
    // A time in other words is no request: "logged out after 30 minutes".
    let obeys = matches!(kind, Some(Kind::Throttled | Kind::InTheWay | Kind::Person));
    let asked = if obeys { ended.asked.max(ended.login_delay) } else { ended.login_delay };
    let asked = i64::try_from(asked.min(LONGEST_ASKED).as_millis()).unwrap_or(LONGEST);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "hours in milliseconds fit"
    )]
    let spread = (wait as f64 * (chance - 0.5) / 5.0) as i64;
    Some(now.plus_milliseconds((wait + spread).max(asked)))
}

/// How many of these checks, last first, ended in a row with a sign-in that was rejected. A network that was down before
/// does not count: one rejection after it may be a server that is still waking up.
pub fn rejections<'a>(last: impl Iterator<Item = Option<&'a CheckFailure>>) -> u32 {
    let rejected = last.take_while(|failure| failure.is_some_and(|failure| kind(failure) == Kind::Person));
    u32::try_from(rejected.count()).unwrap_or(u32::MAX)
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

#[cfg(test)]
mod tests {
    use super::*;
    use model::Stage;

    fn failure(cause: Cause) -> CheckFailure {
        CheckFailure { stage: Stage::Connect, cause: Some(cause), error: String::new(), server_reply: None }
    }

    fn due(cause: Option<Cause>, failures: u32, login_delay: u64, asked: u64, chance: f64) -> Option<i64> {
        let failure = cause.map(failure);
        let seconds = Duration::from_secs;
        let (login_delay, asked) = (seconds(login_delay), seconds(asked));
        let rejections = failures;
        let ended = Ended { failure: failure.as_ref(), failures, rejections, login_delay, asked };
        next_due(Timestamp(0), 300, ended, chance).map(|due| due.0 / SECOND)
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
            let minutes = due(cause, failures, 0, 0, 0.5).map(|due| due / 60);
            assert_eq!(minutes, expected, "{cause:?} {failures}");
        }
    }

    #[test]
    fn rejections_count_in_a_row() {
        let [rejected, refused] = [Cause::SignInRejected, Cause::ConnectRefused].map(failure);
        let count = |checks: &[Option<&CheckFailure>]| rejections(checks.iter().copied());
        assert_eq!(count(&[Some(&rejected), Some(&refused), Some(&rejected)]), 1);
        assert_eq!(count(&[Some(&rejected), Some(&rejected), None]), 2);
        assert_eq!(count(&[Some(&refused), Some(&rejected)]), 0);
    }

    #[test]
    fn the_spread_is_a_tenth_either_way() {
        assert_eq!((due(None, 0, 0, 0, 0.0), due(None, 0, 0, 0, 1.0)), (Some(270), Some(330)));
    }

    #[test]
    fn what_the_server_asks_for_is_never_undercut() {
        assert_eq!(due(Some(Cause::Throttled), 1, 0, 1299, 0.0), Some(1299));
        assert_eq!(due(Some(Cause::SignInRejected), 1, 0, 900, 0.0), Some(900));
        assert_eq!(due(Some(Cause::ConnectionLost), 1, 0, 1800, 0.5), Some(60), "words, not a request");
        assert_eq!(due(None, 0, 900, 0, 0.0), Some(900), "LOGIN-DELAY, also after success");
        assert_eq!(due(Some(Cause::Throttled), 1, 0, u64::MAX, 0.5), Some(24 * 60 * 60));
    }
}
