//! Addresses that users enter: what passes leads to the public internet by its looks, and by what it resolves to.
#![no_main]

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::LazyLock,
};

use bailee_oauth::Reach;
use libfuzzer_sys::fuzz_target;
use url::{Host, Url};

static REACH: LazyLock<Reach> = LazyLock::new(|| Reach::new([443]));

fuzz_target!(|data: &[u8]| {
    if let Some(bytes) = data.first_chunk::<16>() {
        addresses(IpAddr::V6(Ipv6Addr::from(*bytes)));
    }
    if let Some(bytes) = data.first_chunk::<4>() {
        addresses(IpAddr::V4(Ipv4Addr::from(*bytes)));
    }
    let Ok(text) = str::from_utf8(data) else { return };
    for address in [text.to_owned(), format!("https://{text}/")] {
        let Ok(url) = Url::parse(&address) else { continue };
        if REACH.check_url(&url).is_ok() {
            assert_eq!((url.scheme(), url.port_or_known_default()), ("https", Some(443)));
            assert!(url.username().is_empty() && url.password().is_none());
            match url.host() {
                Some(Host::Ipv4(address)) => assert!(!inside_v4(address), "{address}"),
                Some(Host::Ipv6(address)) => assert!(!inside_v6(address), "{address}"),
                Some(Host::Domain(name)) => assert!(name != "localhost" && !name.ends_with(".localhost"), "{name}"),
                None => panic!("an address of nobody"),
            }
        }
    }
    if let Ok(Host::Ipv4(address)) = REACH.parse_host(text) {
        assert!(!inside_v4(address), "{address}");
    }
});

fn addresses(address: IpAddr) {
    let inside = match address {
        IpAddr::V4(address) => inside_v4(address),
        IpAddr::V6(address) => inside_v6(address),
    };
    assert!(!(inside && REACH.allows(address)), "{address}");
}

/// By the standard library, which the guard does not ask.
fn inside_v4(address: Ipv4Addr) -> bool {
    address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_multicast()
        || address.is_unspecified()
        || address.octets()[0] == 0
        || (address.octets()[0] == 100 && address.octets()[1] & 0xc0 == 64)
}

fn inside_v6(address: Ipv6Addr) -> bool {
    address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        || address.is_unique_local()
        || address.is_unicast_link_local()
        || address.to_ipv4().is_some_and(inside_v4)
}
