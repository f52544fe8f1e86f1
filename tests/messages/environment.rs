//! What wins over what, and the variables.

use expect_test::expect;

use super::{API, check};
use crate::support::Project;

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_config() {
    let config = "python = \"3.9\"\narchitecture = \"arm64\"\n[lambda.api]\npython = \"3.10\"\n";
    let project = Project::with(&[API, ("dofs-package.toml", config)]);
    let tool = project.tool();
    check(
        &tool.run(&["list"]),
        expect![[r#"
            exit code: 0
            --- stdout
            api	target	python3.10	[lambda.api] in dofs-package.toml
            api	target	arm64	dofs-package.toml
            api	own	1 file, 42 B	api.py
            --- stderr
        "#]],
    );
    let tool = tool.env("DOFS_PACKAGE_PYTHON", "3.11").env("DOFS_PACKAGE_ARCHITECTURE", "x86_64");
    check(
        &tool.run(&["list"]),
        expect![[r#"
            exit code: 0
            --- stdout
            api	target	python3.11	DOFS_PACKAGE_PYTHON
            api	target	x86_64	DOFS_PACKAGE_ARCHITECTURE
            api	own	1 file, 42 B	api.py
            --- stderr
        "#]],
    );
    check(
        &tool.run(&["list", "--python=3.13", "--arch", "arm64"]),
        expect![[r#"
            exit code: 0
            --- stdout
            api	target	python3.13	--python
            api	target	arm64	--arch
            api	own	1 file, 42 B	api.py
            --- stderr
        "#]],
    );
}

#[test]
fn lists_in_variables_are_separated_by_commas() {
    let project = Project::with(&[API, ("lambdas/api/a/x", ""), ("lambdas/api/b", "")]);
    check(
        &project.tool().env("DOFS_PACKAGE_EXCLUDE", "a, b").run(&["list"]),
        expect![[r#"
            exit code: 0
            --- stdout
            api	target	x86_64	default
            api	own	1 file, 42 B	api.py
            api	left out	a/	exclude = "a"
            api	left out	b	exclude = "b"
            --- stderr
        "#]],
    );
}

#[test]
fn a_variable_that_means_nothing_is_told_of() {
    let project = Project::with(&[API]);
    let tool = project.tool().env("DOFS_PACKAGE_PYTON", "3.9").env("DOFS_PACKAGE_X", "");
    check(
        &tool.run(&["-n"]),
        expect![[r#"
            exit code: 0
            --- stdout
            api	nQ+LOeUICd6q1XbnLpoeovXp78rsxXan0nH1iBCqxwI=	lambdas/api/api.zip
            --- stderr
            warning: the variable `DOFS_PACKAGE_PYTON` means nothing; did you mean `DOFS_PACKAGE_PYTHON`?
            warning: the variable `DOFS_PACKAGE_X` means nothing
             Would build api (152 B, 1 file)
                Finished 1 package in [TIME], nothing written
        "#]],
    );
}

#[test]
fn a_value_of_the_environment_is_refused_by_the_variables_name() {
    let project = Project::with(&[API]);
    let values = [
        ("PYTHON", "2.7"),
        ("ARCHITECTURE", "arm"),
        ("JOBS", "many"),
        ("RESOLVER", "poetry"),
        ("REQUIRED_VERSION", "new"),
        ("QUIET_TIMEOUT", "0"),
        ("QUIET_TIMEOUT", "-1"),
        ("TIMEOUT", "soon"),
        ("TIMEOUT", "10 m"),
        ("TIMEOUT", "1e3"),
        ("EXCLUDE", "a["),
        ("LAMBDAS", "../elsewhere/*"),
    ];
    let said = values.map(|(name, value)| {
        let name = format!("DOFS_PACKAGE_{name}");
        format!("{name}={value}\n{}", project.tool().env(&name, value).run(&[]).text())
    });
    expect![[r#"
        DOFS_PACKAGE_PYTHON=2.7
        exit code: 3
        --- stdout
        --- stderr
        error: `python` from DOFS_PACKAGE_PYTHON: `2.7` is no version of Python 3, such as `3.12`

        DOFS_PACKAGE_ARCHITECTURE=arm
        exit code: 3
        --- stdout
        --- stderr
        error: `architecture` from DOFS_PACKAGE_ARCHITECTURE: `arm` is no architecture of Lambda: `x86_64` or `arm64`

        DOFS_PACKAGE_JOBS=many
        exit code: 3
        --- stdout
        --- stderr
        error: `jobs` from DOFS_PACKAGE_JOBS: `many` is no number of threads

        DOFS_PACKAGE_RESOLVER=poetry
        exit code: 3
        --- stdout
        --- stderr
        error: `resolver` from DOFS_PACKAGE_RESOLVER: `poetry` is no resolver: `pip` or `uv`

        DOFS_PACKAGE_REQUIRED_VERSION=new
        exit code: 3
        --- stdout
        --- stderr
        error: `required-version` from DOFS_PACKAGE_REQUIRED_VERSION: `new` is no range of versions: unexpected character 'n' while parsing major version number

        DOFS_PACKAGE_QUIET_TIMEOUT=0
        exit code: 3
        --- stdout
        --- stderr
        error: `quiet-timeout` from DOFS_PACKAGE_QUIET_TIMEOUT: `0` is no whole number from 1 to 4294967295
        hint: write seconds alone, as `600`

        DOFS_PACKAGE_QUIET_TIMEOUT=-1
        exit code: 3
        --- stdout
        --- stderr
        error: `quiet-timeout` from DOFS_PACKAGE_QUIET_TIMEOUT: `-1` is no whole number from 1 to 4294967295
        hint: write seconds alone, as `600`

        DOFS_PACKAGE_TIMEOUT=soon
        exit code: 3
        --- stdout
        --- stderr
        error: `timeout` from DOFS_PACKAGE_TIMEOUT: `soon` is no whole number from 1 to 4294967295
        hint: write seconds alone, as `600`

        DOFS_PACKAGE_TIMEOUT=10 m
        exit code: 3
        --- stdout
        --- stderr
        error: `timeout` from DOFS_PACKAGE_TIMEOUT: `10 m` is no whole number from 1 to 4294967295
        hint: write seconds alone, as `600`

        DOFS_PACKAGE_TIMEOUT=1e3
        exit code: 3
        --- stdout
        --- stderr
        error: `timeout` from DOFS_PACKAGE_TIMEOUT: `1e3` is no whole number from 1 to 4294967295
        hint: write seconds alone, as `600`

        DOFS_PACKAGE_EXCLUDE=a[
        exit code: 3
        --- stdout
        --- stderr
        error: `a[` is no glob
          --> DOFS_PACKAGE_EXCLUDE
          caused by: unclosed character class; missing ']'

        DOFS_PACKAGE_LAMBDAS=../elsewhere/*
        exit code: 3
        --- stdout
        --- stderr
        error: `lambdas` from DOFS_PACKAGE_LAMBDAS: `../elsewhere/*` is outside the root
    "#]].assert_eq(&said.join("\n"));
}
