//! The agents that talk to servers: one for each combination of TLS and proxy, made when it is
//! needed.

use std::sync::PoisonError;

use ureq::tls::TlsConfig;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{
    ConnectProxyConnector, Connector as _, RustlsConnector, SocksConnector, TcpConnector,
};
use ureq::{Agent, ProxyProtocol};
use url::Url;

use super::pace::Pace;
use super::{Client, certificates};
use crate::report::Failure;

/// The `User-Agent`.
const NAME: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
/// How many connections are kept for the next file; more than there are threads that fetch.
const KEPT: usize = 64;

/// How a server is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Way {
    /// Whether the server speaks TLS.
    is_secure: bool,
    /// Whether a proxy is between.
    is_proxied: bool,
}

impl Client {
    /// Returns the agent that talks to the server of an address.
    pub(super) fn towards(&self, url: &Url) -> Result<Agent, Failure> {
        let proxy = self.proxies.towards(url);
        let way = Way { is_secure: url.scheme() == "https", is_proxied: proxy.is_some() };
        // Held while certificates are read, so that one thread reads them for all.
        let mut agents = self.agents.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(agent) = agents.get(&way) {
            return Ok(agent.clone());
        }
        let agent = self.make(way, proxy)?;
        agents.insert(way, agent.clone());
        Ok(agent)
    }

    fn make(&self, way: Way, proxy: Option<&ureq::Proxy>) -> Result<Agent, Failure> {
        let silence = Some(self.timeouts.silence);
        let mut config = Agent::config_builder()
            .user_agent(NAME)
            // The digest is that of the file, and some servers compress one that is compressed
            // already (pip sends the same header, see `HEADERS` in its `network/utils.py`).
            .accept_encoding("identity")
            .proxy(proxy.cloned())
            // `ask` follows redirects itself, each through its own proxy, and decides about
            // statuses.
            .max_redirects(0)
            .http_status_as_error(false)
            .max_idle_connections(KEPT)
            .max_idle_connections_per_host(KEPT)
            .timeout_resolve(Some(self.timeouts.connect))
            .timeout_connect(Some(self.timeouts.connect))
            .timeout_recv_response(silence)
            .timeout_per_read(silence)
            .timeout_per_write(silence);
        let is_proxy_secure = proxy.is_some_and(|proxy| proxy.protocol() == ProxyProtocol::Https);
        if way.is_secure || is_proxy_secure {
            let roots = certificates::load(&self.environment)?;
            config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
        }
        // ureq's own chain, and the pace below TLS.
        let connector =
            ().chain(SocksConnector::default())
                .chain(ConnectProxyConnector::default())
                .chain(TcpConnector::default())
                .chain(Pace(self.timeouts.silence))
                .chain(RustlsConnector::default());
        Ok(Agent::with_parts(config.build(), connector, DefaultResolver::default()))
    }
}
