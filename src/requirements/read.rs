//! Reads a requirements file and the files that it includes.

use camino::{Utf8Path, Utf8PathBuf};

use super::compiled::{asked_in, is_compiled};
use super::encoding::decode;
use super::line::{Logical, conceal, expand, logical};
use super::parse::{FileOption, Parsed, parse, refuse_option};
use super::{Demand, OptionLine, Projects, Requirement, Requirements, unbuildable};
use crate::address;
use crate::address::{redact, without_user};
use crate::digest::{Hasher, Sha256Digest};
use crate::environment::Environment;
use crate::name::normalised;
use crate::report::code;
use crate::report::{Failure, Place};
use crate::tree::{Kind, Step, Tree, normal};

/// Reads the text of a requirements file; `path`, relative to the root, is where it is or would be.
/// `None` if there is no requirement in it.
pub(crate) fn read(
    tree: &Tree,
    path: &Utf8Path,
    bytes: &[u8],
    environment: &Environment,
) -> Result<Option<Requirements>, Failure> {
    let found = Requirements { path: path.to_owned(), ..Requirements::default() };
    let mut reading = Reading { tree, environment, found, open: Vec::new() };
    reading.file(path, bytes, Role::Requirements)?;
    let found = reading.found;
    Ok((!found.requirements.is_empty()).then_some(found))
}

/// A line of a project file that means what one of a requirements file means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) text: String,
    /// Counted from 1.
    pub(crate) number: u32,
}

/// The same of lines that another file has; options may stand there without a requirement.
pub(crate) fn read_lines(
    tree: &Tree,
    path: &Utf8Path,
    lines: Vec<Line>,
    environment: &Environment,
) -> Result<Requirements, Failure> {
    let found = Requirements { path: path.to_owned(), ..Requirements::default() };
    let mut reading = Reading { tree, environment, found, open: vec![normal(path)] };
    for Line { text, number } in lines {
        reading.line(path, &Logical { text, number }, Role::Requirements)?;
    }
    Ok(reading.found)
}

/// How a file was included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Requirements,
    /// By `-c`.
    Constraints,
}

/// The state of reading a file and its includes.
pub(super) struct Reading<'a> {
    pub(super) tree: &'a Tree,
    environment: &'a Environment,
    found: Requirements,
    /// The files that are being read, outermost first.
    open: Vec<Utf8PathBuf>,
}

impl Reading<'_> {
    fn file(&mut self, path: &Utf8Path, bytes: &[u8], role: Role) -> Result<(), Failure> {
        let text = decode(bytes).map_err(|why| {
            Failure::input("requirements-encoding", format!("`{path}` {why}"))
                .at(path, None)
                .hint("save it as UTF-8")
        })?;
        self.open.push(normal(path));
        if role == Role::Requirements && is_compiled(&text) {
            self.found.is_compiled = true;
            self.found.asked.extend(asked_in(&text));
        }
        for line in logical(&text) {
            self.line(path, &line, role)?;
        }
        self.open.pop();
        Ok(())
    }

    fn line(&mut self, path: &Utf8Path, line: &Logical, role: Role) -> Result<(), Failure> {
        let environment = self.environment;
        // The value of a variable may be a password, and a part that is quoted of a malformed address.
        let words = address::secret_words(&line.text);
        self.parsed_line(path, line, role).map_err(|failure| {
            let concealed = |text: &String| {
                let text = redact(&conceal(text, &line.text, environment));
                address::without_words(&text, &words)
            };
            let message = concealed(&failure.message);
            let causes = failure.causes.iter().map(concealed).collect();
            Failure { message, causes, ..failure }
        })
    }

    fn parsed_line(&mut self, path: &Utf8Path, line: &Logical, role: Role) -> Result<(), Failure> {
        let place = Place { path: path.to_string(), line: Some(line.number) };
        match parse(&line.text, &place)? {
            Parsed::Requirement { text, hashes } => {
                let requirement = self.requirement(path, &text, hashes, place)?;
                self.take(requirement, role)?;
            }
            Parsed::Editable(text) => {
                let mut requirement = self.requirement(path, &text, Vec::new(), place)?;
                if !matches!(requirement.demand, Demand::Source(_)) {
                    let why = "it is neither a folder nor a repository";
                    let hint = "remove the `-e`; a folder begins with `./` or `../`";
                    let text = redact(&format!("-e {text}"));
                    return Err(unbuildable(&text, why, hint, &requirement.place));
                }
                requirement.text = format!("-e {text}");
                self.take(requirement, role)?;
            }
            Parsed::Options(options) => {
                for option in options {
                    self.option(path, option, &place)?;
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, requirement: Requirement, role: Role) -> Result<(), Failure> {
        match (role, &requirement.demand) {
            (Role::Requirements, _) => self.found.requirements.push(requirement),
            (Role::Constraints, Demand::Source(_)) => {
                let why = "it is a constraint, and only requirements are built";
                let hint = "require it in the requirements file itself";
                return Err(unbuildable(&redact(&requirement.text), why, hint, &requirement.place));
            }
            (Role::Constraints, _) => self.found.constraints.push(requirement),
        }
        Ok(())
    }

    fn option(
        &mut self,
        file: &Utf8Path,
        (name, value): FileOption,
        place: &Place,
    ) -> Result<(), Failure> {
        let (text, line, identity) = match name {
            // As in pip, a file of `-r` in a constraints file has requirements, not constraints
            // (`_parse_and_recurse` in its `req/req_file.py`).
            "--requirement" => return self.include(file, &value, place, Role::Requirements),
            "--constraint" => return self.include(file, &value, place, Role::Constraints),
            // These don't go to pip, which is asked for wheels only; they decide what is built
            // after.
            "--no-binary" | "--only-binary" => {
                let Requirements { no_binary, only_binary, .. } = &mut self.found;
                match name {
                    "--no-binary" => restrict(no_binary, only_binary, &value),
                    _ => restrict(only_binary, no_binary, &value),
                }
                let text = format!("{name} {value}");
                (text.clone(), String::new(), text)
            }
            "--find-links" => {
                let expanded = self.expand(&value);
                let text = with_value(name, &value);
                if let Some(path) = address::local_path(&expanded) {
                    let held = self.wheels_in(Utf8Path::new(&path))?;
                    (text.clone(), text, format!("--find-links {path} {held}"))
                } else if expanded.contains("://") {
                    (text.clone(), text, format!("--find-links {}", without_user(&expanded)))
                } else {
                    let found = self.locate(file, &expanded, place)?;
                    // The contents of the folder count, and not the path of the project.
                    let identity = format!("--find-links {found} {}", self.wheels_in(&found)?);
                    let address = address::of_file(&self.tree.absolute(&found));
                    (text, with_value("--find-links", &address), identity)
                }
            }
            _ if value.is_empty() => (name.to_owned(), name.to_owned(), name.to_owned()),
            _ => {
                let identity = format!("{name} {}", without_user(&self.expand(&value)));
                let line = with_value(name, &value);
                (line.clone(), line, identity)
            }
        };
        self.found.options.push(OptionLine { text, line, identity });
        Ok(())
    }

    fn include(
        &mut self,
        file: &Utf8Path,
        path: &str,
        place: &Place,
        role: Role,
    ) -> Result<(), Failure> {
        let path = self.expand(path);
        let path = address::local_path(&path).unwrap_or(path);
        if path.contains("://") {
            let why = "names an address, and only files of the project are read";
            let hint = "copy that file into the project, and name the copy";
            let option = if role == Role::Constraints { "-c" } else { "-r" };
            return Err(refuse_option(option, why, hint, place));
        }
        let found = self.locate(file, &path, place)?;
        if self.open.contains(&normal(&found)) {
            return Err(Failure::input("requirements-cycle", format!("`{found}` includes itself"))
                .place(place.clone()));
        }
        let bytes = self.tree.read(&found)?.ok_or_else(|| missing(&path, place))?;
        self.file(&found, &bytes, role)
    }

    /// Finds the path of a line, relative to its file or else to the root. pip takes `-r`, `-c` and
    /// `--find-links` relative to the file, and other paths relative to its working directory,
    /// which is mostly the root (`parse_req_from_line` in its `req/constructors.py`).
    pub(super) fn locate(
        &mut self,
        file: &Utf8Path,
        path: &str,
        place: &Place,
    ) -> Result<Utf8PathBuf, Failure> {
        let beside = file.parent().unwrap_or(Utf8Path::new("")).join(path);
        if self.tree.kind(&beside)?.is_some() {
            self.refuse_absent(&beside, place)?;
            return Ok(normal(&beside));
        }
        if self.tree.kind(Utf8Path::new(path))?.is_some() {
            self.refuse_absent(Utf8Path::new(path), place)?;
            let note =
                format!("`{path}` in {place} is taken from the root: it is not beside that file");
            self.found.notes.push(note);
            return Ok(normal(Utf8Path::new(path)));
        }
        self.refuse_absent(&beside, place)?;
        self.refuse_absent(Utf8Path::new(path), place)?;
        Err(missing(path, place))
    }

    /// Refuses what git has and this worktree has not got, or not whole: an empty submodule, a folder
    /// outside of a sparse checkout.
    fn refuse_absent(&self, path: &Utf8Path, place: &Place) -> Result<(), Failure> {
        let path = normal(path);
        match self.tree.absent(&path) {
            Some(absent) => Err(absent.failure(&path).place(place.clone())),
            None => Ok(()),
        }
    }

    /// Returns the digest of a folder of `--find-links`: its files decide what is found.
    fn wheels_in(&self, folder: &Utf8Path) -> Result<String, Failure> {
        let mut hasher = Hasher::default();
        if !matches!(self.tree.kind(folder)?, Some(Kind::Directory | Kind::Symlink)) {
            // An HTML page with links. If it does not exist, pip reports that.
            hasher.field(&self.tree.read(folder)?.unwrap_or_default());
            return Ok(hasher.finish().to_hex());
        }
        self.tree.hold(folder)?;
        self.tree.walk::<Failure>(folder, &mut |path, kind| {
            let full = folder.join(path);
            let bytes = match kind {
                Kind::File { .. } => Some(self.tree.read_found(&full)?),
                // `None` for a link that leads nowhere.
                Kind::Symlink => self.tree.read(&full)?,
                Kind::Directory | Kind::Special => None,
            };
            if let Some(bytes) = bytes {
                hasher.field(path.as_str().as_bytes());
                hasher.field(&bytes);
            }
            Ok(Step::Past)
        })?;
        Ok(hasher.finish().to_hex())
    }

    /// Adds the digest of the file to a requirement with a `file:` URL.
    pub(super) fn with_local_digest(
        &self,
        expanded: String,
        place: &Place,
    ) -> Result<String, Failure> {
        let Some(path) = address::local_path(&expanded) else { return Ok(expanded) };
        let bytes = self.tree.read(Utf8Path::new(&path))?.ok_or_else(|| missing(&path, place))?;
        Ok(format!("{expanded} {:?}", Sha256Digest::of(&bytes)))
    }

    pub(super) fn expand(&self, text: &str) -> String {
        expand(text, self.environment)
    }
}

/// The failure of a line whose file does not exist; `path` is as it is written.
fn missing(path: &str, place: &Place) -> Failure {
    let failure =
        |message: String| Failure::input(code::REQUIREMENTS_MISSING, message).place(place.clone());
    if is_of_conda(path) {
        let message = format!("there is no `{path}`: it was a folder of conda's build machine");
        return failure(message).hint(
            "write the project with its version in its place, as `pip list --format=freeze` does, \
             or remove the line",
        );
    }
    failure(format!("there is no `{path}`")).hint("write it relative to this file, or to the root")
}

/// Whether a path is one where conda builds its packages; `pip freeze` in an environment of conda
/// writes it, for it is what the package says of itself.
fn is_of_conda(path: &str) -> bool {
    [
        "/croot/",
        "/croots/",
        "/conda-bld/",
        "/feedstock_root/",
        "/conda_build/",
        "/tmp/build/80754af9/",
        "/perseverance-python-buildout/",
        "/home/conda/",
        "/ci_py",
    ]
    .iter()
    .any(|part| path.replace('\\', "/").contains(part))
}

/// Adds `:all:`, `:none:` or projects to one of two lists; a name that is added to one is removed
/// from the other.
///
/// Source: `handle_mutual_excludes` in pip's `models/format_control.py`.
fn restrict(list: &mut Projects, other: &mut Projects, names: &str) {
    for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        match name {
            ":all:" => (*list, *other) = (Projects::All, Projects::default()),
            ":none:" => *list = Projects::default(),
            _ => {
                let name = normalised(name);
                if let Projects::These(others) = other {
                    others.remove(&name);
                }
                if let Projects::These(names) = list {
                    names.insert(name);
                }
            }
        }
    }
}

/// Writes an option with its value, quoted for `shlex.split`, with which pip reads it.
fn with_value(option: &str, value: &str) -> String {
    let quoted = shlex::try_quote(value).unwrap_or_else(|_| value.into());
    format!("{option} {quoted}")
}

#[cfg(test)]
mod tests {
    use super::super::is_judgeable;
    use super::*;
    use crate::corpus::try_all;
    use crate::fs::TemporaryDirectory;

    #[test]
    fn requirements_are_read_however_they_are_broken() {
        let folder = TemporaryDirectory::new().unwrap();
        let tree = Tree::new(folder.path()).unwrap();
        let environment = Environment::new([("SECRET".into(), "s@é/".into())]);
        try_all("requirements", |bytes| {
            let path = Utf8Path::new("lambdas/api/requirements.txt");
            let read = read(&tree, path, bytes, &environment);
            let lines = read.iter().flatten().flat_map(|it| &it.requirements);
            let is_judgeable: Vec<_> = lines.map(|it| is_judgeable(&it.line)).collect();
            format!("{read:?} {is_judgeable:?}")
        });
    }
}
