//! `uv.lock`, of a project and of a workspace; uv itself is not needed.

use expect_test::expect;

use super::{MODULE, bare, failure, locked, packaged, project};
use crate::building::Library;
use crate::support::{Index, Project, Wheel};

/// A lock, as uv writes it, of the project `api` in its own folder.
const HEAD: &str = "version = 1\nrevision = 3\nrequires-python = \">=3.9\"\n";

/// `api` requires `one`, which requires `two`; on Windows `three`, too.
fn with_lock(wheels: &[Wheel; 3]) -> (Project, Index) {
    let index = Index::serving(wheels);
    let [one, two, three] = wheels;
    let lock = HEAD.to_owned()
        + "\n[[package]]\nname = \"api\"\nversion = \"0\"\nsource = { virtual = \".\" }\n\
           dependencies = [\n  { name = \"one\" },\n  { name = \"three\", marker = \"sys_platform == 'win32'\" },\n]\n\
           [package.dev-dependencies]\ndev = [{ name = \"three\" }]\n\
           [package.optional-dependencies]\nmore = [{ name = \"three\" }]\n\
           [package.metadata]\nrequires-dist = [\n  { name = \"one\", specifier = \">=1,<2\" },\n\
           { name = \"three\", marker = \"sys_platform == 'win32'\" },\n\
           { name = \"three\", marker = \"extra == 'more'\" },\n]\nprovides-extras = [\"more\"]\n\
           [package.metadata.requires-dev]\ndev = [{ name = \"three\" }]\n"
        + &locked(one, &index, "dependencies = [{ name = \"two\" }]\n")
        + &locked(three, &index, "")
        + &locked(two, &index, "");
    let project = project(&[("lambdas/api/uv.lock", &lock), (PROJECT, ASKS)]);
    (project, index)
}

const PROJECT: &str = "lambdas/api/pyproject.toml";
const ASKS: &str = "[project]\nname = \"api\"\nversion = \"0\"\nrequires-python = \">=3.9\"\n\
    dependencies = [\"One < 2, >= 1\", \"three; sys_platform == 'win32'\"]\n\
    [project.optional-dependencies]\nmore = [\"three\"]\n[dependency-groups]\ndev = [\"three\"]\n";

fn wheels() -> [Wheel; 3] {
    ["one", "two", "three"].map(|name| Wheel::new(name, "1.0"))
}

#[test]
fn what_is_reached_on_the_target_is_packaged_without_any_program() {
    let (project, _index) = with_lock(&wheels());
    let run = bare(&project).run(&["--locked", "--format", "json", "-q"]);
    assert_eq!(packaged(&run), ["one 1.0", "two 1.0"]);
    assert_eq!(run.json()["packages"][0]["locked"], true);
}

#[test]
fn groups_and_extras_come_by_config() {
    let (project, _index) = with_lock(&wheels());
    for key in ["groups = [\"dev\"]", "extras = [\"more\"]"] {
        project.write("dofs-package.toml", format!("python = \"3.12\"\n{key}\n"));
        let run = bare(&project).run(&["--locked", "--format", "json", "-q"]);
        assert_eq!(packaged(&run), ["one 1.0", "three 1.0", "two 1.0"], "{key}");
    }
}

#[test]
fn what_the_project_asks_for_by_itself_stays_though_what_requires_it_leaves() {
    let [one, two, three] = wheels();
    let (project, _index) = with_lock(&[one.requires("two").requires("three"), two, three]);
    let config = "python = \"3.12\"\ngroups = [\"dev\"]\nexclude-packages = [\"one\"]\n";
    project.write("dofs-package.toml", config);
    let run = bare(&project).run(&["--locked", "--format", "json", "-q"]);
    assert_eq!(packaged(&run), ["three 1.0"]);
}

#[test]
fn a_group_that_nobody_has_is_a_failure_where_the_dependencies_are_dynamic_too() {
    let (project, _index) = with_lock(&wheels());
    let dynamic = ASKS.replace("dependencies = [\"One", "dynamic = [\"dependencies\"]\nx = [\"One");
    for asks in [ASKS, &dynamic] {
        project.write(PROJECT, asks);
        project.write("dofs-package.toml", "python = \"3.12\"\ngroups = [\"lambda\"]\n");
        let run = bare(&project).run(&["--format", "json", "-q"]);
        assert_eq!(failure(&run).1, "unknown-group", "{asks}");
    }
}

#[test]
fn an_extra_that_only_a_build_tells_is_what_was_locked_of_it() {
    let (project, _index) = with_lock(&wheels());
    let asks = ASKS.replace("[project.optional-dependencies]\nmore = [\"three\"]\n", "");
    let dynamic = asks
        .replace("version = \"0\"\n", "version = \"0\"\ndynamic = [\"optional-dependencies\"]\n");
    let run = |asks: &str, extra: &str| {
        project.write(PROJECT, asks);
        let config = format!("python = \"3.12\"\nextras = [\"{extra}\"]\n");
        project.write("dofs-package.toml", config);
        bare(&project).run(&["--locked", "--format", "json", "-q"])
    };
    assert_eq!(packaged(&run(&dynamic, "more")), ["one 1.0", "three 1.0", "two 1.0"]);
    assert_eq!(failure(&run(&dynamic, "other")).1, "unknown-group");
    assert_eq!(failure(&run(&asks, "more")).1, "unknown-group");
    let added = dynamic.replace("\"One <", "\"four\", \"One <");
    assert_eq!(failure(&run(&added, "more")).1, "lock-stale");
}

#[test]
fn what_was_added_removed_or_changed_since_makes_it_stale() {
    let (project, _index) = with_lock(&wheels());
    for (before, after) in [
        ("\"One < 2, >= 1\"", "\"one>=1,<2\", \"two\""),
        ("\"One < 2, >= 1\"", "\"one>=1.5\""),
        ("\"One < 2, >= 1\", ", ""),
        ("\"One < 2, >= 1\"", "\"one[extra]>=1,<2\""),
        ("\"One < 2, >= 1\"", "\"one @ https://h/one-1.0-py3-none-any.whl\""),
        ("three; sys_platform == 'win32'", "three"),
    ] {
        project.write(PROJECT, ASKS.replacen(before, after, 1));
        let run = bare(&project).run(&["--format", "json", "-q"]);
        assert_eq!(failure(&run), (4, "lock-stale".to_owned()), "{after}");
        let run = bare(&project).run(&["--locked", "--format", "json", "-q"]);
        assert_eq!(failure(&run), (6, "lock-stale".to_owned()), "{after}");
    }
    // A group that is not packaged is nobody's business.
    project.write(PROJECT, ASKS.replace("dev = [\"three\"]", "dev = [\"four\"]"));
    assert_eq!(bare(&project).run(&["--locked"]).code, 0);
}

#[test]
fn dependencies_that_a_file_tells_are_compared_too() {
    let (project, _index) = with_lock(&wheels());
    let text = "# why\nOne < 2, >= 1  # it\n\nthree; sys_platform == 'win32'\n";
    let setuptools = "[tool.setuptools.dynamic]\ndependencies = { file = \"needs.txt\" }\n";
    let hatch = "[tool.hatch.metadata.hooks.requirements_txt]\nfiles = [\"needs.txt\"]\n";
    let write = |dynamic: &str| {
        let lines = ASKS.lines().map(|line| match line.starts_with("dependencies") {
            true => "dynamic = [\"dependencies\"]\n".to_owned(),
            false => format!("{line}\n"),
        });
        project.write(PROJECT, lines.collect::<String>() + dynamic);
    };
    for (dynamic, text, code) in [
        (setuptools, text.to_owned(), 0),
        (hatch, text.to_owned(), 0),
        (setuptools, format!("{text}other\n"), 6),
        (hatch, format!("{text}other>=1\n"), 6),
        (setuptools, text.replace(">= 1", ">= 1.5"), 6),
        (hatch, text.replace("One", "Two"), 6),
        (setuptools, text.replace("three", "four"), 0),
        (setuptools, text.replace("; sys_platform == 'win32'", ""), 6),
        (setuptools, String::new(), 6),
        // Only a build would tell them.
        ("", format!("{text}other\n"), 0),
        (hatch, format!("{text}-r more.txt\n"), 0),
    ] {
        write(dynamic);
        project.write("lambdas/api/needs.txt", &text);
        assert_eq!(bare(&project).run(&["--locked"]).code, code, "{dynamic}{text}");
    }
    write(setuptools);
    project.write("lambdas/api/needs.txt", format!("{text}other\n"));
    expect![[r#"
        exit code: 1
        --- stdout
        api	stale	lambdas/api/uv.lock
        --- stderr
               Stale api: lambdas/api/needs.txt:5 asks for `other`, which it does not know
            Finished 1 lock in [TIME]
    "#]]
    .assert_eq(&bare(&project).run(&["lock", "--check"]).text());
}

#[test]
fn a_project_that_is_for_other_pythons_by_now_is_refused() {
    let (project, _index) = with_lock(&wheels());
    for range in [">=3.13", "<3.12", "==3.11.*", "~=3.13", "!=3.12.*"] {
        project.write(PROJECT, ASKS.replace(">=3.9", range));
        let run = bare(&project).run(&["--format", "json", "-q"]);
        assert_eq!(failure(&run), (4, "lock-other-target".to_owned()), "{range}");
        assert_eq!(run.json()["failures"][0]["path"], PROJECT, "{range}");
        assert_eq!(run.json()["failures"][0]["line"], 4, "{range}");
        assert_eq!(bare(&project).run(&["lock", "--check"]).code, 1, "{range}");
    }
    for range in [">=3.9", ">=3.12.4", "~=3.12"] {
        project.write(PROJECT, ASKS.replace(">=3.9", range));
        assert_eq!(bare(&project).run(&["-n"]).code, 0, "{range}");
    }
}

#[test]
fn a_stale_lock_is_a_row_of_a_check() {
    let (project, _index) = with_lock(&wheels());
    project.write(PROJECT, ASKS.replace("\"three;", "\"two>=1\", \"three;"));
    expect![[r#"
        exit code: 1
        --- stdout
        api	stale	lambdas/api/uv.lock
        --- stderr
               Stale api: lambdas/api/pyproject.toml:5 asks for `two>=1`, which it does not know
            Finished 1 lock in [TIME]
    "#]]
    .assert_eq(&bare(&project).run(&["lock", "--check"]).text());
    // One for other Pythons is stale, too.
    project.write(PROJECT, ASKS);
    let lock = String::from_utf8(project.read("lambdas/api/uv.lock")).unwrap();
    project.write("lambdas/api/uv.lock", lock.replacen(">=3.9", ">=3.13", 1));
    let run = bare(&project).run(&["lock", "--check"]);
    assert_eq!((run.code, &*run.stdout), (1, "api\tstale\tlambdas/api/uv.lock\n"));
    assert_eq!(bare(&project).run(&["lock"]).code, 4);
}

#[test]
fn staleness_is_told_with_the_line_and_the_command() {
    let (project, _index) = with_lock(&wheels());
    project.write(PROJECT, ASKS.replace("\"three;", "\"two>=1\", \"three;"));
    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `lambdas/api/uv.lock` is stale
          --> lambdas/api/uv.lock
          caused by: lambdas/api/pyproject.toml:5 asks for `two>=1`, which it does not know
        hint: run `(cd lambdas/api && uv lock)`, and commit the lock
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&bare(&project).run(&[]).text());
}

#[test]
fn lock_writes_none_beside_it_and_says_so() {
    let (project, _index) = with_lock(&wheels());
    let run = bare(&project).run(&["lock"]);
    expect![[r#"
        exit code: 0
        --- stdout
        api	hashed	lambdas/api/uv.lock
        --- stderr
            Finished 1 lock, unchanged in [TIME]
    "#]]
    .assert_eq(&run.text());
    assert!(!project.path("lambdas/api/pylock.toml").exists());
    assert_eq!(bare(&project).run(&["lock", "--check"]).code, 0);
}

#[test]
fn another_lock_beside_it_is_told() {
    let (project, _index) = with_lock(&wheels());
    project.write("lambdas/api/pylock.toml", "lock-version = \"1.0\"\npackages = []\n");
    let run = bare(&project).run(&["--format", "json", "-q"]);
    assert_eq!(packaged(&run), ["one 1.0", "two 1.0"]);
    assert_eq!(super::warnings(&run), ["lock-unheeded"]);
}

#[test]
fn a_version_for_each_python_is_taken_for_the_target() {
    let wheels = [Wheel::new("one", "1.0"), Wheel::new("one", "2.0")];
    let index = Index::serving(&wheels);
    let edge = |version: &str, marker: &str| {
        let source = index.simple();
        format!(
            "{{ name = \"one\", version = \"{version}\", source = {{ registry = \"{source}\" }}, marker = \"{marker}\" }}"
        )
    };
    let lock = HEAD.to_owned()
        + "\n[[package]]\nname = \"api\"\nversion = \"0\"\nsource = { virtual = \".\" }\n"
        + &format!(
            "dependencies = [{}, {}]\n[package.metadata]\nrequires-dist = [{{ name = \"one\" }}]\n",
            edge("1.0", "python_full_version < '3.11'"),
            edge("2.0", "python_full_version >= '3.11'")
        )
        + &locked(&wheels[0], &index, "resolution-markers = [\"python_full_version < '3.11'\"]\n")
        + &locked(&wheels[1], &index, "resolution-markers = [\"python_full_version >= '3.11'\"]\n");
    let project = project(&[
        ("lambdas/api/uv.lock", &lock),
        (PROJECT, "[project]\nname = \"api\"\nversion = \"0\"\ndependencies = [\"one\"]\n"),
    ]);
    for (python, expected) in [("3.10", "one 1.0"), ("3.12", "one 2.0")] {
        let run = bare(&project).run(&["--python", python, "--format", "json", "-q"]);
        assert_eq!(packaged(&run), [expected]);
    }
}

#[test]
fn a_lock_for_other_pythons_is_a_failure() {
    let (project, _index) = with_lock(&wheels());
    let lock = String::from_utf8(project.read("lambdas/api/uv.lock")).unwrap();
    project.write("lambdas/api/uv.lock", lock.replace(">=3.9", ">=3.13"));
    let run = bare(&project).run(&["--format", "json", "-q"]);
    assert_eq!(failure(&run), (4, "lock-other-target".to_owned()));
}

#[test]
fn what_is_no_lock_of_uv_is_a_failure() {
    for (text, line) in
        [("version = 2\n", None), ("version =\n", Some(1)), ("[[package]]\n", Some(1))]
    {
        let project = project(&[("lambdas/api/uv.lock", text), (PROJECT, ASKS)]);
        let run = bare(&project).run(&["--format", "json", "-q"]);
        assert_eq!(failure(&run), (4, "other-lock-invalid".to_owned()), "{text}");
        assert_eq!(run.json()["failures"][0]["line"].as_u64(), line, "{text}");
    }
}

/// A workspace with a root that is no project, the lambdas `api` and `other`, and the libraries
/// `shared`, which `api` requires, and `base`, which that requires.
fn workspace() -> (Project, Index) {
    let wheels = wheels();
    let index = Index::serving(&wheels);
    let member = |name: &str, source: &str, edges: &str, asked: &str| {
        format!(
            "\n[[package]]\nname = \"{name}\"\nversion = \"1.0\"\nsource = {{ {source} }}\n\
             dependencies = [{edges}]\n[package.metadata]\nrequires-dist = [{asked}]\n"
        )
    };
    let lock = HEAD.to_owned()
        + "\n[manifest]\nmembers = [\"api\", \"base\", \"other\", \"shared\"]\n"
        + &member(
            "api",
            "virtual = \"lambdas/api\"",
            "{ name = \"one\" }, { name = \"shared\" }",
            "{ name = \"one\" }, { name = \"shared\", editable = \"libs/shared\" }",
        )
        + &member("base", "editable = \"libs/base\"", "", "")
        + &locked(&wheels[0], &index, "")
        + &member(
            "other",
            "virtual = \"lambdas/other\"",
            "{ name = \"two\" }",
            "{ name = \"two\" }",
        )
        + &member(
            "shared",
            "editable = \"libs/shared\"",
            "{ name = \"base\" }, { name = \"three\" }",
            "{ name = \"base\", editable = \"libs/base\" }, { name = \"three\" }",
        )
        + &locked(&wheels[2], &index, "")
        + &locked(&wheels[1], &index, "");
    let project = project(&[
        ("uv.lock", &lock),
        (
            "pyproject.toml",
            "[tool.uv.workspace]\nmembers = [\"lambdas/*\", \"libs/*\"]\n\
             [tool.uv.sources]\nshared = { workspace = true }\nbase = { workspace = true }\n",
        ),
        (
            PROJECT,
            "[project]\nname = \"api\"\nversion = \"1.0\"\ndependencies = [\"one\", \"shared\"]\n",
        ),
        (
            "lambdas/other/pyproject.toml",
            "[project]\nname = \"other\"\nversion = \"1.0\"\ndependencies = [\"two\"]\n",
        ),
        ("lambdas/other/other.py", MODULE),
    ]);
    for (name, needs) in [("shared", "[\"base\", \"three\"]"), ("base", "[]")] {
        Library::new(name, "1.0").write(&project.path(&format!("libs/{name}")));
        let path = format!("libs/{name}/pyproject.toml");
        let text = String::from_utf8(project.read(&path)).expect("UTF-8");
        project.write(&path, format!("{text}dependencies = {needs}\n"));
    }
    (project, index)
}

#[test]
fn members_of_a_workspace_have_their_own_of_its_lock() {
    let (project, index) = workspace();
    let run = project
        .tool()
        .env_remove("PIP_NO_INDEX")
        .env("PIP_INDEX_URL", index.simple())
        .run(&["--locked", "--format", "json", "-q"]);
    assert_eq!(packaged(&run), ["base 1.0", "one 1.0", "shared 1.0", "three 1.0"]);
    let other = &run.json()["packages"][1]["requirements"];
    assert_eq!(other.as_array().unwrap().len(), 1, "{other}");
}

#[test]
fn a_change_in_a_required_member_makes_the_lock_stale() {
    let (project, _index) = workspace();
    let path = "libs/shared/pyproject.toml";
    let text = String::from_utf8(project.read(path)).unwrap();
    project.write(path, text.replace("\"three\"]", "\"three\", \"two\"]"));
    let run = bare(&project).run(&["build", "api", "--format", "json", "-q"]);
    assert_eq!(failure(&run), (4, "lock-stale".to_owned()), "{}", run.text());
    assert_eq!(bare(&project).run(&["build", "other"]).code, 0);
}

#[test]
fn a_member_that_the_lock_does_not_know_makes_it_stale() {
    let (project, _index) = workspace();
    project.write("lambdas/new/new.py", MODULE);
    project.write(
        "lambdas/new/pyproject.toml",
        "[project]\nname = \"new\"\nversion = \"1.0\"\ndependencies = [\"two\"]\n",
    );
    let run = bare(&project).run(&["build", "new"]);
    assert!(run.stderr.contains("it has no project in `lambdas/new`"), "{}", run.text());
}

#[test]
fn what_is_no_member_has_its_own_dependencies() {
    let (project, _index) = workspace();
    project.write(
        "pyproject.toml",
        "[tool.uv.workspace]\nmembers = [\"lambdas/*\"]\nexclude = [\"lambdas/new\"]\n",
    );
    project.write("lambdas/new/new.py", MODULE);
    project.write(
        "lambdas/new/pyproject.toml",
        "[project]\nname = \"new\"\nversion = \"1.0\"\ndependencies = [\"two\"]\n",
    );
    let run = project.run(&["build", "new", "--format", "json", "-q"]);
    assert_eq!(packaged(&run), ["two 1.0"]);
}

#[test]
fn a_guessed_python_that_the_lock_is_not_for_is_called_a_guess() {
    let (project, _index) = with_lock(&wheels());
    project.write("dofs-package.toml", "");
    let lock = String::from_utf8(project.read("lambdas/api/uv.lock")).unwrap();
    project.write("lambdas/api/uv.lock", lock.replacen(">=3.9", ">=3.99", 1));
    let run = project.run(&["-n", "--format", "json", "-q"]);
    let failure = &run.json()["failures"][0];
    let cause = failure["causes"][0].as_str().unwrap_or_default();
    assert!(
        cause.starts_with("no Python version is set, so that of `python3` is used"),
        "{failure}"
    );
    assert!(failure["hint"].as_str().unwrap_or_default().starts_with("set `python`"), "{failure}");
}
