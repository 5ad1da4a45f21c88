//! What the agent reaches, whatever the server asks: patterns of host and port, and addresses that nobody reaches.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// The ports of mail, on any host.
pub const MAIL: [&str; 4] = ["*:143", "*:993", "*:110", "*:995"];

/// One pattern, such as `*:993`, `imap.example.org:993`, `*.example.org:143`, `10.1.0.0/16:993` or `[fd00::]/8:993`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    host: Host,
    port: u16,
    text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Host {
    Any,
    Name(String),
    Below(String),
    Network(IpAddr, u8),
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text}: expected HOST:PORT, such as *:993, imap.example.org:993 or 10.1.0.0/16:143");
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let port = port.parse().ok().filter(|port| *port > 0).ok_or_else(wrong)?;
        let host = match host {
            "*" => Host::Any,
            _ if host.starts_with("*.") => Host::Below(name(host.trim_start_matches('*')).ok_or_else(wrong)?),
            _ => match network(host) {
                Some((address, bits)) => Host::Network(address, bits),
                None => Host::Name(name(host).ok_or_else(wrong)?),
            },
        };
        Ok(Self { host, port, text: text.to_owned() })
    }
}

fn name(text: &str) -> Option<String> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_');
    (!text.is_empty() && text.chars().all(fits)).then(|| text.trim_end_matches('.').to_lowercase())
}

/// `10.1.0.0/16`, `[fd00::]/8`, or one address.
fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let address: IpAddr = address.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Some(most), |bits| bits.parse().ok()).filter(|bits| *bits <= most)?;
    Some((address, bits))
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// All that an agent reaches.
#[derive(Debug, Clone)]
pub struct AllowList(Vec<Pattern>);

impl AllowList {
    /// These, or the ports of mail where there are none.
    pub fn new(patterns: Vec<Pattern>) -> Self {
        if patterns.is_empty() {
            return Self(MAIL.iter().filter_map(|text| text.parse().ok()).collect());
        }
        Self(patterns)
    }

    /// For people to read.
    pub fn words(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Whether it may be looked up at all.
    pub fn may_ask(&self, host: &str, port: u16) -> bool {
        self.0.iter().any(|pattern| pattern.port == port && (pattern.is_network() || pattern.fits_name(host)))
    }

    /// Whether this address of that host may be reached.
    pub fn may_reach(&self, host: &str, address: IpAddr, port: u16) -> bool {
        let address = address.to_canonical();
        !is_never(address)
            && self
                .0
                .iter()
                .any(|pattern| pattern.port == port && (pattern.fits_name(host) || pattern.holds(address)))
    }
}

impl Pattern {
    fn is_network(&self) -> bool {
        matches!(self.host, Host::Network(..))
    }

    fn fits_name(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_lowercase();
        match &self.host {
            Host::Any => true,
            Host::Name(name) => host == *name,
            Host::Below(end) => host.len() > end.len() && host.ends_with(end.as_str()),
            Host::Network(..) => false,
        }
    }

    fn holds(&self, address: IpAddr) -> bool {
        let Host::Network(network, bits) = self.host else { return false };
        match (network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }
}

/// Where clouds keep their secrets, and what is no single machine. No pattern opens these.
fn is_never(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_link_local()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_broadcast()
                || address.octets() == [100, 100, 100, 200]
        }
        IpAddr::V6(address) => {
            address.is_unicast_link_local()
                || address.is_unspecified()
                || address.is_multicast()
                || address.segments() == [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(patterns: &[&str]) -> AllowList {
        AllowList::new(patterns.iter().map(|text| text.parse().unwrap()).collect())
    }

    fn reaches(list: &AllowList, host: &str, address: &str, port: u16) -> bool {
        list.may_ask(host, port) && list.may_reach(host, address.parse().unwrap(), port)
    }

    #[test]
    fn without_a_word_it_is_mail_and_nothing_else() {
        let mail = list(&[]);
        assert!(reaches(&mail, "imap.example", "10.0.0.5", 993));
        assert!(reaches(&mail, "localhost", "127.0.0.1", 143));
        for (address, port) in [
            ("10.0.0.5", 22),
            ("10.0.0.5", 25),
            ("169.254.169.254", 993),
            ("::ffff:169.254.169.254", 993),
            ("fe80::1", 993),
            ("fd00:ec2::254", 993),
            ("100.100.100.200", 143),
            ("0.0.0.0", 143),
            ("::", 143),
            ("224.0.0.1", 143),
            ("255.255.255.255", 143),
        ] {
            assert!(!reaches(&mail, "imap.example", address, port), "{address} {port}");
        }
    }

    #[test]
    fn a_pattern_means_what_it_says() {
        let some =
            list(&["imap.Example.org:993", "*.branch.example:143", "10.1.0.0/16:1143", "[fd00::]/8:993"]);
        assert!(reaches(&some, "IMAP.example.org.", "192.0.2.1", 993));
        assert!(!reaches(&some, "imap.example.org.evil.example", "192.0.2.1", 993));
        assert!(!reaches(&some, "imap.example.org", "192.0.2.1", 143));
        assert!(reaches(&some, "a.b.branch.example", "192.0.2.1", 143));
        assert!(!reaches(&some, "branch.example", "192.0.2.1", 143));
        assert!(!reaches(&some, "xbranch.example", "192.0.2.1", 143));
        assert!(reaches(&some, "whatever", "10.1.255.1", 1143));
        assert!(!reaches(&some, "whatever", "10.2.0.1", 1143), "a name that leads elsewhere");
        assert!(reaches(&some, "fd12::1", "fd12::1", 993));
        assert!(reaches(&list(&["127.0.0.1:9930"]), "127.0.0.1", "127.0.0.1", 9930));
        assert!(!reaches(&list(&["169.254.169.254:80"]), "169.254.169.254", "169.254.169.254", 80));
        for wrong in ["", "*", "imap.example.org", "*:0", "*:imap", "10.0.0.0/33:993", "a b:993", "*.:993:"] {
            assert!(wrong.parse::<Pattern>().is_err(), "{wrong}");
        }
    }
}
