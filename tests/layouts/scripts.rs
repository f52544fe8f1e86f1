//! Lambdas that are one `.py` file.

use expect_test::expect;

use super::{HANDLER, packaged};
use crate::support::{Project, Wheel, git};

/// A project of scripts, with a local index that has `left` and `right`.
fn scripts(config: &str, scripts: &[(&str, &str)]) -> Project {
    let project = Project::new();
    project.write("dofs-package.toml", format!("python = \"3.12\"\n{config}"));
    for (path, text) in scripts {
        project.write(path, text);
    }
    project.publish(&Wheel::bare("left", "1.0").file("left/__init__.py", ""));
    project.publish(&Wheel::bare("right", "2.0").file("right.py", ""));
    project
}

fn block(lines: &str) -> String {
    format!("# /// script\n{lines}# ///\n{HANDLER}")
}

fn text(project: &Project, path: &str) -> String {
    String::from_utf8(project.read(path)).expect("it is UTF-8")
}

fn committed(project: &Project) {
    git(&project.root(), &["init", "-q"]);
    git(&project.root(), &["add", "."]);
    git(&project.root(), &["commit", "-q", "-m", "one"]);
}

fn members(project: &Project, zip: &str) -> Vec<String> {
    project.entries(zip).into_keys().collect()
}

const ALL: &str = "lambdas = [\"scripts/*.py\"]\n";

#[test]
fn a_file_is_a_lambda_of_that_file_alone() {
    let project = scripts(
        "lambdas = [\"lambdas/*\", \"{jobs,scripts}/*.py\", \"!scripts/setup.py\"]\n\
         [lambda.nightly]\npath = \"tools/_night.py\"\n",
        &[
            ("lambdas/api/handler.py", HANDLER),
            ("lambdas/beside.py", HANDLER),
            ("jobs/clean.py", HANDLER),
            ("jobs/data.json", "{}"),
            ("jobs/sub/other.py", HANDLER),
            ("scripts/report.py", HANDLER),
            ("scripts/_own.py", HANDLER),
            ("scripts/__init__.py", ""),
            ("scripts/.hidden.py", HANDLER),
            ("scripts/setup.py", HANDLER),
            ("tools/_night.py", HANDLER),
        ],
    );
    assert_eq!(
        packaged(&project),
        [
            "api lambdas/api/api.zip",
            "jobs-clean jobs/jobs-clean.zip",
            "nightly tools/nightly.zip",
            "scripts-report scripts/scripts-report.zip"
        ]
    );
    assert_eq!(members(&project, "jobs/jobs-clean.zip"), ["clean.py"]);
    assert_eq!(members(&project, "tools/nightly.zip"), ["_night.py"]);
}

#[test]
fn a_file_in_another_lambda_is_no_part_of_it_nor_are_its_zip_and_lock() {
    let project = scripts(
        "lambdas = [\"lambdas/*\", \"lambdas/api/jobs/*.py\"]\n",
        &[
            ("lambdas/api/handler.py", HANDLER),
            ("lambdas/api/jobs/clean.py", &block("# dependencies = [\"right\"]\n")),
            ("lambdas/api/jobs/shared.txt", ""),
        ],
    );
    assert_eq!(project.run(&["lock", "-q"]).code, 0);
    packaged(&project);
    packaged(&project);
    assert!(project.path("lambdas/api/jobs/pylock.clean.toml").is_file());
    assert_eq!(members(&project, "lambdas/api/api.zip"), ["handler.py", "jobs/shared.txt"]);
}

#[test]
fn a_file_requires_what_its_block_says_else_what_its_folder_says() {
    let project = scripts(
        ALL,
        &[
            ("scripts/own.py", &block("# dependencies = [\n#   \"left\",\n# ]\n")),
            ("scripts/none.py", &block("# dependencies = []\n")),
            ("scripts/other.py", HANDLER),
            ("scripts/python.py", &block("# requires-python = \">=3.9\"\n")),
            ("scripts/requirements.txt", "right\n"),
        ],
    );
    let run = project.run(&["-v"]);
    assert_eq!(run.code, 0, "{}", run.text());
    let note = "`scripts/requirements.txt` says what is required for each file beside it";
    assert_eq!(run.stderr.matches(note).count(), 1, "{}", run.text());
    for (name, expected) in [
        ("own", &["left/__init__.py", "left-1.0.dist-info/METADATA", "own.py"][..]),
        ("none", &["none.py"]),
        ("other", &["other.py", "right.py", "right-2.0.dist-info/METADATA"]),
        ("python", &["python.py", "right.py", "right-2.0.dist-info/METADATA"]),
    ] {
        let mut found = members(&project, &format!("scripts/{name}.zip"));
        found.retain(|path| !path.contains(".dist-info/") || path.ends_with("METADATA"));
        found.sort_by_key(|path| path.replace('-', "~"));
        let mut expected = expected.to_vec();
        expected.sort_by_key(|path| path.replace('-', "~"));
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn each_file_has_a_lock_of_its_own_that_is_stale_where_its_block_changes() {
    let project = scripts(
        ALL,
        &[
            ("scripts/own.py", &block("# dependencies = [\"left\"]\n")),
            ("scripts/other.py", HANDLER),
            ("scripts/requirements.txt", "right\n"),
        ],
    );
    assert_eq!(project.run(&["lock", "--check", "-q"]).code, 1);
    let run = project.run(&["lock"]);
    assert_eq!(run.code, 0, "{}", run.text());
    assert!(text(&project, "scripts/pylock.own.toml").contains("name = \"left\""));
    assert!(text(&project, "scripts/pylock.other.toml").contains("name = \"right\""));
    assert_eq!(project.run(&["--locked", "-q"]).code, 0);
    let run = project.run(&["lock", "--check"]);
    assert_eq!(run.code, 0, "{}", run.text());
    project.write("scripts/own.py", block("# dependencies = [\"left\", \"right\"]\n"));
    let run = project.run(&["lock", "--check"]);
    assert_eq!(run.code, 1, "{}", run.text());
    assert!(
        run.stdout.contains("own\tstale") && !run.stdout.contains("other\tstale"),
        "{}",
        run.text()
    );
}

#[test]
fn a_block_that_cannot_be_read_is_that_lambdas_failure() {
    let said = |text: &str| {
        let project = scripts(ALL, &[("scripts/own.py", text), ("scripts/other.py", HANDLER)]);
        let run = project.run(&[]);
        assert_eq!((run.code, run.stdout.lines().count()), (4, 1), "{}", run.text());
        run.stderr.lines().filter(|line| !line.contains("Finished")).collect::<Vec<_>>().join("\n")
    };
    expect![[r#"
            Packaged other (163 B, 1 file)
        error: the block of metadata of `scripts/own.py` is no TOML
          --> scripts/own.py:2
          caused by: unclosed array, expected `]`
        hint: write it as PEP 723 has it: `# /// script`, lines of TOML that begin with `# `, `# ///`
        error: 1 of 2 lambdas could not be packaged"#]].assert_eq(&said(&block("# dependencies = [\n")));
    expect![[r#"
            Packaged other (163 B, 1 file)
        error: `scripts/own.py` has a block of metadata without an end
          --> scripts/own.py:1
        hint: write it as PEP 723 has it: `# /// script`, lines of TOML that begin with `# `, `# ///`
        error: 1 of 2 lambdas could not be packaged"#]].assert_eq(&said("# /// script\n# dependencies = [\"left\"]\nimport left\n"));
    expect![[r#"
            Packaged other (163 B, 1 file)
        error: `scripts/own.py` has a second block of metadata
          --> scripts/own.py:6
        hint: write it as PEP 723 has it: `# /// script`, lines of TOML that begin with `# `, `# ///`
        error: 1 of 2 lambdas could not be packaged"#]].assert_eq(&said(&(block("# x = 1\n") + &block("# x = 1\n"))));
    expect![[r#"
            Packaged other (163 B, 1 file)
        error: `scripts/own.py` requires Python >=3.13, and the target is python3.12 on x86_64
          --> scripts/own.py:2
        hint: change `requires-python` there, or set another `python`
        error: 1 of 2 lambdas could not be packaged"#]]
    .assert_eq(&said(&block("# requires-python = \">=3.13\"\n")));
    expect![[r#"
            Packaged other (163 B, 1 file)
        error: `dependencies` is no list in `scripts/own.py`
          --> scripts/own.py:2
        hint: see the specification of pyproject.toml
        error: 1 of 2 lambdas could not be packaged"#]]
    .assert_eq(&said(&block("# dependencies = \"left\"\n")));
}

#[test]
fn a_file_and_a_folder_of_one_name_are_refused_with_the_tables() {
    let project = scripts(
        "lambdas = [\"lambdas/*\", \"lambdas/*.py\"]\n",
        &[("lambdas/report/handler.py", HANDLER), ("lambdas/report.py", HANDLER)],
    );
    let run = project.run(&[]);
    assert_eq!(run.code, 3, "{}", run.text());
    expect![[r#"
        error: two lambdas are called `report`: `lambdas/report` and `lambdas/report.py`
        hint: name each by a table: `[lambda.lambdas-report]` with `path = "lambdas/report"`, and `[lambda.lambdas-report_py]` with `path = "lambdas/report.py"`
    "#]].assert_eq(&run.stderr);
    let project = scripts("[lambda.x]\npath = \"notes.txt\"\n", &[("notes.txt", "")]);
    let run = project.run(&[]);
    assert_eq!(run.code, 3, "{}", run.text());
    expect![[r#"
        error: `notes.txt` is no directory, and no `.py` file
          --> dofs-package.toml:2
        hint: name the directory that has the lambda's files, or the one file that it is
    "#]]
    .assert_eq(&run.stderr);
}

#[test]
fn every_command_knows_a_file() {
    let project = scripts(
        "lambdas = [\"scripts/*.py\"]\nmanifest = \"packages.json\"\n",
        &[("scripts/report.py", HANDLER), ("scripts/clean.py", HANDLER)],
    );
    committed(&project);
    let first = project.run(&["-q"]).stdout;
    for command in [
        &["verify", "-q"][..],
        &["build", "-q", "-n", "--rev", "HEAD"],
        &["diff", "report", "-q"],
        &["invoke", "report", "-q", "--import"],
        &["list", "report"],
        &["build", "-q", "scripts/report.py", "--partition", "1/1", "--manifest", "1.json"],
    ] {
        let run = project.tool().env("DOFS_PACKAGE_HANDLER", "{name}.lambda_handler").run(command);
        assert_eq!(run.code, 0, "{command:?} {}", run.text());
    }
    let run = project.run(&["build", "-q", "-n", "--rev", "HEAD"]);
    assert_eq!(run.stdout, first);
    project.write("scripts/beside.txt", "");
    assert_eq!(project.run(&["list", "--changed-since", "HEAD"]).stdout, "");
    project.write("scripts/report.py", format!("import os\n{HANDLER}"));
    assert_eq!(project.run(&["list", "--changed-since", "HEAD"]).stdout, "report\n");
    assert_eq!(project.run(&["verify", "-q"]).code, 1);
    project.write("scripts/new.py", HANDLER);
    let run = project.run(&["verify", "new"]);
    assert!(
        run.stderr.contains("`scripts/new.py` is packaged, and git does not track it"),
        "{}",
        run.text()
    );
}

#[test]
fn a_path_is_as_good_as_a_name() {
    let project = scripts(
        "lambdas = [\"lambdas/*\", \"scripts/*.py\", \"a/*/src\"]\n",
        &[
            ("lambdas/api/handler.py", HANDLER),
            ("scripts/report.py", HANDLER),
            ("a/pay/src/handler.py", HANDLER),
        ],
    );
    let built = |folder: &str, name: &str| {
        let run = project.tool().directory(project.path(folder)).run(&["build", "-q", "-n", name]);
        assert_eq!(run.code, 0, "{folder} {name}: {}", run.text());
        run.stdout.split('\t').next().expect("a name").to_owned()
    };
    for (folder, typed, name) in [
        ("", "lambdas/api/", "api"),
        ("", "./lambdas/api", "api"),
        ("lambdas", "api", "api"),
        ("lambdas", "./api/", "api"),
        ("lambdas/api", ".", "api"),
        ("lambdas", "../scripts/report.py", "report"),
        ("scripts", "report.py", "report"),
        ("", "a/pay/src", "pay"),
        ("a/pay", "src", "pay"),
    ] {
        assert_eq!(built(folder, typed), name, "{folder} {typed}");
    }
    let run = project.run(&["build", "lambdas/web"]);
    assert_eq!(run.code, 2, "{}", run.text());
}

#[test]
fn a_file_outside_of_a_sparse_checkout_is_passed_over_and_named() {
    let project = scripts(
        "lambdas = [\"scripts/*.py\"]\n[lambda.clean]\nimports = \"off\"\n",
        &[("scripts/report.py", HANDLER), ("scripts/clean.py", HANDLER)],
    );
    committed(&project);
    git(&project.root(), &["sparse-checkout", "set", "--no-cone", "/*", "!/scripts/clean.py"]);
    assert_eq!(packaged(&project), ["report scripts/report.zip"]);
    let run = project.run(&["build", "clean"]);
    assert_eq!(run.code, 2, "{}", run.text());
    assert!(run.stderr.contains("`clean` is not checked out here"), "{}", run.text());
}

#[test]
fn a_link_to_a_file_is_that_lambdas_failure() {
    let project = scripts(ALL, &[("scripts/report.py", HANDLER)]);
    std::os::unix::fs::symlink("report.py", project.path("scripts/other.py")).expect("a link");
    let run = project.run(&["-q"]);
    assert_eq!((run.code, run.stdout.lines().count()), (4, 1), "{}", run.text());
}
