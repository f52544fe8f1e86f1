//! The keys `requirements`, `groups` and `extras`.

use expect_test::expect;

use super::{build, packaged, project, warnings};

#[test]
fn the_config_names_the_file() {
    let project = project(&[("lambdas/api/requirements.txt", "one\n"), ("needs/api.txt", "two\n")]);
    for value in ["needs/api.txt", "needs/{name}.txt", "{path}/../../needs/{name}.txt"] {
        project
            .write("dofs-package.toml", format!("python = \"3.12\"\nrequirements = \"{value}\"\n"));
        assert_eq!(build(&project), ["two 1.0"], "{value}");
    }
}

#[test]
fn one_lambda_may_have_another_file_than_all() {
    let project = project(&[("all.txt", "one\n"), ("other.txt", "two\n")]);
    project.write(
        "dofs-package.toml",
        "python = \"3.12\"\nrequirements = \"all.txt\"\n[lambda.api]\nrequirements = \"other.txt\"\n",
    );
    assert_eq!(build(&project), ["two 1.0"]);
}

#[test]
fn a_variable_wins_and_is_relative_to_the_working_directory() {
    let project = project(&[("lambdas/api/requirements.txt", "one\n"), ("needs/x.txt", "two\n")]);
    for (folder, value) in [("needs", "x.txt"), ("lambdas", "{path}/../../needs/x.txt")] {
        let tool = project.tool().directory(project.path(folder));
        let run = tool.env("DOFS_PACKAGE_REQUIREMENTS", value).run(&["--format", "json", "-q"]);
        assert_eq!(packaged(&run), ["two 1.0"], "{value}");
    }
}

#[test]
fn an_empty_text_says_that_none_are_wanted() {
    let project = project(&[
        ("lambdas/api/requirements.txt", "one\n"),
        ("lambdas/api/requirments.txt", "two\n"),
        ("dofs-package.toml", "python = \"3.12\"\nrequirements = \"\"\n"),
    ]);
    let run = project.run(&["--format", "json", "-q", "--locked"]);
    assert_eq!(packaged(&run), Vec::<String>::new());
    assert_eq!(warnings(&run), Vec::<String>::new());
}

#[test]
fn a_file_that_is_not_there_is_a_failure() {
    let project = project(&[("dofs-package.toml", "requirements = \"{path}/needs.txt\"\n")]);
    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `requirements` in the config names `lambdas/api/needs.txt`, which is not there
          --> lambdas/api
        hint: name a file relative to the root; `{path}` is the lambda's folder
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&project.run(&[]).text());
}

#[test]
fn a_project_elsewhere_may_be_named() {
    let project = project(&[
        ("pyproject.toml", "[project]\nname = \"all\"\ndependencies = [\"one\"]\n"),
        ("dofs-package.toml", "python = \"3.12\"\nrequirements = \"pyproject.toml\"\n"),
    ]);
    assert_eq!(build(&project), ["one 1.0"]);
}

#[test]
fn a_path_in_a_file_is_relative_to_it_and_else_to_the_root_with_a_note() {
    let project = project(&[("needs/api.txt", "-r beside.txt\n-r more/root.txt\n")]);
    project.write("needs/beside.txt", "one\n");
    project.write("more/root.txt", "two\n");
    project.write("dofs-package.toml", "python = \"3.12\"\nrequirements = \"needs/{name}.txt\"\n");
    assert_eq!(build(&project), ["one 1.0", "two 1.0"]);
    let run = project.run(&["-v", "-n"]);
    let note =
        "`more/root.txt` in needs/api.txt:2 is taken from the root: it is not beside that file";
    assert!(run.stderr.contains(note), "{}", run.stderr);
}

#[test]
fn groups_and_extras_beside_what_has_none_are_a_failure() {
    let lock = "lock-version = \"1.0\"\ncreated-by = \"uv\"\n[[packages]]\nname = \"one\"\n\
        wheels = [{ url = \"https://h/one-1.0-py3-none-any.whl\", hashes = { sha256 = \"00\" } }]\n";
    let pipenv = "{\"default\": {\"one\": {\"version\": \"==1.0\"}}}";
    for (name, text, key) in [
        ("requirements.txt", "one\n", "groups = [\"lambda\"]"),
        ("requirements.txt", "one\n", "extras = [\"lambda\"]"),
        ("pylock.toml", lock, "groups = [\"lambda\"]"),
        ("Pipfile.lock", pipenv, "extras = [\"lambda\"]"),
        ("Pipfile.lock", pipenv, "groups = [\"lambda\"]"),
        ("needs.txt", "one\n", "requirements = \"{path}/needs.txt\"\nextras = [\"lambda\"]"),
    ] {
        let project = project(&[(&format!("lambdas/api/{name}"), text)]);
        project.write("dofs-package.toml", format!("python = \"3.12\"\n{key}\n"));
        let run = project.run(&["-n", "--format", "json", "-q"]);
        assert_eq!(super::failure(&run), (4, "unknown-group".to_owned()), "{name} {key}");
        let none = key.replace("[\"lambda\"]", "[]");
        project.write(
            "dofs-package.toml",
            format!("python = \"3.12\"\n{key}\n[lambda.api]\n{none}\n"),
        );
        let run = project.run(&["-n", "--format", "json", "-q"]);
        assert!(!run.stdout.contains("unknown-group"), "{name}: {}", run.text());
    }
}

#[test]
fn groups_beside_lines_are_told_with_the_way_out() {
    let project = project(&[
        ("lambdas/api/requirements.txt", "one\n"),
        ("dofs-package.toml", "python = \"3.12\"\ngroups = [\"lambda\"]\n"),
    ]);
    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `groups` in the config names `lambda`, and no groups are read from `lambdas/api/requirements.txt`
          --> lambdas/api/requirements.txt
        hint: set `groups = []` in `[lambda.NAME]` for this lambda, or `requirements` to the project that has it
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&project.run(&["-n"]).text());
}

#[test]
fn groups_for_a_lambda_that_requires_nothing_are_a_failure_only_in_its_own_table() {
    for key in ["groups", "extras"] {
        let list = format!("{key} = [\"lambda\"]\n");
        let project = project(&[]);
        for (config, code) in [
            (list.clone(), 0),
            (format!("[lambda.api]\n{list}"), 4),
            (format!("{list}[lambda.api]\n{key} = []\n"), 0),
            (format!("[lambda.api]\nrequirements = \"\"\n{list}"), 4),
            (format!("{list}[lambda.api]\nrequirements = \"\"\n"), 0),
        ] {
            project.write("dofs-package.toml", format!("python = \"3.12\"\n{config}"));
            let run = project.run(&["-n", "--format", "json", "-q"]);
            assert_eq!(run.code, code, "{config}: {}", run.text());
            assert_eq!(run.stdout.contains("unknown-group"), code == 4, "{config}");
        }
    }
}
