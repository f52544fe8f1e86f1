//! Reads a lambda's directory: lists it, and decides about each path in it.

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;

use super::rules::NODE_MODULES;
use super::secrets::{self, Seen};
use super::selection::{Selection, Verdict};
use super::{
    Copied, Elsewhere, LeftOut, Place, RENAME, SourceFile, SourceTree, as_git_has_it,
    name_collisions, no_source, rules,
};
use crate::lambda::Lambda;
use crate::path::{ArchivePath, Mode};
use crate::report::{Failure, Warning, code};
use crate::store::{TAG, TAG_NAME};
use crate::tree::{Absent, Kind, Step, Tree, below, normal, slashes};

/// The file of patterns of a lambda.
const IGNORE_FILE: &str = ".lambdaignore";
/// The hint for a link that can't be followed.
const COPY: &str =
    "put a copy of the file there, or leave the link out with `exclude` in the config";
/// How many links are followed one after the other, as on Linux (ELOOP in `path_resolution(7)`).
const MOST_LINKS: usize = 40;

/// Reads a lambda's own files, and those from elsewhere.
pub(crate) fn read(
    tree: &Tree,
    place: Place<'_>,
    selection: &Selection,
) -> Result<SourceTree, Failure> {
    let mut found = read_own(tree, place, selection)?;
    if place.elsewhere.is_empty() {
        return Ok(found);
    }
    for elsewhere in place.elsewhere {
        let mut copied = copy(tree, place, elsewhere, selection)?;
        found.warnings.append(&mut copied.tree.warnings);
        found.copied.push(copied);
    }
    let prefix = if place.prefix.is_empty() { String::new() } else { format!("{}/", place.prefix) };
    let own = found.files.iter().map(|file| (file, &prefix));
    let copied =
        found.copied.iter().flat_map(|it| it.tree.files.iter().map(|file| (file, &it.target)));
    // One that is too long is refused when it is laid out.
    let all = own.chain(copied).filter_map(|(file, folder)| {
        Some(SourceFile { path: file.path.inside(folder).ok()?, ..file.clone() })
    });
    name_collisions::refuse(&all.collect::<Vec<_>>(), "")?;
    Ok(found)
}

/// Reads a file or folder from elsewhere, as if it were the lambda's own.
fn copy(
    tree: &Tree,
    place: Place<'_>,
    elsewhere: &Elsewhere,
    selection: &Selection,
) -> Result<Copied, Failure> {
    let Elsewhere { source, target, place: said, written, inner } = elsewhere;
    let refuse =
        |fault: &str| no_source(&format!("`{source}`, which `files` names, {fault}"), said);
    let (parent, name) = target.as_str().rsplit_once('/').unwrap_or(("", target.as_str()));
    let (directory, file, folder) = match tree.kind(source)? {
        Some(Kind::Directory) => (&**source, None, target.as_str()),
        Some(Kind::File { .. }) => {
            (source.parent().unwrap_or(Utf8Path::new("")), source.file_name(), parent)
        }
        Some(Kind::Symlink) => return Err(refuse("is a symbolic link")),
        Some(Kind::Special) => return Err(refuse("is neither a file nor a folder")),
        None => {
            return Err(match tree.absent(source) {
                Some(absent) => absent.failure(source),
                None => refuse("is not there"),
            });
        }
    };
    let (home, end) = (tree.resolve(Utf8Path::new(""))?.0, tree.resolve(source)?.0);
    if !end.starts_with(&home) {
        return Err(refuse("leads out of the project"));
    }
    let lambda = Lambda {
        directory: directory.to_owned(),
        file: file.map(str::to_owned),
        inner: inner.clone(),
        ..place.lambda.clone()
    };
    let place = Place {
        lambda: &lambda,
        written,
        prefix: folder,
        elsewhere: &[],
        is_copied: true,
        ..place
    };
    let mut found = read_own(tree, place, selection)?;
    let [one, ..] = &mut found.files[..] else {
        let rule = found.left_out.first().map(|it| format!(" ({})", it.rule)).unwrap_or_default();
        return Err(refuse(&format!("has no file that is packaged{rule}")));
    };
    if file.is_some() {
        one.path = ArchivePath::new(name).expect("it is a part of a path");
    }
    let target = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    Ok(Copied { directory: directory.to_owned(), target, tree: found })
}

fn read_own(tree: &Tree, place: Place<'_>, selection: &Selection) -> Result<SourceTree, Failure> {
    let Lambda { directory, file, .. } = place.lambda;
    if tree.is_submodule(directory) {
        return Err(submodule(directory));
    }
    let ignore_file = directory.join(IGNORE_FILE);
    // One beside a single file is for another lambda.
    let patterns = if file.is_none() { tree.read(&ignore_file)? } else { None };
    let selection = match patterns {
        Some(bytes) => selection.clone().with_ignore_file(&bytes, ignore_file.as_str())?,
        None => selection.clone(),
    };
    let mut reading = Reading {
        tree,
        place,
        directory,
        selection: &selection,
        found: SourceTree::default(),
        left_out_folders: Vec::new(),
        secrets: Vec::new(),
    };
    reading.refuse_absent()?;
    match file {
        None => tree.walk(directory, &mut |path, kind| reading.visit(path, kind))?,
        Some(file) => reading.read_one(Utf8Path::new(file))?,
    }
    let Reading { mut found, mut secrets, .. } = reading;
    found.files.sort_by(|one, other| one.path.cmp(&other.path));
    let seen = leave_out_private_keys(tree, &selection, &mut found, &mut secrets)?;
    name_collisions::refuse(&found.files, directory.as_str())?;
    found.left_out.sort_by(|one, other| one.path.cmp(&other.path));
    if place.is_copied {
        let full = |path: &String| below(directory, Utf8Path::new(path)).into_string();
        secrets = secrets.iter().map(full).collect();
    }
    found.warnings.extend(secrets_warning(&secrets));
    let said = as_git_has_it::compare(tree, place.lambda, &found, &seen)?;
    found.warnings.extend(said);
    Ok(found)
}

/// A walk through a lambda's directory.
struct Reading<'a> {
    tree: &'a Tree,
    place: Place<'a>,
    /// The lambda's directory, relative to the root.
    directory: &'a Utf8Path,
    selection: &'a Selection,
    found: SourceTree,
    /// Folders that are left out and walked through nevertheless, as something in them may be
    /// included.
    left_out_folders: Vec<(Utf8PathBuf, &'static str)>,
    /// The paths that were left out because they may hold secrets.
    secrets: Vec<String>,
}

impl Reading<'_> {
    /// Refuses a lambda of which the worktree has not all that git has, and no edit says so. What
    /// is left out by its name may be missing.
    fn refuse_absent(&self) -> Result<(), Failure> {
        let Some(checkout) = self.tree.checkout() else { return Ok(()) };
        let Lambda { file, .. } = self.place.lambda;
        for (place, absent) in checkout.absent(self.directory) {
            let inside = place.strip_prefix(self.directory).unwrap_or(Utf8Path::new(""));
            // Beside one file, what may say what it requires is read, and no other module.
            let is_other = |file: &String| {
                inside != file
                    && (self.place.is_copied
                        || inside.as_str().contains('/')
                        || inside.extension() == Some("py"))
            };
            if file.as_ref().is_some_and(is_other) {
                continue;
            }
            // The lock and the patterns are read, and not packaged.
            let is_read = [&self.place.lambda.lock_name(), IGNORE_FILE].contains(&inside.as_str());
            let is_left_out = self.is_left_out(inside, true)? || self.is_left_out(inside, false)?;
            if is_read || !is_left_out {
                return Err(absent.failure(&place));
            }
        }
        Ok(())
    }

    /// Whether a path that is not there would be left out, or a folder that it is in.
    fn is_left_out(&self, path: &Utf8Path, is_folder: bool) -> Result<bool, Failure> {
        for part in path.ancestors().filter(|part| !part.as_str().is_empty()) {
            let is_folder = is_folder || part != path;
            let is_left_out = match self.selection.verdict(part.as_str(), is_folder) {
                Verdict::LeftOut(_) => true,
                Verdict::Kept => return Ok(false),
                Verdict::Open => {
                    self.own_rule(part).is_some() || self.rule(part, is_folder)?.is_some()
                }
            };
            if is_left_out {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads the one file that the lambda is.
    fn read_one(&mut self, file: &Utf8Path) -> Result<(), Failure> {
        if let Some(kind) = self.tree.kind(&self.directory.join(file))? {
            self.visit(file, kind)?;
        }
        self.found.beside.extend(self.tree.names(self.directory));
        Ok(())
    }

    fn visit(&mut self, path: &Utf8Path, kind: Kind) -> Result<Step, Failure> {
        let is_folder = kind == Kind::Directory;
        if let Some(rule) = self.own_rule(path) {
            return Ok(self.leave_out(path, is_folder, built_in(rule)));
        }
        if is_folder && self.is_store(path)? {
            return Ok(self.leave_out(path, true, built_in("the store of this tool")));
        }
        match self.selection.verdict(path.as_str(), is_folder) {
            Verdict::LeftOut(rule) => return Ok(self.leave_out(path, is_folder, rule)),
            Verdict::Kept => return self.keep(path, kind),
            Verdict::Open => {}
        }
        let mut inherited = self.left_out_folders.iter();
        let inherited = inherited.find(|(folder, _)| path.starts_with(folder));
        if let Some((_, rule)) = inherited {
            if !is_folder {
                self.leave_out(path, false, built_in(rule));
            }
            return Ok(Step::On);
        }
        let Some(rule) = self.rule(path, is_folder)? else { return self.keep(path, kind) };
        if rule.warns {
            self.secrets.push(path.to_string());
        }
        if is_folder && self.selection.brings_in() {
            self.left_out_folders.push((path.to_owned(), rule.pattern));
            return Ok(Step::On);
        }
        Ok(self.leave_out(path, is_folder, built_in(rule.pattern)))
    }

    /// Returns the rule for a file of this tool, which no config can include.
    fn own_rule(&self, path: &Utf8Path) -> Option<&'static str> {
        rules::own(path.as_str()).or_else(|| self.place.written.get(path).copied())
    }

    /// Returns the built-in rule that leaves a path out.
    fn rule(&self, path: &Utf8Path, is_folder: bool) -> Result<Option<rules::Rule>, Failure> {
        if self.place.lambda.inner.contains(path) {
            return Ok(Some(rules::Rule { pattern: "another lambda", warns: false }));
        }
        if is_folder && self.is_virtual_environment(path)? {
            let pattern = "virtual environment (pyvenv.cfg)";
            return Ok(Some(rules::Rule { pattern, warns: false }));
        }
        let rule = rules::built_in(path, is_folder, &|name| self.names(name))?;
        Ok(rule.filter(|rule| !(self.place.is_other && rule.pattern == NODE_MODULES)))
    }

    /// A folder with this file is a virtual environment, whatever its name (PEP 405).
    fn is_virtual_environment(&self, path: &Utf8Path) -> Result<bool, Failure> {
        Ok(self.tree.kind(&self.directory.join(path).join("pyvenv.cfg"))?.is_some())
    }

    /// Whether a folder is the store: each run would have another package with what it has put there.
    fn is_store(&self, path: &Utf8Path) -> Result<bool, Failure> {
        let tag = self.directory.join(path).join(TAG_NAME);
        Ok(self.tree.kind(&tag)?.is_some()
            && self.tree.read(&tag)?.is_some_and(|it| it == TAG.as_bytes()))
    }

    /// Whether a module of the lambda names a module or folder at its top, other than from in there.
    fn names(&self, name: &str) -> Result<bool, Failure> {
        let mut modules = Vec::new();
        self.tree.survey::<Failure>(self.directory, &mut |path, kind| {
            let file = path.file_name().unwrap_or_default();
            let is_own = path == name || path.as_str().strip_suffix(".py") == Some(name);
            match kind {
                Kind::Directory if is_own || rules::is_of_tools(file) => return Ok(Step::Past),
                Kind::Directory if self.is_virtual_environment(path)? => return Ok(Step::Past),
                Kind::File { .. } if file.ends_with(".py") && !is_own => {
                    modules.push(path.to_owned());
                }
                Kind::Directory | Kind::File { .. } | Kind::Symlink | Kind::Special => {}
            }
            Ok(Step::On)
        })?;
        for path in modules {
            let text = self.tree.read_found(&self.directory.join(path))?;
            if rules::mention(&text, name, true).is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn leave_out(&mut self, path: &Utf8Path, is_folder: bool, rule: String) -> Step {
        let path = if is_folder { format!("{path}/") } else { path.to_string() };
        self.found.left_out.push(LeftOut { path, rule });
        Step::Past
    }

    fn keep(&mut self, path: &Utf8Path, kind: Kind) -> Result<Step, Failure> {
        let place = below(self.directory, path);
        match kind {
            Kind::Directory if self.tree.is_submodule(&place) => {
                return Err(submodule(&place));
            }
            Kind::Directory if path.components().count() == 1 => {
                self.found.folders.push(path.to_string());
            }
            Kind::Directory => {}
            Kind::File { .. } if self.is_link_of_git(&place) => self.follow(path)?,
            Kind::File { size, executable } => self.add(path, place, size, executable)?,
            Kind::Symlink => self.follow(path)?,
            Kind::Special => {
                let message = format!("`{place}` is neither a file nor a folder");
                return Err(Failure::input("special-file", message)
                    .at(place, None)
                    .hint("remove it, or leave it out with `exclude` in the config"));
            }
        }
        Ok(Step::On)
    }

    fn add(
        &mut self,
        path: &Utf8Path,
        place: Utf8PathBuf,
        size: u64,
        executable: bool,
    ) -> Result<(), Failure> {
        let checkout = self.tree.checkout();
        let executable = checkout.map_or(executable, |it| it.is_executable(&place, executable));
        // Another clone has the name as git has it.
        let spelt = checkout
            .and_then(|checkout| checkout.spelling(&self.directory.join(path)))
            .and_then(|spelt| spelt.strip_prefix(self.directory).ok().map(Utf8Path::to_owned));
        let path = spelt.as_deref().unwrap_or(path);
        let archive_path = ArchivePath::new(path.as_str()).map_err(|fault| {
            let path = self.directory.join(path);
            let path = path.as_str().escape_debug();
            let message = format!("`{path}` can't be packaged: its name {fault}");
            Failure::input(code::FILE_NAME, message).hint(RENAME)
        })?;
        let mode = if executable { Mode::Executable } else { Mode::Plain };
        let is_included = self.selection.brings_in()
            && self.selection.verdict(path.as_str(), false) == Verdict::Kept;
        let path = archive_path;
        self.found.files.push(SourceFile {
            path,
            place,
            size,
            mode,
            is_included,
            is_script: false,
            digest: None,
        });
        Ok(())
    }

    /// Whether git has a link where the worktree has a file with the link's target as its text: a
    /// checkout writes that where the file system has no links (`core.symlinks` in git-config(1)).
    fn is_link_of_git(&self, place: &Utf8Path) -> bool {
        self.tree.checkout().is_some_and(|checkout| {
            checkout.has_no_links() && checkout.tracked(place).is_some_and(|it| it.is_link)
        })
    }

    /// What is at the end of a link, and its canonical path; `None` if it leads nowhere.
    fn end_of(&self, link: &Utf8Path) -> Result<Option<(Utf8PathBuf, Kind)>, Failure> {
        let mut place = link.to_owned();
        for _ in 0..MOST_LINKS {
            if !self.is_link_of_git(&place) {
                return Ok(self.tree.resolve(&place).ok());
            }
            let text = String::from_utf8_lossy(&self.tree.read_stable(&place)?).into_owned();
            let folder = place.parent().unwrap_or(Utf8Path::new(""));
            place = normal(&folder.join(text));
        }
        Ok(None)
    }

    /// The failure of a link out of the lambda; what it leads to in the project can be copied.
    fn leads_out(
        &self,
        path: &Utf8Path,
        link: &Utf8Path,
        end: &Utf8Path,
    ) -> Result<Failure, Failure> {
        let message = format!("the symbolic link `{link}` leads out of the lambda");
        let failure = Failure::input("symbolic-link", message).at(link, None);
        let (root, _) = self.tree.resolve(Utf8Path::new(""))?;
        let Some(source) = end.strip_prefix(&root).ok().filter(|it| !it.as_str().is_empty()) else {
            return Ok(failure.hint(COPY));
        };
        let target = below(Utf8Path::new(self.place.prefix), path);
        let (source, table) = (slashes(source), self.place.lambda.table());
        Ok(failure.hint(format!(
            "remove the link, and write `files = {{ \"{source}\" = \"{target}\" }}` in `{table}`"
        )))
    }

    /// Adds the file that a link leads to; it must be a regular file of the same lambda. Lambda
    /// would not have a target elsewhere. A file that is left out by its own name stays out under
    /// that of a link.
    fn follow(&mut self, path: &Utf8Path) -> Result<(), Failure> {
        let link = below(self.directory, path);
        let refuse = |fault: &str| {
            let message = format!("the symbolic link `{link}` {fault}");
            Err(Failure::input("symbolic-link", message).at(&link, None).hint(COPY))
        };
        // A link to a folder that is left out by its kind, such as a shared virtual environment. A
        // link that leads nowhere is an error below.
        if let Ok(Some(rule)) = self.rule(path, true)
            && !rule.warns
        {
            self.leave_out(path, false, built_in(rule.pattern));
            return Ok(());
        }
        let Some((end, kind)) = self.end_of(&link)? else {
            return refuse("leads nowhere");
        };
        let (home, _) = self.tree.resolve(self.directory)?;
        let inside = end.strip_prefix(&home).map(Utf8Path::to_owned);
        let (inside, size, executable) = match (inside, kind) {
            (Ok(inside), Kind::File { size, executable }) => (inside, size, executable),
            (Ok(_), Kind::Directory) => return refuse("leads to a folder"),
            (Ok(_), Kind::Symlink | Kind::Special) => {
                return refuse("leads to something that is no file");
            }
            (Err(_), _) => return Err(self.leads_out(path, &link, &end)?),
        };
        if self.own_rule(&inside).is_some() {
            return refuse("leads to a file of this tool");
        }
        let is_included = self.selection.brings_in()
            && self.selection.verdict(path.as_str(), false) == Verdict::Kept;
        let parts = inside.ancestors().filter(|part| !part.as_str().is_empty());
        for (number, part) in parts.enumerate() {
            let rule = self.rule(part, number > 0)?.filter(|_| !is_included);
            let Some(rule) = rule else { continue };
            if rule.warns {
                self.secrets.push(path.to_string());
            }
            self.leave_out(path, false, built_in(&format!("{} (as `{inside}`)", rule.pattern)));
            return Ok(());
        }
        self.add(path, below(self.directory, &inside), size, executable)
    }
}

/// A built-in rule, as `list` shows it.
fn built_in(rule: &str) -> String {
    format!("built-in: {rule}")
}

/// The failure of a submodule of a revision.
fn submodule(path: &Utf8Path) -> Failure {
    let message = format!("`{path}` is a submodule, and its commit is not in this clone");
    let command = Absent::Submodule(path.to_owned()).command();
    Failure::input("submodule", message)
        .at(path, None)
        .hint(format!("fetch it: `{command}`, where the revision is checked out"))
}

/// Leaves out the files that hold a private key, unless the config keeps them; returns what was seen
/// in each of the others.
fn leave_out_private_keys(
    tree: &Tree,
    selection: &Selection,
    found: &mut SourceTree,
    secrets: &mut Vec<String>,
) -> Result<Vec<Seen>, Failure> {
    let looked: Vec<_> = found
        .files
        .par_iter()
        .map(|file| {
            let seen = secrets::look(tree, &file.place)?;
            let is_kept = selection.verdict(file.path.as_str(), false) == Verdict::Kept;
            Ok::<_, Failure>(Seen { private_key: seen.private_key && !is_kept, ..seen })
        })
        .collect();
    let mut all = Vec::with_capacity(looked.len());
    let files = std::mem::take(&mut found.files);
    for (file, seen) in files.into_iter().zip(looked) {
        let seen = seen?;
        if seen.private_key {
            let path = file.path.to_string();
            secrets.push(path.clone());
            found.left_out.push(LeftOut { path, rule: built_in("private key") });
            continue;
        }
        found.files.push(SourceFile { digest: seen.digest, is_script: seen.script, ..file });
        all.push(seen);
    }
    Ok(all)
}

fn secrets_warning(paths: &[String]) -> Option<Warning> {
    if paths.is_empty() {
        return None;
    }
    let named: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
    let verb = if named.len() == 1 { "is" } else { "are" };
    let message = format!("{} may hold secrets and {verb} left out", named.join(", "));
    let hint = "name what belongs in the package in `include`, and the rest in `exclude`";
    Some(Warning::new("secrets-left-out", message).hint(hint))
}
