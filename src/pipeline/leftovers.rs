//! What `pip install -t` left among a lambda's own files, of projects that are also required.
//!
//! A lambda's own file wins over a wheel's member, so such files would be packaged in the version
//! that was once installed, for the machine that installed it, while the report names the wheels.
//! What is still as the installer's record says is left out; what somebody has changed stays, with
//! a warning, and so does a module of another version that own code imports and no wheel has.
//! Projects that are not required are somebody's own choice (vendored code), and stay.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::Ready;
use super::lost;
use super::prepare::Prepared;
use crate::checks;
use crate::event::{Event, Reporter};
use crate::name::normalised;
use crate::report::{Failure, Warning};
use crate::source::{self, Installation, LeftOut, SourceFile, SourceTree};
use crate::tree::Tree;
use crate::words::{self, shell};

/// How many things a warning names.
const NAMED: usize = 3;

/// Leaves out the leftovers of a lambda, and warns of them.
pub(super) fn leave_out(
    tree: &Tree,
    ready: &mut Ready,
    reporter: &dyn Reporter,
) -> Result<(), Failure> {
    let installations = source::installations(tree, &ready.prepared.sources)?;
    if installations.is_empty() {
        return Ok(());
    }
    let layouts = ready.wheels.as_ref().map(|set| set.by_name()).unwrap_or_default();
    let versions = layouts.iter().map(|layout| {
        (layout.wheel.name.project.as_str(), layout.wheel.facts.metadata.version.as_str())
    });
    let versions: BTreeMap<&str, &str> = versions.collect();
    let is_required = |it: &Installation| versions.contains_key(normalised(&it.project).as_str());
    let (required, vendored): (Vec<_>, Vec<_>) = installations.into_iter().partition(is_required);
    let prepared = &mut ready.prepared;
    let (name, directory) = (prepared.job.lambda.name.as_str(), &prepared.job.lambda.directory);
    for installation in &vendored {
        let project = installation.name();
        reporter.report(&Event::Noted(&format!(
            "`{name}`: `{project}` was installed into its own files and is not required, so it is \
             packaged as they are"
        )));
    }
    let found = sort(tree, &prepared.sources, &required, &vendored)?;
    let (named, mut gone) = separate(tree, prepared, &found.same)?;
    let wanted = lost::wanted(tree, prepared, &lost::of(&found.same, &gone, layouts), &gone)?;
    gone.retain(|path, _| !wanted.contains_key(path));
    // Of which versions the wheels are, where those are others.
    let packaged = |files: &Files| -> Vec<String> {
        let names: BTreeSet<&String> = files.values().collect();
        let others = names.into_iter().filter_map(|name| {
            let (project, version) = name.split_once(' ')?;
            let packaged = versions.get(normalised(project).as_str())?;
            (*packaged != version).then(|| format!("{project} {packaged}"))
        });
        others.collect()
    };
    let mut warnings = Vec::new();
    let lambda = Own { tree, directory, sources: &prepared.sources };
    if !gone.is_empty() {
        warnings.push(lambda.left_out(&gone, &packaged(&gone)));
    }
    if !wanted.is_empty() {
        warnings.push(wanted_warning(&wanted, &packaged(&wanted)));
    }
    if !named.is_empty() {
        warnings.push(named_warning(&named));
    }
    if !found.unproven.is_empty() {
        warnings.push(lambda.unproven(&found.unproven));
    }
    if !found.changed.is_empty() {
        warnings.push(changed_warning(&found.changed));
    }
    let cover = lambda.cover(gone.keys().map(String::as_str), &|_| true);
    let gone_places: Vec<_> = gone.keys().map(|path| directory.join(path)).collect();
    let is_gone = |native: &checks::Found| matches!(&native.origin, checks::Origin::File(place) if gone_places.contains(place));
    let natives = std::mem::take(&mut prepared.natives).into_iter();
    prepared.natives = natives.filter(|native| !is_gone(native)).collect();
    let sources = &mut prepared.sources;
    sources.files.retain(|file| !gone.contains_key(file.path.as_str()));
    for path in cover {
        let is_folder = !gone.contains_key(&path);
        let inside = format!("{path}/");
        if is_folder {
            sources.left_out.retain(|it| !it.path.starts_with(&inside));
        }
        let mut all = gone.range(path.clone()..);
        let project = all.next().map(|(_, project)| project.as_str()).unwrap_or_default();
        let rule = format!("built-in: left by an installer ({project})");
        let path = if is_folder { inside } else { path };
        sources.left_out.push(LeftOut { path, rule });
    }
    sources.left_out.sort_by(|one, other| one.path.cmp(&other.path));
    sources.leftovers.left_out = gone.into_keys().collect();
    sources.leftovers.changed = found.changed.into_iter().map(|(path, _)| path).collect();
    prepared.warnings.extend(warnings);
    Ok(())
}

/// Files that were installed, by path, with their projects.
type Files = BTreeMap<String, String>;

/// A file that is as it was installed: its path, the folder of the installation, and the project.
type Same = (String, Utf8PathBuf, String);

/// What became of the files of required projects.
#[derive(Debug, Default)]
struct Sorted {
    same: Vec<Same>,
    /// They have other bytes.
    changed: Vec<(String, String)>,
    /// Nothing says what they were.
    unproven: Files,
}

/// Compares files with what the records say of them. A file that another project has, too, which is
/// not required, is that one's.
fn sort(
    tree: &Tree,
    sources: &SourceTree,
    required: &[Installation],
    vendored: &[Installation],
) -> Result<Sorted, Failure> {
    let mut sorted = Sorted::default();
    for file in sources.files.iter().filter(|file| !file.is_included) {
        let path = file.path.as_str();
        // The installer's own files need not be listed.
        if let Some(owner) = required.iter().find(|it| it.is_of_installer(path)) {
            sorted.same.push((path.to_owned(), owner.base.clone(), owner.name()));
            continue;
        }
        let own: Vec<&Installation> =
            required.iter().filter(|it| it.files.contains_key(path)).collect();
        let Some(first) = own.first() else { continue };
        if is_as(tree, file, vendored.iter())? {
            continue;
        }
        let recorded = |it: &&Installation| it.files.get(path).is_some_and(Option::is_some);
        if is_as(tree, file, own.iter().copied())? {
            sorted.same.push((path.to_owned(), first.base.clone(), first.name()));
        } else if own.iter().any(recorded) {
            sorted.changed.push((path.to_owned(), first.name()));
        } else if own.iter().any(|it| it.info.as_str().ends_with(".egg-info")) {
            sorted.unproven.insert(path.to_owned(), first.name());
        }
    }
    Ok(sorted)
}

/// Whether a file is as one of the records says.
fn is_as<'a>(
    tree: &Tree,
    file: &SourceFile,
    installations: impl Iterator<Item = &'a Installation>,
) -> Result<bool, Failure> {
    for installation in installations {
        let Some(Some(recorded)) = installation.files.get(file.path.as_str()) else { continue };
        if recorded.is(tree, &file.place, file.size)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Separates what was installed into a folder that the lambda's code or a handler names (`from vendor
/// import six`, `open("vendor/x.pem")`): the wheels, at the package's root, would not be found there.
fn separate(
    tree: &Tree,
    prepared: &Prepared,
    same: &[Same],
) -> Result<(Vec<(Utf8PathBuf, String)>, Files), Failure> {
    let bases: BTreeSet<Utf8PathBuf> = same.iter().map(|(_, base, _)| base.clone()).collect();
    let installed: BTreeSet<&str> = same.iter().map(|(path, ..)| path.as_str()).collect();
    let files = || prepared.sources.files.iter().filter(|it| !installed.contains(it.path.as_str()));
    let handlers = prepared.job.handlers();
    let mut named = BTreeSet::new();
    for base in bases.iter().filter(|base| !base.as_str().is_empty()) {
        let is_in =
            |handler: &&String| Utf8PathBuf::from(handler.replace('.', "/")).starts_with(base);
        let mut is_named = handlers.keys().any(|handler| is_in(&handler));
        for file in files() {
            let folder = base.file_name().unwrap_or_default();
            is_named = is_named
                || is_relative(tree, file, base)?
                || source::leads_into(tree, file, folder)?;
        }
        if is_named {
            named.insert(base.clone());
        }
    }
    let (mut stay, mut gone) = (BTreeSet::new(), BTreeMap::new());
    for (path, base, name) in same {
        if named.contains(base) {
            stay.insert((base.clone(), name.clone()));
        } else {
            gone.insert(path.clone(), name.clone());
        }
    }
    Ok((stay.into_iter().collect(), gone))
}

/// Whether a module of a folder imports relatively: then it may be from what was installed there.
fn is_relative(tree: &Tree, file: &SourceFile, base: &Utf8Path) -> Result<bool, Failure> {
    let path = Utf8Path::new(file.path.as_str());
    if !path.starts_with(base) || path.extension() != Some("py") {
        return Ok(false);
    }
    let text = tree.read_stable(&file.place)?;
    Ok(["from .", "from.", "(\".", "('."]
        .iter()
        .any(|it| memchr::memmem::find(&text, it.as_bytes()).is_some()))
}

/// A lambda's files, before leftovers are left out.
struct Own<'a> {
    tree: &'a Tree,
    directory: &'a Utf8Path,
    sources: &'a SourceTree,
}

impl Own<'_> {
    fn left_out(&self, gone: &Files, packaged: &[String]) -> Warning {
        let projects: BTreeSet<&str> = gone.values().map(String::as_str).collect();
        let projects: Vec<&str> = projects.into_iter().collect();
        let (verb, its) = if projects.len() == 1 { ("is", "its") } else { ("are", "their") };
        let message = format!(
            "{} {verb} among its own files, left by `pip install -t`, and {verb} left out: {its} \
             wheels are packaged{}",
            words::some_of(&projects, NAMED),
            match packaged {
                [] => String::new(),
                _ => format!(" ({})", words::some_of(packaged, NAMED)),
            }
        );
        Warning::new("installed-packages", message).hint(format!("run `{}`", self.removal(gone)))
    }

    fn unproven(&self, files: &Files) -> Warning {
        let projects: BTreeSet<&str> = files.values().map(String::as_str).collect();
        let projects: Vec<&str> = projects.into_iter().collect();
        let message = format!(
            "{} was installed into its own files without digests, so they are packaged as they are, \
             and not those of the wheels",
            words::some_of(&projects, NAMED)
        );
        Warning::new("installed-packages", message).hint(format!("run `{}`", self.removal(files)))
    }

    /// The command that removes files, from the project's root: by git what it tracks.
    fn removal(&self, files: &Files) -> String {
        let checkout = self.tree.checkout();
        let is_tracked = |path: &str| match checkout {
            Some(checkout) => checkout.tracked(&self.directory.join(path)).is_some(),
            // All files of a revision are git's.
            None => self.tree.commit().is_some(),
        };
        let all = || files.keys().map(String::as_str);
        let tracked = self.cover(all().filter(|path| is_tracked(path)), &|path| is_tracked(path));
        let whole = self.cover(all(), &|_| true);
        // What was compiled of them is no own file of the lambda, and in nobody's way but the eye's.
        let bytecode = self.sources.left_out.iter().filter(|it| is_bytecode(&it.path));
        let bytecode = bytecode.map(|it| it.path.trim_end_matches('/')).filter(|path| {
            whole.iter().any(|folder| Utf8Path::new(path).starts_with(folder))
                && self.tree.commit().is_none()
                && checkout.is_none_or(|it| !it.has(&self.directory.join(path)))
        });
        let untracked = all().filter(|path| !is_tracked(path)).chain(bytecode);
        // Git has removed its own by then.
        let untracked = self.cover(untracked, &|path| !files.contains_key(path));
        let words = |paths: BTreeSet<String>| {
            let paths = paths.iter().map(|path| shell(self.directory.join(path).as_str()));
            paths.collect::<Vec<_>>().join(" ")
        };
        let mut commands = Vec::new();
        if !tracked.is_empty() {
            // Without `-f`, git removes nothing that was added since the last commit. A path may
            // look like a pattern (gitglossary(7), "pathspec").
            let is_pattern = |path: &String| path.contains(['*', '?', '[', '\\']);
            let literally =
                if tracked.iter().any(is_pattern) { "--literal-pathspecs " } else { "" };
            commands.push(format!("git {literally}rm -r -f -- {}", words(tracked)));
        }
        if !untracked.is_empty() {
            commands.push(format!("rm -r -- {}", words(untracked)));
        }
        commands.join(" && ")
    }

    /// The fewest paths that have these files in them and no other one: whole folders where all that
    /// counts in them is to be removed. `counts` says whether another file is in the way.
    fn cover<'p>(
        &self,
        paths: impl Iterator<Item = &'p str>,
        counts: &dyn Fn(&str) -> bool,
    ) -> BTreeSet<String> {
        let paths: BTreeSet<&str> = paths.collect();
        let kept = self.sources.files.iter().map(|file| file.path.as_str());
        let left_out = self.sources.left_out.iter().map(|it| it.path.trim_end_matches('/'));
        let others = kept.filter(|path| !paths.contains(path) && counts(path));
        let others = others.chain(left_out.filter(|path| !is_bytecode(path)));
        let in_the_way: BTreeSet<&Utf8Path> =
            others.flat_map(|path| Utf8Path::new(path).ancestors().skip(1)).collect();
        let mut cover = BTreeSet::new();
        for path in paths {
            let mut above: Vec<&Utf8Path> = Utf8Path::new(path).ancestors().collect();
            above.reverse();
            let whole = above.into_iter().filter(|it| !it.as_str().is_empty());
            let whole = whole.into_iter().find(|it| !in_the_way.contains(it));
            cover.insert(whole.map_or(path, Utf8Path::as_str).to_owned());
        }
        cover
    }
}

/// Whether a path that is left out is what Python compiled.
fn is_bytecode(path: &str) -> bool {
    path.trim_end_matches('/').ends_with("__pycache__") || path.ends_with(".pyc")
}

fn named_warning(named: &[(Utf8PathBuf, String)]) -> Warning {
    let (base, _) = &named[0];
    let projects: Vec<&str> = named.iter().map(|(_, name)| name.as_str()).collect();
    let (verb, it) = if projects.len() == 1 { ("is", "it") } else { ("are", "them") };
    let message = format!(
        "{} {verb} required, and its own code names `{base}`, where `pip install -t` put {it}, too: \
         both are packaged",
        words::some_of(&projects, NAMED)
    );
    let hint = format!("import {it} without `{base}`, or take {it} out of the requirements");
    Warning::new("installed-packages", message).hint(hint)
}

fn wanted_warning(wanted: &Files, packaged: &[String]) -> Warning {
    let paths: Vec<&str> = wanted.keys().map(String::as_str).collect();
    let projects: BTreeSet<&String> = wanted.values().collect();
    let (stays, them) = if paths.len() == 1 { ("stays", "it") } else { ("stay", "them") };
    let projects: Vec<&String> = projects.into_iter().collect();
    let packaged = match packaged {
        [] => "its wheel".to_owned(),
        packaged => words::some_of(packaged, NAMED),
    };
    let message = format!(
        "{} of {}, left by `pip install -t`, {stays}: its own code imports {them}, and {packaged} has \
         not got {them}",
        words::some_of(&paths, NAMED),
        words::some_of(&projects, NAMED)
    );
    Warning::new("installed-packages", message)
        .hint("import what the required version has, or require the version that was installed")
}

fn changed_warning(changed: &[(String, String)]) -> Warning {
    let paths: Vec<&str> = changed.iter().map(|(path, _)| path.as_str()).collect();
    let (verb, stays, it) = match paths.len() {
        1 => ("is", "it stays", "it"),
        _ => ("are", "they stay", "them"),
    };
    let (_, project) = &changed[0];
    let message = format!(
        "{} {verb} not as `pip install -t` put {it} there (`{project}`): {stays}, and no member of a \
         wheel takes the place",
        words::some_of(&paths, NAMED)
    );
    Warning::new("changed-leftover", message)
        .hint(format!("remove {it} from the lambda, if the wheel's will do"))
}
