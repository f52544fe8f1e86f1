//! Which proxy leads to a server, as curl and pip read it from the environment.
//!
//! `PIP_PROXY` comes first and knows no exceptions, as with pip. The other names are taken in
//! lower case before upper case, and that of a scheme before `ALL_PROXY`.

use url::Url;

use super::no_proxy::NoProxy;
use crate::environment::Environment;
use crate::process::redact;
use crate::report::Failure;

/// pip's own name for a proxy.
const OF_PIP: &str = "PIP_PROXY";
/// Names of the proxy for `http`, the first one set counts.
const HTTP: &[&str] = &[OF_PIP, "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
/// Names of the proxy for `https`.
const HTTPS: &[&str] = &[OF_PIP, "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// The proxies of an environment.
pub(super) struct Proxies {
    http: Option<ureq::Proxy>,
    https: Option<ureq::Proxy>,
    /// Where none is used.
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

    /// Returns the proxy that leads to an address, if one does.
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
    // Only with a scheme before it is user information found, to be blanked out.
    let address = if text.contains("://") { text.into_owned() } else { format!("http://{text}") };
    // The client's own parser takes any text for a port.
    let is_address = Url::parse(&address).is_ok_and(|url| url.has_host());
    let proxy = is_address.then(|| ureq::Proxy::new(&address).ok()).flatten();
    proxy.map(Some).ok_or_else(|| {
        Failure::program("proxy", format!("`{variable}` names no proxy: `{}`", redact(&address)))
            .hint(format!("set `{variable}` to `http://host:port`, or to nothing"))
    })
}
