//! Options of commands, as they are typed: before the command's name, behind it, or both.

use camino::Utf8PathBuf;
use clap::Args;

use crate::command::Partition;

/// Options of `build`.
#[derive(Debug, Default, Args)]
pub(super) struct BuildOptions {
    /// Write nothing, and print the hashes all the same
    #[arg(short = 'n', long)]
    pub(super) dry_run: bool,
    /// Build though nothing has changed; today every run does
    #[arg(long)]
    pub(super) force: bool,
    /// Write the zips to this folder
    #[arg(long, value_name = "DIR")]
    pub(super) out_dir: Option<Utf8PathBuf>,
    /// Write the package manifest for Terraform to this file
    #[arg(long, value_name = "FILE")]
    pub(super) manifest: Option<Utf8PathBuf>,
    /// Package only the I-th of N parts of the lambdas
    #[arg(long, value_name = "I/N")]
    pub(super) partition: Option<Partition>,
}

/// Options of `verify`.
#[derive(Debug, Default, Args)]
pub(super) struct VerifyOptions {
    /// Compare what `terraform show -json` says of a state or plan; `-`: on standard input
    #[arg(long, value_name = "FILE")]
    pub(super) state: Option<Utf8PathBuf>,
    /// Where Terraform runs, to know what its file names are relative to
    #[arg(long, value_name = "DIR", requires = "state")]
    pub(super) terraform_dir: Option<Utf8PathBuf>,
    /// Compare the code that Lambda has, through the AWS CLI
    #[arg(long)]
    pub(super) deployed: bool,
    /// Write the checks to this file, too, as JUnit XML, for reports of CI
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<Utf8PathBuf>,
}

/// Options of whatever resolves requirements.
#[derive(Debug, Default, Clone, Args)]
pub(super) struct ResolveOptions {
    /// Python version of the Lambda runtime, for every lambda
    #[arg(long, value_name = "X.Y")]
    pub(super) python: Option<String>,
    /// Lambda's architecture, for every lambda: `x86_64` or `arm64`
    #[arg(long, value_name = "ARCH")]
    pub(super) arch: Option<String>,
    /// How many threads work [default: one for each processor]
    #[arg(short, long, value_name = "N", value_parser = jobs)]
    pub(super) jobs: Option<usize>,
    /// Use only what the store knows
    #[arg(long, conflicts_with = "no_cache")]
    pub(super) offline: bool,
    /// Fail where a lock is missing or stale
    #[arg(long)]
    pub(super) locked: bool,
    /// Both `--offline` and `--locked`
    #[arg(long, conflicts_with = "no_cache")]
    pub(super) frozen: bool,
    /// Neither read nor fill the store, nor pip's cache
    #[arg(long)]
    pub(super) no_cache: bool,
}

/// Options of whatever makes packages.
#[derive(Debug, Default, Clone, Args)]
pub(super) struct MakeOptions {
    /// How requirements are resolved.
    #[command(flatten)]
    pub(super) resolve: ResolveOptions,
    /// Whether they are resolved again.
    #[command(flatten)]
    pub(super) upgrade: UpgradeOption,
    /// Which files are read.
    #[command(flatten)]
    pub(super) revision: RevisionOption,
}

/// Which files are read.
#[derive(Debug, Default, Clone, Args)]
pub(super) struct RevisionOption {
    /// Take the sources of a git revision, not the worktree's
    #[arg(long, value_name = "REV")]
    pub(super) rev: Option<String>,
}

/// Which lambdas are looked at.
#[derive(Debug, Default, Clone, Args)]
pub(super) struct ChangedOption {
    /// Only lambdas whose packages are others than those of a git revision
    #[arg(long, value_name = "REV")]
    pub(super) changed_since: Option<String>,
}

/// Whether requirements are resolved again.
#[derive(Debug, Default, Clone, Copy, Args)]
pub(super) struct UpgradeOption {
    /// Resolve again what has no lock, whatever the store knows
    #[arg(long, conflicts_with_all = ["offline", "locked", "frozen"])]
    pub(super) upgrade: bool,
}

fn jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(jobs) if jobs > 0 => Ok(jobs),
        _ => Err("a number of threads, from 1".to_owned()),
    }
}

impl BuildOptions {
    /// Adds what stood before the command's name.
    pub(super) fn or(self, before: Self) -> Self {
        Self {
            dry_run: self.dry_run || before.dry_run,
            force: self.force || before.force,
            out_dir: self.out_dir.or(before.out_dir),
            manifest: self.manifest.or(before.manifest),
            partition: self.partition.or(before.partition),
        }
    }

    /// The first option that was given, if any was.
    pub(super) fn any(&self) -> Option<&'static str> {
        let given = [
            (self.dry_run, "--dry-run"),
            (self.force, "--force"),
            (self.out_dir.is_some(), "--out-dir"),
            (self.manifest.is_some(), "--manifest"),
            (self.partition.is_some(), "--partition"),
        ];
        given.into_iter().find(|(given, _)| *given).map(|(_, name)| name)
    }
}

impl MakeOptions {
    /// Adds what stood before the command's name.
    pub(super) fn or(self, before: Self) -> Self {
        Self {
            resolve: self.resolve.or(before.resolve),
            upgrade: UpgradeOption { upgrade: self.upgrade.upgrade || before.upgrade.upgrade },
            revision: RevisionOption { rev: self.revision.rev.or(before.revision.rev) },
        }
    }

    /// The same for the files of a revision.
    pub(super) fn at(&self, revision: &str) -> Self {
        Self { revision: RevisionOption { rev: Some(revision.to_owned()) }, ..self.clone() }
    }

    /// The first option that was given, if any was.
    pub(super) fn any(&self) -> Option<&'static str> {
        self.resolve.any().or(self.any_but_resolve())
    }

    /// The same, but for how requirements are resolved.
    pub(super) fn any_but_resolve(&self) -> Option<&'static str> {
        self.upgrade.upgrade.then_some("--upgrade").or(self.any_of_revision())
    }

    /// The same for which files are read.
    pub(super) fn any_of_revision(&self) -> Option<&'static str> {
        self.revision.rev.is_some().then_some("--rev")
    }
}

impl ChangedOption {
    /// Adds what stood before the command's name.
    pub(super) fn or(self, before: Self) -> Self {
        Self { changed_since: self.changed_since.or(before.changed_since) }
    }

    /// The option, if it was given.
    pub(super) fn any(&self) -> Option<&'static str> {
        self.changed_since.is_some().then_some("--changed-since")
    }
}

impl ResolveOptions {
    /// Adds what stood before the command's name.
    pub(super) fn or(self, before: Self) -> Self {
        Self {
            python: self.python.or(before.python),
            arch: self.arch.or(before.arch),
            jobs: self.jobs.or(before.jobs),
            offline: self.offline || before.offline,
            locked: self.locked || before.locked,
            frozen: self.frozen || before.frozen,
            no_cache: self.no_cache || before.no_cache,
        }
    }

    /// The first option that was given, if any was.
    pub(super) fn any(&self) -> Option<&'static str> {
        let given = [
            (self.python.is_some(), "--python"),
            (self.arch.is_some(), "--arch"),
            (self.jobs.is_some(), "--jobs"),
            (self.offline, "--offline"),
            (self.locked, "--locked"),
            (self.frozen, "--frozen"),
            (self.no_cache, "--no-cache"),
        ];
        given.into_iter().find(|(given, _)| *given).map(|(_, name)| name)
    }
}
