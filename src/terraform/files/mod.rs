//! What a project's `*.tf` files say of functions, before anything is planned.
//!
//! [`read()`] reads the files, in one walk of the project, and evaluates what functions hang on, as
//! Terraform would: variables, local values, modules and their outputs, conditions, `for`, templates
//! and functions. What a provider, the command line or the machine decides is not known, and a note
//! says why: so is a variable that one environment's file of values sets otherwise than another's.
//!
//! Nothing here refuses a project: to check its files is Terraform's task.

mod blocks;
mod commands;
mod describe;
mod evaluate;
mod functions;
mod modules;
mod outside;
mod sites;
mod template;
mod term;
mod texts;
mod types;
mod variables;
mod yaml;

use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::{Candidate, Function, Note};
use crate::environment::Environment;
use crate::lambda::Lambda;
use crate::report::{FORMAT, LambdaKind, Warning};
use crate::tree::{self, Kind, Step, Tree};
use blocks::Block;
pub(crate) use commands::Builder;
use describe::Finder;
use evaluate::Evaluator;
use modules::{Module, Modules};
use outside::{Manifest, Outside};
pub(crate) use sites::{FunctionSite, Site};
use term::{Budget, Term};
pub(crate) use texts::BROKEN;
use texts::Texts;
use variables::Variables;

/// What the files say.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// Every function, one for each call of its module and each entry of its `for_each`, in the
    /// order of the files.
    pub(crate) functions: Vec<Function>,
    /// Every version of a layer, likewise; where sites are wanted, these are among the functions.
    pub(crate) layers: Vec<Function>,
    /// Modules from elsewhere that make functions, sorted by place.
    pub(crate) foreign: Vec<Note>,
    /// Zips that commands write which Terraform runs, sorted by place.
    pub(crate) builders: Vec<Builder>,
    /// Other gaps in what is known, not of a function, sorted by place.
    pub(crate) notes: Vec<Note>,
    /// The folders that Terraform may run in, sorted; none where no file has functions.
    pub(crate) roots: Vec<Utf8PathBuf>,
    /// Files that could not be read, are no HCL, or override others.
    pub(crate) warnings: Vec<Warning>,
    /// Where each of the functions is, in the same order; none but of [`survey`].
    pub(crate) sites: Vec<FunctionSite>,
    /// The texts of the files by path, without their byte order marks; none but of [`survey`].
    pub(crate) texts: BTreeMap<Utf8PathBuf, String>,
}

/// How much is computed at most, in terms, much more than any project needs: each module may call
/// another one twice, so that a few short files would give millions of functions.
const MOST_TERMS: u32 = 1_000_000;

/// What the files are read for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Project<'a> {
    /// All that it has.
    pub(crate) lambdas: &'a [Lambda],
    /// What becomes an entry of the package manifest each.
    pub(crate) packages: &'a [Candidate],
    /// Where the package manifest is, relative to the root, where one is written.
    pub(crate) manifest: Option<&'a Utf8Path>,
    /// The folders of the root modules, relative to the root, where the config names them.
    pub(crate) roots: Option<&'a [Utf8PathBuf]>,
    /// What git is asked with.
    pub(crate) environment: &'a Environment,
}

/// Reads and evaluates the files of a project.
///
/// # Errors
///
/// git can't read the revision. A file that the disk does not give is a warning.
pub(crate) fn read(tree: &Tree, project: &Project<'_>) -> Result<Files, tree::Error> {
    read_for(Purpose::Values, tree, project)
}

/// The same for those who would edit the files: with layers, and the site of each function. The entries
/// of the package manifest are told from all other values, so nothing of them is known.
///
/// # Errors
///
/// As those of [`read`].
pub(crate) fn survey(tree: &Tree, project: &Project<'_>) -> Result<Files, tree::Error> {
    read_for(Purpose::Sites, tree, project)
}

/// What files are read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Values,
    Sites,
}

fn read_for(purpose: Purpose, tree: &Tree, project: &Project<'_>) -> Result<Files, tree::Error> {
    let Project { lambdas, packages, manifest, roots, environment } = *project;
    let mut warnings = Vec::new();
    let mut texts = texts::read(tree, lambdas, &mut warnings)?;
    // Most projects without functions are done here, and nothing is parsed.
    if purpose == Purpose::Values && !texts.files.values().any(|text| has_functions(text)) {
        return Ok(Files { warnings, ..Files::default() });
    }
    // Another clone has not got these. GitHub's own list for Terraform ignores `*.tfvars` and
    // override files.
    texts.remove(&tree.ignored(&texts.paths(), environment));
    let folder = manifest.and_then(Utf8Path::parent).unwrap_or(Utf8Path::new(""));
    let entry = |package: &Candidate| {
        let known = match purpose {
            Purpose::Values => entry(package, folder),
            Purpose::Sites => BTreeMap::new(),
        };
        (package.name.clone(), known)
    };
    let entries: Vec<_> = packages.iter().map(entry).collect();
    let refused = OnceCell::new();
    let refuse = |error| {
        // Its value is not known. Of several errors the first is enough.
        drop(refused.set(error));
        None
    };
    let read = |path: &Utf8Path| match tree.read(path) {
        _ if purpose == Purpose::Sites && manifest == Some(path) => None,
        Ok(bytes) => bytes.and_then(|bytes| String::from_utf8(bytes).ok()),
        Err(error) => refuse(error),
    };
    let list = |folder: &Utf8Path| {
        let mut files = Vec::new();
        let survey = |visit: &mut dyn FnMut(&Utf8Path, Kind) -> Result<Step, tree::Error>| {
            tree.hold(folder)?;
            tree.survey(folder, visit)
        };
        let listed = survey(&mut |path, kind| {
            match kind {
                Kind::File { .. } => files.push(path.to_owned()),
                Kind::Directory if [".git", ".terraform"].contains(&path.as_str()) => {
                    return Ok(Step::Past);
                }
                Kind::Directory | Kind::Symlink | Kind::Special => {}
            }
            Ok(Step::On)
        });
        match listed {
            Ok(()) => Some(files),
            Err(error) => {
                drop(refused.set(error));
                None
            }
        }
    };
    let surroundings = Surroundings {
        read: &read,
        list: &list,
        manifest: manifest.map(|path| Manifest { path, lambdas: &entries }),
        most: MOST_TERMS,
        purpose,
    };
    let mut files = evaluate(&texts, warnings, roots, surroundings);
    if purpose == Purpose::Sites {
        files.texts = texts.files;
    }
    refused.into_inner().filter(tree::Error::is_of_git).map_or(Ok(files), Err)
}

/// What the texts are evaluated with.
struct Surroundings<'a> {
    read: outside::Read<'a>,
    list: outside::List<'a>,
    manifest: Option<Manifest<'a>>,
    /// How much is computed at most, in terms.
    most: u32,
    purpose: Purpose,
}

/// What is known of a package's entry in a manifest in this folder before it is made.
fn entry(package: &Candidate, folder: &Utf8Path) -> BTreeMap<String, Term> {
    let kind = if package.is_layer { LambdaKind::Layer } else { LambdaKind::Function };
    let filename = filename(&package.zip, folder).map(|it| ("filename", Term::of(it)));
    let known = [("kind", Term::of(kind.to_string())), ("format", Term::Number(f64::from(FORMAT)))];
    known.into_iter().chain(filename).map(|(key, term)| (key.to_owned(), term)).collect()
}

/// The file name that an entry of the package manifest has for a zip: both are relative to the root.
fn filename(zip: &Utf8Path, folder: &Utf8Path) -> Option<String> {
    let at_top = |path: &Utf8Path| Utf8Path::new("/").join(path);
    let is_inside = zip.is_relative() && !zip.starts_with("..") && !folder.starts_with("..");
    is_inside.then(|| tree::slashes(&tree::seen_from(&at_top(folder), &at_top(zip))))
}

/// Evaluates texts of files; `named` are the folders of the root modules, where the config names
/// them.
fn evaluate(
    texts: &Texts,
    mut warnings: Vec<Warning>,
    named: Option<&[Utf8PathBuf]>,
    Surroundings { read, list, manifest, most, purpose }: Surroundings<'_>,
) -> Files {
    let modules = Modules::parse(&texts.files, &mut warnings);
    let is_locked = |folder: &Utf8Path| texts.locked.contains(folder);
    let roots = match named {
        Some(named) => named.iter().map(|folder| tree::normal(folder)).collect(),
        None => modules.roots(&is_locked),
    };
    let folders: BTreeSet<&Utf8Path> = modules.folders().collect();
    let variables = Variables::of(texts, &roots, &folders, &mut warnings);
    let budget = Budget(Cell::new(most));
    let outside = Outside { read, list, manifest, budget };
    let evaluator = Evaluator::new(&modules, &variables, outside);
    let mut finder = Finder::new(&evaluator);
    finder.sites = (purpose == Purpose::Sites).then(Vec::new);
    for root in &roots {
        finder.root(root);
    }
    let Finder { functions, foreign, builders, reached, sites, .. } = finder;
    // Sites are those of all, in their order.
    let is_layer = |it: &Function| it.is_layer && sites.is_none();
    let (layers, functions) = functions.into_iter().partition(is_layer);
    let (foreign, builders) = (foreign.into_iter().collect(), builders.into_iter().collect());
    let mut notes: Vec<Note> = evaluator.notes().collect();
    // What no root reaches says nothing of what is deployed.
    let is_unreached = |folder: &&Utf8Path| !reached.contains(*folder);
    for folder in folders.iter().copied().filter(is_unreached) {
        notes.extend(modules.get(folder).and_then(|(_, module)| undeployed(folder, module)));
    }
    notes.sort();
    let sites = sites.unwrap_or_default();
    let texts = BTreeMap::new();
    Files { functions, layers, foreign, builders, notes, roots, warnings, sites, texts }
}

/// The note for a module with functions that no root reaches.
fn undeployed(folder: &Utf8Path, module: &Module) -> Option<Note> {
    let is_function =
        |block: &&Block| block.labels.first().is_some_and(|kind| kind == "aws_lambda_function");
    let function = module.blocks("resource").find(is_function)?;
    let folder = if folder == "" { "." } else { folder.as_str() };
    let message = format!("no root module reaches `{folder}`, so its functions are not deployed");
    Some(Note { place: Some(function.place()), message })
}

/// Whether a file may have functions: it names the resource, or calls a module and mentions
/// lambdas or what they run on.
fn has_functions(text: &str) -> bool {
    ["aws_lambda_function", "aws_lambda_layer_version"].iter().any(|it| text.contains(it))
        || text.contains("module")
            && ["lambda", "handler", "runtime"].iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests;
