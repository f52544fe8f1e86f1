//! What a user asked for that there is not.

use camino::Utf8PathBuf;

use super::{diff, external, hook, init};
use crate::report::FailureKind;
use crate::tree;

/// What a user asked for that there is not.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A name or glob that no lambda has.
    #[error("no lambda is called `{name}`")]
    UnknownLambda {
        /// As it was typed.
        name: String,
        /// A lambda of nearly that name.
        suggestion: Option<String>,
        /// The names that there are.
        known: Vec<String>,
    },
    /// What `diff` can't compare.
    #[error(transparent)]
    Diff(#[from] diff::Error),
    /// A glob that is none.
    #[error("`{name}` is no glob")]
    Glob {
        /// As it was typed.
        name: String,
        /// Why.
        cause: String,
    },
    /// What comes on standard input is no query.
    #[error(transparent)]
    External(#[from] external::Error),
    /// `init` would have to overwrite.
    #[error(transparent)]
    Init(#[from] init::Error),
    /// What was to come on standard input can't be read.
    #[error("cannot read standard input")]
    Input(#[source] std::io::Error),
    /// A file that was named.
    #[error("there is no `{path}`")]
    NoFile {
        /// As it was typed.
        path: String,
    },
    /// The hook.
    #[error(transparent)]
    Hook(#[from] hook::Error),
    /// The report for CI can't be written.
    #[error("cannot write the report `{path}`")]
    Report {
        /// As it was typed.
        path: Utf8PathBuf,
        /// Why.
        causes: Vec<String>,
    },
    /// The package manifest can't be written.
    #[error("cannot write the package manifest `{path}`")]
    Manifest {
        /// Where, relative to the root.
        path: String,
        /// Why.
        source: tree::Error,
    },
    /// The zips of a revision would take the place of those of the worktree.
    #[error(
        "its zips would take the place of those of the worktree, which is another revision or has changes"
    )]
    RevisionOutput,
    /// The same, where only files that git ignores are others.
    #[error(
        "its zips would take the place of those of the worktree, which differ by `{path}`, \
         though git sees no change"
    )]
    RevisionLacks {
        /// Relative to the root.
        path: Utf8PathBuf,
    },
    /// The threads can't be started.
    #[error("cannot start the threads")]
    Threads(#[source] rayon::ThreadPoolBuildError),
    /// The folder in which the run was started can't be told.
    #[error("cannot tell the working directory")]
    WorkingDirectory(#[source] std::io::Error),
    /// Two options that say opposite things.
    #[error("`--offline` and `{other}` exclude each other")]
    Contradiction {
        /// The other, with its dashes.
        other: &'static str,
    },
    /// An option that the command does not have.
    #[error("`{option}` is no option of `{command}`")]
    Misplaced {
        /// With its dashes.
        option: &'static str,
        /// The command's name.
        command: &'static str,
    },
}

impl Error {
    /// Kebab-case, never renamed.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::UnknownLambda { .. } => "unknown-lambda",
            Self::Diff(error) => error.code(),
            Self::Glob { .. } => "invalid-glob",
            Self::External(error) => error.code(),
            Self::Init(error) => error.code(),
            Self::Input(_) => "unreadable-input",
            Self::NoFile { .. } => "no-such-file",
            Self::Hook(error) => error.code(),
            Self::Report { .. } => "unwritable-report",
            Self::Manifest { .. } => "unwritable-manifest",
            Self::RevisionOutput | Self::RevisionLacks { .. } => "revision-output",
            Self::Threads(_) => "threads",
            Self::WorkingDirectory(_) => "working-directory",
            Self::Misplaced { .. } => "misplaced-option",
            Self::Contradiction { .. } => "contradicting-options",
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownLambda { suggestion: Some(name), .. } => {
                Some(format!("did you mean `{name}`?"))
            }
            Self::UnknownLambda { suggestion: None, known, .. } => {
                let named: Vec<_> = known.iter().take(8).map(|name| format!("`{name}`")).collect();
                let more = if known.len() > named.len() { ", …" } else { "" };
                Some(format!("name one of {}{more}", named.join(", ")))
            }
            Self::Diff(error) => error.hint(),
            Self::Hook(error) => error.hint(),
            Self::Manifest { .. } => Some("make its folder, if that is what is missing".to_owned()),
            Self::RevisionOutput | Self::RevisionLacks { .. } => Some(
                "let them go elsewhere with `--out-dir`, or only print the hashes with `-n`"
                    .to_owned(),
            ),
            Self::External(error) => error.hint(),
            Self::Init(error) => Some(error.hint().to_owned()),
            Self::Threads(_) => Some("ask for fewer with `--jobs`".to_owned()),
            Self::Glob { .. }
            | Self::Input(_)
            | Self::NoFile { .. }
            | Self::Report { .. }
            | Self::WorkingDirectory(_)
            | Self::Contradiction { .. }
            | Self::Misplaced { .. } => None,
        }
    }

    /// Why, beyond what `source` tells.
    pub(crate) fn causes(&self) -> Vec<String> {
        match self {
            Self::Glob { cause, .. } => vec![cause.clone()],
            Self::Report { causes, .. } => causes.clone(),
            Self::Input(_)
            | Self::Diff(_)
            | Self::Hook(_)
            | Self::NoFile { .. }
            | Self::UnknownLambda { .. }
            | Self::External(_)
            | Self::Init(_)
            | Self::Manifest { .. }
            | Self::RevisionOutput
            | Self::RevisionLacks { .. }
            | Self::Threads(_)
            | Self::WorkingDirectory(_)
            | Self::Contradiction { .. }
            | Self::Misplaced { .. } => Vec::new(),
        }
    }

    /// Whose fault it is, as far as exit codes tell.
    pub(crate) fn kind(&self) -> FailureKind {
        match self {
            Self::UnknownLambda { .. }
            | Self::Glob { .. }
            | Self::Contradiction { .. }
            | Self::RevisionOutput
            | Self::RevisionLacks { .. }
            | Self::Misplaced { .. } => FailureKind::Usage,
            Self::Diff(error) => error.kind(),
            Self::Hook(error) => error.kind(),
            Self::External(error) => error.kind(),
            Self::Input(_)
            | Self::NoFile { .. }
            | Self::Report { .. }
            | Self::Init(_)
            | Self::Manifest { .. }
            | Self::Threads(_)
            | Self::WorkingDirectory(_) => FailureKind::Input,
        }
    }
}
