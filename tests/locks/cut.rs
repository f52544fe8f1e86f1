//! Locks that lost their end: stale where there are requirements, and never taken for whole.

use expect_test::expect;

use super::{LINES, LOCK, bare, locked, one_and_two, requiring, resolving, succeed, text};
use crate::support::{Index, Project, Run, Wheel};

/// The exit code, and the code of the first failure or of the first lambda's first warning.
fn outcome(run: &Run) -> (i32, String) {
    let json = run.json();
    let of = [&json["failures"][0]["code"], &json["packages"][0]["warnings"][0]["code"]];
    let code = of.iter().find_map(|code| code.as_str()).unwrap_or_default();
    (run.code, code.to_owned())
}

const JSON: [&str; 3] = ["--format", "json", "-q"];

fn with_json<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [arguments, &JSON].concat()
}

#[test]
fn a_lock_that_lost_its_table_is_stale_and_an_error_where_locks_are_demanded() {
    let (project, index) = locked("one\n", &one_and_two());
    let whole = text(&project, LOCK);
    project.write(LOCK, whole.split_once("\n[tool").expect("our table").0);

    let build = resolving(&project, &index).run(&["build"]);
    let demanded = bare(&project).run(&["build", "--locked"]);
    let check = bare(&project).run(&["lock", "--check"]);
    let lock = resolving(&project, &index).run(&["lock"]);

    expect![[r#"
        exit code: 0
        --- stdout
        api	lp6ytGlyGUR/TJzXfdDhWxEf3O5chUCtjHBkq5eWGpw=	lambdas/api/api.zip
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
            Resolved lambdas/api/requirements.txt: 2 wheels
        warning: 2 packages of 1 lambda float: another day may give other versions
        hint: pin them with `cargo dofs-package lock`
        warning: `api`: its lock is stale, and is not used: it has lost its end: it was made here, and `[tool.cargo-dofs-package]`, its last table, is missing
          --> lambdas/api/pylock.toml
        hint: run `cargo dofs-package lock api`
            Packaged api (1.9 kB, 10 files)
            Finished 1 package in [TIME]
    "#]].assert_eq(&build.text());
    expect![[r#"
        exit code: 6
        --- stdout
        --- stderr
        error: the lock is stale, and `--locked` demands a fresh one
          --> lambdas/api/pylock.toml
          caused by: it has lost its end: it was made here, and `[tool.cargo-dofs-package]`, its last table, is missing
        hint: run `cargo dofs-package lock api`, and commit the lock
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&demanded.text());
    expect![[r#"
        exit code: 1
        --- stdout
        api	stale	lambdas/api/pylock.toml
        --- stderr
               Stale api: it has lost its end: it was made here, and `[tool.cargo-dofs-package]`, its last table, is missing
            Finished 1 lock in [TIME]
    "#]].assert_eq(&check.text());
    succeed(lock);
    assert_eq!(text(&project, LOCK), whole);
}

#[test]
fn a_lock_of_ours_that_is_cut_at_any_line_is_stale_or_whole() {
    let (project, _index) = locked("one\n", &one_and_two());
    let whole = text(&project, LOCK);
    let expected = succeed(bare(&project).run(&with_json(&["--locked"]))).json();
    let mut cut = String::new();
    for line in whole.split_inclusive('\n') {
        project.write(LOCK, &cut);
        let run = bare(&project).run(&with_json(&["--locked"]));
        match run.code {
            // Who said the target is all that may be missing.
            0 => assert_eq!(
                run.json()["packages"][0]["sha256"],
                expected["packages"][0]["sha256"],
                "{cut}"
            ),
            _ => assert_eq!(outcome(&run), (6, "lock-stale".to_owned()), "{cut}"),
        }
        cut += line;
    }
}

/// A lock of another tool for `one`, with these lines behind each package.
fn of_other(wheels: &[Wheel], index: &Index, more: [&str; 2]) -> String {
    let package = |(wheel, more): (&Wheel, &str)| {
        format!(
            "\n[[packages]]\nname = \"{}\"\nversion = \"1.0\"\n{more}\n[[packages.wheels]]\n\
             url = \"http://{}/{}\"\n\n[packages.wheels.hashes]\nsha256 = \"{}\"\n",
            wheel.project(),
            index.address(),
            wheel.file_name(),
            wheel.sha256()
        )
    };
    let packages: String = wheels.iter().zip(more).map(package).collect();
    format!("lock-version = \"1.0\"\ncreated-by = \"other\"\n{packages}")
}

#[test]
fn a_lock_of_another_tool_that_is_cut_at_any_line_is_never_less() {
    let wheels = one_and_two();
    let index = Index::serving(&wheels);
    let project = requiring(&[("api", "one\n")]);
    let whole = of_other(&wheels, &index, ["dependencies = [{ name = \"two\" }]\n", ""]);
    for lines in [Some("one\n"), None] {
        match lines {
            Some(lines) => project.write(LINES, lines),
            None => std::fs::remove_file(project.path(LINES)).expect("a file"),
        };
        let mut cut = String::new();
        for line in whole.split_inclusive('\n') {
            project.write(LOCK, &cut);
            let run = bare(&project).run(&with_json(&["--locked"]));
            assert!(matches!(run.code, 4 | 6), "{cut}\n{}", run.text());
            cut += line;
        }
        project.write(LOCK, &whole);
        let run = succeed(bare(&project).run(&with_json(&["--locked"])));
        assert_eq!(run.json()["packages"][0]["requirements"].as_array().map(Vec::len), Some(2));
    }
}

#[test]
fn a_dependency_counts_on_the_targets_that_its_marker_takes() {
    let wheels = ["one", "two"].map(|name| Wheel::new(name, "1.0"));
    let index = Index::serving(&wheels);
    for (dependencies, code) in [
        ("tool.pdm.dependencies = [\"two; sys_platform == 'win32'\"]\n", 0),
        ("tool.pdm.dependencies = [\"two[x]>=1; sys_platform == 'linux'\"]\n", 6),
        ("tool.pdm.dependencies = [\"Two>=1\"]\n", 6),
        ("dependencies = [{ name = \"two\", marker = \"os_name == 'nt'\" }]\n", 0),
        ("dependencies = [{ name = \"two\", marker = \"os_name != 'nt'\" }]\n", 6),
        ("dependencies = [{ name = \"one\" }]\n", 0),
    ] {
        let project = requiring(&[("api", "one\n")]);
        project.write(LOCK, of_other(&wheels[..1], &index, [dependencies, ""]));
        let run = bare(&project).run(&with_json(&["--locked"]));
        assert_eq!(run.code, code, "{dependencies}\n{}", run.text());
    }
}

#[test]
fn a_lock_without_packages_is_stale_and_one_with_none_is_not() {
    let index = Index::serving(&one_and_two());
    for (packages, lines, expected) in [
        ("", "one\n", (6, "lock-stale")),
        ("packages = []\n", "one\n", (6, "lock-stale")),
        ("packages = []\n", "one; sys_platform == 'win32'\n", (0, "")),
    ] {
        let project = requiring(&[("api", lines)]);
        project.write(LOCK, format!("lock-version = \"1.0\"\ncreated-by = \"uv\"\n{packages}"));
        let run = bare(&project).run(&with_json(&["--locked"]));
        assert_eq!(outcome(&run), (expected.0, expected.1.to_owned()), "{packages}{lines}");
        let run = resolving(&project, &index).run(&JSON);
        assert_eq!(run.code, 0, "{packages}{lines}");
    }
}

#[test]
fn a_lone_lock_that_lost_its_end_stops_its_lambda() {
    let (project, _index) = locked("one\n", &one_and_two());
    let whole = text(&project, LOCK);
    std::fs::remove_file(project.path(LINES)).expect("a file");
    project.write(LOCK, whole.split_once("\n[tool").expect("our table").0);

    let run = bare(&project).run(&["build"]);

    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: the lock can't be read
          --> lambdas/api/pylock.toml
          caused by: it was made here, and `[tool.cargo-dofs-package]`, its last table, is missing
        hint: let the tool that made it write it anew, or add the requirements that it was made from, and run `cargo dofs-package lock`
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&run.text());
    let alone = Project::with(&[("lambdas/api/api.py", super::MODULE), (LOCK, "")]);
    assert_eq!(bare(&alone).run(&["--python", "3.12"]).code, 4);
}
