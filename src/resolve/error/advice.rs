//! What the user can do about requirements that could not be resolved.

use super::Error;
use crate::resolve::SourceDistributions;

impl Error {
    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Wheel(error) => return error.hint(),
            Self::NoPip { tried } if tried.is_empty() => "install Python 3 with pip",
            Self::NoPip { .. } => {
                "install pip for one of them (`python3 -m ensurepip`, or the package python3-pip)"
            }
            Self::NoHostPython | Self::HostVersion(_) => {
                "set `python = \"3.12\"` in dofs-package.toml, or pass `--python 3.12`"
            }
            Self::NoFit { requirement, causes, policy, .. }
                if causes.len() > 1 || *policy == SourceDistributions::Refuse =>
            {
                return Some(build_hint(requirement));
            }
            Self::NoFit { .. } => {
                "check the spelling; require a version that has wheels for the target, or build one \
                 (`pip wheel --no-deps`) and require it by its path"
            }
            Self::Hashes { .. } => {
                "find out whether the wheel or the line is wrong before you trust it"
            }
            Self::Conflict { .. } => "loosen one of the versions that pip names",
            Self::Unreachable { .. } => {
                "check the network and pip's index settings (`pip config list`)"
            }
            Self::NoWheel { by, .. } => {
                return Some(format!("require it in a way that {by} can download"));
            }
            Self::OtherWheel { .. } => {
                "choose anew with `cargo dofs-package lock --upgrade`; where there is no lock, with \
                 `build --upgrade`"
            }
            Self::Unusable { .. } => {
                "set the target that the lock is for, or add the requirements.txt that it was made \
                 from"
            }
            Self::Offline { .. } => "run once without `--offline`",
            Self::OfflineWheel { .. } | Self::OfflineSource { .. } => {
                "run once without `--offline`, or with `--locked` in place of `--frozen`"
            }
            Self::NoSource { .. } => {
                "require a version that has one, or exclude the project from `--no-binary`"
            }
            Self::OtherProject { project, .. } => {
                return Some(format!("write `{project}` before the `@`, or nothing"));
            }
            Self::SourceRefused { .. } => {
                "require a wheel of it, or allow building with `source-distributions = \"build\"`"
            }
            Self::Compiled { .. } => {
                "require a version that has a wheel for the target, or allow compiling with \
                 `source-distributions = \"build\"` on a machine like Lambda's"
            }
            Self::CompiledForOther { .. } => {
                "build where Python and processor are those of the target"
            }
            Self::BuiltOtherwise { .. } => {
                "resolve it anew with `cargo dofs-package build --upgrade`, or `lock --upgrade` where \
                 there is a lock"
            }
            Self::NoWheelAgain { .. } => "lock it anew with `cargo dofs-package lock`",
            Self::NoGit { .. } => "install git",
            Self::Repository { .. } => "lock it anew with the commit in full",
            Self::Git { .. } => "check the address, and that the branch or tag was pushed",
            Self::OtherPython { .. } => {
                "require a version for the target's Python, or set another `python`"
            }
            Self::Http(error) => return error.hint(),
            Self::Tree(_) => return None,
            Self::Requirements(error) => return error.hint(),
            Self::Pylock(error) => return error.hint(),
            Self::Threads(_) => "allow this user more threads",
            Self::NoUv => "install uv, or set `resolver = \"pip\"`",
            Self::UvIgnores { .. } => {
                "set `resolver = \"pip\"`, or name the index for uv instead of pip (`UV_INDEX_URL`, or \
                 `--index-url` in the requirements)"
            }
            Self::NoTool { program, command, .. } => {
                return Some(format!(
                    "install `{program}`, or run `{command}` beside the lock where it is installed"
                ));
            }
            Self::Tool { program: "poetry", causes, .. }
                if causes.iter().any(|it| it.contains("export does not exist")) =>
            {
                "install poetry's plugin for it (`poetry self add poetry-plugin-export`)"
            }
            Self::Tool { command, .. } => {
                return Some(format!("try `{command}` in that folder"));
            }
            Self::Stale { lambda, .. } => {
                return Some(format!(
                    "run `cargo dofs-package lock {lambda}`, and commit the lock"
                ));
            }
            Self::Fs(_) | Self::Process(_) | Self::Pip { .. } | Self::Build { .. } => return None,
            Self::Uv { .. } => return None,
        };
        Some(text.to_owned())
    }
}

/// What to do about a project that the index has only as a source distribution.
fn build_hint(requirement: &str) -> String {
    let project = requirement.split(|c: char| !c.is_alphanumeric() && !"-_.".contains(c)).next();
    // The one that people meet: its makers publish the wheels under another name.
    let other = match project {
        Some("psycopg2") => "require `psycopg2-binary`",
        Some(_) | None => "require a version that has a wheel for the target",
    };
    format!("{other}, or allow building it with `source-distributions = \"build\"`")
}
