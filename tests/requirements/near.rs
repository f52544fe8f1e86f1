//! Files that look like requirements and are not read.

use expect_test::expect;

use super::{packaged, project, warnings};
use crate::support::Project;

/// The warnings of a project that is packaged without requirements, less those of its imports.
fn told(project: &Project) -> Vec<String> {
    let run = project.run(&["--format", "json", "-q"]);
    assert_eq!(packaged(&run), Vec::<String>::new());
    warnings(&run).into_iter().filter(|code| !code.contains("import")).collect()
}

#[test]
fn a_name_that_is_nearly_right_is_told() {
    for (path, text) in [
        ("lambdas/api/requirments.txt", "one\n"),
        ("lambdas/api/Requirement.txt", "one\n"),
        ("lambdas/api/requirements_for_api.txt", "one==1.0 # why\n"),
        ("lambdas/api/requirements.in", "one\n"),
        ("lambdas/api/reqs.txt", "-r other.txt\n"),
        ("lambdas/api/environment.yml", "name: x\ndependencies:\n  - one\n"),
        ("lambdas/api/requirements/base.txt", "one\n"),
        ("lambdas/api/src/requirements.txt", "one\n"),
        ("requirements/api.txt", "one\n"),
        ("lambdas/requirements-api.txt", "one\n"),
    ] {
        let project = project(&[(path, text)]);
        assert_eq!(told(&project), ["requirements-unread"], "{path}");
    }
}

#[test]
fn what_is_for_developers_or_for_readers_is_not_told() {
    for (path, text) in [
        ("lambdas/api/requirements-dev.txt", "one\n"),
        ("lambdas/api/requirements_test.txt", "one\n"),
        ("lambdas/api/test-requirements.txt", "one\n"),
        ("lambdas/api/requirements/dev.txt", "one\n"),
        ("lambdas/api/tests/requirements.txt", "one\n"),
        ("lambdas/api/requirements.md", "one\n"),
        ("lambdas/api/requirements_spec.txt", "These are what the users want.\n"),
        ("requirements.txt", "one\n"),
        ("lambdas/requirements.txt", "one\n"),
        ("pyproject.toml", "[project]\nname = \"x\"\ndependencies = [\"one\"]\n"),
    ] {
        let project = project(&[(path, text)]);
        assert_eq!(told(&project), Vec::<String>::new(), "{path}");
    }
}

#[test]
fn a_file_further_up_is_told_where_the_lambda_imports_what_it_has() {
    for (path, text) in [
        ("requirements.txt", "boto3\none>=1 # why\n"),
        ("lambdas/requirements.txt", "one\n"),
        ("pyproject.toml", "[project]\nname = \"x\"\ndependencies = [\"one\"]\n"),
        ("pyproject.toml", "[tool.poetry.dependencies]\npython = \"^3.12\"\none = \"^1\"\n"),
        ("Pipfile", "[packages]\none = \"*\"\n"),
    ] {
        let project = project(&[(path, text)]);
        project.write("lambdas/api/api.py", "import os\nfrom one.sub import x\n");
        assert_eq!(told(&project), ["requirements-unread"], "{path}");
        // Its own module of that name is no project's.
        project.write("lambdas/api/one/sub.py", "x = 1\n");
        assert_eq!(told(&project), Vec::<String>::new(), "{path}");
    }
}

#[test]
fn what_the_runtime_brings_needs_no_file() {
    let project = project(&[("requirements.txt", "boto3\nbotocore\none\n")]);
    project.write("lambdas/api/api.py", "import boto3, botocore\n");
    assert_eq!(told(&project), Vec::<String>::new());
}

#[test]
fn modules_with_other_names_than_their_projects_are_known() {
    let project = project(&[("requirements.txt", "PyYAML\n")]);
    project.write("lambdas/api/api.py", "try:\n    import yaml\nexcept ImportError:\n    pass\n");
    assert_eq!(told(&project), ["requirements-unread"]);
}

#[test]
fn the_file_above_a_folder_of_code_is_told() {
    let project = project(&[("pay/requirements.txt", "one\n"), ("pay/src/pay.py", super::MODULE)]);
    std::fs::remove_dir_all(project.path("lambdas")).unwrap();
    project.write("dofs-package.toml", "python = \"3.12\"\nlambdas = [\"pay/src\"]\n");
    expect![[r#"
        exit code: 0
        --- stdout
        src	Y/0jMXvrE6P2eaP/dJs1MGB7nlSYoAoCgX0KtdMWchQ=	pay/src/src.zip
        --- stderr
        warning: `src`: `pay/requirements.txt` looks like requirements and is not read: nothing that it asks for is packaged
          --> pay/requirements.txt
        hint: set `requirements = "pay/requirements.txt"` in `[lambda.src]` of the config, or an empty text where none are wanted
         Would build src (152 B, 1 file)
            Finished 1 package in [TIME], nothing written
    "#]].assert_eq(&project.run(&["-n"]).text());
}

#[test]
fn it_is_an_error_where_locks_are_demanded() {
    let project = project(&[("lambdas/api/requirments.txt", "one\n")]);
    expect![[r#"
        exit code: 6
        --- stdout
        --- stderr
        error: `lambdas/api/requirments.txt` looks like requirements and is not read: nothing that it asks for is packaged
          --> lambdas/api/requirments.txt
        hint: set `requirements = "lambdas/api/requirments.txt"` in `[lambda.api]` of the config, or an empty text where none are wanted
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&project.run(&["--locked"]).text());
}

#[test]
fn requirements_that_are_read_silence_it() {
    let project = project(&[
        ("lambdas/api/requirements.txt", "# nothing\n"),
        ("lambdas/api/requirements.in", "one\n"),
    ]);
    assert_eq!(told(&project), Vec::<String>::new());
}
