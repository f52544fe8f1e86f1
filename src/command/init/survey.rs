//! Looks for where Terraform runs, before files are written for that.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::report::Failure;
use crate::tree::{self, Kind, Step, Tree};

/// The parts of a project that the files depend on.
#[derive(Debug)]
pub(super) struct Survey {
    /// The folders that may be Terraform's root module, relative to the root, the likeliest first.
    pub(super) terraform: Vec<Utf8PathBuf>,
    /// The folders in which Terraform runs and has functions, as far as its files tell, sorted.
    pub(super) roots: Vec<Utf8PathBuf>,
    /// The folder of the repository, absolute, where that is another one above the project's.
    pub(super) repository: Option<Utf8PathBuf>,
}

/// `roots` are the folders in which Terraform runs and has functions, sorted.
pub(super) fn survey(tree: &Tree, roots: Vec<Utf8PathBuf>) -> Result<Survey, Failure> {
    let texts = terraform_files(tree)?;
    let repository = tree::top(tree.root())?.filter(|folder| *folder != tree.root());
    let repository = repository.map(Utf8Path::to_owned);
    let mut modules = root_modules(&texts);
    // What has functions is meant, whatever else is set up.
    if !roots.is_empty() {
        modules.retain(|module| roots.contains(module));
        let others = roots.iter().filter(|root| !modules.contains(root));
        modules.extend(others.cloned().collect::<Vec<_>>());
    }
    Ok(Survey { terraform: modules, roots, repository })
}

/// Reads every `*.tf` of the project, with its path.
fn terraform_files(tree: &Tree) -> Result<Vec<(Utf8PathBuf, String)>, Failure> {
    let mut files = Vec::new();
    tree.walk::<tree::Error>(Utf8Path::new(""), &mut |path, kind| {
        let name = path.file_name().unwrap_or_default();
        // Folders of `terraform init` (`.terraform`) and of package managers have no root modules,
        // and a path with a control character can't be written into a line of YAML.
        if name.starts_with('.') || name == "node_modules" || name.chars().any(char::is_control) {
            return Ok(Step::Past);
        }
        if matches!(kind, Kind::File { .. }) && path.extension() == Some("tf") {
            let bytes = tree.read_stable(path)?;
            files.push((path.to_owned(), String::from_utf8_lossy(&bytes).into_owned()));
        }
        Ok(Step::On)
    })?;
    Ok(files)
}

/// Returns the folders that are likely root modules: those that say where the state is, else those
/// that configure a provider, else `terraform`, else the folder nearest to the root.
fn root_modules(files: &[(Utf8PathBuf, String)]) -> Vec<Utf8PathBuf> {
    // The least rank is the likeliest, then what is the least deep.
    let module = |(path, text): &(Utf8PathBuf, String)| {
        let folder = path.parent().unwrap_or(Utf8Path::new("")).to_owned();
        let begins = |word: &str| text.lines().any(|line| line.trim_start().starts_with(word));
        let rank = match () {
            () if begins("backend \"") || begins("cloud {") => 0,
            () if begins("provider \"") => 1,
            () if folder == "terraform" => 2,
            () => 3,
        };
        (rank, folder.components().count(), folder)
    };
    let modules: BTreeSet<(u8, usize, Utf8PathBuf)> = files.iter().map(module).collect();
    let Some(best) = modules.first().map(|(rank, ..)| *rank) else { return Vec::new() };
    // Folders with neither a backend nor a provider give no reason to warn that there are several.
    let most = if best > 1 { 1 } else { modules.len() };
    let likeliest = modules.into_iter().filter(|(rank, ..)| *rank == best);
    likeliest.map(|(_, _, folder)| folder).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(files: &[(&str, &str)]) -> Vec<Utf8PathBuf> {
        let files: Vec<_> =
            files.iter().map(|(path, text)| (path.into(), (*text).to_owned())).collect();
        root_modules(&files)
    }

    /// Files with their texts, and the folders that they make root modules.
    type Row = (&'static [(&'static str, &'static str)], &'static [&'static str]);

    #[test]
    fn the_root_module_is_the_one_with_the_state() {
        let table: [Row; 6] = [
            (&[], &[]),
            (&[("main.tf", "")], &[""]),
            (&[("main.tf", ""), ("terraform/main.tf", "")], &["terraform"]),
            (&[("infra/a.tf", "provider \"aws\" {}"), ("terraform/a.tf", "")], &["infra"]),
            (
                &[
                    ("a/a.tf", "provider \"aws\" {}"),
                    ("b/b.tf", "terraform {\n  backend \"s3\" {}"),
                ],
                &["b"],
            ),
            (
                &[("e/a/a.tf", "backend \"s3\" {}"), ("e/b/b.tf", "backend \"s3\" {}")],
                &["e/a", "e/b"],
            ),
        ];
        for (files, expected) in table {
            assert_eq!(modules(files), expected, "{files:?}");
        }
    }
}
