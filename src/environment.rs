//! The environment, as a value that the run was started with.
//!
//! Nothing here reads the environment of the process: the caller passes it in, so that a test can
//! choose it and no stage depends on anything else. Libraries read it themselves where they take no
//! value: for the folder of temporary files, for that of caches, and for the system's certificates.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use camino::Utf8Path;

use crate::patience::{Limits, Patience};

/// Variables that name a file or a folder to programs.
const PATHS: &[&str] = &[
    "AWS_CA_BUNDLE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "CARGO_HOME",
    "CURL_CA_BUNDLE",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "NETRC",
    "PIP_CACHE_DIR",
    "PIP_CERT",
    "PIP_CLIENT_CERT",
    "PIP_CONFIG_FILE",
    "PIP_LOG",
    "PYENV_ROOT",
    "REQUESTS_CA_BUNDLE",
    "RUSTUP_HOME",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TF_CLI_CONFIG_FILE",
    "UV_CACHE_DIR",
    "UV_CONFIG_FILE",
    "VIRTUAL_ENV",
];

/// Variables that may name several, with blanks between them: pip splits there (`_update_defaults` in
/// pip/_internal/cli/parser.py).
const LISTS: &[&str] = &[
    "PIP_BUILD_CONSTRAINT",
    "PIP_CONSTRAINT",
    "PIP_FIND_LINKS",
    "UV_BUILD_CONSTRAINT",
    "UV_CONSTRAINT",
    "UV_OVERRIDE",
];

/// What a run was started with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    /// Variables by name.
    variables: BTreeMap<OsString, OsString>,
    /// How long the programs and downloads that are given it are waited for.
    patience: Patience,
}

impl Environment {
    /// Takes the variables of a process.
    pub(crate) fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self { variables: variables.into_iter().collect(), patience: Patience::default() }
    }

    /// Returns it for programs and downloads that somebody hears of.
    pub(crate) fn waiting(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// Returns it with limits of its programs and downloads.
    pub(crate) fn limited(mut self, limits: Limits) -> Self {
        self.patience.limits = limits;
        self
    }

    pub(crate) fn patience(&self) -> &Patience {
        &self.patience
    }

    /// Returns the value of a variable; an empty one counts as unset, as pip has it in requirements
    /// files (`expand_env_variables`) and requests for its bundles.
    pub(crate) fn raw(&self, name: &str) -> Option<&OsStr> {
        self.variables
            .get(OsStr::new(name))
            .map(OsString::as_os_str)
            .filter(|value| !value.is_empty())
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
        let texts = self
            .variables
            .iter()
            .filter_map(|(name, value)| Some((name.to_str()?, value.as_os_str())));
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
            self.variables.clone().into_iter().filter(|(name, _)| kept(name)).collect();
        // A child has no terminal, so nobody could answer a question about a password (git(1)).
        variables.insert("GIT_TERMINAL_PROMPT".into(), "0".into());
        Self { variables, patience: self.patience.clone() }
    }

    /// Returns it for a git that must find no repository in a folder, nor above it (git(1)).
    pub(crate) fn with_ceiling(self, folder: &Utf8Path) -> Self {
        const NAME: &str = "GIT_CEILING_DIRECTORIES";
        let theirs = self.raw(NAME).map(OsStr::to_owned).unwrap_or_default();
        let all = std::env::split_paths(&theirs).chain([folder.as_std_path().to_owned()]);
        // A folder with a separator in its name can't be told to git.
        let all = std::env::join_paths(all.filter(|path| !path.as_os_str().is_empty()));
        all.map_or_else(|_| self.clone(), |all| self.clone().with(NAME, all))
    }

    /// Returns it with absolute paths in place of those that are relative to a folder, for programs
    /// that run in another one.
    pub(crate) fn seen_from_anywhere(mut self, folder: &Utf8Path) -> Self {
        let is_relative = |path: &str| {
            !path.contains("://") && !path.starts_with('~') && !Utf8Path::new(path).is_absolute()
        };
        let absolute = |path: &str| match is_relative(path) && !path.is_empty() {
            true => folder.join(path).into_string(),
            false => path.to_owned(),
        };
        for (name, value) in &mut self.variables {
            let (Some(name), Some(text)) = (name.to_str(), value.to_str()) else { continue };
            if PATHS.contains(&name) {
                *value = absolute(text).into();
            } else if LISTS.contains(&name) && text.split_whitespace().any(is_relative) {
                let all: Vec<String> = text.split_whitespace().map(absolute).collect();
                *value = all.join(" ").into();
            }
        }
        self
    }

    /// Returns it without some variables.
    pub(crate) fn without(mut self, names: &[&str]) -> Self {
        self.variables.retain(|name, _| !names.iter().any(|known| name == known));
        self
    }

    /// Returns it with one more variable.
    pub(crate) fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// All variables, sorted by name.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.variables.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}
