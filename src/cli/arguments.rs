//! The arguments as they were typed; their meaning is settled later.
//!
//! Options are declared in the rooms that use them, `settings` and `command`, and put together
//! here.

use std::ffi::OsString;

use camino::Utf8PathBuf;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, CommandFactory as _, FromArgMatches as _, Parser};
use clap::{ColorChoice, Subcommand, ValueEnum};

use crate::command::{
    BuildOptions, CacheCommand, DiffOptions, HookCommand, InitOptions, InvokeOptions, ListOptions,
    LockOptions, ManifestCommand, NewOptions, VerifyOptions,
};
use crate::report::Failure;
use crate::settings::{PackageOptions, ProjectOptions};

/// Packages Python lambdas for Terraform: the same bytes on every machine
#[derive(Debug, Parser)]
#[command(
    name = "cargo dofs-package",
    bin_name = "cargo dofs-package",
    version,
    max_term_width = 100,
    subcommand_precedence_over_arg = true,
    after_help = "Without a command every lambda is packaged, as with `build`, whose options may \
                  then be given: see `cargo dofs-package build --help`.\n\n\
                  Exit codes: 0 done, 1 checked and it differs, 2 command line, 3 config or input, \
                  4 a lambda failed, 5 another program failed, 6 the network or a lock is needed and \
                  forbidden, 70 a bug, 130 interrupted, 143 terminated."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Those of `build`, where no command is named.
    #[command(flatten)]
    build: BuildOptions,
    #[command(flatten)]
    pub(super) global: Global,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub(super) struct Global {
    #[command(flatten)]
    pub(super) project: ProjectOptions,
    /// How the answer is written; `tfvars`, the variable `packages`, is of `build` only
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(super) format: Format,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(super) color: ColorChoice,
    /// Say more: where answers come from
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub(super) verbose: u8,
    /// Print only the answer and errors; twice, nothing at all
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(super) quiet: u8,
}

// The values have no help of their own: with it, the option took six lines of every help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Format {
    #[default]
    Text,
    Json,
    Tfvars,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Package every lambda, or those named
    Build {
        /// Names of lambdas, or globs
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        #[command(flatten)]
        options: BuildOptions,
    },
    /// Show what would go into each zip, and what would not, by which rule
    List(ListOptions),
    /// Compare zips, package manifest, Terraform or Lambda with what the sources give
    ///
    /// Without `--state` and `--deployed`: the package manifest and the zips that are there.
    /// Nothing is written. Exits with 1 if anything differs.
    Verify(VerifyOptions),
    /// Write pylock.toml beside each requirements.txt: exact wheels, with their sha256
    ///
    /// A fresh lock stays as it is; of a stale one the versions stay that still fit.
    Lock(LockOptions),
    /// Show what is other in a lambda's zip than in its sources, or in one zip than in another
    ///
    /// Requirements of other versions come first, then members that were added, removed, changed,
    /// or have another mode. Exits with 1 if there is any difference, even if only the bytes differ
    /// and not what they unpack to.
    ///
    /// What is added is so in the sources, and not yet in the zip; in B, and not in A. With `--rev` it
    /// is as in `git diff REV`: added in the zip since that revision.
    Diff(DiffOptions),
    /// Run a lambda's handler: that of the very package, in the target's Python
    ///
    /// The package is unpacked to a temporary folder, and the handler called once, with nothing to
    /// import but what Lambda would have there. Standard output is what it returns, as JSON; what
    /// it prints goes to standard error. Of this machine's environment and AWS credentials it gets
    /// nothing but what `--env` gives. Exits with 1 if it raises.
    Invoke(InvokeOptions),
    /// The pre-push hook of git: verifies the manifest in each pushed commit
    #[command(subcommand)]
    Hook(HookCommand),
    /// Answer Terraform's `data "external"` with hashes, and write nothing
    ///
    /// Standard input has a JSON object of strings, `{}` for all lambdas: `names` are names or
    /// globs with commas between them, `root` is the project. Standard output has a JSON object
    /// from name to hash; nothing if a lambda failed.
    External(PackageOptions),
    /// Look at the repository and write the config that fits it, files for CI, and a hook
    ///
    /// Lambdas are found by what Terraform's files name as their code, else by their handlers. What
    /// is there is never overwritten unasked. Where a config is, it stays, and what Terraform has
    /// and it has not is told.
    Init(InitOptions),
    /// The package manifest: join those of the parts of a run
    #[command(subcommand)]
    Manifest(ManifestCommand),
    /// Make a lambda where the project's globs find it, with a handler
    ///
    /// By default that is `lambdas/NAME`. Nothing that is there is overwritten.
    New(NewOptions),
    /// The store: wheels by digest, and what requirements resolved to
    #[command(subcommand)]
    Cache(CacheCommand),
    /// Write the manual pages to a folder: one for the tool, and one for each command
    Man {
        /// The folder; it is made if it is not there
        #[arg(value_name = "DIR")]
        directory: Utf8PathBuf,
    },
    /// Show what there is on this machine: programs, the store, the project and its targets
    ///
    /// For reports of what goes wrong: nothing is written, resolved or fetched, no address of an
    /// index is shown, and what is wrong stands in the answer.
    Doctor,
    /// Print the completions of a shell
    Completions {
        /// Which shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

/// The parser, as help, completions and manual pages show it.
pub(super) fn parser() -> clap::Command {
    // The options of `build` may be given without a command, and are shown in its own help only.
    Arguments::command().mut_args(|option| {
        let hidden = !option.is_global_set();
        option.hide(hidden)
    })
}

/// Reads the command line: the command, or the failure of an option in the wrong place, and the
/// options of every command.
pub(super) fn parse(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<(Result<Command, Failure>, Global), clap::Error> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    // cargo runs `cargo-dofs-package dofs-package …` for `cargo dofs-package …` (Custom
    // Subcommands, The Cargo Book).
    if arguments.get(1).is_some_and(|word| word == "dofs-package") {
        arguments.remove(1);
    }
    let mut tool = parser();
    let matches = tool.try_get_matches_from_mut(arguments)?;
    let Arguments { command, build, global } = Arguments::from_arg_matches(&matches)?;
    let build = || Command::Build { names: Vec::new(), options: build };
    let command = command.unwrap_or_else(build);
    let is_build = matches!(command, Command::Build { .. });
    let command = match misplaced(&tool, &matches) {
        Some(failure) => Err(failure),
        None if global.format == Format::Tfvars && !is_build => {
            Err(Failure::usage(MISPLACED, "`--format tfvars` is for `build` only"))
        }
        None => Ok(command),
    };
    Ok((command, global))
}

const MISPLACED: &str = "misplaced-option";

/// The failure of an option of `build` before the name of another command, or of one that does not
/// apply to the arguments behind it.
///
/// clap has no options that are valid only without a command: to it, those of `build` are options
/// of the tool.
fn misplaced(tool: &clap::Command, matches: &ArgMatches) -> Option<Failure> {
    let (first, _) = matches.subcommand()?;
    let (mut command, mut own, mut names) = (tool, matches, Vec::new());
    while let Some((name, deeper)) = own.subcommand() {
        (command, own) = (command.find_subcommand(name)?, deeper);
        names.push(name);
    }
    let name = names.join(" ");
    if let Some(option) = given(tool, matches).next() {
        let long = option.get_long()?;
        if !command.get_arguments().any(|own| own.get_long() == Some(long)) {
            return Some(no_option(long, first));
        }
        let message = format!("`--{long}` stands before `{name}`, and belongs behind it");
        let hint = format!("write `cargo dofs-package {name} {option}`");
        return Some(Failure::usage(MISPLACED, message).hint(hint));
    }
    // Two zips are compared without a project: nothing is resolved.
    let is_two_zips = first == "diff" && own.contains_id("after");
    let needless = given(command, own).find(|option| option.get_id() != "content");
    let long = needless.filter(|_| is_two_zips)?.get_long()?;
    Some(no_option(long, "diff A.zip B.zip"))
}

/// The command's own options that were typed.
fn given<'a>(command: &'a clap::Command, matches: &'a ArgMatches) -> impl Iterator<Item = &'a Arg> {
    let own = command.get_arguments().filter(|it| !it.is_positional() && !it.is_global_set());
    own.filter(|option| {
        matches.value_source(option.get_id().as_str()) == Some(ValueSource::CommandLine)
    })
}

fn no_option(long: &str, command: &str) -> Failure {
    Failure::usage(MISPLACED, format!("`--{long}` is no option of `{command}`"))
}
