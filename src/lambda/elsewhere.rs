//! Finds where in a project a module lies that a lambda imports and has not got; pure.
//!
//! What a repository's own build copies into its packages is said in the config by `files`: so what is
//! found is an entry of that, a path from the root with the path that it has to have in the package.

use std::cmp::Reverse;

use camino::{Utf8Path, Utf8PathBuf};

/// A module, or the package that it is in, that would have to be copied.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Copied {
    /// A file or folder, relative to the root.
    pub(crate) source: Utf8PathBuf,
    /// Its path in the package.
    pub(crate) target: String,
}

impl Copied {
    /// As the value of `files` has it.
    pub(crate) fn entry(&self) -> String {
        format!("\"{}\" = \"{}\"", self.source, self.target)
    }
}

/// Folders of package managers, and those whose modules try code or show it.
const NOT_MEANT: [&str; 9] = [
    "node_modules",
    "__pycache__",
    "site-packages",
    "tests",
    "test",
    "testing",
    "examples",
    "example",
    "docs",
];

/// Where a module, with dots, lies outside of a lambda's own folder or file: the nearest place, or
/// those that are equally near; nothing where no file is that module.
pub(crate) fn elsewhere<'a>(
    module: &str,
    own: &Utf8Path,
    modules: impl Iterator<Item = &'a Utf8Path>,
) -> Vec<Copied> {
    let parts: Vec<&str> = module.split('.').collect();
    let mut found = Vec::new();
    for path in modules.filter(|path| !path.starts_with(own) || own == "") {
        let steps: Vec<&str> = path.components().map(|step| step.as_str()).collect();
        let is_meant = |step: &&str| !step.starts_with('.') && !NOT_MEANT.contains(step);
        if parts.iter().any(|part| part.is_empty()) || !steps.iter().all(is_meant) {
            continue;
        }
        for begin in 0..steps.len() {
            let Some(is_plain) = fits(&parts, &steps[begin..]) else { continue };
            let copied = copied(&parts, &steps[..begin], own, is_plain);
            found.extend(copied.map(|copied| {
                let base = steps[..begin].iter();
                let near =
                    base.zip(own.components()).take_while(|(one, other)| **one == other.as_str());
                ((Reverse(near.count()), begin), copied)
            }));
        }
    }
    found.sort();
    found.dedup();
    let best = found.first().map(|(rank, _)| *rank);
    found
        .into_iter()
        .take_while(|(rank, _)| Some(*rank) == best)
        .map(|(_, copied)| copied)
        .collect()
}

/// Whether the steps of a path are those of a module: of `a.b` these are `a/b.py`, `a/b/__init__.py`
/// and whatever is in `a/b`. It tells, too, whether the module is a file of its own.
fn fits(parts: &[&str], steps: &[&str]) -> Option<bool> {
    let (last, folders) = parts.split_last()?;
    let rest = steps.strip_prefix(folders)?;
    match rest {
        [file] if file.strip_suffix(".py") == Some(last) => Some(true),
        [folder, _, ..] if folder == last => Some(false),
        _ => None,
    }
}

/// The shortest beginning of a module that can be copied whole: not one that has the lambda itself.
fn copied(parts: &[&str], base: &[&str], own: &Utf8Path, is_file: bool) -> Option<Copied> {
    (1..=parts.len()).find_map(|count| {
        let mut target = parts[..count].join("/");
        if is_file && count == parts.len() {
            target += ".py";
        }
        let mut source: Utf8PathBuf = base.iter().collect();
        source.push(&target);
        (!own.starts_with(&source)).then_some(Copied { source, target })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_place_that_has_not_the_lambda_itself_is_found() {
        for (module, own, modules, expected) in [
            (
                "shared",
                "lambdas/api",
                &["lambdas/lib/shared.py"][..],
                &["\"lambdas/lib/shared.py\" = \"shared.py\""][..],
            ),
            ("lib.text", "src/api", &["src/lib/text.py"], &["\"src/lib\" = \"lib\""]),
            (
                "lib",
                "src/api",
                &["src/lib/__init__.py", "src/lib/a.py"],
                &["\"src/lib\" = \"lib\""],
            ),
            ("lib.a.b", "src/api", &["src/lib/a/b/__init__.py"], &["\"src/lib\" = \"lib\""]),
            ("lib.text", "src/api", &["src/lib/other.py"], &[]),
            (
                "shared",
                "src/api",
                &["src/shared.py", "other/shared.py"],
                &["\"src/shared.py\" = \"shared.py\""],
            ),
            (
                "shared",
                "src/api",
                &["a/shared.py", "b/shared.py"],
                &["\"a/shared.py\" = \"shared.py\"", "\"b/shared.py\" = \"shared.py\""],
            ),
            (
                "src.common.text",
                "src/api",
                &["src/common/text.py"],
                &["\"src/common\" = \"src/common\""],
            ),
            ("src.text", "src/api", &["src/text.py"], &["\"src/text.py\" = \"src/text.py\""]),
            ("src", "src/api", &["src/__init__.py"], &[]),
            (
                "helper",
                "jobs/a.py",
                &["jobs/a.py", "jobs/helper.py"],
                &["\"jobs/helper.py\" = \"helper.py\""],
            ),
            ("api", "src/api", &["src/api/api.py"], &[]),
            ("shared", "src/api", &["tests/shared.py", "src/.venv/shared.py"], &[]),
        ] {
            let modules = modules.iter().map(Utf8Path::new);
            let found = elsewhere(module, Utf8Path::new(own), modules);
            let found: Vec<String> = found.iter().map(Copied::entry).collect();
            assert_eq!(found, expected, "{module} of {own}");
        }
    }
}
