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
