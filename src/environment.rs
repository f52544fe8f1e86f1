//! The environment, as a value that the run was started with.
//!
//! Nothing here reads the environment of the process: the caller passes it in, so that a test can
//! choose it and no stage depends on anything else. Libraries read it themselves where they take no
//! value: for the folder of temporary files, for that of caches, and for the system's certificates.

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

    /// Returns the value of a variable; an empty one counts as unset, as pip has it in requirements
    /// files (`expand_env_variables`) and requests for its bundles.
    pub(crate) fn raw(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// Returns the value of a variable, if it is UTF-8.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.raw(name).and_then(OsStr::to_str)
    }

    /// Returns the variables whose names are UTF-8 and have the prefix, sorted by name.
    pub(crate) fn starting_with<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a OsStr)> {
        let texts =
            self.0.iter().filter_map(|(name, value)| Some((name.to_str()?, value.as_os_str())));
        texts.filter(move |(name, _)| name.starts_with(prefix))
    }

    /// Returns the environment for git.
    ///
    /// In a hook, git sets `GIT_DIR`, `GIT_WORK_TREE`, `GIT_INDEX_FILE` and others, with which it
    /// would work on another repository than that of the project (githooks(5)). They are left out,
    /// and with them all that is not known to be the user's own choice.
    pub(crate) fn for_git(&self) -> Self {
        let names = [
            "GIT_ASKPASS",
            "GIT_PROXY_COMMAND",
            "GIT_ALLOW_PROTOCOL",
            // With these a user limits the search for a repository in the folders above (git(1)).
            "GIT_CEILING_DIRECTORIES",
            "GIT_DISCOVERY_ACROSS_FILESYSTEM",
            // With this a user forbids git to fetch what a partial clone lacks (`--no-lazy-fetch`
            // of git 2.45 and later).
            "GIT_NO_LAZY_FETCH",
        ];
        let beginnings = ["GIT_CONFIG", "GIT_SSH", "GIT_SSL_", "GIT_HTTP_"];
        let kept = |name: &OsStr| {
            let name = name.to_string_lossy();
            // `git config` alone reads it, in place of all other files, so its answer would not be
            // what other commands use (git-config(1)).
            let is_other_file = name == "GIT_CONFIG";
            !name.starts_with("GIT_")
                || names.contains(&&*name)
                || !is_other_file && beginnings.iter().any(|beginning| name.starts_with(beginning))
        };
        let mut variables: BTreeMap<_, _> =
            self.0.clone().into_iter().filter(|(name, _)| kept(name)).collect();
        // A child has no terminal, so nobody could answer a question about a password (git(1)).
        variables.insert("GIT_TERMINAL_PROMPT".into(), "0".into());
        Self(variables)
    }

    /// Returns it without some variables.
    pub(crate) fn without(mut self, names: &[&str]) -> Self {
        self.0.retain(|name, _| !names.iter().any(|known| name == known));
        self
    }

    /// Returns it with one more variable.
    pub(crate) fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// All variables, sorted by name.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}
