//! What is asked of the git program: one repository, one revision of it.
//!
//! The repository's own index and worktree are neither read nor written: git is given an index of
//! its own, in a temporary folder, and another worktree.

use camino::{Utf8Path, Utf8PathBuf};

use super::RevisionError;
use super::error::Said;
use super::mirror::Seen;
use crate::environment::Environment;
use crate::process::{self, Output, Program, last_lines};

/// Git, with the environment that leads it to a repository.
#[derive(Debug)]
pub(super) struct Git {
    /// Without what a hook sets.
    environment: Environment,
    /// Where it is run.
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
        repository: &Seen,
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
        let environment = environment.with("GIT_DIR", repository.git_dir.as_str());
        let environment = environment.with("GIT_INDEX_FILE", index.as_str());
        let environment = environment.with("GIT_WORK_TREE", worktree.as_str());
        let environment = environment.with("GIT_ATTR_NOSYSTEM", "1");
        Self { environment, folder: worktree.to_owned(), fixed: &[AS_ANYWHERE, ASIDE] }
    }

    /// Runs git, and returns what it says on standard output.
    ///
    /// # Errors
    ///
    /// There is no git, or it fails.
    pub(super) fn ask(&self, arguments: &[&str]) -> Result<String, RevisionError> {
        self.ask_bytes(arguments).map(|said| String::from_utf8_lossy(&said).into_owned())
    }

    /// The same, byte for byte: names need not be text.
    ///
    /// # Errors
    ///
    /// There is no git, or it fails.
    pub(super) fn ask_bytes(&self, arguments: &[&str]) -> Result<Vec<u8>, RevisionError> {
        let output = self.run(arguments, Vec::new())?;
        if output.success { Ok(output.stdout) } else { Err(self.failed(arguments, &output)) }
    }

    /// A path that `rev-parse` tells by its options, absolute.
    ///
    /// # Errors
    ///
    /// There is no git, or it fails.
    pub(super) fn path(&self, options: &[&str]) -> Result<Utf8PathBuf, RevisionError> {
        let said = self.ask(&[&["rev-parse"], options].concat())?;
        // Git of before 2.31 tells none but relative paths of some; a path may end in a blank.
        Ok(self.folder.join(said.strip_suffix('\n').unwrap_or(&said)))
    }

    /// Where the folder is below the top of its worktree; empty where it is the top.
    ///
    /// # Errors
    ///
    /// There is no git, or no repository; git fails.
    pub(super) fn prefix(&self) -> Result<Utf8PathBuf, RevisionError> {
        let said = self.ask_if_repository(&SHOW_PREFIX)?.ok_or(RevisionError::NoRepository)?;
        Ok(prefix_of(&String::from_utf8_lossy(&said)))
    }

    /// Runs git in a folder that may be in no repository; none where it is in none.
    ///
    /// # Errors
    ///
    /// There is no git, or it fails for another reason: a repository of somebody else, a broken one.
    pub(super) fn ask_if_repository(
        &self,
        arguments: &[&str],
    ) -> Result<Option<Vec<u8>>, RevisionError> {
        // Git has one status for all that stops it, so its words must be known ones.
        let environment = self.environment.clone().with("LC_ALL", "C");
        let output = Self { environment, folder: self.folder.clone(), ..*self }
            .run(arguments, Vec::new())?;
        match output.success {
            true => Ok(Some(output.stdout)),
            false if output.stderr.contains("not a git repository (or any ") => Ok(None),
            false => Err(self.failed(arguments, &output)),
        }
    }

    /// The same, for what git refuses with a status alone; none where it does.
    ///
    /// # Errors
    ///
    /// There is no git.
    pub(super) fn ask_whether(&self, arguments: &[&str]) -> Result<Option<String>, RevisionError> {
        let output = self.run(arguments, Vec::new())?;
        Ok(output.success.then(|| output.text().into_owned()))
    }

    /// The same, with git's words, where it has some, in place of an answer.
    ///
    /// # Errors
    ///
    /// There is no git.
    pub(super) fn answer(
        &self,
        arguments: &[&str],
    ) -> Result<Result<String, Option<Said>>, RevisionError> {
        let output = self.run(arguments, Vec::new())?;
        let said = Some(first_words(&output)).filter(|said| !said.is_empty()).map(Said);
        Ok(if output.success { Ok(output.text().into_owned()) } else { Err(said) })
    }

    /// Runs git on what it reads from standard input, and returns what it says.
    ///
    /// # Errors
    ///
    /// There is no git, or it fails.
    pub(super) fn feed(&self, arguments: &[&str], input: Vec<u8>) -> Result<String, RevisionError> {
        let output = self.run(arguments, input)?;
        // Git goes on without a filter that fails, unless its configuration requires it.
        let is_filtered = !output.stderr.lines().any(|line| line.starts_with(FILTER_FAILED));
        let is_done = output.success && is_filtered;
        if is_done { Ok(output.text().into_owned()) } else { Err(self.failed(arguments, &output)) }
    }

    fn failed(&self, arguments: &[&str], output: &Output) -> RevisionError {
        let may_fetch = self.environment.raw("GIT_NO_LAZY_FETCH").is_none_or(|value| value == "0");
        match !may_fetch && output.stderr.contains(UNREAD) {
            true => RevisionError::Unfetched,
            false => failed(arguments, output),
        }
    }

    fn run(&self, arguments: &[&str], input: Vec<u8>) -> Result<Output, RevisionError> {
        let fixed = self.fixed.iter().copied().flatten().flat_map(|setting| ["-c", setting]);
        let all = fixed.chain(arguments.iter().copied());
        let mut program = Program::new("git", all, self.environment.clone());
        program.folder = Some(self.folder.clone());
        program.input = input;
        program.run(&mut |_| {}).map_err(|error| match error {
            process::Error::Start { .. } => RevisionError::NoGit,
            process::Error::Silent { .. } | process::Error::Wait { .. } => {
                RevisionError::Process(error)
            }
        })
    }
}

/// The path in what git says to [`SHOW_PREFIX`].
pub(super) fn prefix_of(said: &str) -> Utf8PathBuf {
    said.strip_suffix('\n').unwrap_or(said).trim_end_matches('/').into()
}

fn failed(arguments: &[&str], output: &Output) -> RevisionError {
    let mut lines = output.stderr.lines().map(str::trim);
    RevisionError::Git {
        command: format!("git {}", arguments.first().copied().unwrap_or_default()),
        status: output.status.clone(),
        said: first_words(output),
        advice: lines.find(|line| line.starts_with("git config --global")).map(str::to_owned),
    }
}

/// What git says first of why it fails: what follows is what comes of it, or advice.
fn first_words(output: &Output) -> String {
    let lines = || output.stderr.lines();
    let first = |beginning: &str| lines().find(|line| line.starts_with(beginning));
    let said = first("fatal: ").or_else(|| first("error: ")).map(str::to_owned);
    said.unwrap_or_else(|| last_lines(&output.stderr, 1).concat())
}
