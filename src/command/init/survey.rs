//! Looks for a project's Terraform and for the runtime of its lambdas, before files are written for
//! it.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::environment::Environment;
use crate::report::Failure;
use crate::terraform::{self, Project};
use crate::tree::{self, Kind, Step, Tree};

/// The parts of a project that the files depend on.
#[derive(Debug)]
pub(super) struct Survey {
    /// The folders that may be Terraform's root module, relative to the root, the likeliest first.
    pub(super) terraform: Vec<Utf8PathBuf>,
    /// The folders in which Terraform runs and has functions, as far as its files tell, sorted.
    pub(super) roots: Vec<Utf8PathBuf>,
    /// Whether Terraform's files say on what functions run.
    pub(super) has_runtime: bool,
    /// The folder of the repository, absolute, where that is another one above the project's.
    pub(super) repository: Option<Utf8PathBuf>,
}

pub(super) fn survey(tree: &Tree, environment: &Environment) -> Result<Survey, Failure> {
    let texts = terraform_files(tree)?;
    let project = Project { lambdas: &[], manifest: None, roots: None, environment };
    let functions = terraform::read_files(tree, &project)?.functions;
    let roots: BTreeSet<Utf8PathBuf> = functions.into_iter().filter_map(|it| it.root).collect();
    let has_runtime = texts.iter().any(|(_, text)| text.lines().any(is_runtime));
    let repository = tree::top(tree.root())?.filter(|folder| *folder != tree.root());
    let repository = repository.map(Utf8Path::to_owned);
    let mut modules = root_modules(&texts);
    // What has functions is likelier than what has none.
    modules.sort_by_key(|module| !roots.is_empty() && !roots.contains(module));
    Ok(Survey { terraform: modules, roots: roots.into_iter().collect(), has_runtime, repository })
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

/// Whether a line sets the runtime of a function.
fn is_runtime(line: &str) -> bool {
    let rest = line.trim_start().strip_prefix("runtime");
    rest.is_some_and(|rest| rest.trim_start().starts_with('='))
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

    #[test]
    fn a_runtime_is_set_by_a_line_of_its_own() {
        for line in ["  runtime       = \"python3.12\"", "runtime=var.runtime"] {
            assert!(is_runtime(line), "{line}");
        }
        for line in ["# runtime = \"python3.9\"", "runtimes = []", "  runtime"] {
            assert!(!is_runtime(line), "{line}");
        }
    }
}
