//! What is asked of the git program: one repository, one revision of it.
//!
//! The repository's own index and worktree are neither read nor written: git is given an index of
//! its own, in a temporary folder, and another worktree.

use camino::{Utf8Path, Utf8PathBuf};

use crate::environment::Environment;
use crate::process::{self, Output, Program, last_lines};
use crate::report::Failure;

/// Git, with the environment that leads it to a repository.
#[derive(Debug)]
pub(super) struct Git {
    /// Without what a hook sets.
    environment: Environment,
    folder: Utf8PathBuf,
    /// What is set in place of this user's own configuration.
    fixed: &'static [&'static [&'static str]],
}

/// What a user's own configuration says of line ends and attributes holds for no other machine.
const AS_ANYWHERE: &[&str] = &[
    "core.autocrlf=false",
    "core.eol=lf",
    "core.fileMode=true",
    "core.symlinks=true",
    "core.sparseCheckout=false",
    "core.attributesFile=",
    "core.fsmonitor=false",
];

/// Nor does what it says of names and of where attributes are; and who reads a commit runs no
/// hooks, and puts no part of an index into the repository.
const ASIDE: &[&str] = &[
    "attr.tree=",
    "core.hooksPath=/dev/null",
    "core.ignoreCase=false",
    "core.splitIndex=false",
    "submodule.recurse=false",
];

/// Asks where a folder is below the top of its worktree.
pub(super) const SHOW_PREFIX: [&str; 2] = ["rev-parse", "--show-prefix"];

/// How git begins to tell that a filter of a file's attributes failed.
const FILTER_FAILED: &str = "error: external filter ";

/// What it says of an object that is not there.
const UNREAD: &str = ": unable to read ";

/// Where git finds a repository.
#[derive(Debug)]
pub(super) struct GitDir {
    pub(super) path: Utf8PathBuf,
    /// Its objects, where they are elsewhere; its configuration is then all there is.
    pub(super) objects: Option<Utf8PathBuf>,
}

/// What git says in a folder that may be in no repository.
pub(super) enum Answer {
    Bytes(Vec<u8>),
    NoRepository,
    NoGit,
}

impl Git {
    /// Git as it is in a folder of a worktree. It does not look for replacements of objects, which
    /// no other clone has, and what it is asked writes nothing.
    pub(super) fn in_folder(folder: &Utf8Path, environment: &Environment) -> Self {
        let environment = environment.for_git();
        let environment = environment.with("GIT_NO_REPLACE_OBJECTS", "1");
        let environment = environment.with("GIT_OPTIONAL_LOCKS", "0");
        // Some of its words are known here. Filters keep the characters that they work with.
        let environment = environment.with("LANGUAGE", "C");
        Self { environment, folder: folder.to_owned(), fixed: &[AS_ANYWHERE] }
    }

    /// The same as this user has configured it, to tell what they would be told.
    pub(super) fn as_configured(folder: &Utf8Path, environment: &Environment) -> Self {
        Self { fixed: &[], ..Self::in_folder(folder, environment) }
    }

    /// The same repository with an index and a worktree of the caller's, and as a fresh clone on a
    /// machine for builds has it: no attributes, line ends or sparse checkout of this user's.
    pub(super) fn with_worktree(
        &self,
        repository: &GitDir,
        index: &Utf8Path,
        worktree: &Utf8Path,
    ) -> Self {
        let mut environment = self.environment.clone();
        if let Some(objects) = &repository.objects {
            environment = environment.with("GIT_OBJECT_DIRECTORY", objects.as_str());
            // All of this is in the configuration of that folder.
            environment = environment.with("GIT_CONFIG_NOSYSTEM", "1");
            environment = environment.with("GIT_CONFIG_GLOBAL", "/dev/null");
            environment = environment.with("GIT_CONFIG_COUNT", "0");
            environment = environment.with("GIT_CONFIG_PARAMETERS", "");
        }
        let environment = environment.with("GIT_DIR", repository.path.as_str());
        let environment = environment.with("GIT_INDEX_FILE", index.as_str());
        let environment = environment.with("GIT_WORK_TREE", worktree.as_str());
        let environment = environment.with("GIT_ATTR_NOSYSTEM", "1");
        Self { environment, folder: worktree.to_owned(), fixed: &[AS_ANYWHERE, ASIDE] }
    }

    /// Runs git, and returns what it says on standard output.
    pub(super) fn ask(&self, arguments: &[&str]) -> Result<String, Failure> {
        self.ask_bytes(arguments).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The same, byte for byte: names need not be text.
    pub(super) fn ask_bytes(&self, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
        let output = self.run(arguments, Vec::new()).map_err(not_run)?;
        if output.success { Ok(output.stdout) } else { Err(self.failed(arguments, &output)) }
    }

    /// A path that `rev-parse` tells by its options, absolute.
    pub(super) fn path(&self, options: &[&str]) -> Result<Utf8PathBuf, Failure> {
        let path = self.ask(&[&["rev-parse"], options].concat())?;
        // Git of before 2.31 tells none but relative paths of some; a path may end in a blank.
        Ok(self.folder.join(path.strip_suffix('\n').unwrap_or(&path)))
    }

    /// Where the folder is below the top of its worktree; empty where it is the top.
    pub(super) fn prefix(&self) -> Result<Utf8PathBuf, Failure> {
        match self.ask_if_repository(&SHOW_PREFIX)? {
            Answer::Bytes(prefix) => Ok(prefix_of(&String::from_utf8_lossy(&prefix))),
            Answer::NoRepository => {
                Err(Failure::input("no-repository", "the project is in no git repository"))
            }
            Answer::NoGit => Err(no_git()),
        }
    }

    /// Runs git in a folder that may be in no repository. It fails where it refuses one: somebody
    /// else's, or a broken one.
    pub(super) fn ask_if_repository(&self, arguments: &[&str]) -> Result<Answer, Failure> {
        // Git has one status for all that stops it, so its words must be known ones.
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

    /// Runs git where a status says no; the error is then its words, or nothing.
    pub(super) fn ask_whether(
        &self,
        arguments: &[&str],
    ) -> Result<Result<String, String>, Failure> {
        let output = self.run(arguments, Vec::new()).map_err(not_run)?;
        let answer = || output.text().into_owned();
        Ok(if output.success { Ok(answer()) } else { Err(first_words(&output)) })
    }

    /// Runs git on what it reads from standard input, and returns what it says.
    pub(super) fn feed(&self, arguments: &[&str], input: Vec<u8>) -> Result<String, Failure> {
        let output = self.run(arguments, input).map_err(not_run)?;
        // Git goes on without a filter that fails, unless its configuration requires it.
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
        // It advises to mark a repository of another user as a safe one.
        let mut lines = output.stderr.lines().map(str::trim);
        match lines.find(|line| line.starts_with("git config --global")) {
            Some(advice) => failure.hint(format!("run `{advice}`, if you trust what is there")),
            None => failure,
        }
    }

    fn run(&self, arguments: &[&str], input: Vec<u8>) -> Result<Output, process::Error> {
        let fixed = self.fixed.iter().copied().flatten().flat_map(|setting| ["-c", setting]);
        let all = fixed.chain(arguments.iter().copied());
        let mut program = Program::new("git", all, self.environment.clone());
        program.folder = Some(self.folder.clone());
        program.input = input;
        program.run(&mut |_| {})
    }
}

/// What is said of git where it is there, and fails.
pub(super) const GIT: &str = "git";

pub(super) fn no_git() -> Failure {
    Failure::program("no-git", "there is no `git` on PATH")
        .hint("install git, or add its folder to PATH")
}

fn not_run(error: process::Error) -> Failure {
    match error {
        process::Error::Start { .. } => no_git(),
        process::Error::Silent { .. } | process::Error::Wait { .. } => error.failure(GIT),
    }
}

/// The path in what git says to [`SHOW_PREFIX`].
pub(super) fn prefix_of(said: &str) -> Utf8PathBuf {
    said.strip_suffix('\n').unwrap_or(said).trim_end_matches('/').into()
}

/// What git says first of why it fails: what follows is what comes of it, or advice.
fn first_words(output: &Output) -> String {
    let lines = || output.stderr.lines();
    let first = |beginning: &str| lines().find(|line| line.starts_with(beginning));
    let words = first("fatal: ").or_else(|| first("error: ")).map(str::to_owned);
    words.unwrap_or_else(|| last_lines(&output.stderr, 1).concat())
}
