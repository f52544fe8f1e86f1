//! Judges what is a lambda: by what Terraform's functions name as their code, and where Terraform
//! says nothing, by modules that look like handlers.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::assemble::{Extent, assemble};
use super::folders::{Folder, Folders};
use super::{Found, GENERIC, REQUIREMENTS, shown};
use crate::terraform::{Archive, Code, Files, Function, Part, Within};

/// The folder of lambdas of a project without a config.
const HOME: &str = "lambdas";

/// What is a lambda, and what can't be told.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    pub(super) found: Vec<Found>,
    /// Sentences, each of something that no config can settle alone.
    pub(super) open: Vec<String>,
}

/// Judges a repository.
pub(super) fn judge(files: &Files, folders: &Folders) -> Judgement {
    let mut judge = Judge { folders, found: BTreeMap::new(), open: BTreeSet::new() };
    let mut later = Vec::new();
    for function in &files.functions {
        if !judge.by_path(function) {
            later.push(function);
        }
    }
    files.layers.iter().for_each(|version| judge.version(version));
    // What is found by a path is no candidate for a name.
    let later: Vec<&Function> = later.into_iter().filter(|it| !judge.by_name(it)).collect();
    let is_told =
        !judge.found.is_empty() || files.functions.iter().any(|it| it.code == Code::Image);
    let guessed = by_shape(folders);
    for function in &later {
        judge.tell_open(function);
    }
    let taken: BTreeSet<Utf8PathBuf> = judge.found.keys().cloned().collect();
    // Of a root that is a function itself only what its handler is in is surely a part.
    let is_called = |path: &Utf8Path| {
        let handlers = files.functions.iter().filter_map(|it| it.handler.known());
        let mut modules = handlers.filter_map(|it| Some(it.rsplit_once('.')?.0.replace('.', "/")));
        modules.any(|module| Utf8Path::new(&module).starts_with(path))
    };
    let is_taken = |path: &Utf8Path| {
        let is_part = |it: &Utf8Path| path.starts_with(it) && (it != "" || is_called(path));
        taken.iter().any(|it| it.starts_with(path) || is_part(it))
    };
    for (path, by) in guessed {
        // Where lambdas are looked for without a config, each folder with a handler is one.
        let is_at_home = is_in_home(&path) && folders.0.get(&path).is_some_and(is_handled);
        if !is_told || is_at_home && !is_taken(&path) {
            judge.found.entry(path.clone()).or_insert_with(|| Found::new(path, by));
        } else if !is_taken(&path) {
            let what = shown(&path);
            judge.open.insert(match later.is_empty() && files.foreign.is_empty() {
                true => format!(
                    "`{what}` looks like a lambda, by {by}, and no function in Terraform is made of it"
                ),
                false => format!(
                    "`{what}` looks like a lambda, by {by}, and which function in Terraform is made \
                     of it can't be told"
                ),
            });
        }
    }
    judge.open.extend(files.foreign.iter().map(ToString::to_string));
    judge.layers(files.functions.iter().any(|function| function.has_layers));
    Judgement { found: judge.found.into_values().collect(), open: judge.open.into_iter().collect() }
}

struct Judge<'a> {
    folders: &'a Folders,
    found: BTreeMap<Utf8PathBuf, Found>,
    open: BTreeSet<String>,
}

impl Judge<'_> {
    /// Takes the folder or file that a function's code names; false where it names none.
    fn by_path(&mut self, function: &Function) -> bool {
        match &function.code {
            Code::Image => {
                self.open.insert(format!("{} is a container image, and left alone", who(function)));
                true
            }
            Code::Archive(archive) => match self.main(&archive.parts, function) {
                Some(main) => {
                    let (extent, open) = assemble(&main, archive, self.folders);
                    let zip = format!("the zip of {}", who(function));
                    self.open.extend(open.iter().map(|what| format!("{zip} {what}")));
                    self.take(main, function, None, extent);
                    true
                }
                None => false,
            },
            Code::ZipAt(zip) => match self.of_zip(zip, function) {
                Some(path) => {
                    self.take(path, function, Some(zip), Extent::default());
                    true
                }
                None => false,
            },
            Code::ZipEnd(_) | Code::Zip(_) | Code::Elsewhere | Code::Unknown => false,
        }
    }

    /// The folder or file, of those that a zip is made of, that is the lambda.
    fn main(&self, parts: &[Part], function: &Function) -> Option<Utf8PathBuf> {
        let is_there = |path: &&Utf8PathBuf| {
            !path.starts_with("..")
                && (self.folders.0.get(*path).is_some_and(|it| !it.is_ignored)
                    || self.folders.has_file(path))
        };
        let there: Vec<&Utf8PathBuf> = parts.iter().map(|it| &it.path).filter(is_there).collect();
        let handler = function.handler.known();
        let is_folder = |path: &Utf8Path| self.folders.0.contains_key(path);
        // The file may have another name in the zip.
        let within = |path: &Utf8Path| parts.iter().find(|it| it.path == path).map(|it| &it.within);
        let called = |path: &Utf8Path| match within(path) {
            Some(Within::File(target)) => target.with_extension("").into_string(),
            _ => path.file_stem().unwrap_or_default().to_owned(),
        };
        let has = |path: &&&Utf8PathBuf| match handler.and_then(|it| it.rsplit_once('.')) {
            Some(_) if is_folder(path) => {
                self.folders.has_module(path, handler.unwrap_or_default())
            }
            Some((module, _)) => called(path) == module.replace('.', "/"),
            None => true,
        };
        let main = there.iter().find(has).or(there.first())?;
        if is_folder(main) {
            return Some((*main).clone());
        }
        let folder = main.parent()?;
        let mut files: BTreeSet<&str> = there
            .iter()
            .filter_map(|path| (path.parent() == Some(folder)).then(|| path.file_name()).flatten())
            .collect();
        files.extend(["requirements-dev.txt", "Dockerfile", ".gitignore", "conftest.py"]);
        let own = self.folders.0.get(folder)?;
        let is_whole = own.files.iter().all(|file| {
            files.contains(&**file)
                || [".tf", ".zip", ".tfvars"].iter().any(|it| file.ends_with(it))
        });
        let has_inner = self.folders.below(folder).any(|(path, _)| path != "");
        let is_module = main.extension() == Some("py");
        let is_one = folder == "" || has_inner || !is_whole;
        Some(if is_module && is_one { (*main).clone() } else { folder.to_owned() })
    }

    /// The folder that a zip is made of, which another program makes: the one that it lies in, if
    /// the function's module does, too; else the one that it is called after.
    fn of_zip(&self, zip: &Utf8Path, function: &Function) -> Option<Utf8PathBuf> {
        let beside = zip.parent().filter(|folder| match function.handler.known() {
            Some(handler) => self.folders.has_module(folder, handler),
            None => self.folders.0.get(*folder).is_some_and(has_code),
        });
        let of_module = beside.and_then(|folder| self.module_of(zip, folder, function));
        of_module
            .or(beside.map(Utf8Path::to_owned))
            .or_else(|| self.below_zip(zip, function))
            .or_else(|| self.named(function, zip.file_stem()))
    }

    /// The one module that a zip is made of, where its folder has several functions: it is called as
    /// the zip is.
    fn module_of(
        &self,
        zip: &Utf8Path,
        folder: &Utf8Path,
        function: &Function,
    ) -> Option<Utf8PathBuf> {
        let (module, _) = function.handler.known()?.split_once('.')?;
        let has_several = self.folders.0.get(folder).is_some_and(|it| it.handlers.len() > 1);
        (has_several && zip.file_stem().map(plain) == Some(plain(module)))
            .then(|| folder.join(format!("{module}.py")))
    }

    /// The one folder below that of a zip which has the function's module: `pay/pay.zip` is made of
    /// `pay/src`.
    fn below_zip(&self, zip: &Utf8Path, function: &Function) -> Option<Utf8PathBuf> {
        let (folder, handler) = (zip.parent()?, function.handler.known()?);
        let below = self.folders.below(folder).map(|(inside, _)| folder.join(inside));
        let mut fits =
            below.filter(|path| path != folder && self.folders.has_module(path, handler));
        fits.next().filter(|_| folder != "" && fits.next().is_none())
    }

    fn by_name(&mut self, function: &Function) -> bool {
        let (name, zip) = match &function.code {
            Code::Archive(archive) => {
                (archive.parts.first().and_then(|part| part.path.file_name()), None)
            }
            Code::ZipAt(zip) => (zip.file_stem(), Some(zip.as_path())),
            Code::ZipEnd(zip) => (zip.file_stem(), None),
            Code::Image | Code::Zip(_) | Code::Elsewhere | Code::Unknown => (None, None),
        };
        let Some(path) = self.named(function, name) else { return false };
        self.take(path, function, zip, Extent::default());
        true
    }

    /// The one folder that a function, or the zip that it is made of, is called after.
    fn named(&self, function: &Function, also: Option<&str>) -> Option<Utf8PathBuf> {
        let handler = function.handler.known();
        let own = self.folders.0.iter().filter(|(path, _)| self.folders.is_own(path));
        let fits = own.filter(|(path, folder)| match handler {
            Some(handler) => self.folders.has_module(path, handler),
            None => !folder.handlers.is_empty() || has_code(folder) && is_in_home(path),
        });
        let all: Vec<&Utf8PathBuf> = fits.map(|(path, _)| path).collect();
        let label = function.address.rsplit('.').next();
        let name = function.name.known();
        let exact = [also, function.key.as_deref(), label, name].into_iter().flatten();
        for name in exact.map(plain) {
            // `consumer-status` is `consumer/status`, and not `producer/status`.
            let is_whole = |path: &&&Utf8PathBuf| ends_as(path, &name);
            let is_last = |path: &&&Utf8PathBuf| called(path) == name;
            for fits in [&is_last as &dyn Fn(&&&Utf8PathBuf) -> bool, &is_whole] {
                if let [one] = all.iter().filter(fits).collect::<Vec<_>>()[..] {
                    return Some((*one).clone());
                }
            }
        }
        // `dofs-dev-api-handler` is the function of `api_handler`, and not that of `api`.
        let longer: Vec<String> = [also, name].into_iter().flatten().map(plain).collect();
        let is_part = |path: &&&Utf8PathBuf| {
            let part = called(path);
            longer.iter().any(|name| format!("_{name}_").contains(&format!("_{part}_")))
        };
        let parts: Vec<&&Utf8PathBuf> = all.iter().filter(is_part).collect();
        let longest = parts.iter().map(|path| called(path).len()).max();
        let mut best = parts.iter().filter(|path| Some(called(path).len()) == longest);
        match (best.next(), best.next(), &all[..]) {
            (Some(one), None, _) => Some((**one).clone()),
            (None, _, [one]) => (!self.found.contains_key(*one)).then(|| (*one).clone()),
            _ => None,
        }
    }

    fn take(
        &mut self,
        path: Utf8PathBuf,
        function: &Function,
        zip: Option<&Utf8Path>,
        extent: Extent,
    ) {
        if path.starts_with("..") {
            self.open.insert(format!("{} is made of `{path}`, outside of the root", who(function)));
            return;
        }
        if zip.is_some_and(|zip| zip.starts_with("..")) {
            self.open.insert(format!("the zip of {} is outside of the root", who(function)));
        }
        let is_file = !self.folders.0.contains_key(&path);
        let found = self.found.entry(path.clone());
        let found = found.or_insert_with(|| Found { is_file, ..Found::new(path, who(function)) });
        if found.extent == Extent::default() {
            found.extent = extent;
        } else if found.extent != extent {
            let what = shown(&found.path);
            self.open.insert(format!(
                "the zip of {} has other files than another one of `{what}`: the config has those of \
                 the first",
                who(function)
            ));
        }
        let label = function.address.rsplit('.').next().filter(|label| !GENERIC.contains(label));
        let title = function.key.as_deref().or(label).or(function.name.known());
        found.title = found.title.take().or_else(|| title.map(str::to_owned));
        found.zip = found
            .zip
            .take()
            .or_else(|| zip.filter(|zip| !zip.starts_with("..")).map(Utf8Path::to_owned));
        found.has_layers |= function.has_layers;
        found.is_other |= function.is_other();
        if function.code == Code::Elsewhere {
            let name = function.name.known().map(str::to_owned);
            found.function_name = found.function_name.take().or(name);
        }
    }

    /// Says that nothing tells what a function is made of.
    fn tell_open(&mut self, function: &Function) {
        let what = match &function.code {
            Code::Archive(Archive { parts, .. }) if !parts.is_empty() => {
                format!("`{}`, which is not here", parts[0].path)
            }
            Code::ZipAt(zip) | Code::ZipEnd(zip) => {
                format!("`{zip}`, and of which folder that is made can't be told")
            }
            Code::Elsewhere => "code in S3, and of which folder that is made can't be told".into(),
            _ => "code that can't be told from the files".into(),
        };
        let module = function.handler.known().and_then(|it| it.rsplit_once('.'));
        let sought = module.map(|(module, _)| format!(" (looked for: the one folder with `{module}.py`, or one that is called like the function)"));
        let sought = sought.unwrap_or_default();
        self.open.insert(format!(
            "{} is made of {what}{sought}: name its folder by `path` in a `[lambda.NAME]` of the config",
            who(function)
        ));
    }

    /// Takes the folder that the version of a layer is made of, where a layer here would have the same.
    fn version(&mut self, version: &Function) {
        let has_python = |path: &Utf8Path| self.folders.0.contains_key(&path.join("python"));
        let is_required = |path: &Utf8Path| {
            let folder = self.folders.0.get(path);
            folder.is_some_and(|it| REQUIREMENTS.iter().any(|name| it.files.contains(*name)))
        };
        let found = match &version.code {
            Code::Archive(archive) => self.main(&archive.parts, version).and_then(|main| {
                let (mut extent, _) = assemble(&main, archive, self.folders);
                let is_put = extent.prefix.take_if(|prefix| prefix == "python").is_some();
                (is_put || has_python(&main)).then_some((main, extent, None))
            }),
            Code::ZipAt(zip) => {
                let named = zip.with_extension("");
                let mut folders = zip.parent().into_iter().chain([&*named]);
                let folder = folders.find(|path| has_python(path) || is_required(path));
                folder.map(|path| (path.to_owned(), Extent::default(), Some(&**zip)))
            }
            Code::Image | Code::ZipEnd(_) | Code::Zip(_) | Code::Elsewhere | Code::Unknown => None,
        };
        match found.filter(|(path, ..)| !self.found.contains_key(path)) {
            Some((path, extent, zip)) => {
                self.take(path.clone(), version, zip, extent);
                self.found.entry(path).and_modify(|found| found.is_layer = true);
            }
            None => {
                self.open.insert(format!(
                    "of which folder with a `python` or requirements the layer {} is made can't be told: \
                     name it by `path` in a `[layer.NAME]` of the config",
                    who(version)
                ));
            }
        }
    }

    /// Folders of layers, by shape: in a folder of layers, with requirements alone or a `python`.
    fn layers(&mut self, has_layers: bool) {
        let mut layers = Vec::new();
        for (path, folder) in &self.folders.0 {
            let parent = path.parent().and_then(Utf8Path::file_name).unwrap_or_default();
            let is_home = ["layers", "lambda_layers", "lambda-layers"].contains(&parent);
            let required = REQUIREMENTS.iter().find(|name| folder.files.contains(**name));
            let is_shaped = required.is_some() || self.folders.0.contains_key(&path.join("python"));
            let is_found = self.found.keys().any(|it| it.starts_with(path));
            if is_home && is_shaped && self.folders.is_own(path) && !is_found {
                let by = required
                    .map_or_else(|| "its folder `python`".to_owned(), |name| format!("its {name}"));
                let found = Found { is_layer: true, ..Found::new(path.clone(), by) };
                layers.push(found);
            }
        }
        // Without any function that may have one, such a folder is anything.
        if has_layers || !layers.is_empty() {
            self.found.extend(layers.into_iter().map(|found| (found.path.clone(), found)));
        }
    }
}

/// A function, as sentences have it.
pub(super) fn who(function: &Function) -> String {
    let at = function.place.as_ref().map(|place| format!(" at {place}")).unwrap_or_default();
    let key = function.key.as_deref().map(|key| format!("[\"{key}\"]")).unwrap_or_default();
    format!("`{}{key}`{at}", function.address)
}

/// What a folder is called: where that says nothing (`pay/src`), the one above it.
fn called(path: &Utf8Path) -> String {
    let mut parts = path.components().rev().map(|part| part.as_str());
    let telling = parts.find(|part| !GENERIC.contains(part));
    plain(telling.or(path.file_name()).unwrap_or_default())
}

/// Whether a name is made of the last parts of a path.
fn ends_as(path: &Utf8Path, name: &str) -> bool {
    let parts: Vec<String> = path.components().map(|part| plain(part.as_str())).collect();
    (0..parts.len()).any(|from| parts[from..].join("_") == name)
}

/// A name without what people write in two ways.
fn plain(name: &str) -> String {
    name.to_lowercase().replace(['-', '.', ' '], "_")
}

/// Whether a folder has a handler, and is not built into an image.
fn is_handled(folder: &Folder) -> bool {
    !folder.handlers.is_empty() && !folder.files.contains("Dockerfile")
}

/// Whether a folder has a module.
fn has_code(folder: &Folder) -> bool {
    folder.files.iter().any(|file| file.ends_with(".py"))
}

/// Whether a folder is where lambdas are looked for without a config, and not by its name what they
/// share.
fn is_in_home(path: &Utf8Path) -> bool {
    const SHARED: [&str; 8] =
        ["lib", "libs", "common", "shared", "util", "utils", "helpers", "layers"];
    path.parent().is_some_and(|home| home == HOME)
        && !path.file_name().is_some_and(|name| SHARED.contains(&name))
}

/// What looks like a lambda, with why.
fn by_shape(folders: &Folders) -> Vec<(Utf8PathBuf, String)> {
    let mut found: Vec<(Utf8PathBuf, String)> = Vec::new();
    for (path, folder) in &folders.0 {
        let is_hidden = path.components().any(|part| part.as_str().starts_with('_'));
        // What is built into an image is no zip.
        let is_hidden = is_hidden || folder.files.contains("Dockerfile");
        // A name that begins so is what others share.
        let is_plain = |file: &&String| !file.starts_with(['_', '.']);
        let handlers: Vec<&String> = folder.handlers.iter().filter(is_plain).collect();
        let Some(first) = handlers.first().filter(|_| !is_hidden) else { continue };
        let code = |file: &&String| file.ends_with(".py") && is_plain(file);
        let modules = folder.files.iter().filter(code).count();
        if handlers.len() > 1 && handlers.len() == modules {
            let by = |file: &&String| (path.join(file), "its handler".to_owned());
            found.extend(handlers.iter().map(by));
            continue;
        }
        let by = format!("the handler in `{}`", path.join(first));
        found.push((root_of(path, folders), by));
    }
    for (path, folder) in folders.0.iter().filter(|(path, _)| folders.is_own(path)) {
        let is_hidden = path.file_name().is_some_and(|name| name.starts_with('_'));
        let is_found = found.iter().any(|(inner, _)| inner.starts_with(path));
        if is_in_home(path) && has_code(folder) && !is_hidden && !is_found {
            found.push((path.clone(), format!("its place in `{HOME}`")));
        }
    }
    found.sort();
    found.dedup_by(|one, other| one.0 == other.0);
    // A handler below one is a part of it, but the root's own is not all that there is.
    let all: Vec<Utf8PathBuf> = found.iter().map(|(path, _)| path.clone()).collect();
    found.retain(|(path, _)| {
        !all.iter().any(|outer| outer != "" && outer != path && path.starts_with(outer))
    });
    found
}

/// The folder that is packaged, of a folder with a handler: the one above, if that says what is
/// required and this is a package in it.
fn root_of(path: &Utf8Path, folders: &Folders) -> Utf8PathBuf {
    let requires = |folder: &Utf8Path| {
        folders.0.get(folder).is_some_and(|folder| {
            ["requirements.txt", "pyproject.toml", "uv.lock"]
                .iter()
                .any(|it| folder.files.contains(*it))
        })
    };
    let is_package = folders.0.get(path).is_some_and(|it| it.files.contains("__init__.py"));
    match path.parent() {
        Some(above) if is_package && !requires(path) && requires(above) => {
            let handlers = folders.below(above).filter(|(_, folder)| !folder.handlers.is_empty());
            if handlers.count() == 1 { above.to_owned() } else { path.to_owned() }
        }
        _ => path.to_owned(),
    }
}
