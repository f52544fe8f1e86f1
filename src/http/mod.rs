//! The door to the network: fetches files over HTTP, and nothing else in the crate opens a
//! connection.
//!
//! The digest of each file is known beforehand, so a server can give nothing but the right bytes.
//! They go to the caller in order, each once, however often the connection breaks: a body that was
//! cut is resumed where it ended. Proxies and certificates are those that pip would take from the
//! environment, which the caller passes in.
//!
//! There are no credentials here and no index: pip fetches what needs a user, a token, a `.netrc`
//! or a configuration file. Nothing is cached, and nothing is written.

mod agents;
mod ask;
mod certificates;
mod error;
mod fetch;
#[cfg(test)]
mod modes;
mod pace;
mod proxies;
mod retry;
#[cfg(test)]
mod server;

use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;

use ureq::Agent;
use url::{Host, Url};

use crate::digest::Sha256Digest;
use crate::environment::Environment;
use crate::report::Failure;

use agents::Way;
pub(crate) use error::Error;
use proxies::Proxies;
use retry::Timeouts;

/// Where fetched bytes go: in order, each once.
pub(crate) type Sink<'a> = dyn FnMut(&[u8]) -> io::Result<()> + 'a;

/// Fetches files; its connections are kept alive and shared by all threads that use it.
pub(crate) struct Client {
    /// Names the certificates.
    environment: Environment,
    proxies: Proxies,
    timeouts: Timeouts,
    /// What talks to servers, one agent for each way there that was needed so far.
    agents: Mutex<BTreeMap<Way, Agent>>,
}

/// What a file is known to be before it is fetched.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected {
    pub(crate) digest: Sha256Digest,
    /// Its bytes, where the index tells.
    pub(crate) size: Option<u64>,
}

impl Client {
    /// Makes a client that goes by the proxies and certificates of an environment; certificates
    /// are read when the first `https` address is fetched.
    pub(crate) fn new(environment: &Environment) -> Result<Self, Failure> {
        let total = environment.patience().limits.total;
        Self::with_timeouts(environment, Timeouts { total, ..Timeouts::default() })
    }

    fn with_timeouts(environment: &Environment, timeouts: Timeouts) -> Result<Self, Failure> {
        let (proxies, agents) = (Proxies::read(environment)?, Mutex::default());
        Ok(Self { environment: environment.clone(), proxies, timeouts, agents })
    }
}

/// Whether an address can be fetched without anybody's credentials: `https`, or `http` to this
/// machine (what pip counts as secure), with neither user information nor a query.
pub(crate) fn is_plain(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let is_secure = match url.scheme() {
        "https" => true,
        "http" => is_loopback(&url),
        _ => false,
    };
    let has_user = !url.username().is_empty() || url.password().is_some();
    is_secure && !has_user && url.query().is_none()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests;
