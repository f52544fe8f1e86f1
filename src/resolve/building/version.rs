//! Which version a local project is built with whose own is in git.
//!
//! A project's folder is copied to be built, and what is outside of it is gone: git's tags among
//! it. A backend that takes the version from there fails then, or makes one up. So it is told one:
//! that of `[versions]` in the config, else `0`, the same on every machine.
//!
//! Source: the documentation of setuptools-scm (also used by hatch-vcs), pdm-backend, pbr,
//! poetry-dynamic-versioning and uv-dynamic-versioning: each has a variable for builds without a
//! repository.

use camino::Utf8Path;

use crate::name::normalised;
use crate::nesting;
use crate::report::Failure;
use crate::resolve::{Context, UNVERSIONED};
use crate::tree::Tree;

/// The variables that say a version, whatever the project is called.
const VARIABLES: [&str; 5] = [
    "SETUPTOOLS_SCM_PRETEND_VERSION",
    "PDM_BUILD_SCM_VERSION",
    "PBR_VERSION",
    "POETRY_DYNAMIC_VERSIONING_BYPASS",
    "UV_DYNAMIC_VERSIONING_BYPASS",
];
/// Words by which a project says that its version is in git; each is a name that nothing else has.
const SIGNS: &[&str] = &[
    "setuptools_scm",
    "setuptools-scm",
    "use_scm_version",
    "hatch-vcs",
    "pdm.version",
    "pbr",
    "poetry-dynamic-versioning",
    "uv-dynamic-versioning",
];

/// Returns the version that the build of a local project is told, if it is told one.
pub(super) fn pretended(
    folder: &Utf8Path,
    name: Option<&str>,
    context: Context<'_>,
) -> Result<Option<String>, Failure> {
    let own = own(context.tree, folder)?;
    let folder_name = folder.file_name().map(normalised);
    let names = [name.map(str::to_owned), own.name, folder_name];
    let versions = &context.request.versions;
    let given = names.into_iter().flatten().find_map(|name| versions.get(&name).cloned());
    Ok(given.or_else(|| own.is_in_git.then(|| UNVERSIONED.to_owned())))
}

/// The variables that tell a build its version.
pub(super) fn variables(version: &str) -> Vec<(&'static str, String)> {
    VARIABLES.iter().map(|name| (*name, version.to_owned())).collect()
}

/// What a project's folder says of itself.
struct Own {
    /// Normalised.
    name: Option<String>,
    is_in_git: bool,
}

fn own(tree: &Tree, folder: &Utf8Path) -> Result<Own, Failure> {
    let text = |name: &str| {
        let bytes = tree.read(&folder.join(name))?;
        Ok::<_, Failure>(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    };
    let project = text("pyproject.toml")?.unwrap_or_default();
    // One that can't be read is the backend's to complain about.
    let table: toml::Table = nesting::toml(&project).parse().unwrap_or_default();
    let at = |keys: &[&str]| {
        let mut value = table.get(keys[0])?;
        for key in &keys[1..] {
            value = value.get(key)?;
        }
        Some(value)
    };
    let name = [&["project", "name"][..], &["tool", "poetry", "name"]];
    let name = name.into_iter().find_map(|keys| at(keys)?.as_str()).map(normalised);
    // A version that is written there is the version, whatever else is.
    if at(&["project", "version"]).is_some() {
        return Ok(Own { name, is_in_git: false });
    }
    let mut all = without_comments(&project);
    for file in ["setup.py", "setup.cfg"] {
        all += &without_comments(&text(file)?.unwrap_or_default());
    }
    let is_word = |at: usize, sign: &str| -> bool {
        let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (before, after) = (&all[..at], &all[at + sign.len()..]);
        !before.ends_with(is_of_word) && !after.starts_with(is_of_word)
    };
    let is_there = |sign: &str| all.match_indices(sign).any(|(at, _)| is_word(at, sign));
    Ok(Own { name, is_in_git: SIGNS.iter().any(|sign| is_there(sign)) })
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines.map(|line| format!("{line}\n")).collect()
}
