//! What a refusal means: response codes (RFC 5530, RFC 2449 §8, RFC 3206) first, then the words that servers use.

use model::Cause;
use std::time::Duration;

/// The cause behind a server's NO, BAD, BYE or -ERR; `otherwise` where neither code nor words tell.
pub fn cause_of(text: &str, otherwise: Cause) -> Cause {
    let text = text.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["application-specific password", "app-specific", "app password", "apppassword"]) {
        return Cause::AppPasswordNeeded;
    }
    if says(&DISABLED) {
        return Cause::ProtocolDisabledAtProvider;
    }
    if let Some(cause) = code(&text).and_then(|code| cause_of_code(code, &text)) {
        return cause;
    }
    if says(&CROWDED) {
        return Cause::TooManyConnections;
    }
    if says(&LOCKED) {
        return Cause::MailboxInUse;
    }
    if says(&BUSY) {
        return Cause::Throttled;
    }
    otherwise
}

const DISABLED: [&str; 8] = [
    "not enabled for imap",
    "not enabled for pop",
    "imap access is disabled",
    "pop access is disabled",
    "imap is disabled",
    "pop3 is disabled",
    "basic authentication is disabled",
    "basicauthblocked",
];
const CROWDED: [&str; 5] = [
    "too many connections",
    "too many simultaneous",
    "maximum number of connections",
    "connection limit",
    "too many sessions",
];
const LOCKED: [&str; 4] = ["maildrop already locked", "mailbox is locked", "mailbox in use", "is in use by"];
const BUSY: [&str; 8] = [
    "throttl",
    "backoff time",
    "rate limit",
    "too many login",
    "too many failed",
    "try again later",
    "temporarily unavailable",
    "temporary authentication failure",
];

/// The response code of a text such as `[IN-USE] Sorry`, without its arguments.
fn code(text: &str) -> Option<&str> {
    let (code, _) = text.trim_start().strip_prefix('[')?.split_once(']')?;
    code.split(' ').next()
}

fn cause_of_code(code: &str, text: &str) -> Option<Cause> {
    Some(match code {
        "authenticationfailed" | "authorizationfailed" | "expired" | "auth" => Cause::SignInRejected,
        "privacyrequired" => Cause::LoginDisabled,
        "limit" if CROWDED.iter().any(|word| text.contains(word)) => Cause::TooManyConnections,
        "limit" | "overquota" | "unavailable" | "login-delay" | "sys/temp" => Cause::Throttled,
        "inuse" | "in-use" => Cause::MailboxInUse,
        "nonexistent" | "trycreate" => Cause::FolderMissing,
        _ => return None,
    })
}

/// The time that a refusal such as `Suggested Backoff Time: 92415 milliseconds` or `[LOGIN-DELAY] … 900 seconds`
/// names; at most a day, so that no server can switch an account off.
pub fn asked_to_wait(text: &str) -> Option<Duration> {
    const LONGEST: Duration = Duration::from_hours(24);
    let text = text.to_ascii_lowercase();
    let words: Vec<&str> =
        text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let wait = words.windows(2).find_map(|pair| match pair {
        [number, unit] => {
            Some(Duration::from_millis(number.parse::<u64>().ok()?.saturating_mul(unit_of(unit)?)))
        }
        _ => None,
    });
    wait.map(|wait| wait.min(LONGEST))
}

/// Milliseconds of a unit of time.
fn unit_of(word: &str) -> Option<u64> {
    Some(match word {
        "ms" | "msec" | "millisecond" | "milliseconds" => 1,
        "s" | "sec" | "secs" | "second" | "seconds" => 1000,
        "min" | "mins" | "minute" | "minutes" => 60_000,
        "h" | "hour" | "hours" => 3_600_000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_words_are_understood() {
        let check =
            |text: &str, cause: Cause| assert_eq!(cause_of(text, Cause::ProtocolError), cause, "{text}");
        check("[AUTHENTICATIONFAILED] Authentication failed.", Cause::SignInRejected);
        check("[ALERT] Application-specific password required: https://…", Cause::AppPasswordNeeded);
        check("[ALERT] Your account is not enabled for IMAP use.", Cause::ProtocolDisabledAtProvider);
        check("[UNAVAILABLE] Temporary authentication failure.", Cause::Throttled);
        check("Request is throttled. Suggested Backoff Time: 92415 milliseconds", Cause::Throttled);
        check("[LIMIT] Maximum number of connections from user+IP exceeded", Cause::TooManyConnections);
        check("[ALERT] Too many simultaneous connections. (Failure)", Cause::TooManyConnections);
        check("[INUSE] Mailbox is being rebuilt", Cause::MailboxInUse);
        check("[IN-USE] Do you have another POP session running?", Cause::MailboxInUse);
        check("[LOGIN-DELAY] minimum time between mail checks is 900 seconds", Cause::Throttled);
        check("[SYS/TEMP] Temporary system problem.", Cause::Throttled);
        check("[AUTH] Authentication failed.", Cause::SignInRejected);
        check("[NONEXISTENT] Unknown Mailbox: Nowhere", Cause::FolderMissing);
        check("[FANTASY 1] whatever", Cause::ProtocolError);
        check("[unfinished", Cause::ProtocolError);
    }
    #[test]
    fn times_are_understood_where_one_is_named() {
        let check = |text: &str, seconds: Option<f64>| {
            assert_eq!(asked_to_wait(text).map(|wait| wait.as_secs_f64()), seconds, "{text}");
        };
        check("Request is throttled. Suggested Backoff Time: 92415 milliseconds", Some(92.415));
        check("[LOGIN-DELAY] minimum time between mail checks is 900 seconds", Some(900.0));
        check("Too many attempts, try again in 15 minutes.", Some(900.0));
        check("come back in 99999999999999999 hours", Some(86_400.0));
        check("[LIMIT] Too many connections (10 allowed)", None);
        check("", None);
    }
}
