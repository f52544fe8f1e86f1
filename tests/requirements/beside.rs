//! Two files beside one another: what one says hides nothing of the other in silence.

use expect_test::expect;

use super::{build, failure, packaged, project, warnings};
use crate::support::Project;

/// Files that are read and ask for nothing.
const EMPTY: [(&str, &str); 8] = [
    ("requirements.txt", ""),
    ("requirements.txt", "# nothing\n\n"),
    ("pyproject.toml", "[project]\nname = \"api\"\nversion = \"1\"\n"),
    ("pyproject.toml", "[project]\nname = \"api\"\ndependencies = []\n[tool.ruff]\n"),
    ("pyproject.toml", "[tool.poetry.dependencies]\npython = \"^3.12\"\n"),
    ("Pipfile", "[packages]\n[dev-packages]\npytest = \"*\"\n"),
    ("setup.cfg", "[options]\ninstall_requires =\n"),
    ("pylock.toml", "lock-version = \"1.0\"\ncreated-by = \"pip\"\npackages = []\n"),
];

/// A lambda with both files, if they are two.
fn both((one, text): (&str, &str), (other, more): (&str, &str)) -> Option<Project> {
    let paths = [one, other].map(|name| format!("lambdas/api/{name}"));
    (one != other).then(|| project(&[(&paths[0], text), (&paths[1], more)]))
}

#[test]
fn what_can_not_be_used_fails_beside_a_file_that_asks_for_nothing() {
    for empty in EMPTY {
        for other in [
            ("Pipfile", "[packages]\none = \"*\"\n"),
            ("setup.py", "from setuptools import setup\nsetup(install_requires=['one'])\n"),
            ("setup.cfg", "[options]\ninstall_requires =\n    one\n"),
        ] {
            let Some(project) = both(empty, other) else { continue };
            let run = project.run(&["-n", "--format", "json", "-q"]);
            assert_eq!(failure(&run).1, "dependencies-unusable", "{empty:?} {other:?}");
        }
    }
}

#[test]
fn what_looks_like_requirements_is_told_beside_a_file_that_asks_for_nothing() {
    for empty in EMPTY {
        for other in [
            ("requirments.txt", "one\n"),
            ("requirements.in", "one\n"),
            ("requirements/base.txt", "one\n"),
            ("src/pyproject.toml", "[project]\nname = \"x\"\ndependencies = [\"one\"]\n"),
            ("environment.yml", "dependencies:\n  - one\n"),
            ("conda-lock.yml", "version: 1\n"),
            ("pixi.lock", "version: 6\n"),
            ("pixi.toml", "[dependencies]\none = \"*\"\n"),
            ("pdm.lock", "[[package]]\nname = \"one\"\n"),
            ("pylock.prod.toml", "lock-version = \"1.0\"\n"),
        ] {
            let Some(project) = both(empty, other) else { continue };
            let run = project.run(&["-n", "--format", "json", "-q"]);
            assert_eq!(warnings(&run), ["requirements-unread"], "{empty:?} {other:?}");
            let run = project.run(&["-n", "--locked", "--format", "json", "-q"]);
            assert_eq!(failure(&run), (6, "requirements-unread".to_owned()), "{empty:?} {other:?}");
            let run = project.run(&["lock", "--format", "json", "-q"]);
            assert_eq!(failure(&run), (4, "requirements-unread".to_owned()), "{empty:?} {other:?}");
        }
    }
}

#[test]
fn a_file_that_asks_for_nothing_hides_no_lines() {
    let asks = "[project]\nname = \"api\"\ndependencies = [\"one\"]\n";
    for empty in EMPTY {
        for other in [("requirements.txt", "one\n"), ("pyproject.toml", asks)] {
            let Some(project) = both(empty, other) else { continue };
            assert_eq!(build(&project), ["one 1.0"], "{empty:?} {other:?}");
        }
    }
}

#[test]
fn a_lock_of_another_tool_that_asks_for_nothing_hides_no_other_file() {
    let uv =
        "version = 1\n[[package]]\nname = \"api\"\nversion = \"0\"\nsource = { virtual = \".\" }\n";
    let poetry = "[metadata]\nlock-version = \"2.1\"\npython-versions = \">=3.9\"\n";
    let none = "[project]\nname = \"api\"\nversion = \"0\"\n";
    for (name, lock) in [("uv.lock", uv), ("poetry.lock", poetry)] {
        let project = project(&[
            (&format!("lambdas/api/{name}"), lock),
            ("lambdas/api/pyproject.toml", none),
        ]);
        let run = project.run(&["-n", "--format", "json", "-q", "--locked"]);
        assert_eq!(warnings(&run), Vec::<String>::new(), "{name}");
        project.write("lambdas/api/requirements.in", "one\n");
        let run = project.run(&["-n", "--format", "json", "-q"]);
        assert_eq!(warnings(&run), ["requirements-unread"], "{name}");
        project.write("lambdas/api/Pipfile", "[packages]\none = \"*\"\n");
        let run = project.run(&["-n", "--format", "json", "-q"]);
        assert_eq!(failure(&run).1, "dependencies-unusable", "{name}");
        let lock = "{\"default\": {\"one\": {\"version\": \"==1.0\"}}}";
        project.write("lambdas/api/Pipfile.lock", lock);
        assert_eq!(build(&project), ["one 1.0"], "{name}");
    }
}

#[test]
fn a_lock_made_from_what_asks_for_nothing_any_more_is_not_used() {
    for (name, asks, none) in [
        ("requirements.txt", "one\n", "# nothing\n"),
        (
            "pyproject.toml",
            "[project]\nname = \"api\"\ndependencies = [\"one\"]\n",
            "[project]\nname = \"api\"\n",
        ),
    ] {
        let path = format!("lambdas/api/{name}");
        let project = project(&[(&path, asks)]);
        assert_eq!(project.run(&["lock"]).code, 0, "{name}");
        project.write(&path, none);
        let run = project.run(&["-n", "--format", "json", "-q", "--locked"]);
        assert_eq!(packaged(&run), Vec::<String>::new(), "{name}");
        assert_eq!(warnings(&run), ["lock-unheeded"], "{name}");
    }
}

#[test]
fn what_lies_beside_that_what_is_read_is_a_note() {
    let other = "{\"default\": {\"two\": {\"version\": \"==1.0\"}}}";
    let project = project(&[
        ("lambdas/api/requirements.txt", "one\n"),
        ("lambdas/api/Pipfile.lock", other),
        ("lambdas/api/environment.yml", "dependencies: [two]\n"),
    ]);
    let run = project.run(&["-n", "-v"]);
    for name in ["Pipfile.lock", "environment.yml"] {
        let note = format!(
            "`lambdas/api/{name}` is not read: `lambdas/api/requirements.txt` says what is packaged"
        );
        assert!(run.stderr.contains(&note), "{}", run.stderr);
    }
}

#[test]
fn a_lock_of_pdm_is_told_until_there_is_one_that_is_read() {
    let asks = "[project]\nname = \"api\"\nversion = \"1\"\ndependencies = [\"one\"]\n";
    let lock = "[[package]]\nname = \"one\"\nversion = \"0.9\"\n";
    let project = project(&[("lambdas/api/pyproject.toml", asks), ("lambdas/api/pdm.lock", lock)]);
    let run = project.run(&["list", "-q", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.text());
    let run = project.run(&["-n"]);
    expect![[r#"
        exit code: 0
        --- stdout
        api	cKTUkSBnG9X6of8EFgk6LIFiXWJAl3fqrvve9jS0MnI=	lambdas/api/api.zip
        --- stderr
        warning: `api`: `lambdas/api/pdm.lock` is not read: the versions of what `lambdas/api/pyproject.toml` asks for are chosen anew
          --> lambdas/api/pdm.lock
        hint: run `pdm export -p lambdas/api --prod -o lambdas/api/requirements.txt`, and commit that file
         Would build api (1.2 kB, 7 files)
            Finished 1 package in [TIME], nothing written
    "#]].assert_eq(&run.text());
    assert_eq!(project.run(&["lock"]).code, 0);
    let run = project.run(&["-n", "--locked", "--format", "json", "-q"]);
    assert_eq!(warnings(&run), Vec::<String>::new());
}
