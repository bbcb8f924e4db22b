//! Which addresses are everybody's, and which belong to this machine, its neighbours or
//! nobody.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// The address that is really meant: what is IPv4 in the clothes of IPv6, mapped
/// (`::ffff:10.0.0.1`) or translated on its way (`64:ff9b::10.0.0.1`), is IPv4.
pub(crate) fn canonical(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    match v6.segments() {
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => {
            let [.., a, b, c, d] = v6.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        }
        _ => address,
    }
}

/// What keeps a canonical address from being public; none: nothing does.
pub(crate) fn not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => V4.iter().find(|(net, _)| net.contains(&v4)).map(|(_, word)| *word),
        IpAddr::V6(v6) => V6
            .iter()
            .find(|(net, _)| net.contains(&v6))
            .map(|(_, word)| *word)
            // Of all the rest, only this part has ever been given to anybody.
            .or_else(|| (!GLOBAL_V6.contains(&v6)).then_some("reserved")),
    }
}

/// Whether that word is said of what lies in somebody's own network.
pub(crate) fn is_private(word: &str) -> bool {
    word == PRIVATE || word == CARRIER
}

const PRIVATE: &str = "private";
const CARRIER: &str = "private (carrier-grade NAT)";
const METADATA: &str = "a cloud's metadata service";

/// After IANA's registry of special-purpose addresses; the first that fits counts.
const V4: [(Ipv4Net, &str); 18] = [
    (v4(127, 0, 0, 0, 8), "loopback"),
    (v4(10, 0, 0, 0, 8), PRIVATE),
    (v4(172, 16, 0, 0, 12), PRIVATE),
    (v4(192, 168, 0, 0, 16), PRIVATE),
    (v4(100, 100, 100, 200, 32), METADATA),
    (v4(100, 64, 0, 0, 10), CARRIER),
    (v4(169, 254, 0, 0, 16), "link-local, where clouds keep their metadata"),
    // Public by number only: on every machine of that cloud it is the cloud's own.
    (v4(168, 63, 129, 16, 32), METADATA),
    (v4(0, 0, 0, 0, 8), "unspecified"),
    (v4(192, 0, 0, 0, 24), "reserved"),
    (v4(192, 0, 2, 0, 24), "for documentation"),
    (v4(198, 51, 100, 0, 24), "for documentation"),
    (v4(203, 0, 113, 0, 24), "for documentation"),
    (v4(192, 88, 99, 0, 24), "reserved"),
    (v4(198, 18, 0, 0, 15), "for benchmarks"),
    (v4(224, 0, 0, 0, 4), "multicast"),
    (v4(255, 255, 255, 255, 32), "broadcast"),
    (v4(240, 0, 0, 0, 4), "reserved"),
];

const V6: [(Ipv6Net, &str); 13] = [
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), "loopback"),
    (v6([0; 8], 128), "unspecified"),
    (v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128), METADATA),
    (v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128), METADATA),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), PRIVATE),
    (v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10), PRIVATE),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), "link-local"),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), "multicast"),
    // Among others Teredo, which tunnels to an IPv4 address of its choice.
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), "reserved"),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), "for documentation"),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), "for documentation"),
    // 6to4, which does the same.
    (v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), "reserved"),
    (v6([0x3ffe, 0, 0, 0, 0, 0, 0, 0], 16), "reserved"),
];

const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(segments: [u16; 8], prefix: u8) -> Ipv6Net {
    let [a, b, c, d, e, f, g, h] = segments;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(address: &str) -> Option<&'static str> {
        not_public(canonical(address.parse().expect("the table holds addresses")))
    }

    #[test]
    fn what_is_not_everybodys_is_known_in_all_its_forms() {
        let table = [
            ("127.0.0.1", "loopback"),
            ("127.255.255.254", "loopback"),
            ("::1", "loopback"),
            ("::ffff:127.0.0.1", "loopback"),
            ("64:ff9b::7f00:1", "loopback"),
            ("0.0.0.0", "unspecified"),
            ("::", "unspecified"),
            ("10.1.2.3", "private"),
            ("::ffff:10.1.2.3", "private"),
            ("172.16.0.1", "private"),
            ("172.31.255.255", "private"),
            ("192.168.1.1", "private"),
            ("100.64.0.1", "private (carrier-grade NAT)"),
            ("100.100.100.200", "a cloud's metadata service"),
            ("fd00:ec2::254", "a cloud's metadata service"),
            ("fd20:ce::254", "a cloud's metadata service"),
            ("fd00:ec2::253", "private"),
            ("fc00::1", "private"),
            ("fec0::1", "private"),
            ("169.254.169.254", "link-local, where clouds keep their metadata"),
            ("::ffff:a9fe:a9fe", "link-local, where clouds keep their metadata"),
            ("64:ff9b::169.254.169.254", "link-local, where clouds keep their metadata"),
            ("168.63.129.16", "a cloud's metadata service"),
            ("fe80::1", "link-local"),
            ("224.0.0.1", "multicast"),
            ("ff02::1", "multicast"),
            ("255.255.255.255", "broadcast"),
            ("240.0.0.1", "reserved"),
            ("192.0.0.192", "reserved"),
            ("198.19.0.1", "for benchmarks"),
            ("192.0.2.1", "for documentation"),
            ("2001:db8::1", "for documentation"),
            ("3fff::1", "for documentation"),
            ("2001::1", "reserved"),
            ("2002:7f00:1::", "reserved"),
            ("64:ff9b:1::a00:1", "reserved"),
            ("::127.0.0.1", "reserved"),
            ("100::1", "reserved"),
            ("4000::1", "reserved"),
            ("5f00::1", "reserved"),
        ];
        for (address, expected) in table {
            assert_eq!(word(address), Some(expected), "{address}");
        }
    }

    #[test]
    fn what_is_everybodys_is_let_alone() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.17",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
        ] {
            assert_eq!(word(address), None, "{address}");
        }
    }
}
