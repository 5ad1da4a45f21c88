//! An e-mail address taken apart: who, and at which domain. Deliberately absent: what else RFC 5321 permits (quoted local
//! parts, address literals), for which no provider publishes settings.

/// Why a text is no address that settings could be looked up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This is no e-mail address: expected a name, @ and a domain, such as anna@example.org.")]
pub struct NotAnAddress;

/// A name at a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailAddress {
    /// Before the `@`.
    pub local: String,
    /// After it, in lower-case ASCII: what the DNS knows it by (RFC 5890).
    pub domain: String,
}

impl MailAddress {
    /// Reads what somebody typed.
    ///
    /// # Errors
    /// Where it cannot be an address of a mailbox at a domain.
    pub fn parse(text: &str) -> Result<Self, NotAnAddress> {
        let (local, domain) = text.trim().rsplit_once('@').ok_or(NotAnAddress)?;
        let odd = |c: char| c.is_control() || c.is_whitespace() || "@<>()[],;:\\\"".contains(c);
        if local.is_empty() || local.len() > 64 || local.contains(odd) || domain.len() > 1024 {
            return Err(NotAnAddress);
        }
        Ok(Self { local: local.to_owned(), domain: host_name(domain).ok_or(NotAnAddress)? })
    }

    /// The whole address, in ASCII after the `@`.
    pub fn full(&self) -> String {
        format!("{}@{}", self.local, self.domain)
    }
}

/// A name that the DNS may know, in lower-case ASCII without a final dot; none for IP addresses and for whatever is no
/// name of at least two labels, apart from `localhost`.
pub fn host_name(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('.');
    if text.is_empty() || text.len() > 1024 {
        return None;
    }
    let name = idna::domain_to_ascii_strict(text).ok()?.to_ascii_lowercase();
    let labels: Vec<&str> = name.split('.').collect();
    let fits = |label: &&str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let numeric = labels.last().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    let long_enough = labels.len() > 1 || name == "localhost";
    (name.len() <= 253 && long_enough && !numeric && labels.iter().all(fits)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_others_refused() {
        let address = MailAddress::parse("  Anna.B+x@Exämple.ORG. ").unwrap();
        assert_eq!((&*address.local, &*address.domain), ("Anna.B+x", "xn--exmple-cua.org"));
        assert_eq!(address.full(), "Anna.B+x@xn--exmple-cua.org");
        let long = format!("a@{}.org", "x".repeat(10_000));
        for bad in [
            "",
            "anna",
            "@example.org",
            "anna@",
            "anna@org",
            "anna@127.0.0.1",
            "anna@[127.0.0.1]",
            "anna@::1",
            "a b@example.org",
            "anna@exa mple.org",
            "anna@example..org",
            "anna@-x.org",
            "a\r\nb@example.org",
            "anna@example.org\r\nHost: x",
            "anna@example.org/x",
            "anna@example.org:25",
            "a@b@example.org",
            &long,
        ] {
            assert_eq!(MailAddress::parse(bad), Err(NotAnAddress), "{bad:?}");
        }
    }
}
