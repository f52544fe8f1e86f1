//! Dependencies in a `pyproject.toml`, which is not where requirements are read.

use camino::Utf8Path;

use crate::report::{Failure, Warning};
use crate::source::SourceTree;
use crate::tree::Tree;

/// The file that may name them: projects of uv, poetry and others have it.
const PROJECT: &str = "pyproject.toml";

/// Warns of dependencies in the pyproject.toml of a lambda that has neither requirements nor a
/// lock: its package would lack them.
pub(super) fn warning(
    tree: &Tree,
    directory: &Utf8Path,
    sources: &SourceTree,
) -> Result<Option<Warning>, Failure> {
    if !sources.has(PROJECT) {
        return Ok(None);
    }
    let path = directory.join(PROJECT);
    if !names_dependencies(&tree.read_found(&path)?) {
        return Ok(None);
    }
    let message = format!(
        "`{PROJECT}` names dependencies, and without a requirements.txt or a lock none is packaged"
    );
    let warning = Warning::new("dependencies-unheeded", message).at(&path, None);
    let warning = warning.hint("write them into requirements.txt, or lock them (`uv lock`)");
    Ok(Some(warning))
}

/// Whether the `[project]` table, or that of poetry, has dependencies. poetry has the version of
/// Python among these ("dependencies" in its documentation). A file that is no TOML has none.
fn names_dependencies(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).ok();
    let Some(document) = text.and_then(|text| text.parse::<toml::Table>().ok()) else {
        return false;
    };
    let project = document.get("project").and_then(|it| it.get("dependencies"));
    let poetry = document.get("tool").and_then(|it| it.get("poetry"));
    let poetry = poetry.and_then(|it| it.get("dependencies")).and_then(toml::Value::as_table);
    project.and_then(toml::Value::as_array).is_some_and(|list| !list.is_empty())
        || poetry.is_some_and(|table| table.keys().any(|name| name != "python"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_are_found_where_projects_name_them() {
        let table: &[(&[u8], bool)] = &[
            (b"[project]\ndependencies = [\"requests\"]\n", true),
            (b"[project]\ndependencies = []\n[tool.ruff]\n", false),
            (b"[tool.poetry.dependencies]\npython = \"^3.12\"\n", false),
            (b"[tool.poetry.dependencies]\npython = \"^3.12\"\nrequests = \"*\"\n", true),
            (b"[project\n", false),
        ];
        for (text, expected) in table {
            assert_eq!(names_dependencies(text), *expected, "{}", String::from_utf8_lossy(text));
        }
    }
}
