//! What the receiving server found out about who sent a message (RFC 8601), in neutral words. A field of that name can be
//! written by anybody: only one is told of that stands above the sender's usual fields and names the host which the topmost
//! `Received` says took the message in. That is no proof: it rests on that server taking out fields which claim to be its
//! own (RFC 8601 §5), as a sender may put one on top. Deliberately absent: checking signatures ourselves.

use super::display;
use super::fields::Fields;

/// Methods that are told of, in this order, and their names.
const METHODS: [(&str, &str); 4] = [("dmarc", "DMARC"), ("dkim", "DKIM"), ("spf", "SPF"), ("arc", "ARC")];

/// What the receiving server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authentication {
    /// In one line, such as `DMARC pass (example.org), DKIM pass (example.org); says mx.example.net`.
    pub words: String,
    /// The receiving server says that DMARC passed for the domain of the one sender. It may narrow what somebody
    /// permitted on purpose; nothing may be permitted for this alone: see above.
    pub sender_confirmed: bool,
}

/// One method with its result (RFC 8601 §2.2).
struct Outcome {
    method: String,
    result: String,
    domain: Option<String>,
}

/// What the receiving server says of the message with these fields; `None` where no such field names it.
pub(super) fn authentication(fields: &Fields) -> Option<Authentication> {
    let host = receiving_host(fields)?;
    let on_top = fields.all().take_while(|(name, _)| !belongs_to_the_message(name));
    let results = on_top.filter(|(name, _)| name.eq_ignore_ascii_case("Authentication-Results"));
    let (server, outcomes) =
        results.map(|(_, value)| read(&value)).find(|(server, _)| is_of(server, &host))?;
    let mut told = Vec::new();
    for (method, shown) in METHODS {
        for outcome in outcomes.iter().filter(|outcome| outcome.method == method).take(3) {
            let domain = outcome.domain.as_ref().map(|domain| format!(" ({domain})")).unwrap_or_default();
            told.push(format!("{shown} {}{domain}", outcome.result));
        }
    }
    if told.is_empty() {
        return None;
    }
    let senders = fields.addresses("From");
    let domain = match senders.as_slice() {
        [only] => only.address.rsplit_once('@').map(|(_, domain)| domain),
        _ => None,
    };
    let of_sender = |outcome: &Outcome| match (&outcome.domain, domain) {
        (Some(passed), Some(domain)) => passed.eq_ignore_ascii_case(domain),
        _ => false,
    };
    let confirmed = outcomes
        .iter()
        .any(|outcome| outcome.method == "dmarc" && outcome.result == "pass" && of_sender(outcome));
    Some(Authentication { words: format!("{}; says {server}", told.join(", ")), sender_confirmed: confirmed })
}

/// Fields that a sender writes: whatever stands below the first of them is a sender's most likely.
fn belongs_to_the_message(name: &str) -> bool {
    ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "DKIM-Signature"]
        .iter()
        .any(|own| name.eq_ignore_ascii_case(own))
}

/// The host that took the message in: the `by` of the topmost `Received` (RFC 5321 §4.4).
fn receiving_host(fields: &Fields) -> Option<String> {
    let received = fields.text("Received")?;
    let mut words = received.split_whitespace();
    words.find(|word| word.eq_ignore_ascii_case("by"))?;
    let host = words.next()?.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_ascii_lowercase();
    host.contains('.').then_some(host)
}

/// True where `server` is that host, or both are of one domain.
fn is_of(server: &str, host: &str) -> bool {
    let server = server.to_ascii_lowercase();
    let under = |one: &str, other: &str| one.strip_suffix(other).is_some_and(|rest| rest.ends_with('.'));
    let beside = || {
        let domain = |name: &str| name.split_once('.').map(|(_, domain)| domain.to_owned());
        domain(&server).filter(|domain| domain.contains('.')).is_some_and(|own| domain(host) == Some(own))
    };
    server == host || server.contains('.') && (under(host, &server) || under(&server, host) || beside())
}

/// The server that says so, and what it says.
fn read(value: &str) -> (String, Vec<Outcome>) {
    let plain = without_comments(value);
    let mut parts = plain.split(';');
    let server = parts.next().unwrap_or_default().split_whitespace().next().unwrap_or_default();
    let outcomes = parts.filter_map(outcome).take(50).collect();
    (display::one_line(server, 200), outcomes)
}

fn outcome(part: &str) -> Option<Outcome> {
    let mut words = part.split_whitespace();
    let (method, result) = words.next()?.split_once('=')?;
    let properties: Vec<(&str, &str)> = words.filter_map(|word| word.split_once('=')).collect();
    let property = |name: &str| {
        properties.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    };
    let found =
        ["header.d", "header.from", "smtp.mailfrom", "header.i", "smtp.helo"].into_iter().find_map(property);
    let domain = found.map(|value| value.rsplit('@').next().unwrap_or(value).trim_matches('"'));
    let is_word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let method = method.split('/').next().unwrap_or_default();
    (is_word(method) && is_word(result)).then(|| Outcome {
        method: method.to_ascii_lowercase(),
        result: result.to_ascii_lowercase(),
        domain: domain.filter(|domain| !domain.is_empty()).map(|domain| display::one_line(domain, 100)),
    })
}

/// `value` without what stands in parentheses (RFC 5322 §3.2.2).
fn without_comments(value: &str) -> String {
    let mut depth = 0_u32;
    let outside = |c: &char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    };
    value.chars().filter(outside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(header: &str) -> Option<(String, bool)> {
        let found = authentication(&Fields::read(header.replace('\n', "\r\n").as_bytes()));
        found.map(|found| (found.words, found.sender_confirmed))
    }

    const RECEIVED: &str =
        "Received: from a.example.org (a [192.0.2.1]) by mx1.example.net (Postfix) with ESMTP; x\n";

    #[test]
    fn the_receiving_server_is_believed() {
        let header = format!(
            "Authentication-Results: mx.example.net;\n dkim=pass (ok; really) header.d=example.org header.s=s1;\n \
             spf=pass smtp.mailfrom=anna@example.org; dmarc=pass header.from=example.org; x-odd=1\n{RECEIVED}From: a@example.org\n"
        );
        let words =
            "DMARC pass (example.org), DKIM pass (example.org), SPF pass (example.org); says mx.example.net";
        assert_eq!(told(&header), Some((words.to_owned(), true)));
        for other in [
            "From: a@example.com",
            "From: a@example.org, b@example.net",
            "From: a@example.org\nFrom: b@x.org",
        ] {
            let header = header.replace("From: a@example.org", other);
            assert_eq!(told(&header), Some((words.to_owned(), false)), "{other}");
        }
    }

    #[test]
    fn what_a_sender_may_have_written_is_not_believed() {
        let results = "Authentication-Results: mx.example.net; dmarc=pass header.from=example.org\n";
        for header in [
            format!("{RECEIVED}From: a@b\n{results}"),
            format!("{RECEIVED}{}From: a@b\n", results.replace("mx.example.net", "mx.elsewhere.net")),
            format!("{RECEIVED}{}From: a@b\n", results.replace("mx.example.net", "net")),
            format!("{results}From: a@b\n"),
            format!("{RECEIVED}Authentication-Results: mx1.example.net; none\nFrom: a@b\n"),
        ] {
            assert_eq!(told(&header), None, "{header}");
        }
        let failed = format!(
            "Authentication-Results: mx1.example.net; dmarc=fail header.from=x.org\n{RECEIVED}From: a@b\n"
        );
        assert_eq!(told(&failed), Some(("DMARC fail (x.org); says mx1.example.net".to_owned(), false)));
    }

    #[test]
    fn what_is_broken_is_no_result() {
        for value in ["", ";;;", "mx1.example.net; =; dkim=; dkim", "mx1.example.net; dkim=<script>", "((("] {
            assert_eq!(
                told(&format!("Authentication-Results: {value}\n{RECEIVED}From: a@b\n")),
                None,
                "{value}"
            );
        }
    }
}
