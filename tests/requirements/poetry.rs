//! `poetry.lock`, of poetry 1 and 2; poetry itself is not needed.

use expect_test::expect;

use super::{bare, build, failure, packaged, project};
use crate::building::Library;
use crate::support::{Project, Wheel};

const PROJECT: &str = "lambdas/api/pyproject.toml";
const LOCK: &str = "lambdas/api/poetry.lock";

const ASKS: &str = "[tool.poetry]\nname = \"api\"\npackage-mode = false\n\
    [tool.poetry.dependencies]\npython = \"^3.9\"\nOne = { version = \"^1.0\", extras = [\"more\"] }\n\
    four = { version = \"*\", python = \"<3.11\" }\nfive = { version = \"*\", optional = true }\n\
    [tool.poetry.extras]\nfast = [\"five\"]\n\
    [tool.poetry.group.lambda.dependencies]\nsix = \"*\"\n[tool.poetry.group.dev.dependencies]\nseven = \"*\"\n";

/// A package of a lock of poetry 2.
fn package(wheel: &Wheel, more: &str) -> String {
    format!(
        "\n[[package]]\nname = \"{}\"\nversion = \"{}\"\noptional = false\npython-versions = \">=3.8\"\n\
         files = [\n    {{file = \"{}\", hash = \"sha256:{}\"}},\n]\n{more}",
        wheel.project(),
        wheel.version(),
        wheel.file_name(),
        wheel.sha256()
    )
}

const TAIL: &str = "\n[metadata]\nlock-version = \"2.1\"\npython-versions = \"^3.9\"\n\
    content-hash = \"0000\"\n";

/// `one` requires `two`, and with its extra `more` also `three`.
fn with_lock() -> Project {
    let project = project(&[(PROJECT, ASKS)]);
    let mut lock = String::new();
    for name in ["five", "four", "one", "seven", "six", "three", "two"] {
        let wheel = Wheel::new(name, "1.0");
        project.publish(&wheel);
        project.publish(&Wheel::new(name, "2.0"));
        let more = match name {
            "one" => {
                "\n[package.dependencies]\ntwo = \">=1\"\n\
                 three = {version = \"*\", optional = true, markers = \"extra == \\\"more\\\"\"}\n\
                 \n[package.extras]\nmore = [\"three\"]\n"
            }
            _ => "",
        };
        lock += &package(&wheel, more);
    }
    project.write(LOCK, lock + TAIL);
    project
}

#[test]
fn what_is_reached_on_the_target_is_packaged() {
    let project = with_lock();
    let run = project.run(&["--locked", "--format", "json", "-q"]);
    assert_eq!(packaged(&run), ["one 1.0", "three 1.0", "two 1.0"]);
    assert_eq!(run.json()["packages"][0]["locked"], true);
    let older = project.run(&["--python", "3.10", "--format", "json", "-q"]);
    assert_eq!(packaged(&older), ["four 1.0", "one 1.0", "three 1.0", "two 1.0"]);
}

#[test]
fn a_project_that_is_for_other_pythons_by_now_is_refused() {
    let project = with_lock();
    for range in ["^3.13", ">=3.13", "<3.12", "~3.11", "3.10.*", ">=3.9,<3.12"] {
        project.write(PROJECT, ASKS.replace("python = \"^3.9\"", &format!("python = \"{range}\"")));
        let run = project.run(&["-n", "--format", "json", "-q"]);
        assert_eq!(failure(&run), (4, "lock-other-target".to_owned()), "{range}: {}", run.text());
        assert_eq!(run.json()["failures"][0]["path"], PROJECT, "{range}");
        assert_eq!(run.json()["failures"][0]["line"], 5, "{range}");
    }
    for range in ["^3.9", "~3.12", ">=3.9,<4", "*"] {
        project.write(PROJECT, ASKS.replace("python = \"^3.9\"", &format!("python = \"{range}\"")));
        assert_eq!(project.run(&["-n"]).code, 0, "{range}");
    }
}

#[test]
fn groups_and_extras_come_by_config() {
    let project = with_lock();
    for (key, more) in [("groups = [\"lambda\"]", "six 1.0"), ("extras = [\"fast\"]", "five 1.0")] {
        project.write("dofs-package.toml", format!("python = \"3.12\"\n{key}\n"));
        assert!(build(&project).contains(&more.to_owned()), "{key}");
    }
    project.write("dofs-package.toml", "python = \"3.12\"\ngroups = [\"lamda\"]\n");
    assert_eq!(failure(&project.run(&["--format", "json", "-q"])).1, "unknown-group");
}

#[test]
fn what_the_lock_does_not_know_makes_it_stale() {
    let project = with_lock();
    for (before, after) in [
        ("python = \"^3.9\"\n", "python = \"^3.9\"\neight = \"*\"\n"),
        ("^1.0", "^2.0"),
        ("^1.0", "~1.1"),
    ] {
        project.write(PROJECT, ASKS.replacen(before, after, 1));
        let run = bare(&project).run(&["--format", "json", "-q"]);
        assert_eq!(failure(&run), (4, "lock-stale".to_owned()), "{after}");
        let run = bare(&project).run(&["--locked", "--format", "json", "-q"]);
        assert_eq!(failure(&run), (6, "lock-stale".to_owned()), "{after}");
    }
    project.write(PROJECT, ASKS.replace("seven", "eight"));
    assert_eq!(project.run(&["--locked"]).code, 0);
}

#[test]
fn dependencies_of_the_standard_table_are_reached_likewise() {
    let project = with_lock();
    project.write(
        PROJECT,
        "[project]\nname = \"api\"\nrequires-python = \">=3.9\"\n\
         dependencies = [\"one[more] (>=1.0,<2.0)\", \"four; python_version < '3.11'\"]\n\
         [dependency-groups]\nlambda = [\"six\"]\n[tool.poetry]\npackage-mode = false\n",
    );
    assert_eq!(build(&project), ["one 1.0", "three 1.0", "two 1.0"]);
    project.write("dofs-package.toml", "python = \"3.12\"\ngroups = [\"lambda\"]\n");
    assert_eq!(build(&project), ["one 1.0", "six 1.0", "three 1.0", "two 1.0"]);
}

#[test]
fn a_lock_of_poetry_1_has_its_files_at_the_end() {
    let project = with_lock();
    let [one, two] = ["one", "two"].map(|name| Wheel::new(name, "1.0"));
    let old = "[[package]]\nname = \"one\"\nversion = \"1.0\"\ncategory = \"main\"\noptional = false\n\
        python-versions = \"*\"\n\n[package.dependencies]\ntwo = \"*\"\n\n\
        [[package]]\nname = \"two\"\nversion = \"1.0\"\ncategory = \"main\"\noptional = false\npython-versions = \"*\"\n\n\
        [metadata]\nlock-version = \"1.1\"\npython-versions = \"^3.9\"\ncontent-hash = \"0\"\n\n[metadata.files]\n";
    let files = |wheel: &Wheel| {
        let (name, sha256) = (wheel.project(), wheel.sha256());
        format!(
            "{name} = [\n    {{file = \"{}\", hash = \"sha256:{sha256}\"}},\n]\n",
            wheel.file_name()
        )
    };
    project.write(PROJECT, "[tool.poetry.dependencies]\npython = \"^3.9\"\none = \"^1.0\"\n");
    project.write(LOCK, format!("{old}{}{}", files(&one), files(&two)));
    let run = project.run(&["--locked", "--format", "json", "-q"]);
    assert_eq!(packaged(&run), ["one 1.0", "two 1.0"]);

    // Without hashes its versions are taken, and nobody has locked the files.
    project.write(LOCK, format!("{old}one = []\ntwo = []\n"));
    assert_eq!(build(&project), ["one 1.0", "two 1.0"]);
    let run = project.run(&["--locked", "--format", "json", "-q"]);
    assert_eq!(failure(&run), (6, "lock-missing".to_owned()));
    let lock = project.run(&["lock"]);
    assert_eq!(lock.code, 0, "{}", lock.text());
    assert_eq!(project.run(&["--locked"]).code, 0);
}

#[test]
fn a_folder_of_the_project_is_built() {
    let project = with_lock();
    Library::new("shared", "1.0").write(&project.path("libs/shared"));
    let lock = String::from_utf8(project.read(LOCK)).unwrap();
    let shared = "\n[[package]]\nname = \"shared\"\nversion = \"1.0\"\noptional = false\n\
        python-versions = \"*\"\nfiles = []\ndevelop = true\n\n[package.dependencies]\ntwo = \"^1.0\"\n\n\
        [package.source]\ntype = \"directory\"\nurl = \"../../libs/shared\"\n";
    project.write(LOCK, format!("{shared}{lock}"));
    project.write(
        PROJECT,
        "[tool.poetry.dependencies]\npython = \"^3.9\"\nshared = { path = \"../../libs/shared\", develop = true }\n",
    );
    let run = project.run(&["--locked", "--format", "json", "-q"]);
    assert_eq!(packaged(&run), ["shared 1.0", "two 1.0"]);
}

#[test]
fn lock_writes_none_beside_it() {
    let project = with_lock();
    let run = project.run(&["lock"]);
    expect![[r#"
        exit code: 0
        --- stdout
        api	hashed	lambdas/api/poetry.lock
        --- stderr
            Finished 1 lock, unchanged in [TIME]
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn without_its_project_a_lock_does_not_say_what_is_asked_for() {
    let project = with_lock();
    std::fs::remove_file(project.path(PROJECT)).unwrap();
    let run = project.run(&["--format", "json", "-q"]);
    assert_eq!(failure(&run), (4, "dependencies-unusable".to_owned()));
}
