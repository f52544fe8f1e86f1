//! What is typed of what can be settled: still text, as it was typed.
//!
//! Each command takes the parts that mean something to it.

use camino::Utf8PathBuf;
use clap::Args;

use crate::resolve::Offline;

/// Where the project and its config are.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct ProjectOptions {
    /// The project [default: the nearest folder upward with a config, else with a lambdas/]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) root: Option<Utf8PathBuf>,
    /// The config, in place of dofs-package.toml at the root
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<Utf8PathBuf>,
    /// The Cargo.toml whose metadata table is the config
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "config")]
    pub(crate) manifest_path: Option<Utf8PathBuf>,
}

/// How requirements are resolved, and for what.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct ResolveOptions {
    /// Python version of the Lambda runtime, for every lambda
    #[arg(long, value_name = "X.Y")]
    pub(crate) python: Option<String>,
    /// Lambda's architecture, for every lambda: `x86_64` or `arm64`
    #[arg(long, value_name = "ARCH")]
    pub(crate) arch: Option<String>,
    /// How many threads work [default: one for each processor]
    #[arg(short, long, value_name = "N", value_parser = jobs)]
    pub(crate) jobs: Option<usize>,
    /// Use only what the store knows
    #[arg(long, conflicts_with = "no_cache")]
    pub(crate) offline: bool,
    /// Fail where a lock is missing or stale
    #[arg(long)]
    pub(crate) locked: bool,
    /// Both `--offline` and `--locked`
    #[arg(long, conflicts_with = "no_cache")]
    pub(crate) frozen: bool,
    /// Neither read nor fill the store, nor pip's cache
    #[arg(long)]
    pub(crate) no_cache: bool,
}

/// What is packaged, and how.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct PackageOptions {
    #[command(flatten)]
    pub(crate) resolve: ResolveOptions,
    /// Resolve again what has no lock, whatever the store knows
    #[arg(long, conflicts_with_all = ["offline", "locked", "frozen"])]
    pub(crate) upgrade: bool,
    /// Take the sources of a git revision, not the worktree's
    #[arg(long, value_name = "REV")]
    pub(crate) rev: Option<String>,
}

/// Where packages are written, and what is written of them.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct OutputOptions {
    /// Write the zips to this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) out_dir: Option<Utf8PathBuf>,
    /// Write the package manifest for Terraform to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: Option<Utf8PathBuf>,
}

/// All of them; those that a command does not have are empty.
#[derive(Debug, Default, Clone)]
pub(crate) struct Options {
    pub(crate) project: ProjectOptions,
    pub(crate) package: PackageOptions,
    pub(crate) output: OutputOptions,
    /// What else the run writes: no package has it.
    pub(crate) reports: Vec<Utf8PathBuf>,
}

pub(super) fn jobs(text: &str) -> Result<usize, String> {
    let jobs = text.parse().ok().filter(|jobs| *jobs > 0);
    jobs.ok_or_else(|| "a number of threads, from 1".to_owned())
}

impl ResolveOptions {
    /// The option by which nothing may be fetched, if one says so.
    pub(crate) fn offline(&self) -> Option<Offline> {
        match (self.frozen, self.offline) {
            (true, _) => Some(Offline::Frozen),
            (false, true) => Some(Offline::Alone),
            (false, false) => None,
        }
    }

    /// Whether every lambda with requirements must have a fresh lock.
    pub(crate) fn requires_locks(&self) -> bool {
        self.locked || self.frozen
    }
}

impl PackageOptions {
    /// The same of the files of a revision.
    pub(crate) fn at(&self, revision: &str) -> Self {
        Self { rev: Some(revision.to_owned()), ..self.clone() }
    }
}
