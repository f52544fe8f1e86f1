//! Reads the `*.tf` files of a project, in one walk.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::error::Error as _;

use camino::{Utf8Path, Utf8PathBuf};

use crate::lambda::Lambda;
use crate::report::{Place, Warning};
use crate::tree::{self, Tree};

/// The code of warnings of files that can't be read.
pub(crate) const BROKEN: &str = "terraform-files";
/// Folders of package managers and of Python, which have none of the project's own files.
const FOREIGN: [&str; 2] = ["node_modules", "__pycache__"];
/// What a virtual environment has at its top (PEP 405).
const ENVIRONMENT: &str = "pyvenv.cfg";

/// Texts of files, by path relative to the root.
pub(super) type Texts = BTreeMap<Utf8PathBuf, String>;

/// Warns of a file that can't be read.
pub(super) fn broken(message: impl Into<String>) -> Warning {
    Warning::new(BROKEN, message)
}

/// Warns of a file that Terraform reads and this tool does not.
pub(super) fn left_alone(path: &Utf8Path, message: &str) -> Warning {
    Warning::new("terraform-left-alone", message).at(path, None)
}

/// Reads the files, and warns of those in JSON. Hidden folders (`.terraform`, where `terraform
/// init` puts modules, is one), virtual environments and the lambdas' own directories are skipped,
/// and links are not followed. A file or folder that the disk does not give is a warning only: a
/// project need not have Terraform, its files are not in any package, and a commit may not even
/// have the folder that can't be listed.
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
    let mut texts = Texts::new();
    let refused = OnceCell::new();
    let is_past = |path: &Utf8Path| {
        let name = path.file_name().unwrap_or_default();
        let is_own = lambdas.iter().any(|lambda| lambda.directory == path);
        let is_environment = || match tree.kind(&path.join(ENVIRONMENT)) {
            Ok(kind) => kind.is_some(),
            Err(error) => {
                // The first is enough. On disk, listing the folder gives the same error.
                drop(refused.set(error));
                false
            }
        };
        is_own || name.starts_with('.') || FOREIGN.contains(&name) || is_environment()
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
            Ok(Some(bytes)) if path.extension() == Some("json") => {
                let is_of_lambdas = String::from_utf8_lossy(&bytes).contains("lambda");
                let message =
                    "a file of Terraform's is JSON, and what it says of functions is not read";
                warnings.extend(is_of_lambdas.then(|| left_alone(&path, message)));
            }
            Ok(Some(bytes)) => match String::from_utf8(bytes) {
                Ok(text) => drop(texts.insert(path, text)),
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
    Ok(texts)
}

fn is_terraform(path: &Utf8Path) -> bool {
    path.extension() == Some("tf") || path.as_str().ends_with(".tf.json")
}

/// Says that something can't be read, and what that means.
fn unread(error: &tree::Error, path: Option<&Utf8Path>) -> Warning {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    broken(format!("{error}{cause}, so not all files of Terraform's are known"))
        .place(path.map(|path| Place::new(path, None)))
}
