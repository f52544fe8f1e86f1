//! The door to the network: fetches files over HTTP, and nothing else in the crate opens a
//! connection.
//!
//! What is fetched has a digest that is known beforehand, so a server is trusted with nothing but
//! its bytes. They go to the caller in order, each once, however often the connection breaks: a
//! body that was cut is resumed where it ended. Proxies and certificates are those that pip would
//! take from the environment, which is handed in.
//!
//! There are no credentials here and no index: addresses that want a user, a token or a `.netrc`
//! are pip's affair, and so are configuration files. Nothing is cached, and nothing is written.

mod agents;
mod ask;
mod certificates;
mod error;
mod fetch;
mod no_proxy;
mod proxies;
mod retry;
#[cfg(test)]
mod server;
mod timeouts;

use std::io;

use url::{Host, Url};

use crate::digest::Sha256Digest;
use crate::environment::Environment;
use crate::report::Failure;

use agents::Agents;
pub(crate) use error::Error;
use timeouts::Timeouts;

/// Where fetched bytes go: in order, each once.
pub(crate) type Sink<'a> = dyn FnMut(&[u8]) -> io::Result<()> + 'a;

/// Fetches files; its connections are kept alive and shared by all threads that use it.
pub(crate) struct Client {
    /// What talks to servers, one for each way there.
    agents: Agents,
    timeouts: Timeouts,
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
        Self::with_timeouts(environment, Timeouts::default())
    }

    fn with_timeouts(environment: &Environment, timeouts: Timeouts) -> Result<Self, Failure> {
        Ok(Self { agents: Agents::new(environment, timeouts)?, timeouts })
    }

    /// Fetches a file, following redirects. Its bytes go to `sink` as they come; none may be
    /// trusted before this has returned without an error.
    ///
    /// A failure that may pass is tried again after a pause: up to five times in a row without a
    /// new byte, and without end while each try brings some. A file that is larger than expected
    /// (where no size is, than Lambda could use) or has another digest is none.
    pub(crate) fn fetch(
        &self,
        url: &str,
        expected: &Expected,
        sink: &mut Sink<'_>,
    ) -> Result<(), Error> {
        fetch::fetch(&self.agents, &self.timeouts, url, expected, sink)
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
