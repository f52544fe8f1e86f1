//! Files that may be a lambda's requirements and are not read, which is said: the package lacks what
//! they ask for.
//!
//! Those that look like requirements by name and place are found with the lambda's own files. One
//! further up serves others, too, so it counts where it asks for what the lambda imports, and has not
//! got: that the check of imports tells.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use super::{Assembled, Job, Locking, Pipeline};
use crate::checks::ImportFindings;
use crate::event::Event;
use crate::lambda::Lambda;
use crate::report::{Failure, Place, Warning};
use crate::requirements::{self, Declared, OF_FOLDERS, Wanted};
use crate::source::SourceTree;
use crate::words;

/// The code of requirements that are not read.
pub(super) const UNREAD: &str = "requirements-unread";
/// A lock that only pdm reads.
const PDM: &str = "pdm.lock";

/// What is not read for a lambda.
#[derive(Debug, Clone, Default)]
pub(super) struct Unread {
    /// Files that look like its requirements, relative to the root; there is a warning of them.
    files: Vec<Utf8PathBuf>,
    /// What a file further up may be for it.
    above: Meaning,
}

/// What a file that is not read, and has what a lambda imports, may be for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Meaning {
    /// Nothing: the config says that none are wanted.
    #[default]
    Nothing,
    /// A hint: another one says what is required.
    Hint,
    /// The one that was meant: nothing says what is required.
    Meant,
}

/// Files, relative to the root, with what they ask for.
type Files = Arc<[(Utf8PathBuf, Wanted)]>;

/// What files further up ask for, by folder: the lambdas of a folder have them in common.
#[derive(Debug, Default)]
pub(super) struct Above {
    /// Of files that may say what is required in a folder.
    of_folders: Mutex<BTreeMap<Utf8PathBuf, Files>>,
    /// Of files that look like requirements of all that is below a folder.
    for_all: Mutex<BTreeMap<Utf8PathBuf, Files>>,
    folders: requirements::Folders,
}

/// Finds what is not read for a lambda, and adds a warning of it.
///
/// # Errors
///
/// A lock is demanded or made: nobody has locked what such a file asks for.
pub(super) fn find(
    pipeline: &Pipeline<'_>,
    job: &Job,
    sources: &SourceTree,
    declared: &Declared,
    warnings: &mut Vec<Warning>,
) -> Result<Unread, Failure> {
    let lambda = &job.lambda;
    match declared {
        Declared::Absent => {}
        Declared::Unwanted => return Ok(Unread::default()),
        Declared::Lines(_) | Declared::Lock(_) | Declared::Other(_) => {
            warnings.extend(beside(pipeline, lambda, sources, declared));
            return Ok(Unread { files: Vec::new(), above: Meaning::Hint });
        }
    }
    let Pipeline { tree, environment, ref above, .. } = *pipeline;
    let kept = sources.files.iter().map(|file| file.path.as_str());
    let paths: Vec<&str> = kept.chain(sources.left_out.iter().map(|it| &*it.path)).collect();
    let scripts = scripts(job, sources);
    let (directory, folders) = (&lambda.directory, &above.folders);
    let files = requirements::near_misses(tree, environment, directory, &paths, &scripts, folders)?;
    if let Some(warning) = looks_like(lambda, &files) {
        warnings.push(demanded(pipeline, warning)?);
    }
    Ok(Unread { files, above: Meaning::Meant })
}

/// The modules that Lambda begins with, as far as that is known, and that may have metadata of a
/// script: their places.
fn scripts<'a>(job: &Job, sources: &'a SourceTree) -> Vec<&'a Utf8Path> {
    let handlers = job.handlers();
    let begins = |path: &str| {
        let is_it = |handler: &String| {
            let module = handler.rsplit_once('.').map(|(module, _)| module.replace('.', "/"));
            module.as_deref() == path.strip_suffix(".py")
        };
        match handlers.is_empty() {
            true => !path.contains('/'),
            false => handlers.keys().any(is_it),
        }
    };
    // What one file says itself is read.
    let is_read = job.lambda.file.is_some();
    let all = sources.files.iter();
    let all = all.filter(|file| !is_read && file.is_script && begins(file.path.as_str()));
    all.map(|file| file.place.as_path()).collect()
}

/// The warning of files that look like requirements.
fn looks_like(lambda: &Lambda, files: &[Utf8PathBuf]) -> Option<Warning> {
    let [path, others @ ..] = files else { return None };
    let more = words::and_more(others.len());
    let (is, what) = match (others, path.file_name()) {
        ([], Some(name)) if name.ends_with(".py") => {
            ("has the dependencies of a script, which are", "it asks for")
        }
        ([], Some("pyproject.toml")) if path.parent() == Some(&lambda.directory) => {
            ("has dependencies of pixi, which are", "it asks for")
        }
        ([], _) => ("looks like requirements and is", "it asks for"),
        ([..], _) => ("look like requirements and are", "they ask for"),
    };
    let message = format!("`{path}`{more} {is} not read: nothing that {what} is packaged");
    Some(warning(message, lambda, path))
}

fn warning(message: String, lambda: &Lambda, path: &Utf8Path) -> Warning {
    let hint = requirements::way_out(path, &lambda.directory).unwrap_or_else(|| {
        format!(
            "set `requirements = \"{path}\"` in `{}` of the config, or an empty text where \
             none are wanted",
            lambda.table()
        )
    });
    Warning::new(UNREAD, message).at(path, None).hint(hint)
}

/// The warning, which is a failure where locks are demanded or made.
fn demanded(pipeline: &Pipeline<'_>, warning: Warning) -> Result<Warning, Failure> {
    let Warning { code, message, place, hint } = warning;
    let failure = match pipeline.resolving.locking {
        Locking::Optional => return Ok(Warning { code, message, place, hint }),
        Locking::Required => Failure::network(UNREAD, message),
        Locking::Made | Locking::Checked => Failure::lambda(UNREAD, message),
    };
    Err(Failure { hint, ..failure.place(place) })
}

/// Tells of what lies beside that what is read, and is not read: a note. The versions of pdm are
/// those that were meant, so a warning.
fn beside(
    pipeline: &Pipeline<'_>,
    lambda: &Lambda,
    sources: &SourceTree,
    declared: &Declared,
) -> Option<Warning> {
    let (read, others) = requirements::unheeded(declared, &|name| sources.has(name));
    let directory = &lambda.directory;
    for name in others {
        let path = directory.join(name);
        if name == PDM
            && read.file_name() == Some("pyproject.toml")
            && !sources.has(&lambda.lock_name())
        {
            let message = format!(
                "`{path}` is not read: the versions of what `{read}` asks for are chosen anew"
            );
            return Some(warning(message, lambda, &path));
        }
        let note = format!("`{path}` is not read: `{read}` says what is packaged");
        pipeline.reporter.report(&Event::Noted(&note));
    }
    None
}

impl Pipeline<'_> {
    /// Puts, in place of imports that a file further up would give, one warning of that file; takes
    /// out those of which a warning is there already.
    ///
    /// # Errors
    ///
    /// A lock is demanded or made: nobody has locked what the file asks for.
    pub(super) fn explain(
        &self,
        assembled: &Assembled,
        found: &mut ImportFindings,
    ) -> Result<(), Failure> {
        let Assembled { unread, job, .. } = assembled;
        for path in &unread.files {
            let wanted = requirements::wanted(self.tree, self.environment, path)?;
            found.take(&wanted.projects);
        }
        let directory = &job.lambda.directory;
        match unread.above {
            Meaning::Meant if unread.files.is_empty() && found.may_need_projects() => {}
            Meaning::Hint if found.misses_projects() => {
                let read = assembled.asked.as_ref().map(|asked| &asked.path);
                // The nearest file has the last word.
                for folder in directory.ancestors().collect::<Vec<_>>().into_iter().rev() {
                    let files = self.wanted_in(folder)?;
                    for (path, wanted) in files.iter().filter(|(path, _)| Some(path) != read) {
                        found.hint_at(&wanted.projects, &|project| {
                            format!("require `{project}`: `{path}` has it, and is not read")
                        });
                    }
                }
                return Ok(());
            }
            Meaning::Meant | Meaning::Hint | Meaning::Nothing => return Ok(()),
        }
        for (index, folder) in directory.ancestors().skip(1).enumerate() {
            for (path, wanted) in self.wanted_in(folder)?.iter() {
                if self.put_cause(&job.lambda, path, wanted, found)? {
                    return Ok(());
                }
                if let Some((project, place)) = found.of_runtime(&wanted.pinned) {
                    let project = project.to_owned();
                    self.tell_pin(&job.lambda, index == 0, path, &project, &place, found);
                    return Ok(());
                }
            }
        }
        if !found.may_miss_projects() {
            return Ok(());
        }
        for folder in directory.ancestors().skip(1) {
            for (path, wanted) in self.wanted_for_all(folder)?.iter() {
                if self.put_cause(&job.lambda, path, wanted, found)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Puts the warning of a file in place of the imports that it would give; tells whether it gives
    /// any.
    fn put_cause(
        &self,
        lambda: &Lambda,
        path: &Utf8Path,
        wanted: &Wanted,
        found: &mut ImportFindings,
    ) -> Result<bool, Failure> {
        let Some((project, place)) = found.take(&wanted.projects) else { return Ok(false) };
        let message =
            format!("`{path}` has `{project}`, which {place} imports, and it is not packaged");
        found.causes.push(demanded(self, warning(message, lambda, path))?);
        Ok(true)
    }

    /// Tells of the pin of what Lambda's runtime has in another version, perhaps: that of a file in the
    /// folder above may be meant for this lambda; one further up is more often for all that is there.
    fn tell_pin(
        &self,
        lambda: &Lambda,
        is_next: bool,
        path: &Utf8Path,
        project: &str,
        place: &Place,
        found: &mut ImportFindings,
    ) {
        let message = format!(
            "`{path}` pins `{project}`, which {place} imports, and it is not packaged: the version is \
             that of Lambda's runtime"
        );
        match is_next {
            true => found.causes.push(warning(message, lambda, path)),
            false => found.notes.push(message),
        }
    }

    /// The files that may say what is required in a folder, with what they ask for.
    fn wanted_in(&self, folder: &Utf8Path) -> Result<Files, Failure> {
        let paths = || OF_FOLDERS.iter().map(|name| folder.join(name)).collect();
        self.wanted(&self.above.of_folders, folder, paths)
    }

    /// The files of a folder that look like requirements of all that is below it, with what they ask
    /// for.
    fn wanted_for_all(&self, folder: &Utf8Path) -> Result<Files, Failure> {
        let Above { for_all, folders, .. } = &self.above;
        self.wanted(for_all, folder, || requirements::for_all(self.tree, folder, folders))
    }

    fn wanted(
        &self,
        known: &Mutex<BTreeMap<Utf8PathBuf, Files>>,
        folder: &Utf8Path,
        paths: impl FnOnce() -> Vec<Utf8PathBuf>,
    ) -> Result<Files, Failure> {
        let known = || known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wanted) = known().get(folder) {
            return Ok(Arc::clone(wanted));
        }
        let wanted = paths().into_iter().map(|path| {
            let wanted = requirements::wanted(self.tree, self.environment, &path)?;
            Ok((path, wanted))
        });
        let wanted: Files = wanted.collect::<Result<Vec<_>, Failure>>()?.into();
        known().insert(folder.to_owned(), Arc::clone(&wanted));
        Ok(wanted)
    }
}
