//! Where a link leads, and whether its text says something else.

use super::display;

/// The target of a link that may be followed: `http`, `https` or `mailto`, without the white space and control
/// characters that browsers pass over; `None` for every other.
pub(super) fn target(href: &str) -> Option<String> {
    let cleaned: String =
        href.trim().chars().filter(|&c| !c.is_control() && !display::is_invisible(c)).take(4000).collect();
    let lower = cleaned.to_ascii_lowercase();
    let followed = ["https://", "http://"]
        .into_iter()
        .any(|scheme| lower.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
    (followed || lower.starts_with("mailto:")).then(|| cleaned.replace(' ', "%20"))
}

/// What to show behind a link whose text looks like a host that it does not lead to: the host that it leads to.
pub(super) fn true_host(target: &str, shown: &str) -> Option<String> {
    let (_, rest) = target.split_once("://")?;
    let host = host_of(rest)?;
    let claims =
        shown.split(|c: char| c.is_whitespace() || "<>()[]\"'".contains(c)).take(50).filter_map(claimed_host);
    let deceives = claims.into_iter().any(|claimed| !same_site(&claimed, &host));
    deceives.then_some(host)
}

/// The host of a URL behind its `//`.
fn host_of(rest: &str) -> Option<String> {
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = if host.starts_with('[') { host } else { host.split(':').next()? };
    Some(display::one_line(host, 253).to_lowercase()).filter(|host| !host.is_empty())
}

/// The host that a word of a link's text claims to be or to lead to.
fn claimed_host(word: &str) -> Option<String> {
    let word: String = word.chars().filter(|&c| !display::is_invisible(c)).collect();
    let word = word.trim_matches(|c: char| ".,;:!?…".contains(c)).to_lowercase();
    let (scheme, rest) = word.split_once("://").map_or((false, word.as_str()), |(_, rest)| (true, rest));
    if !scheme && rest.contains('@') {
        return None;
    }
    let host = host_of(rest)?;
    let (name, top) = host.rsplit_once('.')?;
    let labels = name
        .split('.')
        .all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-'));
    let named = labels && top.chars().count() >= 2 && top.chars().all(char::is_alphabetic);
    // `report.pdf` is a file, and `e.g` is a word: without a scheme a host has a known look.
    let plain = scheme || host.starts_with("www.") || rest.contains('/') || !is_file_ending(top);
    (named && plain).then_some(host)
}

fn is_file_ending(top: &str) -> bool {
    let known = [
        "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "txt", "csv", "jpg", "jpeg", "png", "gif", "htm",
    ];
    known.contains(&top)
        || ["html", "xml", "json", "exe", "rar", "tar", "gz", "ics", "eml", "js"].contains(&top)
}

/// True where one host is the other, or inside it.
fn same_site(claimed: &str, host: &str) -> bool {
    let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).trim_end_matches('.').to_owned();
    let (claimed, host) = (bare(claimed), bare(host));
    claimed == host || host.ends_with(&format!(".{claimed}")) || claimed.ends_with(&format!(".{host}"))
}

#[cfg(test)]
mod tests {
    use super::{target, true_host};

    #[test]
    fn only_web_and_mail_links_are_followed() {
        for (href, expected) in [
            (" HTTPS://example.org/a b", Some("HTTPS://example.org/a%20b")),
            ("mailto:a@example.org", Some("mailto:a@example.org")),
            ("ht\ntp://example.org", Some("http://example.org")),
            ("java\tscript:alert(1)", None),
            ("\u{1}javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("//example.org", None),
            ("#top", None),
            ("http:/example.org", None),
        ] {
            assert_eq!(target(href).as_deref(), expected, "{href}");
        }
    }

    #[test]
    fn a_link_that_says_another_host_is_named() {
        for (href, shown, expected) in [
            ("https://evil.example/", "www.bank.example", Some("evil.example")),
            ("https://bank.example@evil.example:8/x", "https://bank.example/login", Some("evil.example")),
            ("https://bank.example.evil.test/", "bank.example", Some("bank.example.evil.test")),
            ("https://bänk.example/", "bank.example", Some("bänk.example")),
            ("https://www.bank.example/x", "bank.example", None),
            ("https://login.bank.example/x", "Go to bank.example now", None),
            ("https://other.example/", "Click here", None),
            ("https://other.example/", "report.pdf", None),
            ("https://other.example/", "you@bank.example", None),
            ("mailto:x@evil.example", "bank.example", None),
        ] {
            assert_eq!(true_host(href, shown).as_deref(), expected, "{href} {shown}");
        }
    }
}
