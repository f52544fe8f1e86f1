//! `hook`: the pre-push hook of git.

mod commit;
mod install;
mod obstacle;
mod pushed;
mod script;

use camino::Utf8PathBuf;

use crate::report::FailureKind;
use crate::words::shell;

pub(crate) use commit::verify_commit;
pub(super) use install::refuse;
pub(crate) use install::{install, uninstall};
use obstacle::Obstacle;
pub(crate) use pushed::{Tip, read_tips};

/// Why the hook can't be installed, removed or run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// What is there is not ours.
    #[error("`{path}` is {}, and stays as it is", obstacle.what)]
    Foreign {
        /// Where, as the project's root sees it.
        path: String,
        /// What it is.
        obstacle: Obstacle,
    },
    /// What is pushed has something else in the project's place, and the worktree has nothing.
    #[error("`{root}` is no folder of the commit, but a link, a file or a submodule")]
    NoFolder {
        /// The project's root, as it was typed.
        root: Utf8PathBuf,
    },
    /// What git would say is something else.
    #[error("line {number} of what git says is pushed can't be read: `{}`", .line.escape_debug())]
    Line {
        /// From 1.
        number: usize,
        /// The line.
        line: String,
    },
}

impl Error {
    /// Kebab-case, never renamed.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Foreign { .. } => "foreign-hook",
            Self::NoFolder { .. } => "no-root",
            Self::Line { .. } => "invalid-push",
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Foreign { obstacle, .. } => Some(obstacle.advice.clone()),
            Self::NoFolder { root } => {
                let root = shell(root.as_str());
                Some(format!(
                    "name the project by the folder that a link leads to; or, if it is gone for good: \
                     `cargo dofs-package hook uninstall --root={root}`"
                ))
            }
            Self::Line { .. } => {
                Some("let git run it: `cargo dofs-package hook install`".to_owned())
            }
        }
    }

    /// Whose fault it is, as far as exit codes tell.
    pub(crate) fn kind(&self) -> FailureKind {
        match self {
            Self::Foreign { .. } | Self::NoFolder { .. } | Self::Line { .. } => FailureKind::Input,
        }
    }
}
