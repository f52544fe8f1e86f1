//! The environment, as a value that the run was started with.
//!
//! Nothing here reads the environment of the process: what matters of it is handed in, so that a
//! test can say what it is and no stage can be surprised by it. Libraries do where no value can be
//! handed to them: for the folder of temporary files, for that of caches, and for the system's
//! certificates.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

/// Variables by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// Takes the variables of a process.
    pub(crate) fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self(variables.into_iter().collect())
    }

    /// A variable's value; an empty one counts as absent, as programs mostly have it.
    pub(crate) fn raw(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// A variable's value, where it is text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.raw(name).and_then(OsStr::to_str)
    }

    /// All variables whose names are text and begin so, sorted by name.
    pub(crate) fn starting_with<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a OsStr)> {
        let texts =
            self.0.iter().filter_map(|(name, value)| Some((name.to_str()?, value.as_os_str())));
        texts.filter(move |(name, _)| name.starts_with(prefix))
    }

    /// The same for git: without what a hook of git sets, which would lead it to another
    /// repository, and with no question that nobody could answer.
    pub(crate) fn for_git(&self) -> Self {
        let names = [
            "GIT_ASKPASS",
            "GIT_PROXY_COMMAND",
            "GIT_ALLOW_PROTOCOL",
            // Users set these, to say how far upward a repository may be.
            "GIT_CEILING_DIRECTORIES",
            "GIT_DISCOVERY_ACROSS_FILESYSTEM",
            // Who sets this wants nothing fetched that a clone left out.
            "GIT_NO_LAZY_FETCH",
        ];
        let beginnings = ["GIT_CONFIG", "GIT_SSH", "GIT_SSL_", "GIT_HTTP_"];
        let kept = |name: &OsStr| {
            let name = name.to_string_lossy();
            // A file that stands for all others, to `git config` alone.
            let is_other_file = name == "GIT_CONFIG";
            !name.starts_with("GIT_")
                || names.contains(&&*name)
                || !is_other_file && beginnings.iter().any(|beginning| name.starts_with(beginning))
        };
        let mut variables: BTreeMap<_, _> =
            self.0.clone().into_iter().filter(|(name, _)| kept(name)).collect();
        variables.insert("GIT_TERMINAL_PROMPT".into(), "0".into());
        Self(variables)
    }

    /// The same less some variables.
    pub(crate) fn without(mut self, names: &[&str]) -> Self {
        self.0.retain(|name, _| !names.iter().any(|known| name == known));
        self
    }

    /// The same with one more variable.
    pub(crate) fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// All variables, sorted by name.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}
