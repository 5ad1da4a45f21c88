//! Which addresses are never contacted, whatever a name, a redirect or a person says. One function judges an address that
//! was resolved already, and that very address is connected to. Deliberately absent: resolving and connecting (see
//! `dialer`).

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, PoisonError, RwLock};

/// Why an address is not contacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Stands for no host (RFC 1122 §3.2.1.3, RFC 4291 §2.5.2).
    Unspecified,
    /// Stands for all hosts.
    Broadcast,
    /// Stands for a group of hosts.
    Multicast,
    /// Hosts of the same cable, among them what clouds tell their machines (RFC 3927, RFC 4291 §2.5.6).
    LinkLocal,
    /// What clouds tell their machines, at other addresses.
    Metadata,
    /// Where this program listens.
    OwnListener,
    /// In none of the networks that an administrator allows.
    NotInAllowedNetworks,
}

impl Rule {
    /// What the address is, to follow "because it is".
    pub fn words(self) -> &'static str {
        match self {
            Self::Unspecified => "an unspecified address",
            Self::Broadcast => "the broadcast address",
            Self::Multicast => "a multicast address",
            Self::LinkLocal => "a link-local address",
            Self::Metadata => "the metadata service of a cloud",
            Self::OwnListener => "where this server itself listens",
            Self::NotInAllowedNetworks => "in none of the allowed networks",
        }
    }
}

/// The rules of this process; clones share the networks that are allowed and the listeners of other processes.
#[derive(Debug, Clone, Default)]
pub struct Egress {
    own_listeners: Vec<SocketAddr>,
    other_listeners: Arc<RwLock<Vec<SocketAddr>>>,
    allowed: Arc<RwLock<Vec<IpNet>>>,
}

impl Egress {
    /// Refuses `own_listeners` beside what is always refused; an unspecified address there stands for every address
    /// of this machine.
    pub fn new(own_listeners: Vec<SocketAddr>) -> Self {
        Self { own_listeners, ..Self::default() }
    }

    /// From now on these are refused as well: where the other processes of this program listen.
    pub fn know_listeners(&self, listeners: Vec<SocketAddr>) {
        *self.other_listeners.write().unwrap_or_else(PoisonError::into_inner) = listeners;
    }

    /// From now on only these networks are contacted, less what is always refused; empty: all of the rest.
    pub fn allow(&self, networks: Vec<IpNet>) {
        *self.allowed.write().unwrap_or_else(PoisonError::into_inner) = networks;
    }

    /// The same from text: networks or single addresses, separated by commas or blanks.
    ///
    /// # Errors
    /// What is no network; nothing changed then.
    pub fn allow_text(&self, networks: &str) -> Result<(), String> {
        self.allow(networks_of(networks)?);
        Ok(())
    }

    /// Whether `address` may be contacted.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub fn judge(&self, address: SocketAddr) -> Result<(), Rule> {
        let ip = address.ip().to_canonical();
        for ip in [Some(ip), carried(ip).map(IpAddr::V4)].into_iter().flatten() {
            never(ip)?;
            let others = self.other_listeners.read().unwrap_or_else(PoisonError::into_inner);
            let mut ours = self.own_listeners.iter().chain(others.iter());
            if ours.any(|own| is_listener(*own, ip, address.port())) {
                return Err(Rule::OwnListener);
            }
        }
        let allowed = self.allowed.read().unwrap_or_else(PoisonError::into_inner);
        if allowed.is_empty() || allowed.iter().any(|network| network.contains(&ip)) {
            Ok(())
        } else {
            Err(Rule::NotInAllowedNetworks)
        }
    }
}

/// Networks such as `10.0.0.0/8` or single addresses, separated by commas or blanks.
///
/// # Errors
/// The sentence for the field, with what is no network.
pub fn networks_of(text: &str) -> Result<Vec<IpNet>, String> {
    let words =
        text.split(|c: char| c == ',' || c == ';' || c.is_whitespace()).filter(|word| !word.is_empty());
    let network = |word: &str| {
        let network = word.parse::<IpNet>().or_else(|_| word.parse::<IpAddr>().map(IpNet::from));
        let network = network.map_err(|_| {
            let word: String = word.chars().filter(|c| !c.is_control()).take(60).collect();
            format!("{word:?} is no network: expected 10.0.0.0/8 or 2001:db8::/32, separated by commas.")
        })?;
        // An address is judged in its plain form.
        match network {
            IpNet::V6(v6) if v6.addr().to_ipv4_mapped().is_some() => {
                Err(format!("{network}: write it as an IPv4 network."))
            }
            network => Ok(network.trunc()),
        }
    };
    words.map(network).collect()
}

/// What nobody may contact, wherever this program listens and whatever is allowed.
fn never(ip: IpAddr) -> Result<(), Rule> {
    match ip {
        IpAddr::V4(ip) => never_v4(ip),
        IpAddr::V6(ip) => never_v6(ip),
    }
}

fn never_v4(ip: Ipv4Addr) -> Result<(), Rule> {
    // Alibaba Cloud, Azure and Oracle keep their metadata outside of 169.254/16.
    const METADATA: [Ipv4Addr; 3] =
        [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(192, 0, 0, 192)];
    let [first, ..] = ip.octets();
    match () {
        () if first == 0 => Err(Rule::Unspecified),
        () if ip.is_broadcast() => Err(Rule::Broadcast),
        () if ip.is_multicast() => Err(Rule::Multicast),
        () if ip.is_link_local() => Err(Rule::LinkLocal),
        () if METADATA.contains(&ip) => Err(Rule::Metadata),
        () => Ok(()),
    }
}

fn never_v6(ip: Ipv6Addr) -> Result<(), Rule> {
    // Amazon's (also of its containers) and Google's metadata over IPv6.
    const METADATA: [Ipv6Addr; 3] = [
        Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
        Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
        Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    ];
    match () {
        () if ip.is_unspecified() => Err(Rule::Unspecified),
        () if ip.is_multicast() => Err(Rule::Multicast),
        () if ip.is_unicast_link_local() => Err(Rule::LinkLocal),
        () if METADATA.contains(&ip) => Err(Rule::Metadata),
        () => Ok(()),
    }
}

/// The IPv4 address inside of an IPv6 one that leads to it. Mapped ones are IPv4 addresses already.
fn carried(ip: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(ip) = ip else { return None };
    let (high, low) = match ip.segments() {
        // NAT64 (RFC 6052 §2.1), also in its local form (RFC 8215), IPv4-compatible (RFC 4291 §2.5.5.1), ISATAP (RFC 5214
        // §6.1, of any network) and 6to4 (RFC 3056).
        [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x64, 0xff9b, 1, _, _, _, high, low]
        | [0, 0, 0, 0, 0, 0, high, low]
        | [_, _, _, _, 0 | 0x200, 0x5efe, high, low]
        | [0x2002, high, low, ..]
            if !ip.is_loopback() =>
        {
            (high, low)
        }
        // Teredo hides the address of its client (RFC 4380 §4).
        [0x2001, 0, _, _, _, _, high, low] => (!high, !low),
        _ => return None,
    };
    Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
}

fn is_listener(own: SocketAddr, ip: IpAddr, port: u16) -> bool {
    let listening = own.ip().to_canonical();
    own.port() == port && (listening == ip || listening.is_unspecified() && is_this_machine(ip))
}

/// An address is ours where the way to it begins at it. Connecting a UDP socket sends nothing.
fn is_this_machine(ip: IpAddr) -> bool {
    if ip.is_loopback() {
        return true;
    }
    let any: IpAddr = if ip.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let local = UdpSocket::bind((any, 0)).and_then(|socket| {
        socket.connect((ip, 9))?;
        socket.local_addr()
    });
    local.is_ok_and(|local| local.ip() == ip)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn judged(egress: &Egress, ip: &str, port: u16) -> Result<(), Rule> {
        egress.judge(SocketAddr::new(ip.parse().unwrap(), port))
    }

    #[test]
    fn each_rule_refuses_what_it_names_in_every_spelling() {
        let egress = Egress::default();
        for ip in ["127.0.0.1", "10.1.2.3", "192.168.1.1", "100.64.0.1", "8.8.8.8", "::1", "2001:db8::1"] {
            assert_eq!(judged(&egress, ip, 143), Ok(()), "{ip}");
        }
        for ip in
            ["fd12::1", "64:ff9b::808:808", "2002:808:808::1", "::ffff:127.0.0.1", "2001:0:1::f7f7:f7f7"]
        {
            assert_eq!(judged(&egress, ip, 143), Ok(()), "{ip}");
        }
        for (ip, rule) in [
            ("0.0.0.0", Rule::Unspecified),
            ("0.1.2.3", Rule::Unspecified),
            ("::", Rule::Unspecified),
            ("::ffff:0.0.0.0", Rule::Unspecified),
            ("255.255.255.255", Rule::Broadcast),
            ("64:ff9b::ffff:ffff", Rule::Broadcast),
            ("224.0.0.1", Rule::Multicast),
            ("ff02::1", Rule::Multicast),
            ("169.254.169.254", Rule::LinkLocal),
            ("fe80::1", Rule::LinkLocal),
            ("febf::1", Rule::LinkLocal),
            ("::ffff:169.254.169.254", Rule::LinkLocal),
            ("::a9fe:a9fe", Rule::LinkLocal),
            ("64:ff9b::a9fe:a9fe", Rule::LinkLocal),
            ("64:ff9b:1::a9fe:a9fe", Rule::LinkLocal),
            ("2002:a9fe:a9fe::1", Rule::LinkLocal),
            ("2001:db8::5efe:a9fe:a9fe", Rule::LinkLocal),
            ("2001:0:1::5601:5601", Rule::LinkLocal),
            ("100.100.100.200", Rule::Metadata),
            ("168.63.129.16", Rule::Metadata),
            ("192.0.0.192", Rule::Metadata),
            ("::ffff:100.100.100.200", Rule::Metadata),
            ("fd00:ec2::254", Rule::Metadata),
            ("fd20:ce::254", Rule::Metadata),
        ] {
            assert_eq!(judged(&egress, ip, 143), Err(rule), "{ip}");
        }
    }

    #[test]
    fn our_own_listener_is_refused_by_all_of_its_addresses() {
        let any = Egress::new(vec!["0.0.0.0:3000".parse().unwrap()]);
        let both = Egress::new(vec!["[::]:3000".parse().unwrap()]);
        let one = Egress::new(vec!["127.0.0.1:3000".parse().unwrap()]);
        for egress in [&any, &both] {
            for ip in ["127.0.0.1", "127.8.8.8", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"] {
                assert_eq!(judged(egress, ip, 3000), Err(Rule::OwnListener), "{ip}");
            }
            assert_eq!(judged(egress, "127.0.0.1", 143), Ok(()));
        }
        assert_eq!(judged(&both, "::1", 3000), Err(Rule::OwnListener));
        assert_eq!(judged(&one, "127.0.0.1", 3000), Err(Rule::OwnListener));
        assert_eq!(judged(&one, "::ffff:127.0.0.1", 3000), Err(Rule::OwnListener));
        assert_eq!(judged(&one, "127.0.0.2", 3000), Ok(()));
        assert_eq!(judged(&one, "192.0.2.1", 3000), Ok(()), "another machine may have that port");
    }

    #[test]
    fn allowed_networks_narrow_and_never_widen() {
        let egress = Egress::default();
        let clone = egress.clone();
        clone.allow(
            ["10.0.0.0/8", "2001:db8::/32", "169.254.0.0/16"].map(|net| net.parse().unwrap()).to_vec(),
        );
        for ip in ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1"] {
            assert_eq!(judged(&egress, ip, 143), Ok(()), "{ip}");
        }
        for ip in ["127.0.0.1", "::1", "8.8.8.8", "64:ff9b::a01:203", "2001:db9::1"] {
            assert_eq!(judged(&egress, ip, 143), Err(Rule::NotInAllowedNetworks), "{ip}");
        }
        assert_eq!(judged(&egress, "169.254.169.254", 143), Err(Rule::LinkLocal));
        egress.allow(Vec::new());
        assert_eq!(judged(&egress, "127.0.0.1", 143), Ok(()));
    }

    #[test]
    fn networks_are_read_as_people_write_them() {
        let read = |text: &str| {
            networks_of(text).map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(read(""), Ok(String::new()));
        assert_eq!(
            read("10.1.2.3/8, 2001:db8::1 ;192.0.2.7\n"),
            Ok("10.0.0.0/8 2001:db8::1/128 192.0.2.7/32".to_owned())
        );
        for bad in ["10.0.0.0/33", "mail.example.org", "10.0.0", "::ffff:10.0.0.0/104", "<b>", "1.2.3.4/-1"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    /// The rules once more, as a table of networks.
    fn refused(ip: Ipv4Addr) -> bool {
        const NETWORKS: [&str; 7] = [
            "0.0.0.0/8",
            "169.254.0.0/16",
            "224.0.0.0/4",
            "255.255.255.255/32",
            "100.100.100.200/32",
            "168.63.129.16/32",
            "192.0.0.192/32",
        ];
        NETWORKS.iter().any(|network| network.parse::<IpNet>().unwrap().contains(&IpAddr::V4(ip)))
    }

    /// Addresses of all kinds, most of them near to what is refused.
    fn any_v4() -> impl Strategy<Value = Ipv4Addr> {
        let near = prop::sample::select(vec![0_u32, 0x0100_0000, 0xa9fe_0000, 0xa9ff_0000, 0xe000_0000])
            .prop_flat_map(|edge| (-3_i32..3).prop_map(move |by| edge.wrapping_add_signed(by)));
        let known = prop::sample::select(vec![0x6464_64c8, 0xa83f_8110, 0xc000_00c0, u32::MAX, 0xa9fe_a9fe]);
        prop_oneof![any::<u32>(), near, known].prop_map(Ipv4Addr::from_bits)
    }

    proptest! {
        #[test]
        fn what_is_refused_is_refused_in_whatever_carries_it(ip in any_v4(), noise in any::<u64>()) {
            let egress = Egress::default();
            let judge = |ip: Ipv6Addr| egress.judge(SocketAddr::new(ip.into(), 993)).is_err();
            let bits = u128::from(ip.to_bits());
            let v4 = egress.judge(SocketAddr::new(ip.into(), 993)).is_err();
            prop_assert_eq!(v4, refused(ip));
            prop_assert_eq!(judge(ip.to_ipv6_mapped()), v4);
            let of = |prefix: &str| prefix.parse::<Ipv6Addr>().unwrap().to_bits();
            prop_assert_eq!(judge(Ipv6Addr::from_bits(of("64:ff9b::") | bits)), v4, "NAT64");
            let six_to_four = of("2002::") | bits << 80 | u128::from(noise);
            prop_assert_eq!(judge(Ipv6Addr::from_bits(six_to_four)), v4, "6to4");
            let teredo = of("2001::") | u128::from(noise) << 32 | u128::from(!ip.to_bits());
            prop_assert_eq!(judge(Ipv6Addr::from_bits(teredo)), v4, "Teredo");
            if ip.to_bits() > 1 {
                prop_assert_eq!(judge(Ipv6Addr::from_bits(bits)), v4, "IPv4-compatible");
            }
        }

        #[test]
        fn networks_of_the_cable_and_of_groups_are_refused_whole(bits in any::<u128>()) {
            let egress = Egress::default();
            let judge = |bits| egress.judge(SocketAddr::new(Ipv6Addr::from_bits(bits).into(), 993)).is_err();
            prop_assert!(judge(0xfe80 << 112 | bits >> 10), "fe80::/10");
            prop_assert!(judge(0xff00 << 112 | bits >> 8), "ff00::/8");
        }
    }
}
