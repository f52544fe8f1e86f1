//! The built-in rules about files that no lambda needs.
//!
//! Two kinds: what no lambda needs wherever it is, and what is plainly beside a lambda, at its top.
//! The second kind is read by tools alone. A module or folder of it that the lambda's own code names
//! stays, and so does all that a handler may read: docs/how-it-works.md has each name with its
//! reason, also of what stays.

use camino::Utf8Path;

/// A built-in rule that leaves a name out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rule {
    /// The rule, as `list` shows it.
    pub(super) pattern: &'static str,
    /// Whether there is a warning, because the file may hold secrets.
    pub(super) warns: bool,
}

/// Returns the rule for this tool's own files, which no config can include.
pub(super) fn own(path: &str) -> Option<&'static str> {
    // The lock of a directory, and those of files in it (PEP 751, "File Name").
    if path == "pylock.toml" {
        return Some("pylock.toml");
    }
    if path.starts_with("pylock.") && path.ends_with(".toml") && !path.contains('/') {
        return Some("pylock.*.toml");
    }
    ["dofs-package.toml", ".lambdaignore"].into_iter().find(|name| *name == path)
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
/// (gitrepository-layout(5)), and a root module the digests of its providers.
const FILES: &[&str] = &[".DS_Store", "Thumbs.db", ".git", ".terraform.lock.hcl"];

/// Endings of files that no lambda needs, each with its rule: zips of other tools, bytecode, the
/// values of one environment's Terraform, swap files of vim, backups of vim and Emacs.
const ENDINGS: &[(&str, &str)] = &[
    (".zip", "*.zip"),
    (".pyc", "*.pyc"),
    (".tfvars", "*.tfvars"),
    (".tfvars.json", "*.tfvars.json"),
    (".swp", "*.swp"),
    (".swo", "*.swo"),
    ("~", "*~"),
];

/// Where npm puts packages of Node.
pub(super) const NODE_MODULES: &str = "node_modules";

/// Names of folders at a lambda's top that are beside it and no part of it: what tests and their
/// reports are, packages of Node, and what other tools build or keep.
const FOLDERS_BESIDE: &[&str] = &[
    "tests",
    "test",
    "htmlcov",
    NODE_MODULES,
    ".nox",
    ".hypothesis",
    ".github",
    ".aws-sam",
    ".serverless",
];

/// Names of files at a lambda's top that are beside it: what only Docker, make, git, and tools for
/// tests and style read. In a folder below, the same name may be data: a template, or the
/// `.gitignore` that keeps an otherwise empty folder.
const FILES_BESIDE: &[&str] = &[
    "terragrunt.hcl",
    ".tflint.hcl",
    "Dockerfile",
    "Containerfile",
    ".dockerignore",
    "Makefile",
    "makefile",
    "GNUmakefile",
    ".coveragerc",
    "coverage.xml",
    "conftest.py",
    "pytest.ini",
    "tox.ini",
    "noxfile.py",
    ".pylintrc",
    "pylintrc",
    ".flake8",
    "mypy.ini",
    ".mypy.ini",
    "ruff.toml",
    ".ruff.toml",
    ".bandit",
    ".isort.cfg",
    ".yamllint",
    ".pre-commit-config.yaml",
    ".editorconfig",
    ".gitignore",
    ".gitattributes",
    ".gitmodules",
    "requirements-dev.txt",
    "requirements_dev.txt",
    "dev-requirements.txt",
    "requirements-test.txt",
    "requirements_test.txt",
    "requirements-tests.txt",
    "test-requirements.txt",
];

/// Endings of files at a lambda's top that Terraform and `OpenTofu` read. Below it they may be
/// templates that the lambda itself renders.
const ENDINGS_BESIDE: &[(&str, &str)] = &[
    (".tf", "*.tf"),
    (".tf.json", "*.tf.json"),
    (".tofu", "*.tofu"),
    (".tofu.json", "*.tofu.json"),
];

/// Returns the rule for a path in a lambda. `names` tells whether the lambda's code names a module
/// or folder at its top, which then stays.
pub(super) fn built_in<E>(
    path: &Utf8Path,
    is_folder: bool,
    names: &dyn Fn(&str) -> Result<bool, E>,
) -> Result<Option<Rule>, E> {
    let name = path.file_name().unwrap_or_default();
    if let Some(rule) = anywhere(name, is_folder) {
        return Ok(Some(rule));
    }
    // A name at the top is the whole path.
    let Some(rule) = beside(path.as_str(), is_folder) else { return Ok(None) };
    let module = if is_folder { Some(name) } else { name.strip_suffix(".py") };
    let may_be_named = module.filter(|name| !name.starts_with('.'));
    Ok(match may_be_named {
        Some(name) if names(name)? => None,
        _ => Some(rule),
    })
}

/// Returns the rule for what is beside a lambda, at its top.
fn beside(path: &str, is_folder: bool) -> Option<Rule> {
    let silent = |pattern| Some(Rule { pattern, warns: false });
    let names = if is_folder { FOLDERS_BESIDE } else { FILES_BESIDE };
    if let Some(pattern) = names.iter().find(|known| **known == path) {
        return silent(pattern);
    }
    if is_folder || path.contains('/') {
        return None;
    }
    let is_yaml = path.ends_with(".yml") || path.ends_with(".yaml");
    if path.starts_with("docker-compose") && is_yaml {
        return silent("docker-compose*.yml");
    }
    let mut endings = ENDINGS_BESIDE.iter();
    endings.find(|(ending, _)| path.ends_with(ending)).and_then(|(_, rule)| silent(rule))
}

/// Whether a folder is one that tools fill, with code that is none of the lambda's.
pub(super) fn is_of_tools(name: &str) -> bool {
    FOLDERS.contains(&name) || name.starts_with('.') || name == "node_modules"
}

/// How a text names a folder or module, the less telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mention {
    /// It is put on Python's search path: what is in it may as well be elsewhere on that.
    SearchPath,
    /// It is imported, or a path or a module's name may lead into it.
    Use,
}

/// How the text of a module, or another one that code may read, names a folder or module: in an
/// import, or in a string that may be a path or the name of a module. It is kept on suspicion: what
/// is named and not packaged would be missed only in Lambda. Prose is told by the spaces around a
/// name.
pub(crate) fn mention(text: &[u8], name: &str, is_python: bool) -> Option<Mention> {
    let mut found = None;
    let mut statement = Statement::default();
    for line in text.split(|byte| b"\r\n".contains(byte)) {
        if statement.is_over() {
            statement = if is_python { Statement::of(line) } else { Statement::default() };
        }
        let mut places = memchr::memmem::find_iter(line, name).filter(|at| {
            let (before, after) = (&line[..*at], &line[at + name.len()..]);
            let is_apart =
                !before.last().is_some_and(is_word) && !after.first().is_some_and(is_word);
            let is_text = || leads_there(before, after, !is_python || is_in_string(before));
            is_apart && (statement.kind == Some(Kind::Import) || is_text())
        });
        if places.next().is_some() {
            match statement.kind {
                Some(Kind::SearchPath) => found = Some(Mention::SearchPath),
                Some(Kind::Import) | None => return Some(Mention::Use),
            }
        }
        statement.read(line);
    }
    found
}

/// A statement that may go over several lines.
#[derive(Debug, Default)]
struct Statement {
    kind: Option<Kind>,
    /// How many parentheses are open.
    open: usize,
    /// Whether its last line ends with a backslash.
    goes_on: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Import,
    SearchPath,
}

impl Statement {
    /// The one that begins in a line: its kind if it is one of those that are told apart.
    fn of(line: &[u8]) -> Self {
        let has = |part: &str| memchr::memmem::find(line, part.as_bytes()).is_some();
        // Behind a colon or semicolon, too: `try: import tests`.
        let is_import = line.split(|byte| b":;".contains(byte)).any(|part| {
            let rest = part.trim_ascii_start();
            let rest = rest.strip_prefix(b"from").or_else(|| rest.strip_prefix(b"import"));
            rest.is_some_and(|rest| rest.first().is_some_and(|byte| b" \t.\\(*".contains(byte)))
        });
        let kind = match () {
            () if is_import => Some(Kind::Import),
            () if has("sys.path") || has("addsitedir(") => Some(Kind::SearchPath),
            () => None,
        };
        Self { kind, ..Self::default() }
    }

    /// Whether the next line begins another one.
    fn is_over(&self) -> bool {
        self.kind.is_none() || self.open == 0 && !self.goes_on
    }

    fn read(&mut self, line: &[u8]) {
        let code = line.split(|byte| *byte == b'#').next().unwrap_or(line).trim_ascii_end();
        let count = |letter| memchr::memchr_iter(letter, code).count();
        self.open = (self.open + count(b'(')).saturating_sub(count(b')'));
        self.goes_on = code.ends_with(b"\\");
    }
}

fn is_word(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || *byte == b'_'
}

/// Whether a string is open at the end of the beginning of a line, as far as one line tells.
fn is_in_string(before: &[u8]) -> bool {
    b"\"'".iter().any(|quote| memchr::memchr_iter(*quote, before).count() % 2 == 1)
}

/// Whether a name stands as a part of a path or of a module's name, by what is around it.
fn leads_there(before: &[u8], after: &[u8], is_in_string: bool) -> bool {
    let last = before.last().copied().unwrap_or(b'"');
    let next = after.first().copied().unwrap_or(b'"');
    // `f"{here}tests{name}"`, `"tests.data:rows"`, `"C:\tests\x"`
    let is_end = b"\"'/.\\:{".contains(&next) || is_in_string && b",;|*?[".contains(&next);
    match last {
        b'"' | b'\'' | b'/' | b'\\' | b'}' => is_end,
        // `"lib.tests"`, and not `self.tests.append`.
        b'.' => is_in_string && is_end,
        b'=' | b':' | b',' | b';' | b'|' | b'*' => is_in_string && is_end,
        // `"python -m tests.run"`, and not `"See the tests."`.
        b' ' | b'\t' => {
            is_in_string && (next == b'/' || next == b'.' && after.get(1).is_some_and(is_word))
        }
        _ => false,
    }
}

/// Returns the rule for a name, in whatever folder of the lambda it is.
fn anywhere(name: &str, is_folder: bool) -> Option<Rule> {
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
    // What coverage.py measured; of several processes, each has a file (`parallel` in its
    // documentation).
    if name == ".coverage" || name.starts_with(".coverage.") {
        return silent(".coverage");
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
            |name, is_folder| anywhere(name, is_folder).map(|rule| (rule.pattern, rule.warns));
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
        assert_eq!(own("pylock.toml"), Some("pylock.toml"));
        assert_eq!(own("pylock.report.toml"), Some("pylock.*.toml"));
        assert_eq!(own("sub/pylock.toml"), None);
    }

    #[test]
    fn what_is_beside_a_lambda_is_left_out_at_its_top_only() {
        let rule = |path: &str, is_folder| {
            let named = built_in(Utf8Path::new(path), is_folder, &|_| Ok::<_, ()>(false));
            named.unwrap().map(|rule| rule.pattern)
        };
        assert_eq!(rule("main.tf", false), Some("*.tf"));
        assert_eq!(rule("main.tf.json", false), Some("*.tf.json"));
        assert_eq!(rule("templates/main.tf", false), None);
        assert_eq!(rule("infra/prod.tfvars", false), Some("*.tfvars"));
        assert_eq!(rule("infra/.terraform.lock.hcl", false), Some(".terraform.lock.hcl"));
        assert_eq!(rule("docker-compose.dev.yaml", false), Some("docker-compose*.yml"));
        assert_eq!(rule("Dockerfile", false), Some("Dockerfile"));
        assert_eq!(rule("images/Dockerfile", false), None);
        assert_eq!(rule("data/.gitignore", false), None);
        assert_eq!(rule("tests", true), Some("tests"));
        assert_eq!(rule("lib/tests", true), None);
        assert_eq!(rule("tests", false), None);
        assert_eq!(rule(".coverage.host.1234", false), Some(".coverage"));
        for name in ["README.md", "LICENSE", "setup.cfg", "pyproject.toml", "template.yaml"] {
            assert_eq!(rule(name, false), None, "{name}");
        }
        for name in ["build", "dist", "docs", "api.egg-info", "events", "contest"] {
            assert_eq!(rule(name, true), None, "{name}");
        }
    }

    #[test]
    fn code_names_a_folder_in_imports_and_in_paths() {
        let table = [
            ("import tests\n", true),
            ("x = 1\n    from tests.data import ROWS\n", true),
            ("from . import tests\n", true),
            ("import os, tests.data as data\n", true),
            ("open('tests/rows.json')\n", true),
            ("HERE / \"tests\" / name\n", true),
            ("f'{here}/tests/{name}'\n", true),
            ("import_module('tests.data')\n", true),
            ("\"\"\"Run the tests first.\"\"\"\n", false),
            ("# see tests\ncontests = 1\nimport contests, tests_of\n", false),
            ("latest = attests\n", false),
        ];
        for (text, expected) in table {
            let found = mention(text.as_bytes(), "tests", true);
            assert_eq!(found.is_some(), expected, "{text}");
        }
    }

    #[test]
    fn imports_go_over_several_lines() {
        for text in [
            "from x import (\n    a,\n    tests,\n)\n",
            "from x import (  # all (of it\n    tests\n)",
            "from \\\n    tests import data\n",
            "import a, \\\n    tests\n",
            "try: import tests\nexcept ImportError: pass\n",
            "import a; from . import tests\n",
            "from.tests import a\n",
            "import os\rimport tests\r",
        ] {
            assert_eq!(mention(text.as_bytes(), "tests", true), Some(Mention::Use), "{text}");
        }
        let text = "from x import (\n    a\n)\ntests = [tests for tests in a]\n";
        assert_eq!(mention(text.as_bytes(), "tests", true), None);
    }

    #[test]
    fn strings_lead_into_a_folder_in_many_forms() {
        for text in [
            "open(f'{here}/tests/{name}.json')",
            "open(f'{root}tests{sep}x')",
            "HERE.joinpath('data', 'tests', 'x')",
            "HERE / 'lib' / 'tests'",
            "import_module('.tests.data', __package__)",
            "import_module('lib.tests.data')",
            "open('%s/tests' % here)",
            "open(here + '/tests' + '/x')",
            r"open('data\\tests\\x')",
            "run('python -m tests.run', shell=True)",
            "run('python tests/run.py --quick', shell=True)",
            "entry = 'name=tests.data:rows'",
            "glob('**/tests*')",
            "names = 'lib,tests'.split(',')",
        ] {
            assert_eq!(mention(text.as_bytes(), "tests", true), Some(Mention::Use), "{text}");
        }
        for text in [
            "self.tests.append(1)",
            "all = [tests.name for it in tests]",
            "say('See the tests. All of them.')",
            "\"\"\"Reads nothing.\n\nRun the tests.\"\"\"",
            "latest/attests",
            "x = contests['a']",
        ] {
            assert_eq!(mention(text.as_bytes(), "tests", true), None, "{text}");
        }
        // Data have no quotes around texts.
        assert_eq!(mention(b"plugin: tests.data\n", "tests", false), Some(Mention::Use));
        assert_eq!(mention(b"# how tests are run\n", "tests", false), None);
    }

    #[test]
    fn a_folder_on_the_search_path_is_told_apart() {
        for text in [
            "sys.path.insert(0, 'tests')\n",
            "sys.path.append(\n    os.path.join(HERE, 'tests')\n)\n",
            "site.addsitedir('tests')",
            "sys.path = ['tests/lib'] + sys.path",
            "sys.path[:0] = \\\n ['./tests']",
        ] {
            assert_eq!(
                mention(text.as_bytes(), "tests", true),
                Some(Mention::SearchPath),
                "{text}"
            );
        }
        let text = "sys.path.insert(0, 'tests')\nopen('tests/rows.json')\n";
        assert_eq!(mention(text.as_bytes(), "tests", true), Some(Mention::Use));
    }
}
