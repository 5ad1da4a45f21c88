//! Which addresses HTTPS of discovery may reach: public ones, and those that the configuration names (security.md, T4).
//! Deliberately absent: what no account may reach either (see `net::egress`), which is asked besides.

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// True for an address of the public Internet, or of a network that is named as an exception.
pub fn is_reachable(ip: IpAddr, exceptions: &[IpNet]) -> bool {
    let ip = ip.to_canonical();
    is_public(ip) || exceptions.iter().any(|network| network.contains(&ip))
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

/// All but the special-purpose registry (RFC 6890) and what is reserved.
fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(matches!(a, 0 | 10 | 127 | 224..)
        || a == 100 && (64..128).contains(&b)
        || a == 172 && (16..32).contains(&b)
        || matches!((a, b), (169, 254) | (192, 168) | (198, 18 | 19))
        || matches!((a, b, c), (192, 0, 0 | 2) | (192, 88, 99) | (198, 51, 100) | (203, 0, 113)))
}

/// Global unicast (`2000::/3`), less what stands for documentation and what leads to an IPv4 address of somebody's choice.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    match ip.segments() {
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        [0x2002, ..] | [_, _, _, _, 0 | 0x200, 0x5efe, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_reachable() {
        let reachable = |ip: &str| is_reachable(ip.parse().unwrap(), &[]);
        for ip in [
            "8.8.8.8",
            "100.63.0.1",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "2606:4700::1",
            "2a00:1450::5",
        ] {
            assert!(reachable(ip), "{ip}");
        }
        for ip in [
            "0.0.0.0",
            "10.0.0.1",
            "127.0.0.1",
            "100.64.0.1",
            "172.16.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "192.0.0.192",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b::808:808",
            "2002:a00:1::",
            "2001:0:1::2",
            "2001:db8::1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "3fff::1",
            "2606:4700::5efe:a00:1",
        ] {
            assert!(!reachable(ip), "{ip}");
        }
    }

    #[test]
    fn an_exception_reaches_as_far_as_it_says() {
        let one = ["127.0.0.1/32".parse().unwrap()];
        assert!(is_reachable("127.0.0.1".parse().unwrap(), &one));
        assert!(is_reachable("::ffff:127.0.0.1".parse().unwrap(), &one));
        assert!(!is_reachable("127.0.0.2".parse().unwrap(), &one));
    }
}
