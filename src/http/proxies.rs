//! Chooses the proxy for a server from the environment, as pip does.
//!
//! `PIP_PROXY` comes first and has no exceptions: pip sets it for its session, over what requests
//! reads from the environment (its `_build_session`). Of the others a
//! name in lower case comes before one in upper case, and that of a scheme before `ALL_PROXY`
//! (`resolve_proxies` in `utils.py` of requests, and `getproxies_environment` of Python).
//! `NO_PROXY` names the servers that are reached without a proxy.

use std::net::IpAddr;

use url::{Host, Url};

use crate::address::redact;
use crate::environment::Environment;
use crate::report::Failure;

/// The variable of pip's option `--proxy`.
const OF_PIP: &str = "PIP_PROXY";
/// The variables of the proxy for `http`, of which the first one that is set counts.
const HTTP: &[&str] = &[OF_PIP, "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
/// The same for `https`.
const HTTPS: &[&str] = &[OF_PIP, "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

pub(super) struct Proxies {
    http: Option<ureq::Proxy>,
    https: Option<ureq::Proxy>,
    /// The servers that are reached without a proxy.
    exceptions: Vec<NoProxy>,
}

impl Proxies {
    pub(super) fn read(environment: &Environment) -> Result<Self, Failure> {
        let list = match environment.raw(OF_PIP) {
            Some(_) => None,
            None => environment.text("no_proxy").or_else(|| environment.text("NO_PROXY")),
        };
        let places = list.unwrap_or_default().split([',', ' ']).filter(|place| !place.is_empty());
        Ok(Self {
            http: proxy(environment, HTTP)?,
            https: proxy(environment, HTTPS)?,
            exceptions: places.map(NoProxy::read).collect(),
        })
    }

    /// Returns the proxy for a URL, if there is one.
    pub(super) fn towards(&self, url: &Url) -> Option<&ureq::Proxy> {
        let proxy = if url.scheme() == "https" { &self.https } else { &self.http };
        proxy.as_ref().filter(|_| !self.exceptions.iter().any(|place| place.has(url)))
    }
}

/// The proxy that the first variable names.
fn proxy(
    environment: &Environment,
    names: &[&'static str],
) -> Result<Option<ureq::Proxy>, Failure> {
    let first = names.iter().find_map(|name| Some((*name, environment.raw(name)?)));
    let Some((variable, value)) = first else { return Ok(None) };
    let text = value.to_string_lossy();
    // `redact` finds user information only after a scheme.
    let address = if text.contains("://") { text.into_owned() } else { format!("http://{text}") };
    // The parser of ureq accepts any text as a port.
    let is_address = Url::parse(&address).is_ok_and(|url| url.has_host());
    let proxy = is_address.then(|| ureq::Proxy::new(&address).ok()).flatten();
    proxy.map(Some).ok_or_else(|| {
        Failure::program("proxy", format!("`{variable}` names no proxy: `{}`", redact(&address)))
            .hint(format!("set `{variable}` to `http://host:port`, or to nothing"))
    })
}

/// One entry of `NO_PROXY`.
///
/// Source: `should_bypass_proxies` in `utils.py` of requests, and `proxy_bypass_environment` of
/// Python for `*`.
struct NoProxy {
    hosts: Hosts,
    /// If there is one, only this port is meant.
    port: Option<u16>,
}

enum Hosts {
    All,
    /// The IP addresses that begin with the same bits.
    Network {
        address: IpAddr,
        bits: u32,
    },
    /// A host and all its subdomains: its name in lower case, without a dot before it.
    Below(String),
}

impl NoProxy {
    /// Reads an entry: `*`, `host`, `.host`, `*.host`, an IP address or a network, with a port or
    /// without.
    fn read(text: &str) -> Self {
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

    /// Whether the entry is about the server of a URL.
    fn has(&self, url: &Url) -> bool {
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

/// Splits a port from an entry; the last part of an IPv6 address without brackets is no port.
fn split_port(place: &str) -> (&str, Option<u16>) {
    match place.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (place, None),
        },
        _ => (place, None),
    }
}
