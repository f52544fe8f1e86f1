//! Modules that leftovers of an installer have and no wheel has, and that own code imports.
//!
//! Another version than the required one was installed. Without such a module an import fails in
//! Lambda; beside the wheels it is found, as it was where the lambda was tried out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::prepare::Prepared;
use crate::python::{self, Form, Import, When};
use crate::report::Failure;
use crate::tree::Tree;
use crate::wheel::Layout;

/// Modules by their name with dots, as they are imported: each with the path and the project of its
/// file.
type Lost = BTreeMap<String, (String, String)>;

/// The modules of files that are left out, which no wheel has in whatever form. One in a folder has
/// two names: that folder may be on the search path.
pub(super) fn of(
    same: &[(String, Utf8PathBuf, String)],
    gone: &BTreeMap<String, String>,
    layouts: &[Arc<Layout>],
) -> Lost {
    let members = layouts.iter().flat_map(|layout| &layout.laid_out);
    let packaged: BTreeSet<String> =
        members.filter_map(|member| module(Utf8Path::new(member.path.as_str()))).collect();
    let mut lost = Lost::new();
    for (path, base, project) in same.iter().filter(|(path, ..)| gone.contains_key(path)) {
        let full = Utf8Path::new(path);
        let name = full.strip_prefix(base).ok().and_then(module);
        let Some(name) = name.filter(|name| !packaged.contains(name)) else { continue };
        for name in [Some(name), module(full)].into_iter().flatten() {
            lost.insert(name, (path.clone(), project.clone()));
        }
    }
    lost
}

/// Of these, what the lambda's own code or a handler imports, and what that imports in its turn: by
/// path, with the project. An import whose failure is caught need not find anything, nor one that
/// stands in for another.
pub(super) fn wanted(
    tree: &Tree,
    prepared: &Prepared,
    lost: &Lost,
    gone: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut wanted = BTreeMap::new();
    if lost.is_empty() {
        return Ok(wanted);
    }
    let python = prepared.job.python.as_ref().map(|python| python.value);
    let files = &prepared.sources.files;
    let is_source = |path: &&str| path.ends_with(".py");
    let own = files.iter().map(|file| file.path.as_str()).filter(is_source);
    let mut unread: Vec<&str> = own.filter(|path| !gone.contains_key(*path)).collect();
    let handlers = prepared.job.handlers();
    let mut names: BTreeSet<String> =
        handlers.keys().flat_map(|handler| above(&handler.replace('/', "."))).collect();
    loop {
        while let Some(path) = unread.pop() {
            let at = files.binary_search_by(|file| file.path.as_str().cmp(path));
            let file = &files[at.expect("files are sorted, and these are among them")];
            let module = python::parse(&tree.read_stable(&file.place)?, python);
            let sure = |it: &&Import| it.when != When::Caught && it.after.is_none();
            names.extend(module.imports.iter().filter(sure).flat_map(|it| imported(path, it)));
        }
        for name in std::mem::take(&mut names) {
            let Some((path, project)) = lost.get(&name) else { continue };
            if wanted.insert(path.clone(), project.clone()).is_none() {
                unread.extend(Some(path.as_str()).filter(is_source));
            }
        }
        if unread.is_empty() {
            return Ok(wanted);
        }
    }
}

/// The name, with dots, of the module that a path is.
fn module(path: &Utf8Path) -> Option<String> {
    let name = path.file_name()?;
    let (stem, ending) = name.split_once('.')?;
    let is_module = ending == "py" || ending == "so" || ending.ends_with(".so");
    let folder = path.parent().filter(|folder| !folder.as_str().is_empty());
    let parts = folder.into_iter().flat_map(Utf8Path::iter).chain([stem]);
    let parts: Vec<&str> = parts.filter(|part| *part != "__init__").collect();
    (is_module && parts.iter().all(|part| !part.contains(['.', '-']))).then(|| parts.join("."))
}

/// The modules that an import of a source may load.
fn imported(path: &str, import: &Import) -> Vec<String> {
    let mut folder = Utf8Path::new(path).ancestors();
    let base = match import.level {
        0 => "",
        level => folder.nth(level as usize).map_or("", Utf8Path::as_str),
    };
    let begin = base.split('/').chain(import.module.split('.')).filter(|part| !part.is_empty());
    let module = begin.collect::<Vec<_>>().join(".");
    let names = match &import.form {
        Form::Names(names) => names.as_slice(),
        Form::Module | Form::Called => &[],
    };
    let mut all = above(&module);
    all.extend(names.iter().map(|name| format!("{module}.{name}").trim_matches('.').to_owned()));
    all
}

/// A name and those of the packages that it is in.
fn above(name: &str) -> Vec<String> {
    let dots = name.match_indices('.').map(|(at, _)| name[..at].to_owned());
    dots.chain([name.to_owned()]).collect()
}
