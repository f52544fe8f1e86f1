//! Reads the files of Terraform that a project has, in one walk.
//!
//! `OpenTofu` reads `x.tofu` in place of an `x.tf` beside it ("Files and Directories" in its
//! documentation), and so does this: Terraform itself reads no such file, so a project that has one
//! is `OpenTofu`'s.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;

use camino::{Utf8Path, Utf8PathBuf};

use crate::lambda::Lambda;
use crate::report::{Place, Warning, as_clause};
use crate::tree::{self, Tree};

/// The code of warnings of files that can't be read.
pub(crate) const BROKEN: &str = "terraform-files";
/// Folders of package managers and of Python, which have none of the project's own files.
const FOREIGN: [&str; 2] = ["node_modules", "__pycache__"];
/// What a virtual environment has at its top (PEP 405).
const ENVIRONMENT: &str = "pyvenv.cfg";

/// How files end, the longer first.
pub(super) const ENDINGS: [&str; 4] = [".tofu.json", ".tf.json", ".tofu", ".tf"];
/// How files of variables end.
const OF_VARIABLES: [&str; 2] = [".tfvars.json", ".tfvars"];
/// Which providers `terraform init` chose, in the folder that it ran in.
const LOCK: &str = ".terraform.lock.hcl";
/// Folders in a lambda's own that have its Terraform: all others are its code.
const BESIDE_CODE: [&str; 7] =
    ["terraform", "infra", "infrastructure", "iac", "tf", "deploy", "deployment"];

/// Texts of files, by path relative to the root.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// Terraform's files.
    pub(super) files: BTreeMap<Utf8PathBuf, String>,
    /// Values of variables.
    pub(super) variables: BTreeMap<Utf8PathBuf, String>,
    /// Folders with a lock of providers.
    pub(super) locked: BTreeSet<Utf8PathBuf>,
    /// Terragrunt's files, which may set variables.
    pub(super) terragrunt: BTreeMap<Utf8PathBuf, String>,
}

impl Texts {
    /// Adds a file.
    pub(super) fn add(&mut self, path: Utf8PathBuf, mut text: String) {
        // A byte order mark is no part of the text (hashicorp/terraform#18618).
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        if is_lock(&path) {
            self.locked.extend(path.parent().map(Utf8Path::to_owned));
        } else if ends(&path, &ENDINGS) {
            self.files.insert(path, text);
        } else if path.extension() == Some("hcl") {
            self.terragrunt.insert(path, text);
        } else {
            self.variables.insert(path, text);
        }
    }

    /// The paths of all files.
    pub(super) fn paths(&self) -> Vec<Utf8PathBuf> {
        let Self { files, variables, locked, terragrunt } = self;
        let locks = locked.iter().map(|folder| folder.join(LOCK));
        let others = files.keys().chain(variables.keys()).chain(terragrunt.keys()).cloned();
        others.chain(locks).collect()
    }

    /// Removes some of the files.
    pub(super) fn remove(&mut self, paths: &BTreeSet<Utf8PathBuf>) {
        for texts in [&mut self.files, &mut self.variables, &mut self.terragrunt] {
            texts.retain(|path, _| !paths.contains(path));
        }
        self.locked.retain(|folder| !paths.contains(&folder.join(LOCK)));
    }

    /// Without the files that another one stands in for, and those of Terragrunt where there is no
    /// Terragrunt: other programs have files of that ending, too.
    pub(super) fn replaced(mut self) -> Self {
        let twins = self.files.keys().filter_map(|path| {
            let (stem, json) = match path.as_str().strip_suffix(".tofu.json") {
                Some(stem) => (stem, ".json"),
                None => (path.as_str().strip_suffix(".tofu")?, ""),
            };
            Some(Utf8PathBuf::from(format!("{stem}.tf{json}")))
        });
        for twin in twins.collect::<Vec<_>>() {
            self.files.remove(&twin);
        }
        let has_terragrunt =
            self.terragrunt.keys().any(|path| path.file_name() == Some("terragrunt.hcl"));
        if !has_terragrunt {
            self.terragrunt.clear();
        }
        self
    }
}

/// Warns of a file that can't be read.
pub(super) fn broken(message: impl Into<String>) -> Warning {
    Warning::new(BROKEN, message)
}

/// Reads the files. Hidden folders (`.terraform`, where `terraform init` puts modules, is one),
/// virtual environments and the code of lambdas are skipped, and links are not followed. A file or
/// folder that the disk does not give is a warning only: a project need not have Terraform, its
/// files are not in any package, and a commit may not even have the folder that can't be listed.
///
/// # Errors
///
/// git can't read the revision. With a warning only, the lambdas of a commit could get another
/// target on a machine that can't read all of it.
pub(super) fn read(
    tree: &Tree,
    lambdas: &[Lambda],
    warnings: &mut Vec<Warning>,
) -> Result<Texts, tree::Error> {
    let mut texts = Texts::default();
    let folders = lambdas.iter().filter(|it| it.file.is_none());
    let directories: BTreeSet<&str> = folders.map(|it| it.directory.as_str()).collect();
    let refused = OnceCell::new();
    let is_past = |path: &Utf8Path| {
        let name = path.file_name().unwrap_or_default();
        let parent = path.parent().unwrap_or(Utf8Path::new(""));
        let is_code = !parent.as_str().is_empty()
            && directories.contains(parent.as_str())
            && !BESIDE_CODE.contains(&name);
        let is_environment = || match tree.kind(&path.join(ENVIRONMENT)) {
            Ok(kind) => kind.is_some(),
            Err(error) => {
                // The first is enough. On disk, listing the folder gives the same error.
                drop(refused.set(error));
                false
            }
        };
        let is_foreign = || FOREIGN.contains(&name) || is_environment();
        // A lambda is neither, and there may be a thousand.
        is_code || name.starts_with('.') || !directories.contains(path.as_str()) && is_foreign()
    };
    let found = tree.find(&is_terraform, &is_past);
    if let Some(error) = refused.into_inner().filter(tree::Error::is_of_git) {
        return Err(error);
    }
    let (paths, unlisted) = found?;
    warnings.extend(unlisted.iter().map(|error| unread(error, None)));
    for path in paths {
        let unknown = |message: &str| broken(message).at(&path, None);
        match tree.read(&path) {
            Ok(Some(bytes)) => match String::from_utf8(bytes) {
                Ok(text) => texts.add(path, text),
                Err(_) => {
                    warnings.push(unknown("a file of Terraform's is not UTF-8, and is left alone"));
                }
            },
            // Another program removed it since it was found.
            Ok(None) => {
                let message = "a file of Terraform's has vanished, so not all of them are known";
                warnings.push(unknown(message));
            }
            Err(error) if error.is_of_git() => return Err(error),
            Err(error) => warnings.push(unread(&error, Some(&path))),
        }
    }
    Ok(texts.replaced())
}

pub(super) fn is_terraform(path: &Utf8Path) -> bool {
    // Terraform passes over hidden files.
    let is_hidden = path.file_name().is_some_and(|name| name.starts_with('.'));
    let is_ours =
        || ends(path, &ENDINGS) || ends(path, &OF_VARIABLES) || path.extension() == Some("hcl");
    is_lock(path) || !is_hidden && is_ours()
}

fn is_lock(path: &Utf8Path) -> bool {
    path.file_name() == Some(LOCK)
}

fn ends(path: &Utf8Path, endings: &[&str]) -> bool {
    endings.iter().any(|ending| path.as_str().ends_with(ending))
}

/// Says that something can't be read, and what that means.
fn unread(error: &tree::Error, path: Option<&Utf8Path>) -> Warning {
    let cause = error.source().map(|cause| format!(": {}", as_clause(&cause.to_string())));
    let cause = cause.unwrap_or_default();
    broken(format!("{error}{cause}, so not all files of Terraform's are known"))
        .place(path.map(|path| Place::new(path, None)))
}
