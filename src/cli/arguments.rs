//! Exactly what was typed, and no more: what it means is settled later.

use camino::Utf8PathBuf;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

pub(super) use super::options::{
    BuildOptions, ChangedOption, MakeOptions, ResolveOptions, UpgradeOption, VerifyOptions,
};

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
    after_help = "Exit codes: 0 done, 1 checked and it differs, 2 command line, 3 config or input, \
                  4 a lambda failed, 5 another program failed, 6 the network or a lock is needed and \
                  forbidden, 70 a bug, 130 interrupted, 143 terminated."
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
    /// Print only the answer and errors; twice, nothing at all
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
    /// Of GitHub: a workflow in .github/workflows
    Github,
}

/// What git runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Hook {
    /// Before a push: the manifest in each pushed commit against its sources
    PrePush,
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
    /// Write a config for the project, files for CI, and a hook
    ///
    /// What is there is never overwritten unasked: then nothing is written. With `--ci` or
    /// `--hook` a config that is there stays as it is. Where no project is found, one begins in
    /// the working directory.
    Init {
        /// Write what this service runs, too
        #[arg(long, value_enum, value_name = "SERVICE")]
        ci: Option<Ci>,
        /// Install this hook of git, too
        #[arg(long, value_enum, value_name = "HOOK")]
        hook: Option<Hook>,
        /// Write anew what is there
        #[arg(long)]
        force: bool,
    },
    /// The store: wheels by digest, and what requirements resolved to
    Cache {
        #[command(subcommand)]
        command: CacheCommand,
    },
    /// Write the manual pages to a folder: one for the tool, and one for each command
    Man {
        /// The folder; it is made if it is not there
        #[arg(value_name = "DIR")]
        directory: Utf8PathBuf,
    },
    /// Tell what there is on this machine: programs, the store, the project and its targets
    ///
    /// For reports of what goes wrong: nothing is written, resolved or fetched, no address of an
    /// index is told, and what is amiss is told of in the answer.
    Doctor,
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
    ///
    /// One hook serves all projects of a repository: each is installed by itself.
    Install,
    /// Remove it; one that serves other projects, too, stays for those
    Uninstall,
    /// Verify the tip of each pushed ref, as git names them on standard input
    ///
    /// Where they are not named, HEAD is verified. Exits with 1 if a manifest is not that of its commit.
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
