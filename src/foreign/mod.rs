//! Locks of other tools: `uv.lock`, `poetry.lock`, `Pipfile.lock`.
//!
//! They are read here, as values for a target, and equal what their tools export
//! (`tests/requirements/exports.rs` compares them). Their tools are not asked: `poetry export` runs plugins
//! that lie in a checkout, `uv export --frozen` leaves out what was added to the project since, and a
//! package should not need another program than Python.
//!
//! A lock that does not know what its project asks for is stale. That is an error, whoever asks: no
//! package is made without a dependency, nor with one that nobody chose.

mod constraint;
mod pipenv;
mod poetry;
mod uv;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use pep508_rs::{ExtraName, VerbatimUrl};

use crate::digest::Sha256Digest;
use crate::lambda::Target;
use crate::pep508;
use crate::pylock::{OTHER_TARGET, Package, Pylock};
use crate::report::{Failure, Place};
use crate::requirements::{Choice, Line, Other, Project, Tool, parse_line};
use crate::tags;
use crate::tree::Tree;

/// What is asked of a lock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) tree: &'a Tree,
    /// The lock, and the folder of the project.
    pub(crate) other: &'a Other,
    pub(crate) choice: &'a Choice,
    pub(crate) target: Target,
}

/// The locks that were read in this run: many lambdas may share one.
#[derive(Debug, Default)]
pub(crate) struct Locks(Mutex<BTreeMap<Utf8PathBuf, Arc<Slot>>>);

/// The place of a lock that is parsed by the first who asks for it.
type Slot = OnceLock<Result<Parsed, Failure>>;

/// A lock as it is parsed.
#[derive(Debug)]
enum Parsed {
    Uv(Text<uv::Lock>),
    Poetry(Text<poetry::Lock>),
    Pipenv(Text<pipenv::Lock>),
}

/// A lock with its text, in which its lines are counted.
#[derive(Debug)]
struct Text<T> {
    text: String,
    lock: T,
}

/// A lock, and what is asked of it.
struct Reading<'a, T> {
    asked: Asked<'a>,
    text: &'a str,
    lock: &'a T,
}

/// The packages of a lock that are reached, each with the extras that are asked of it.
type Reached = BTreeMap<usize, BTreeSet<String>>;

/// What a lock has for a target.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Exact packages, and the lines of options with which pip finds their files where the lock has
    /// no address. Paths are relative to the lock's folder. `asked` has what the project asks for by
    /// itself, normalised.
    Packages { lock: Pylock, options: Vec<Line>, asked: BTreeSet<String> },
    /// Lines of a requirements file in the lock's folder.
    Lines(Vec<Line>),
}

/// Why a lock has no answer.
#[derive(Debug)]
pub(crate) enum Error {
    /// The project asks for what the lock does not know: why, as a clause.
    Stale(String),
    /// It is for another target.
    OtherTarget(Failure),
    Failed(Failure),
}

impl<F: Into<Failure>> From<F> for Error {
    fn from(failure: F) -> Self {
        Self::Failed(failure.into())
    }
}

/// Reads a lock.
pub(crate) fn read(asked: Asked<'_>, locks: &Locks) -> Result<Answer, Error> {
    let slot = {
        let mut known = locks.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(asked.other.lock.clone()).or_default())
    };
    match slot.get_or_init(|| parse(asked.tree, asked.other)) {
        Ok(Parsed::Uv(Text { text, lock })) => uv::read(Reading { asked, text, lock }),
        Ok(Parsed::Poetry(Text { text, lock })) => poetry::read(Reading { asked, text, lock }),
        Ok(Parsed::Pipenv(Text { text, lock })) => pipenv::read(Reading { asked, text, lock }),
        Err(failure) => Err(failure.clone().into()),
    }
}

/// Parses a lock, whatever the project and the target.
fn parse(tree: &Tree, other: &Other) -> Result<Parsed, Failure> {
    let text = String::from_utf8_lossy(&tree.read_found(&other.lock)?).into_owned();
    let not_read = |(cause, line): Fault| invalid(other, cause, line);
    Ok(match other.tool {
        Tool::Uv => {
            let lock = uv::parse(&text).map_err(not_read)?;
            Parsed::Uv(Text { text, lock })
        }
        Tool::Poetry => {
            let lock = poetry::parse(&text).map_err(not_read)?;
            Parsed::Poetry(Text { text, lock })
        }
        Tool::Pipenv => {
            let lock = pipenv::parse(&text).map_err(not_read)?;
            Parsed::Pipenv(Text { text, lock })
        }
    })
}

/// Why a text is no lock, as a clause, and its line.
type Fault = (String, Option<u32>);

/// The failure of a lock that has not the form that its tool gives it.
fn invalid(other: &Other, cause: impl AsRef<str>, line: Option<u32>) -> Failure {
    Failure::input("other-lock-invalid", format!("`{}` can't be read", other.lock))
        .cause(cause)
        .at(&other.lock, line)
        // The tools themselves stop at a lock that they can't read.
        .hint(format!("restore it, or remove it and run `{}`", other.command()))
}

impl Asked<'_> {
    /// The folder of the lock, relative to the root.
    fn lock_folder(&self) -> &Utf8Path {
        self.other.lock_folder()
    }

    /// The project's file: its path, and its bytes if it is there.
    fn project(&self) -> Result<(Utf8PathBuf, Option<Vec<u8>>), Failure> {
        let path = self.other.folder.join(self.other.tool.project());
        let bytes = self.tree.read(&path)?;
        Ok((path, bytes))
    }

    fn invalid(&self, cause: impl AsRef<str>, line: Option<u32>) -> Failure {
        invalid(self.other, cause, line)
    }

    /// The failure of a lock, or its project, that is for other versions of Python: `range`.
    fn other_python(&self, place: Place, range: &str, key: &str) -> Error {
        let message =
            format!("`{}` is for Python {range}, and not for {}", place.path, self.target);
        let hint = format!(
            "change `{key}` and run `{}`, or set the target that it is for",
            self.other.command()
        );
        Error::OtherTarget(Failure::lambda(OTHER_TARGET, message).place(place).hint(hint))
    }

    /// The lines of a project that hold for the target, read.
    fn lines(
        &self,
        project: &Project,
        choice: &Choice,
        path: &Utf8Path,
    ) -> Result<Vec<(Line, pep508_rs::Requirement<VerbatimUrl>)>, Failure> {
        let environment = tags::marker_environment(self.target);
        let mut lines = Vec::new();
        for line in project.chosen(choice)? {
            let named = parse_line(&line, path)?;
            if named.evaluate_markers(&environment, &[]) {
                lines.push((line, named));
            }
        }
        Ok(lines)
    }

    /// Whether a marker holds for the target, with these extras.
    fn holds(&self, marker: &str, extras: &[ExtraName]) -> Result<bool, Failure> {
        if marker.trim().is_empty() {
            return Ok(true);
        }
        let tree = pep508::marker(marker, &mut |_, _| {})
            .map_err(|_| self.invalid(format!("the marker `{marker}` can't be judged"), None))?;
        Ok(tree.evaluate(&tags::marker_environment(self.target), extras))
    }

    /// A file's digest, `sha256:` and hexadecimal digits.
    fn digest(&self, hash: Option<&str>) -> Result<Option<Sha256Digest>, Failure> {
        let Some(hash) = hash else { return Ok(None) };
        let digits = hash.strip_prefix("sha256:");
        let digest = digits.and_then(Sha256Digest::from_hex);
        digest.map(Some).ok_or_else(|| self.invalid(format!("`{hash}` is no sha256"), None))
    }

    /// A lock of these packages alone.
    fn packages(packages: Vec<Package>, options: Vec<Line>, asked: BTreeSet<String>) -> Answer {
        let lock = Pylock {
            requires_python: None,
            environments: Vec::new(),
            default_groups: Vec::new(),
            packages,
            made: None,
        };
        Answer::Packages { lock, options, asked }
    }

    /// The lock as a whole.
    fn whole(&self) -> Place {
        Place::new(&self.other.lock, None)
    }

    fn place(&self, line: u32) -> Place {
        Place::new(&self.other.lock, Some(line))
    }
}

/// Names as extras that a marker may ask for; what is no name no marker asks for.
fn extras(names: impl IntoIterator<Item = impl Into<String>>) -> Vec<ExtraName> {
    names.into_iter().filter_map(|name| ExtraName::new(name.into()).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::try_all;
    use crate::fs;
    use crate::lambda::{Architecture, PythonVersion};

    const PROJECT: &str = "[project]\nname = \"app\"\nversion = \"1\"\n\
                           dependencies = [\"a>=1\", \"b[x]; python_version > '3.8'\"]\n";
    const PIPFILE: &str = "[packages]\na = \">=1\"\nb = { version = \"*\", extras = [\"x\"] }\n";

    /// Hands to `each`, for every tool, what reads a lock beside its project.
    fn with_readers(each: impl Fn(Tool, &dyn Fn(&[u8]) -> Result<Answer, Error>)) {
        for (tool, project) in
            [(Tool::Uv, PROJECT), (Tool::Poetry, PROJECT), (Tool::Pipenv, PIPFILE)]
        {
            let folder = fs::TemporaryDirectory::new().unwrap();
            fs::write(&folder.path().join(tool.project()), project.as_bytes()).unwrap();
            let lock = folder.path().join(tool.lock());
            let other = Other { tool, lock: tool.lock().into(), folder: "".into() };
            let choice = Choice::default();
            let python = PythonVersion { minor: 12 };
            let target = Target { python, architecture: Architecture::X86_64 };
            each(tool, &|bytes| {
                fs::write(&lock, bytes).unwrap();
                let tree = &Tree::new(folder.path()).unwrap();
                read(Asked { tree, other: &other, choice: &choice, target }, &Locks::default())
            });
        }
    }

    #[test]
    fn a_lock_of_another_tool_is_read_however_it_is_broken() {
        with_readers(|tool, read| try_all(tool.name(), |bytes| format!("{:?}", read(bytes))));
    }

    /// What is packaged by an answer: names, versions and files, or lines.
    fn packaged(answer: &Answer) -> Vec<String> {
        match answer {
            Answer::Packages { lock, .. } => {
                let packages = lock.packages.iter();
                packages
                    .map(|it| format!("{} {:?} {:?}", it.name, it.version, it.origins))
                    .collect()
            }
            Answer::Lines(lines) => lines.iter().map(|line| line.text.clone()).collect(),
        }
    }

    #[test]
    fn a_lock_of_another_tool_that_is_cut_at_any_line_is_refused_stale_or_whole() {
        with_readers(|tool, read| {
            let folder = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
            let folder = folder.join(tool.name());
            let mut tried = 0;
            for name in fs::names(&folder).unwrap() {
                let whole = fs::read(&folder.join(&name)).unwrap().unwrap();
                let Ok(answer) = read(&whole) else { continue };
                tried += 1;
                let ends = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
                for (end, _) in ends {
                    // What a package has as its last word nobody tells that it had more: an sdist
                    // without the wheels behind it is the same version, to be built.
                    if let Ok(cut) = read(&whole[..=end]) {
                        let cut_off = String::from_utf8_lossy(&whole[..=end]).into_owned();
                        assert_eq!(packaged(&cut), packaged(&answer), "{name}\n{cut_off}");
                    }
                }
            }
            assert!(tried > 0, "no lock of {tool:?} is whole");
        });
    }
}
