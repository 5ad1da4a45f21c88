//! Where a server is, as people type it. Deliberately absent: looking it up.

use crate::field::line;

/// A host name or an IP address; never a URL, never with user name or port.
///
/// # Errors
/// The sentence for the field.
pub fn address(text: &str) -> Result<String, String> {
    let text = line(text, 253)?;
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(&text);
    if bare.parse::<std::net::IpAddr>().is_ok() {
        return Ok(bare.to_owned());
    }
    if text.contains("://") || text.contains('/') {
        return Err("A host name or an IP address, without a protocol or a path.".to_owned());
    }
    if text.contains('@') {
        return Err("The mail server's name, not an e-mail address.".to_owned());
    }
    if text.contains(':') {
        return Err("The port belongs in the field Port.".to_owned());
    }
    let labels_fit = text.trim_end_matches('.').split('.').all(|label| {
        !label.is_empty()
            && label.chars().count() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    });
    if labels_fit { Ok(text) } else { Err("This is not a host name or an IP address.".to_owned()) }
}

/// A port as typed.
///
/// # Errors
/// The sentence for the field.
pub fn port(text: &str) -> Result<u16, String> {
    match text.trim().parse::<u16>() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err("A whole number from 1 to 65535.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in
            ["127.0.0.1", "::1", "[::1]", "mail.example.org", "localhost", "münchen.example", "a_b.example."]
        {
            assert!(address(good).is_ok(), "{good}");
        }
        for bad in
            ["", "imap://x", "x/y", "me@example.org", "host:993", "a..b", "-a.example", "a\r\nb", "a b"]
        {
            assert!(address(bad).is_err(), "{bad}");
        }
        assert!(address(&"a".repeat(10_000)).is_err());
    }

    #[test]
    fn ports() {
        assert_eq!(port(" 2993 "), Ok(2993));
        for bad in ["0", "65536", "-1", "", "1e3"] {
            assert!(port(bad).is_err(), "{bad}");
        }
    }
}
