//! Values of the variables of root modules, as files have them.
//!
//! Terraform takes `terraform.tfvars` and `*.auto.tfvars` of the folder in which it runs by itself
//! ("Variable Definition Precedence" in its documentation). All other files of variables are given
//! on its command line, and which of them is, no file says.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::blocks::{Attribute, assignments};
use super::texts::{Texts, broken};
use crate::report::Warning;

/// A file of values.
#[derive(Debug)]
pub(super) struct Values {
    pub(super) path: Utf8PathBuf,
    pub(super) values: BTreeMap<String, Attribute>,
    /// Whether Terraform takes it by itself.
    pub(super) is_taken: bool,
}

/// The files of each root module.
#[derive(Debug, Default)]
pub(super) struct Variables {
    roots: BTreeMap<Utf8PathBuf, Vec<Values>>,
    /// Terragrunt's files, with the words in them.
    terragrunt: Vec<(Utf8PathBuf, BTreeSet<String>)>,
}

impl Variables {
    /// Finds whose each file is: of the root module whose folder is the nearest above it, else of
    /// all. A file beside a module that is no root is nobody's.
    pub(super) fn of(
        texts: &Texts,
        roots: &[Utf8PathBuf],
        folders: &BTreeSet<&Utf8Path>,
        warnings: &mut Vec<Warning>,
    ) -> Self {
        let words = |text: &str| {
            let words = text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
            words.map(str::to_owned).collect()
        };
        let terragrunt = texts.terragrunt.iter().map(|(path, text)| (path.clone(), words(text)));
        let mut variables = Self { terragrunt: terragrunt.collect(), ..Self::default() };
        for (path, text) in &texts.variables {
            let folder = path.parent().unwrap_or(Utf8Path::new(""));
            let is_root = |folder: &&Utf8Path| roots.iter().any(|root| root == *folder);
            if folders.contains(folder) && !is_root(&folder) {
                continue;
            }
            let values = match assignments(path, text) {
                Ok(values) => values,
                Err(error) => {
                    let message = error.message;
                    let message =
                        format!("a file of variables can't be read, and is left alone: {message}");
                    warnings.push(broken(message).at(path, error.line));
                    continue;
                }
            };
            let nearest = folder.ancestors().find(is_root);
            for root in roots {
                if nearest.is_none_or(|nearest| nearest == root) {
                    let is_taken = folder == root && is_automatic(path);
                    let values = Values { path: path.clone(), values: values.clone(), is_taken };
                    variables.roots.entry(root.clone()).or_default().push(values);
                }
            }
        }
        for files in variables.roots.values_mut() {
            files.sort_by_key(|file| order(&file.path));
        }
        variables
    }

    /// The file of Terragrunt that may set a variable: one that has its name. Which modules it runs
    /// with which values, only Terragrunt knows.
    pub(super) fn terragrunt(&self, name: &str) -> Option<&Utf8Path> {
        let mut files = self.terragrunt.iter();
        files.find(|(_, words)| words.contains(name)).map(|(path, _)| path.as_path())
    }

    /// The files of a root, the later ones taking precedence.
    pub(super) fn files(&self, root: &Utf8Path) -> &[Values] {
        self.roots.get(root).map(Vec::as_slice).unwrap_or_default()
    }
}

fn is_automatic(path: &Utf8Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    let is_auto = name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json");
    is_auto || name == "terraform.tfvars" || name == "terraform.tfvars.json"
}

/// `terraform.tfvars`, then that in JSON, then the others by their names.
fn order(path: &Utf8Path) -> (u8, Utf8PathBuf) {
    let rank = match path.file_name() {
        Some("terraform.tfvars") => 0,
        Some("terraform.tfvars.json") => 1,
        _ => 2,
    };
    (rank, path.to_owned())
}
