//! Which modules the standard library of each version of Python has.
//!
//! The table beside this file has one module a line: its name, the first minor version of Python 3
//! that has it, 9 meaning 9 or before, and the last one, where a later one has it no more.
//! `.ci/standard-library` makes it and says from what. A version that is newer than the table has
//! what the newest in it has.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::LazyLock;

use crate::lambda::PythonVersion;

/// The first and the last minor version that have a module.
type Versions = (u8, u8);

static TABLE: LazyLock<BTreeMap<&str, Versions>> = LazyLock::new(|| {
    let number = |word: Option<&str>| word.and_then(|word| word.parse().ok());
    let line = |line: &'static str| {
        let mut words = line.split(' ');
        let name = words.next()?;
        Some((name, (number(words.next())?, number(words.next()).unwrap_or(u8::MAX))))
    };
    include_str!("standard_library.txt").lines().filter_map(line).collect()
});

/// What a version's standard library is to a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has it.
    Present,
    /// It has it since a later version, of this minor number.
    Later(u8),
    /// It had it up to an earlier version, of this minor number.
    Gone(u8),
    /// It never had it.
    Foreign,
}

/// The standing of a module, with dots, in a version's standard library; in that of any version,
/// where none is named.
pub(crate) fn standing(module: &str, python: Option<PythonVersion>) -> Standing {
    let Some(&(first, last)) = TABLE.get(module) else { return Standing::Foreign };
    match python {
        Some(python) if python.minor < first && first > 9 => Standing::Later(first),
        Some(python) if python.minor > last => Standing::Gone(last),
        Some(_) | None => Standing::Present,
    }
}

/// The names of the modules inside of a package of the standard library, as far as they are listed.
pub(crate) fn submodules(package: &str) -> impl Iterator<Item = &'static str> {
    let prefix = format!("{package}.");
    let names = TABLE.range::<str, _>((Bound::Included(&*prefix), Bound::Unbounded));
    names.map_while(move |(name, _)| name.strip_prefix(prefix.as_str()))
}

/// Modules that Lambda has imported before it looks for a handler, so that it takes no own one of the
/// name: those that `bootstrap.py` of awslambdaric imports at its top (`importlib`, `json`, `logging`,
/// `os`, `sys`, `time`, `traceback`), with those that these import in every version from 3.9 to 3.13.
const LOADED: &str = "abc atexit builtins codecs collections copyreg encodings enum functools \
     genericpath importlib io itertools json keyword linecache logging marshal \
     operator os posix posixpath re reprlib stat string sys threading time traceback \
     types warnings weakref zipimport";

/// Whether Lambda has imported a top-level module before it looks for a handler.
pub(crate) fn is_loaded(module: &str) -> bool {
    LOADED.split(' ').any(|loaded| loaded == module)
}

/// Whether all modules of a package of the standard library are listed.
pub(crate) fn is_listed(package: &str) -> bool {
    !["idlelib", "lib2to3", "pydoc_data", "test", "turtledemo"].contains(&package)
}

/// The top-level modules of a version, or of any.
pub(crate) fn top_names(python: Option<PythonVersion>) -> impl Iterator<Item = &'static str> {
    let is_top = |name: &&str| !name.contains('.');
    TABLE
        .keys()
        .copied()
        .filter(is_top)
        .filter(move |name| standing(name, python) == Standing::Present)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(module: &str, minor: u8) -> Standing {
        standing(module, Some(PythonVersion { minor }))
    }

    #[test]
    fn a_version_has_its_modules() {
        for module in ["os", "os.path", "sys", "__future__", "xml.etree.ElementTree", "zoneinfo"] {
            for minor in [9, 12, 14, 99] {
                assert_eq!(of(module, minor), Standing::Present, "{module} {minor}");
            }
        }
        assert_eq!(of("tomllib", 10), Standing::Later(11));
        assert_eq!(of("tomllib", 11), Standing::Present);
        assert_eq!(of("distutils.util", 12), Standing::Gone(11));
        assert_eq!(of("cgi", 12), Standing::Present);
        assert_eq!(of("cgi", 14), Standing::Gone(12));
        assert_eq!(of("annotationlib", 13), Standing::Later(14));
        assert_eq!(of("requests", 12), Standing::Foreign);
        // Lambda's Linux has none of Windows' modules.
        assert_eq!(of("winreg", 12), Standing::Foreign);
        assert_eq!(standing("cgi", None), Standing::Present);
    }

    #[test]
    fn packages_have_submodules() {
        assert_eq!(submodules("os").collect::<Vec<_>>(), ["path"]);
        assert!(submodules("xml").any(|name| name == "etree.ElementTree"));
        for package in ["json.tool", "sys", "venv"] {
            assert_eq!(submodules(package).next(), None);
        }
    }
}
