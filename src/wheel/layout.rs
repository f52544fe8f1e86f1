//! Where a wheel's members go in a package.
//!
//! As pip installs them with `--target`, without what a package does not need: scripts (they name
//! the interpreter of a host, and nothing in Lambda runs them), headers, `__pycache__`, and files
//! of the installer. `tests/` compares the result with pip itself.
//!
//! Source: the binary distribution format of the PyPA, "Installing a wheel", and `_install_wheel`
//! in pip's `operations/install/wheel.py`.

use std::sync::Arc;

use super::{Member, Unusable, Wheel};
use crate::path::{ArchivePath, Mode};

/// A member that goes into a package.
#[derive(Debug)]
pub(crate) struct LaidOut {
    pub(crate) path: ArchivePath,
    /// The index of the member in [`Wheel::members`].
    pub(crate) member: usize,
    pub(crate) mode: Mode,
}

/// A member that does not go into a package, and the rule.
#[derive(Debug)]
pub(crate) struct LeftOut {
    pub(crate) member: String,
    pub(crate) rule: &'static str,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Destination<'a> {
    /// To a path in the package.
    Path(&'a str),
    Nowhere(&'static str),
    /// Nowhere: the folder below `.data` is none of the specification.
    UnknownScheme,
}

#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) wheel: Arc<Wheel>,
    /// The members that go into a package, in their order.
    pub(crate) laid_out: Vec<LaidOut>,
    /// The other members, in the same order.
    pub(crate) left_out: Vec<LeftOut>,
}

/// Lays out a wheel of the store.
///
/// # Errors
///
/// A name that the strict check refuses: the store's copy is damaged.
pub(crate) fn layout(wheel: Arc<Wheel>) -> Result<Layout, Unusable> {
    let corrupt = || Unusable::corrupt(&wheel.name);
    let stem = stem(wheel.members.iter().map(|member| member.name.as_str())).ok_or_else(corrupt)?;
    let (mut laid_out, mut left_out) = (Vec::new(), Vec::new());
    for (index, member) in wheel.members.iter().enumerate() {
        match destination(&member.name, stem) {
            Destination::Path(path) => laid_out.push(LaidOut {
                path: ArchivePath::new(path).map_err(|_| corrupt())?,
                member: index,
                mode: mode(member),
            }),
            Destination::Nowhere(rule) => {
                left_out.push(LeftOut { member: member.name.clone(), rule });
            }
            Destination::UnknownScheme => return Err(corrupt()),
        }
    }
    Ok(Layout { wheel, laid_out, left_out })
}

/// The fault of a wheel without a [`stem`].
pub(super) const STEMS: &str = "it has not exactly one .dist-info folder";

/// Returns the name of the `.dist-info` folder without that ending; `None` unless there is exactly
/// one, as pip demands (`wheel_dist_info_dir` in its `utils/wheel.py`).
pub(super) fn stem<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut stems = names.filter_map(|name| name.split_once('/')?.0.strip_suffix(".dist-info"));
    let first = stems.next()?;
    stems.all(|stem| stem == first).then_some(first)
}

/// Decides where a member goes.
pub(super) fn destination<'a>(name: &'a str, stem: &str) -> Destination<'a> {
    // Bytecode may be stale, as Python does not compare every kind of it with its source (PEP 552).
    // None of 72 wheels has any (measured).
    if name.split('/').any(|segment| segment == "__pycache__") {
        return Destination::Nowhere("bytecode");
    }
    let Some((folder, rest)) = name.split_once('/') else { return Destination::Path(name) };
    if folder.strip_suffix(".dist-info") == Some(stem) {
        return match rest {
            // Installers write these, about one installation on one machine ("Recording installed
            // projects" of the PyPA); `direct_url.json` has an absolute path.
            "INSTALLER" | "REQUESTED" | "direct_url.json" => Destination::Nowhere("installer"),
            _ => Destination::Path(name),
        };
    }
    // The specification has one such folder, with the name of `.dist-info`; pip takes every one
    // (`is_data_scheme_path` in `_install_wheel`).
    if !folder.ends_with(".data") {
        return Destination::Path(name);
    }
    match rest.split_once('/') {
        // `pip install --target` puts these three into one folder (compared in `tests/`).
        Some(("purelib" | "platlib" | "data", path)) => Destination::Path(path),
        Some(("scripts", _)) => Destination::Nowhere("scripts"),
        Some(("headers", _)) => Destination::Nowhere("headers"),
        _ => Destination::UnknownScheme,
    }
}

/// The mode by pip's rule (`zip_item_is_executable` in its `utils/unpacking.py`): executable if the
/// file type is that of a regular file, and somebody may execute it.
pub(super) fn mode(member: &Member) -> Mode {
    let is_regular = member.mode & 0o170_000 == 0o100_000;
    if is_regular && member.mode & 0o111 != 0 { Mode::Executable } else { Mode::Plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_go_where_the_specification_says() {
        let table = [
            ("a/b.py", Destination::Path("a/b.py")),
            ("a-1.data/purelib/a/c.py", Destination::Path("a/c.py")),
            ("a-1.data/platlib/a.so", Destination::Path("a.so")),
            ("a-1.data/data/share/x", Destination::Path("share/x")),
            ("a-1.data/scripts/run", Destination::Nowhere("scripts")),
            ("a-1.data/headers/a.h", Destination::Nowhere("headers")),
            ("a-1.data/etc/a", Destination::UnknownScheme),
            ("a-1.data/file", Destination::UnknownScheme),
            ("B_1.data/platlib/b/c.py", Destination::Path("b/c.py")),
            ("a/b.data/c", Destination::Path("a/b.data/c")),
            ("a-1.dist-info/METADATA", Destination::Path("a-1.dist-info/METADATA")),
            ("a-1.dist-info/INSTALLER", Destination::Nowhere("installer")),
            ("a-1.dist-info/direct_url.json", Destination::Nowhere("installer")),
            ("a/__pycache__/b.pyc", Destination::Nowhere("bytecode")),
            ("a/b.pyc", Destination::Path("a/b.pyc")),
        ];
        for (name, expected) in table {
            assert_eq!(destination(name, "a-1"), expected, "{name}");
        }
    }

    #[test]
    fn one_dist_info_is_the_wheels_own() {
        assert_eq!(stem(["a/x", "a-1.dist-info/WHEEL"].into_iter()), Some("a-1"));
        assert_eq!(stem(["a-1.dist-info/WHEEL", "b-1.dist-info/X"].into_iter()), None);
        assert_eq!(stem(["a/b.dist-info/WHEEL"].into_iter()), None);
    }
}
