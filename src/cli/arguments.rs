//! Exactly what was typed, and no more: what it means is settled later.

use camino::Utf8PathBuf;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::command::Partition;

/// Packages Python lambdas for Terraform: the same bytes on every machine.
///
/// Finds the directories of `lambdas/`, resolves their requirements for Lambda's platform,
/// writes `lambdas/NAME/NAME.zip`, and prints for each its name, the base64 SHA-256 that Terraform
/// compares as `source_code_hash`, and its path.
#[derive(Debug, Parser)]
#[command(
    name = "cargo dofs-package",
    bin_name = "cargo dofs-package",
    version,
    max_term_width = 100,
    subcommand_precedence_over_arg = true,
    after_help = "Exit codes: 0 done, 2 command line, 3 config or input, 4 a lambda failed, \
                  5 another program failed, 6 the network or a lock is needed and forbidden."
)]
pub(super) struct Arguments {
    /// What is to be done; `build` where nothing is said.
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    /// What stands before the command's name, or without one.
    #[command(flatten)]
    pub(super) before: Before,
    /// Options of every command.
    #[command(flatten)]
    pub(super) global: Global,
}

/// Options that may stand before the command's name.
#[derive(Debug, Args)]
pub(super) struct Before {
    /// Those of `build`.
    #[command(flatten)]
    pub(super) build: BuildOptions,
    /// Those of whatever makes packages.
    #[command(flatten)]
    pub(super) make: MakeOptions,
    /// Which lambdas are packaged.
    #[command(flatten)]
    pub(super) changed: ChangedOption,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub(super) struct Global {
    /// The project [default: the nearest folder upward with a config or a lambdas/]
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) root: Option<Utf8PathBuf>,
    /// The config, in place of dofs-package.toml at the root
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<Utf8PathBuf>,
    /// The Cargo.toml whose metadata table is the config
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "config")]
    pub(super) manifest_path: Option<Utf8PathBuf>,
    /// How the answer is written
    #[arg(long, global = true, value_enum, default_value_t, hide_possible_values = false)]
    pub(super) format: TypedFormat,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(super) color: Color,
    /// Say more: where answers come from
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub(super) verbose: u8,
    /// Print only errors; twice, nothing at all, not even the answer
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(super) quiet: u8,
}

/// How an answer is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum TypedFormat {
    /// Lines of tab-separated values
    #[default]
    Text,
    /// One JSON document
    Json,
    /// Of `build` only: the variable `packages` for Terraform
    Tfvars,
}

/// How an answer is written that any command gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Lines of tab-separated values.
    Text,
    /// One JSON document.
    Json,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless the environment says otherwise
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Who runs builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Ci {
    /// Of AWS: buildspec.yml
    Codebuild,
    /// Of GitHub: .github/workflows/package.yml
    Github,
}

/// What is done.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Package every lambda, or those named
    Build {
        /// Names of lambdas, or globs
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        #[command(flatten)]
        build: BuildOptions,
        #[command(flatten)]
        make: MakeOptions,
        #[command(flatten)]
        changed: ChangedOption,
    },
    /// Show what would go into each zip, and what would not, by which rule
    List {
        /// Names of lambdas, or globs
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        #[command(flatten)]
        make: MakeOptions,
        #[command(flatten)]
        changed: ChangedOption,
    },
    /// Compare zips, package manifest, Terraform or Lambda with what the sources give
    ///
    /// Without `--state` and `--deployed`: the package manifest and the zips that are there.
    /// Nothing is written. Exits with 1 if anything differs.
    Verify {
        /// Names of lambdas, or globs
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        #[command(flatten)]
        verify: VerifyOptions,
        #[command(flatten)]
        make: MakeOptions,
    },
    /// Write pylock.toml beside each requirements.txt: exact wheels, with their sha256
    ///
    /// A fresh lock stays as it is; of a stale one the versions stay that still fit.
    Lock {
        /// Names of lambdas, or globs
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// Write nothing, and exit with 1 if a lock is missing or stale
        #[arg(long)]
        check: bool,
        /// Choose new versions: of everything, or of PACKAGE and what it requires
        #[arg(
            long,
            value_name = "PACKAGE",
            num_args = 0..=1,
            default_missing_value = "",
            hide_default_value = true,
            conflicts_with = "check"
        )]
        upgrade: Vec<String>,
        #[command(flatten)]
        resolve: ResolveOptions,
    },
    /// Show what is other in a lambda's zip than in its sources, or in one zip than in another
    ///
    /// Requirements of other versions come first, then members that were added, removed, changed, or
    /// have another mode. Exits with 1 if there is any difference, even if only the bytes differ and
    /// not what they unpack to.
    Diff {
        /// A lambda's name; a zip, where B is one
        #[arg(value_name = "A")]
        before: String,
        /// Another zip
        #[arg(value_name = "B")]
        after: Option<Utf8PathBuf>,
        /// Show what is other in one member: a text as a unified diff
        #[arg(long, value_name = "MEMBER")]
        content: Option<String>,
        #[command(flatten)]
        make: MakeOptions,
    },
    /// The pre-push hook of git: verifies the manifest in each pushed commit
    Hook {
        #[command(subcommand)]
        command: HookCommand,
    },
    /// Answer Terraform's `data "external"` with hashes, and write nothing
    ///
    /// Standard input has a JSON object of strings, `{}` for all lambdas: `names` are names or
    /// globs with commas between them, `root` is the project. Standard output has a JSON object
    /// from name to hash; nothing if a lambda failed.
    External {
        #[command(flatten)]
        make: MakeOptions,
    },
    /// Write a config for the project, and files for CI
    ///
    /// What is there is never overwritten unasked: then nothing is written. With `--ci` a config
    /// that is there stays as it is. Where no project is found, one begins in the working
    /// directory.
    Init {
        /// Write what this service runs, too
        #[arg(long, value_enum, value_name = "SERVICE")]
        ci: Option<Ci>,
        /// Write anew what is there
        #[arg(long)]
        force: bool,
    },
    /// The store: wheels by digest, and what requirements resolved to
    Cache {
        #[command(subcommand)]
        command: CacheCommand,
    },
    /// Print the completions of a shell
    Completions {
        /// Which shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

/// What is done with the hook.
#[derive(Debug, Subcommand)]
pub(super) enum HookCommand {
    /// Write it where git looks for it; another hook is never overwritten
    Install,
    /// Remove it
    Uninstall,
    /// Verify the tip of each pushed ref, as git names them on standard input
    ///
    /// On a terminal, HEAD is verified. Exits with 1 if a manifest is not that of its commit.
    Run {
        /// What git passes on: the remote's name and address
        #[arg(hide = true)]
        remote: Vec<String>,
        #[command(flatten)]
        resolve: ResolveOptions,
    },
}

/// What is done with the store.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(super) enum CacheCommand {
    /// Print where it is
    Dir,
    /// Print how many bytes it takes
    Size,
    /// Remove wheels that no run has used for a time; what requirements resolved to stays known
    Prune {
        /// How many days
        #[arg(long, value_name = "N", default_value_t = 30)]
        days: u32,
    },
    /// Empty the store
    Clean,
    /// Hash every wheel, and exit with 1 if one is damaged
    Verify,
}

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
