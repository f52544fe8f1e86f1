//! The built-in rules about files that no lambda needs.

/// A built-in rule that leaves a name out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rule {
    /// The rule, as `list` shows it.
    pub(super) pattern: &'static str,
    /// Whether there is a warning, because the file may hold secrets.
    pub(super) warns: bool,
}

/// Returns the rule for this tool's own files, which no config can include: a package that has its
/// own zip in it would be another one at each build.
pub(super) fn own(path: &str, output_name: &str) -> Option<&'static str> {
    let own = ["pylock.toml", "dofs-package.toml", ".lambdaignore"];
    let named = own.into_iter().find(|name| *name == path);
    named.or_else(|| (path == output_name).then_some("its own zip"))
}

/// Names of folders that tools fill for themselves. Bytecode in `__pycache__` holds the times and
/// paths of the machine that compiled it (PEP 552 for its header; `co_filename`), so it differs on
/// each.
const FOLDERS: &[&str] = &[
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".tox",
    ".git",
    ".hg",
    ".svn",
    ".terraform",
    ".idea",
    ".vscode",
];

/// Names of files that no lambda needs; a worktree or submodule has a file `.git`
/// (gitrepository-layout(5)).
const FILES: &[&str] = &[".DS_Store", "Thumbs.db", ".git"];

/// Endings of files that no lambda needs, each with its rule: zips of other tools, bytecode, swap
/// files of vim, backups of vim and Emacs.
const ENDINGS: &[(&str, &str)] =
    &[(".zip", "*.zip"), (".pyc", "*.pyc"), (".swp", "*.swp"), (".swo", "*.swo"), ("~", "*~")];

/// Returns the rule for a name, in whatever folder of the lambda it is.
pub(super) fn built_in(name: &str, is_folder: bool) -> Option<Rule> {
    let silent = |pattern| Some(Rule { pattern, warns: false });
    if name.starts_with(".env") {
        return Some(Rule { pattern: ".env*", warns: true });
    }
    // Terraform writes secrets in plain text into its state ("Sensitive Data in State" in its
    // documentation), and backups as `terraform.tfstate.backup`.
    if name.contains(".tfstate") {
        return Some(Rule { pattern: "*.tfstate*", warns: true });
    }
    // AppleDouble files, in which macOS keeps attributes on file systems that have none.
    if name.starts_with("._") {
        return silent("._*");
    }
    let names = if is_folder { FOLDERS } else { FILES };
    if let Some(pattern) = names.iter().find(|known| **known == name) {
        return silent(pattern);
    }
    if is_folder {
        return None;
    }
    // Auto-save files of Emacs.
    if name.starts_with('#') && name.ends_with('#') && name.len() > 1 {
        return silent("#*#");
    }
    ENDINGS.iter().find(|(ending, _)| name.ends_with(ending)).and_then(|(_, rule)| silent(rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_contract_names_is_left_out_and_its_neighbours_stay() {
        let rule =
            |name, is_folder| built_in(name, is_folder).map(|rule| (rule.pattern, rule.warns));
        assert_eq!(rule("a.zip", false), Some(("*.zip", false)));
        assert_eq!(rule("a.zip", true), None);
        assert_eq!(rule("__pycache__", true), Some(("__pycache__", false)));
        assert_eq!(rule(".git", false), Some((".git", false)));
        assert_eq!(rule(".env.prod", false), Some((".env*", true)));
        assert_eq!(rule("x.tfstate.backup", false), Some(("*.tfstate*", true)));
        assert_eq!(rule("._a.py", false), Some(("._*", false)));
        assert_eq!(rule(".a.py.swp", false), Some(("*.swp", false)));
        for name in ["environment.py", "env", "a.py", "gitlab.py", "zip", "requirements.txt", "#"] {
            assert_eq!(rule(name, false), None, "{name}");
        }
    }

    #[test]
    fn a_file_of_this_tool_is_its_own_at_the_top_only() {
        assert_eq!(own("pylock.toml", "a.zip"), Some("pylock.toml"));
        assert_eq!(own("sub/pylock.toml", "a.zip"), None);
        assert_eq!(own("a.zip", "a.zip"), Some("its own zip"));
    }
}
