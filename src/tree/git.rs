//! Runs git for one repository, and for one revision of it.
//!
//! A checkout may come from anybody, and git runs programs that the configuration of a repository
//! names: filters, a monitor of files, commands that fetch. So git reads that configuration only for
//! answers that run nothing ([`Git::in_folder`]); what has to read objects, or compares files, goes
//! through a git directory of ours, with the settings that are known to be harmless
//! ([`Git::through`], [`super::git_dir`]).
//!
//! For a revision the repository's own index and worktree are neither read nor written: git is given
//! an index of its own, in a temporary folder, and another worktree.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::dot_git::top;
use crate::environment::Environment;
use crate::process::{self, Output, Program, last_lines};
use crate::report::Failure;
use crate::report::code;

/// How git is run: its environment, folder and fixed settings.
#[derive(Debug, Clone)]
pub(super) struct Git {
    /// Without the variables that git sets for a hook.
    environment: Environment,
    folder: Utf8PathBuf,
    /// Settings that override the user's configuration, each for an option `-c`.
    fixed: &'static [&'static [&'static str]],
    /// Whether the repository is read through a git directory of ours.
    is_ours: bool,
}

/// A setting for every run: no monitor of files is asked, which is a program, or starts one
/// (git-config(1)).
const UNMONITORED: &[&str] = &["core.fsmonitor=false"];
/// A setting inside of a worktree: no folder is taken for a bare repository, which could be one of its
/// files.
const EXPLICIT: &[&str] = &["safe.bareRepository=explicit"];
/// Settings for a git directory of ours, which has none of the references: after a fetch git would
/// remove what they need. No hook of the user's is for such a directory (githooks(5)).
const OURS: &[&str] = &["core.hooksPath=/dev/null", "gc.auto=0", "maintenance.auto=false"];

/// Settings that change the bytes or modes of files in a checkout, or which files are in it. Each
/// user may have others, and a package must not depend on that (git-config(1)).
const AS_ANYWHERE: &[&str] = &[
    "core.autocrlf=false",
    "core.eol=lf",
    // Without these two, a mode of a file would be lost, and a link would be written as a text
    // file.
    "core.fileMode=true",
    "core.symlinks=true",
    // It would leave files out of a checkout.
    "core.sparseCheckout=false",
    "core.attributesFile=",
];

/// More settings for reading a commit: attributes come from that commit alone, names differ by
/// case, and no `sharedindex` file is written into the repository (`core.splitIndex`, see
/// git-update-index(1)).
const ASIDE: &[&str] =
    &["attr.tree=", "core.ignoreCase=false", "core.splitIndex=false", "submodule.recurse=false"];

/// The arguments that ask for the path of a folder below the top of its worktree.
pub(super) const SHOW_PREFIX: [&str; 2] = ["rev-parse", "--show-prefix"];

/// How git's error about a failed filter of gitattributes(5) begins.
const FILTER_FAILED: &str = "error: external filter ";

/// A part of git's error about a missing object.
const UNREAD: &str = ": unable to read ";

/// A git directory of ours: no other configuration than its own is read.
#[derive(Debug)]
pub(super) struct GitDir {
    pub(super) path: Utf8PathBuf,
    /// The folder of its objects, which is that of the repository.
    pub(super) objects: Utf8PathBuf,
    /// The filters that only the repository's own configuration defines, which are not run; with the
    /// command that a checkout would run: `process` or `smudge`.
    pub(super) refused: BTreeMap<String, &'static str>,
}

/// The answer of git in a folder that may be outside of any repository.
pub(super) enum Answer {
    Bytes(Vec<u8>),
    NoRepository,
    NoGit,
}

impl Git {
    /// Git in a folder of a worktree.
    pub(super) fn in_folder(folder: &Utf8Path, environment: &Environment) -> Self {
        let environment = environment.for_git();
        // Replacements of objects (git-replace(1)) are in this clone only, unless somebody pushed
        // them.
        let environment = environment.with("GIT_NO_REPLACE_OBJECTS", "1");
        // `git status` would refresh the index, and lock it for a git of the user (git(1)).
        let environment = environment.with("GIT_OPTIONAL_LOCKS", "0");
        // Messages that are looked for below must be in English. LC_ALL would do that, too, but
        // also change the encoding for the filters that git runs.
        let environment = environment.with("LANGUAGE", "C");
        let fixed: &[&[&str]] = match top(folder) {
            Ok(None) => &[UNMONITORED],
            _ => &[UNMONITORED, EXPLICIT],
        };
        Self { environment, folder: folder.to_owned(), fixed, is_ours: false }
    }

    /// A repository by its git directory, with a worktree of the caller's.
    pub(super) fn at(&self, git_dir: &Utf8Path, worktree: &Utf8Path) -> Self {
        let environment = self.environment.clone().with("GIT_DIR", git_dir.as_str());
        let environment = environment.with("GIT_WORK_TREE", worktree.as_str());
        let fixed = &[UNMONITORED];
        Self { environment, folder: worktree.to_owned(), fixed, is_ours: false }
    }

    /// The same repository through a git directory of ours, with its worktree and index. The user's
    /// configuration counts, for answers that must be those of the user's own git.
    pub(super) fn through(
        &self,
        repository: &GitDir,
        index: &Utf8Path,
        worktree: &Utf8Path,
    ) -> Self {
        let environment = [
            ("GIT_DIR", repository.path.as_str()),
            ("GIT_OBJECT_DIRECTORY", repository.objects.as_str()),
            ("GIT_INDEX_FILE", index.as_str()),
            ("GIT_WORK_TREE", worktree.as_str()),
            // `git_dir` has written the user's settings to the configuration of that folder; read
            // twice, a setting that may have several values would have each of them twice.
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_COUNT", "0"),
            ("GIT_CONFIG_PARAMETERS", ""),
        ];
        let environment = environment
            .into_iter()
            .fold(self.environment.clone(), |all, (name, value)| all.with(name, value));
        let folder = self.folder.clone();
        Self { environment, folder, fixed: &[UNMONITORED, OURS], is_ours: true }
    }

    /// The same with an index and a worktree of the caller's, as a fresh clone in CI would check it
    /// out: without attributes, line ends or sparse checkout of this user.
    pub(super) fn aside(&self, repository: &GitDir, index: &Utf8Path, worktree: &Utf8Path) -> Self {
        let git = self.through(repository, index, worktree);
        // No attributes of `/etc/gitattributes`; `core.attributesFile` above does the same for the
        // user's.
        let environment = git.environment.with("GIT_ATTR_NOSYSTEM", "1");
        let fixed = &[UNMONITORED, OURS, AS_ANYWHERE, ASIDE];
        Self { environment, folder: worktree.to_owned(), fixed, is_ours: true }
    }

    /// The same with the settings that every user's git has here.
    pub(super) fn settled_as_anywhere(self) -> Self {
        Self { fixed: &[UNMONITORED, OURS, AS_ANYWHERE], ..self }
    }

    /// Runs git, and returns its standard output.
    pub(super) fn ask(&self, arguments: &[&str]) -> Result<String, Failure> {
        self.ask_bytes(arguments).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The same, byte for byte: names of files need not be UTF-8.
    pub(super) fn ask_bytes(&self, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
        let output = self.run(arguments, Vec::new()).map_err(not_run)?;
        if output.success { Ok(output.stdout) } else { Err(self.failed(arguments, &output)) }
    }

    /// Returns the absolute path that `git rev-parse` prints for these options.
    pub(super) fn path(&self, options: &[&str]) -> Result<Utf8PathBuf, Failure> {
        let path = self.ask(&[&["rev-parse"], options].concat())?;
        // Git before 2.31 has no `--path-format=absolute`. Only the newline is removed, for a path
        // may end with a blank.
        Ok(self.folder.join(path.strip_suffix('\n').unwrap_or(&path)))
    }

    /// Returns the path of the folder below the top of its worktree; empty for the top itself.
    pub(super) fn prefix(&self) -> Result<Utf8PathBuf, Failure> {
        match self.ask_if_repository(&SHOW_PREFIX)? {
            Answer::Bytes(prefix) => Ok(prefix_of(&String::from_utf8_lossy(&prefix))),
            Answer::NoRepository => {
                Err(Failure::input("no-repository", "the project is in no git repository"))
            }
            Answer::NoGit => Err(no_git()),
        }
    }

    /// Runs git in a folder that may be outside of any repository. It is a failure if git refuses
    /// the repository: one of another user (`safe.directory` in git-config(1)), or a broken one.
    pub(super) fn ask_if_repository(&self, arguments: &[&str]) -> Result<Answer, Failure> {
        // Git exits with 128 for every fatal error, so only its message, in English, tells them
        // apart.
        let environment = self.environment.clone().with("LC_ALL", "C");
        let git = Self { environment, folder: self.folder.clone(), ..*self };
        match git.run(arguments, Vec::new()) {
            Ok(output) if output.success => Ok(Answer::Bytes(output.stdout)),
            Ok(output) if output.stderr.contains("not a git repository (or any ") => {
                Ok(Answer::NoRepository)
            }
            Ok(output) => Err(self.failed(arguments, &output)),
            Err(process::Error::Start { .. }) => Ok(Answer::NoGit),
            Err(error) => Err(not_run(error)),
        }
    }

    /// Runs git for an answer that a status other than 0 denies; the inner error is its message, or
    /// empty.
    pub(super) fn ask_whether(
        &self,
        arguments: &[&str],
    ) -> Result<Result<String, String>, Failure> {
        let output = self.run(arguments, Vec::new()).map_err(not_run)?;
        let answer = || output.text().into_owned();
        Ok(if output.success { Ok(answer()) } else { Err(first_words(&output)) })
    }

    /// Runs git with standard input, and returns its standard output.
    pub(super) fn feed(&self, arguments: &[&str], input: Vec<u8>) -> Result<String, Failure> {
        let output = self.run(arguments, input).map_err(not_run)?;
        // Where a filter fails that is not `filter.<driver>.required`, git writes the file as it is
        // in the repository, and exits with 0 (gitattributes(5), "filter").
        let is_filtered = !output.stderr.lines().any(|line| line.starts_with(FILTER_FAILED));
        let is_done = output.success && is_filtered;
        if is_done { Ok(output.text().into_owned()) } else { Err(self.failed(arguments, &output)) }
    }

    fn failed(&self, arguments: &[&str], output: &Output) -> Failure {
        let may_fetch = self.environment.raw("GIT_NO_LAZY_FETCH").is_none_or(|value| value == "0");
        if !may_fetch && output.stderr.contains(UNREAD) {
            let message = "the clone lacks files of the revision, and git may not fetch them";
            return Failure::network("unfetched", message)
                .hint("run this once without `--offline`, `--frozen` and `GIT_NO_LAZY_FETCH`");
        }
        let command = arguments.first().copied().unwrap_or_default();
        let words = match first_words(output) {
            none if none.is_empty() => none,
            words => format!(": {words}"),
        };
        let message = format!("`git {command}` failed ({}){words}", output.status);
        let failure = Failure::program(GIT, message);
        // For a repository of another user, git prints the command that marks it as safe.
        let mut lines = output.stderr.lines().map(str::trim);
        match lines.find(|line| line.starts_with("git config --global")) {
            Some(advice) => failure.hint(format!("run `{advice}`, if you trust what is there")),
            None => failure,
        }
    }

    fn run(&self, arguments: &[&str], input: Vec<u8>) -> Result<Output, process::Error> {
        let fixed = self.fixed.iter().copied().flatten().flat_map(|setting| ["-c", setting]);
        let all = fixed.chain(arguments.iter().copied());
        let mut environment = self.environment.clone();
        if !self.is_ours {
            // What a partial clone lacks git fetches by itself, by commands of the repository's
            // configuration. The first forbids that since git 2.45; with the second no protocol is
            // allowed to any git (git(1)).
            environment = environment.with("GIT_NO_LAZY_FETCH", "1").with("GIT_ALLOW_PROTOCOL", "");
        }
        let mut program = Program::new("git", all, environment);
        if let Some(command) = arguments.first() {
            program.what = format!("`git {command}`");
        }
        program.folder = Some(self.folder.clone());
        program.input = input;
        program.run()
    }
}

/// The code of failures of git itself.
pub(super) const GIT: &str = code::GIT;

pub(super) fn no_git() -> Failure {
    Failure::program(code::NO_GIT, "there is no `git` on PATH")
        .hint("install git, or add its folder to PATH")
}

fn not_run(error: process::Error) -> Failure {
    match error {
        process::Error::Start { .. } => no_git(),
        process::Error::Folder { .. }
        | process::Error::Late { .. }
        | process::Error::TooLong { .. }
        | process::Error::Wait { .. } => error.failure(GIT),
    }
}

/// Returns the path in git's answer to [`SHOW_PREFIX`].
pub(super) fn prefix_of(said: &str) -> Utf8PathBuf {
    said.strip_suffix('\n').unwrap_or(said).trim_end_matches('/').into()
}

/// Returns git's first error message: the following ones are its consequences, or advice.
fn first_words(output: &Output) -> String {
    let lines = || output.stderr.lines();
    let first = |beginning: &str| lines().find(|line| line.starts_with(beginning));
    let words = first("fatal: ").or_else(|| first("error: ")).map(str::to_owned);
    words.unwrap_or_else(|| last_lines(&output.stderr, 1).concat())
}
