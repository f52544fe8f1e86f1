//! Where no proxy is used: what `NO_PROXY` lists, as curl and pip read it.

use std::net::IpAddr;

use url::{Host, Url};

/// A place that is reached without a proxy.
pub(super) struct NoProxy {
    hosts: Hosts,
    /// At this port only, if there is one.
    port: Option<u16>,
}

enum Hosts {
    All,
    /// Addresses that begin with the same bits.
    Network {
        address: IpAddr,
        bits: u32,
    },
    /// A host and all below it: its name in lower case, without a dot before it.
    Below(String),
}

impl NoProxy {
    /// Reads one: `*`, `host`, `.host`, `*.host`, an address or a network, each with a port or
    /// without.
    pub(super) fn read(text: &str) -> Self {
        if text == "*" {
            return Self { hosts: Hosts::All, port: None };
        }
        let (place, port) = split_port(text);
        let place = place.trim_start_matches('[').trim_end_matches(']');
        let (address, bits) = place.split_once('/').map_or((place, None), |(address, bits)| {
            (address, Some(bits.parse().unwrap_or(u32::MAX)))
        });
        let hosts = match address.parse::<IpAddr>() {
            Ok(address) => {
                let all = if address.is_ipv4() { 32 } else { 128 };
                Hosts::Network { address, bits: bits.unwrap_or(all) }
            }
            Err(_) => {
                let name = place.trim_start_matches('*').trim_start_matches('.');
                Hosts::Below(name.to_ascii_lowercase())
            }
        };
        Self { hosts, port }
    }

    /// Whether an address is one of it.
    pub(super) fn has(&self, url: &Url) -> bool {
        let is_there = match (&self.hosts, url.host()) {
            (Hosts::All, Some(_)) => true,
            (Hosts::Network { address: IpAddr::V4(address), bits }, Some(Host::Ipv4(host))) => {
                (address.to_bits() ^ host.to_bits()).leading_zeros() >= *bits
            }
            (Hosts::Network { address: IpAddr::V6(address), bits }, Some(Host::Ipv6(host))) => {
                (address.to_bits() ^ host.to_bits()).leading_zeros() >= *bits
            }
            (Hosts::Below(name), Some(Host::Domain(host))) => {
                let above = host.strip_suffix(name.as_str());
                above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
            }
            (Hosts::All | Hosts::Network { .. } | Hosts::Below(_), _) => false,
        };
        is_there && self.port.is_none_or(|port| url.port_or_known_default() == Some(port))
    }
}

/// Takes a port off a place; the colons of an IPv6 address without brackets are none.
fn split_port(place: &str) -> (&str, Option<u16>) {
    match place.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (place, None),
        },
        _ => (place, None),
    }
}
