//! Tells of modules that lambdas import and that lie elsewhere in the repository: whether its build
//! copies them in can't be told, and nothing is guessed into the config.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::Found;
use super::folders::Folders;
use crate::environment::Environment;
use crate::lambda::{Copied, elsewhere};
use crate::python::{self, Standing};
use crate::report::Failure;
use crate::requirements::wanted;
use crate::tree::Tree;
use crate::words;

/// Returns a sentence for each module, or folder of modules, with the line to write. `imports` are
/// those of each lambda, in its order.
pub(super) fn shared(
    found: &[Found],
    imports: &[BTreeSet<String>],
    folders: &Folders,
    tree: &Tree,
    environment: &Environment,
) -> Result<Vec<String>, Failure> {
    let own = folders.0.iter().filter(|(path, _)| folders.is_own(path));
    let modules = own.flat_map(|(path, folder)| {
        let modules = folder.files.iter().filter(|file| file.ends_with(".py"));
        modules.map(move |file| path.join(file))
    });
    let modules: Vec<Utf8PathBuf> = modules.collect();
    let names: BTreeSet<&str> = modules
        .iter()
        .flat_map(|path| path.components().map(|it| it.as_str()))
        .map(|name| name.strip_suffix(".py").unwrap_or(name))
        .collect();
    let mut users: BTreeMap<Copied, Vec<&Utf8Path>> = BTreeMap::new();
    for (found, imports) in found.iter().zip(imports).filter(|(found, _)| !found.has_layers) {
        for module in imports {
            let top = module.split('.').next().unwrap_or(module);
            let is_known = python::standing(top, None) != Standing::Foreign;
            if is_known || !names.contains(top) || found.has_module(top, folders) {
                continue;
            }
            let places = elsewhere(module, &found.path, modules.iter().map(Utf8PathBuf::as_path));
            let [copied] = &places[..] else { continue };
            let required = found.requirements.as_ref().or(found.own_requirements.as_ref());
            let is_required = match required {
                Some(path) => wanted(tree, environment, path)?
                    .projects
                    .iter()
                    .any(|project| project.replace('-', "_").eq_ignore_ascii_case(top)),
                None => false,
            };
            if !is_required {
                let users = users.entry(copied.clone()).or_default();
                users.extend((users.last() != Some(&&*found.path)).then_some(&*found.path));
            }
        }
    }
    let sentence = |(copied, users): (&Copied, &Vec<&Utf8Path>)| {
        let verb = if users.len() == 1 { "imports" } else { "import" };
        let users = words::some_of(&users.iter().map(|it| super::shown(it)).collect::<Vec<_>>(), 3);
        format!(
            "{users} {verb} what lies in `{}`: write `files = {{ {} }}` in the config if it is to be \
             copied in",
            copied.source,
            copied.entry()
        )
    };
    Ok(users.iter().map(sentence).collect())
}

impl Found {
    /// Whether its package has a top-level module, by its own files or by what is copied in.
    fn has_module(&self, top: &str, folders: &Folders) -> bool {
        let file = format!("{top}.py");
        let is_own = match self.is_file {
            true => self.path.file_name() == Some(&*file),
            false => {
                folders.has_file(&self.path.join(&file))
                    || folders.0.contains_key(&self.path.join(top))
            }
        };
        let mut targets = self.extent.files.values().filter_map(|it| it.split('/').next());
        is_own || targets.any(|target| target == top || target == file)
    }
}
