//! What can't be read of a project.

use camino::Utf8PathBuf;

use crate::fs;
use crate::process;
use crate::report::FailureKind;

/// What can't be read of a project, and where.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} `{path}`")]
pub(crate) struct Error {
    /// What was tried, as a verb.
    pub(super) action: &'static str,
    /// Where, relative to the root if it is below it.
    pub(super) path: Utf8PathBuf,
    /// Why.
    #[source]
    pub(super) cause: Box<Cause>,
}

/// Why something can't be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Cause {
    /// The disk.
    #[error(transparent)]
    Disk(std::io::Error),
    /// The repository.
    #[error(transparent)]
    Revision(RevisionError),
}

impl Error {
    /// What git says, where it is git that does not read.
    pub(crate) fn revision(&self) -> Option<&RevisionError> {
        match &*self.cause {
            Cause::Disk(_) => None,
            Cause::Revision(error) => Some(error),
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        match &*self.cause {
            Cause::Disk(error) => {
                let is_name = error.kind() == std::io::ErrorKind::InvalidData;
                is_name.then(|| "rename the file".to_owned())
            }
            Cause::Revision(error) => error.hint(),
        }
    }
}

impl From<fs::Error> for Error {
    fn from(error: fs::Error) -> Self {
        let fs::Error { action, path, source } = error;
        Self { action, path, cause: Box::new(Cause::Disk(source)) }
    }
}

/// Words of git's own.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Said(pub(super) String);

/// Why a revision can't be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RevisionError {
    /// The temporary folder.
    #[error(transparent)]
    Fs(fs::Error),
    /// git can't be run to its end.
    #[error(transparent)]
    Process(process::Error),
    /// There is no git.
    #[error("there is no `git` on PATH")]
    NoGit,
    /// The project is in no repository.
    #[error("the project is in no git repository")]
    NoRepository,
    /// It runs no hooks.
    #[error("`core.hooksPath` is `{path}`, and git runs no hooks")]
    NoHooks {
        /// What it is set to.
        path: String,
    },
    /// No such revision.
    #[error("there is no revision `{revision}`")]
    Unknown {
        /// As it was typed.
        revision: String,
        /// Why, where git says it.
        #[source]
        said: Option<Said>,
    },
    /// git says nothing, and a file is not there.
    #[error("git has not written `{path}` to the folder for temporary files")]
    Unwritten {
        /// Relative to the repository's top.
        path: Utf8PathBuf,
    },
    /// A clone left it out, and nothing may be fetched.
    #[error("the clone lacks files of the revision, and git may not fetch them")]
    Unfetched,
    /// git refuses.
    #[error("`{command}` failed ({status}){}", clause(said))]
    Git {
        /// Its first words.
        command: String,
        /// How it ended.
        status: String,
        /// Its own words; none where it has none.
        said: String,
        /// The command by which it would do it, where it names one.
        advice: Option<String>,
    },
}

fn clause(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}

impl RevisionError {
    /// Kebab-case, never renamed.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Fs(_) => "unreadable",
            Self::Process(_) | Self::Unwritten { .. } | Self::Git { .. } => "git",
            Self::Unfetched => "unfetched",
            Self::NoGit => "no-git",
            Self::NoRepository => "no-repository",
            Self::NoHooks { .. } => "no-hooks",
            Self::Unknown { .. } => "unknown-revision",
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NoGit => "install git, or add its folder to PATH",
            Self::NoHooks { .. } => "unset it first: `git config --unset core.hooksPath`",
            Self::Unfetched => {
                "run this once without `--offline`, `--frozen` and `GIT_NO_LAZY_FETCH`"
            }
            Self::Unwritten { .. } => "make room there, or name another folder with `TMPDIR`",
            Self::Unknown { said: None, .. } => {
                "fetch it first, if this is a shallow clone: `git fetch --unshallow`"
            }
            Self::Git { advice: Some(command), .. } => {
                return Some(format!("run `{command}`, if you trust what is there"));
            }
            Self::Fs(_)
            | Self::Process(_)
            | Self::NoRepository
            | Self::Unknown { said: Some(_), .. }
            | Self::Git { advice: None, .. } => return None,
        };
        Some(text.to_owned())
    }

    /// Whose fault it is, as far as exit codes tell.
    pub(crate) fn kind(&self) -> FailureKind {
        match self {
            Self::Unknown { .. } => FailureKind::Usage,
            Self::Process(_) | Self::NoGit | Self::Unwritten { .. } | Self::Git { .. } => {
                FailureKind::Program
            }
            Self::Fs(_) | Self::NoRepository | Self::NoHooks { .. } => FailureKind::Input,
            Self::Unfetched => FailureKind::Network,
        }
    }
}
