//! Which addresses are of the public internet (IANA's special-purpose registries, RFC 6890).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// What of IPv4 is not.
const SPECIAL_V4: [Ipv4Net; 15] = [
    // This network (RFC 791).
    v4(0, 0, 0, 0, 8),
    // Private (RFC 1918).
    v4(10, 0, 0, 0, 8),
    // Behind a carrier's translation (RFC 6598).
    v4(100, 64, 0, 0, 10),
    // Loopback.
    v4(127, 0, 0, 0, 8),
    // Link-local, and the metadata of clouds (RFC 3927).
    v4(169, 254, 0, 0, 16),
    // Private.
    v4(172, 16, 0, 0, 12),
    // Protocol assignments (RFC 6890).
    v4(192, 0, 0, 0, 24),
    // Documentation (RFC 5737).
    v4(192, 0, 2, 0, 24),
    // Relays of 6to4 (RFC 7526).
    v4(192, 88, 99, 0, 24),
    // Private.
    v4(192, 168, 0, 0, 16),
    // Benchmarks (RFC 2544).
    v4(198, 18, 0, 0, 15),
    // Documentation.
    v4(198, 51, 100, 0, 24),
    // Documentation.
    v4(203, 0, 113, 0, 24),
    // Multicast.
    v4(224, 0, 0, 0, 4),
    // Reserved, and broadcast.
    v4(240, 0, 0, 0, 4),
];

/// Global unicast (RFC 4291 §2.4). Everything else is not: loopback, mapped and translated addresses (`64:ff9b::/96`),
/// discard-only, segment routing, unique local, link-local, multicast.
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 0, 3);

/// What of it is not for everybody.
const SPECIAL_V6: [Ipv6Net; 4] = [
    // Protocol assignments, Teredo among them (RFC 2928).
    v6(0x2001, 0, 0, 23),
    // Documentation (RFC 3849).
    v6(0x2001, 0xdb8, 0, 32),
    // 6to4, with an IPv4 address inside (RFC 3056).
    v6(0x2002, 0, 0, 16),
    // Documentation (RFC 9637).
    v6(0x3fff, 0, 0, 20),
];

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(a: u16, b: u16, c: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

/// Whether a canonical address is of the public internet.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|network| network.contains(&address)),
        IpAddr::V6(address) => {
            GLOBAL_V6.contains(&address) && !SPECIAL_V6.iter().any(|network| network.contains(&address))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_address_of_each_special_network_are_refused() {
        for network in SPECIAL_V4 {
            for address in [network.network(), network.broadcast()] {
                assert!(!is_public(IpAddr::V4(address)), "{address}");
            }
        }
        for network in SPECIAL_V6 {
            for address in [network.network(), network.broadcast()] {
                assert!(!is_public(IpAddr::V6(address)), "{address}");
            }
        }
    }

    #[test]
    fn what_is_not_global_unicast_is_refused() -> Result<(), std::net::AddrParseError> {
        for text in [
            "::",
            "::1",
            "::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(text.parse()?), "{text}");
        }
        Ok(())
    }

    #[test]
    fn the_neighbours_of_special_networks_are_public() -> Result<(), std::net::AddrParseError> {
        for text in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2606:4700::1111",
            "2a00::1",
            "3ffe::1",
        ] {
            assert!(is_public(text.parse()?), "{text}");
        }
        Ok(())
    }
}
