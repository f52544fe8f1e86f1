//! The config.

use expect_test::expect;

use super::{API, check, say};
use crate::support::Project;

/// What the tool says of a config beside one lambda.
fn configured(config: &str) -> String {
    let project = Project::with(&[API, ("dofs-package.toml", config)]);
    format!("{config}\n{}\n", project.run(&[]).text())
}

#[test]
fn a_config_is_refused_with_file_line_and_reason() {
    let configs = [
        "python = \"3.12\"\n\nexlude = [\"a\"]\n",
        "[lambda.api]\nlambdas = [\"a\"]\n",
        "something = 1\n",
        "python = 3.12\n",
        "exclude = \"tests\"\n",
        "python = \"3.12\"\nexclude = [\n",
        "python = \"2.7\"\n",
        "[lambda.api]\narchitecture = \"arm\"\n",
        "exclude = [\"a[\"]\n",
        "lambdas = [\"lambdas/[\"]\n",
        "resolver = \"poetry\"\n",
        "source-distributions = \"maybe\"\n",
        "required-version = \">=99\"\n",
        "required-version = \"new\"\n",
        "manifest = \"\"\n",
        "python = \"3.12\"\ntimeout = 0\n",
        "quiet-timeout = -5\n",
        "timeout = \"10m\"\n",
        "quiet-timeout = 1.5\n",
        "timeout = 4294967296\n",
        "quiet-timeout = [30]\n",
        "[lambda.api]\ntimeout = 30\n",
        "timeuot = 30\n",
        "[lambda.ap]\npython = \"3.9\"\n",
        "[lambda.other]\npython = \"3.9\"\n",
    ];
    expect![[r#"
        python = "3.12"

        exlude = ["a"]

        exit code: 3
        --- stdout
        --- stderr
        error: unknown key `exlude`
          --> dofs-package.toml:3
        hint: did you mean `exclude`?


        [lambda.api]
        lambdas = ["a"]

        exit code: 3
        --- stdout
        --- stderr
        error: unknown key `lambda.api.lambdas`
          --> dofs-package.toml:2
        hint: `lambdas` can only be set for all lambdas


        something = 1

        exit code: 3
        --- stdout
        --- stderr
        error: unknown key `something`
          --> dofs-package.toml:1
        hint: the keys are `lambdas`, `layers`, `out-dir`, `manifest`, `terraform`, `required-version`, `quiet-timeout`, `timeout`, `versions`, `python`, `architecture`, `resolver`, `source-distributions`, `include`, `exclude`, `exclude-packages`, `imports`, `allow-imports`, `requirements`, `groups`, `extras`, `function-name`, `handler`, `zip`, `prefix`, `files`, `lambda`, `layer`


        python = 3.12

        exit code: 3
        --- stdout
        --- stderr
        error: `dofs-package.toml` can't be read as a config
          --> dofs-package.toml:1
          caused by: `python = 3.12`: invalid type: floating point `3.12`, expected a string
        hint: write the value in quotes


        exclude = "tests"

        exit code: 3
        --- stdout
        --- stderr
        error: `dofs-package.toml` can't be read as a config
          --> dofs-package.toml:1
          caused by: `exclude = "tests"`: invalid type: string "tests", expected a sequence
        hint: write a list: `["…"]`


        python = "3.12"
        exclude = [

        exit code: 3
        --- stdout
        --- stderr
        error: `dofs-package.toml` can't be read as a config
          --> dofs-package.toml:2
          caused by: `exclude = [`: unclosed array, expected `]`


        python = "2.7"

        exit code: 3
        --- stdout
        --- stderr
        error: `python` from dofs-package.toml: `2.7` is no version of Python 3, such as `3.12`
          --> dofs-package.toml:1


        [lambda.api]
        architecture = "arm"

        exit code: 3
        --- stdout
        --- stderr
        error: `architecture` from [lambda.api] in dofs-package.toml: `arm` is no architecture of Lambda: `x86_64` or `arm64`
          --> dofs-package.toml:2


        exclude = ["a["]

        exit code: 3
        --- stdout
        --- stderr
        error: `a[` is no glob
          --> dofs-package.toml:1
          caused by: unclosed character class; missing ']'


        lambdas = ["lambdas/["]

        exit code: 3
        --- stdout
        --- stderr
        error: `lambdas/[` is no glob
          caused by: unclosed character class; missing ']'


        resolver = "poetry"

        exit code: 3
        --- stdout
        --- stderr
        error: `resolver` from dofs-package.toml: `poetry` is no resolver: `pip` or `uv`
          --> dofs-package.toml:1


        source-distributions = "maybe"

        exit code: 3
        --- stdout
        --- stderr
        error: `source-distributions` from dofs-package.toml: `maybe` is none of `pure`, `build` and `refuse`
          --> dofs-package.toml:1


        required-version = ">=99"

        exit code: 3
        --- stdout
        --- stderr
        error: the project wants cargo-dofs-package >=99, and this is 0.1.0
        hint: install that version, or change `required-version`


        required-version = "new"

        exit code: 3
        --- stdout
        --- stderr
        error: `required-version` from dofs-package.toml: `new` is no range of versions: unexpected character 'n' while parsing major version number
          --> dofs-package.toml:1


        manifest = ""

        exit code: 3
        --- stdout
        --- stderr
        error: `manifest` from dofs-package.toml: an empty path leads nowhere
          --> dofs-package.toml:1


        python = "3.12"
        timeout = 0

        exit code: 3
        --- stdout
        --- stderr
        error: `timeout` from dofs-package.toml: `0` is no whole number from 1 to 4294967295
          --> dofs-package.toml:2
        hint: write seconds alone, as `600`


        quiet-timeout = -5

        exit code: 3
        --- stdout
        --- stderr
        error: `quiet-timeout` from dofs-package.toml: `-5` is no whole number from 1 to 4294967295
          --> dofs-package.toml:1
        hint: write seconds alone, as `600`


        timeout = "10m"

        exit code: 3
        --- stdout
        --- stderr
        error: `timeout` from dofs-package.toml: `"10m"` is no whole number from 1 to 4294967295
          --> dofs-package.toml:1
        hint: write seconds alone, as `600`


        quiet-timeout = 1.5

        exit code: 3
        --- stdout
        --- stderr
        error: `quiet-timeout` from dofs-package.toml: `1.5` is no whole number from 1 to 4294967295
          --> dofs-package.toml:1
        hint: write seconds alone, as `600`


        timeout = 4294967296

        exit code: 3
        --- stdout
        --- stderr
        error: `timeout` from dofs-package.toml: `4294967296` is no whole number from 1 to 4294967295
          --> dofs-package.toml:1
        hint: write seconds alone, as `600`


        quiet-timeout = [30]

        exit code: 3
        --- stdout
        --- stderr
        error: `quiet-timeout` from dofs-package.toml: `[30]` is no whole number from 1 to 4294967295
          --> dofs-package.toml:1
        hint: write seconds alone, as `600`


        [lambda.api]
        timeout = 30

        exit code: 3
        --- stdout
        --- stderr
        error: unknown key `lambda.api.timeout`
          --> dofs-package.toml:2
        hint: `timeout` can only be set for all lambdas


        timeuot = 30

        exit code: 3
        --- stdout
        --- stderr
        error: unknown key `timeuot`
          --> dofs-package.toml:1
        hint: did you mean `timeout`?


        [lambda.ap]
        python = "3.9"

        exit code: 3
        --- stdout
        --- stderr
        error: the config has a table for `ap`, and there is no such lambda
          --> dofs-package.toml:1
        hint: did you mean `api`?


        [lambda.other]
        python = "3.9"

        exit code: 3
        --- stdout
        --- stderr
        error: the config has a table for `other`, and there is no such lambda
          --> dofs-package.toml:1
        hint: remove the table; `[lambda.NAME]` is for what `lambdas` finds, or has a `path`

    "#]].assert_eq(&configs.map(configured).join("\n"));
}

#[test]
fn a_config_that_is_named_must_be_there() {
    let project = Project::with(&[API, ("other.toml", "pyton = \"3.9\"\n")]);
    let commands: &[&[&str]] =
        &[&["--config", "none.toml"], &["--manifest-path", "none.toml"], &["--config=other.toml"]];
    expect![[r#"
        $ --config none.toml
        exit code: 3
        --- stdout
        --- stderr
        error: there is no `none.toml`

        $ --manifest-path none.toml
        exit code: 3
        --- stdout
        --- stderr
        error: there is no `none.toml`

        $ --config=other.toml
        exit code: 3
        --- stdout
        --- stderr
        error: unknown key `pyton`
          --> other.toml:1
        hint: did you mean `python`?
    "#]]
    .assert_eq(&say(&project.tool(), commands));
}

/// The config in Cargo.toml.
const MANIFEST: &str = "[workspace]\nmembers = []\nresolver = \"3\"\n\n\
                        [workspace.metadata.dofs-package]\npython = \"3.9\"\n";

#[test]
fn a_config_is_in_one_place() {
    let project =
        Project::with(&[API, ("Cargo.toml", MANIFEST), ("dofs-package.toml", "python = \"3.9\"")]);
    let empty = project.home();
    check(
        &project.tool().env("PATH", empty).run(&[]),
        expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: the config is in two places: dofs-package.toml and [workspace.metadata.dofs-package] in Cargo.toml
        hint: keep one of the two
    "#]],
    );
}

/// The config in pyproject.toml, below a key that another tool's table has, too.
const PROJECT: &str = "[project]\nname = \"dofs\"\n[tool.poetry.dependencies]\npython = \"^3.9\"\n\n\
                       [tool.dofs-package]\npython = \"3.9\"\n";

#[test]
fn a_config_in_pyproject_toml_is_read() {
    let project = Project::with(&[API, ("pyproject.toml", PROJECT)]);
    let run = project.tool().run(&["list", "-q"]);
    let target = "api\ttarget\tpython3.9\t[tool.dofs-package] in pyproject.toml\n";
    assert!(run.stdout.starts_with(target), "{}", run.text());
    for (text, message) in [
        (PROJECT.replace("python = \"3.9\"", "python = \"3.09\""), "  --> pyproject.toml:7\n"),
        (
            PROJECT.replace("python = \"3.9\"", "pyton = \"3.9\""),
            "unknown key `pyton`\n  --> pyproject.toml:7\n",
        ),
        (PROJECT.replace("\"3.9\"", "3.9"), "expected a string\nhint: write the value in quotes"),
        (
            PROJECT.replace("[project]", "[project"),
            "`pyproject.toml` can't be read as a config\n  --> pyproject.toml:1",
        ),
        (
            format!("{PROJECT}[tool.dofs-package.lambda.apis]\nskip = true\n"),
            "there is no such lambda\n  --> pyproject.toml:8\n",
        ),
    ] {
        project.write("pyproject.toml", &text);
        let run = project.tool().run(&["list", "-q"]);
        assert_eq!(run.code, 3, "{text}{}", run.text());
        assert!(run.stderr.contains(message), "{text}{}", run.text());
    }
    for text in ["[project\n", "# dofs-package\n[tool.other]\n"] {
        project.write("pyproject.toml", text);
        let run = project.tool().run(&["list", "-q", "--python=3.9"]);
        assert_eq!(run.code, 0, "{text}{}", run.text());
    }
}

#[test]
fn two_configs_are_refused_wherever_they_are() {
    let own = ("dofs-package.toml", "python = \"3.9\"\n");
    let of_cargo = ("Cargo.toml", MANIFEST);
    let of_project = ("pyproject.toml", PROJECT);
    for (files, said) in [
        ([own, of_project], "dofs-package.toml and [tool.dofs-package] in pyproject.toml"),
        (
            [of_cargo, of_project],
            "[workspace.metadata.dofs-package] in Cargo.toml and [tool.dofs-package] in pyproject.toml",
        ),
    ] {
        let project = Project::with(&[API, files[0], files[1]]);
        let run = project.tool().env("PATH", project.home()).run(&[]);
        assert_eq!(run.code, 3, "{}", run.text());
        assert!(run.stderr.contains(&format!("in two places: {said}\n")), "{}", run.text());
    }
}

#[test]
fn a_folder_with_a_config_further_up_is_the_root_before_one_with_lambdas() {
    for (name, text) in [
        ("dofs-package.toml", "lambdas = [\"services/*/lambdas/*\"]\n"),
        ("pyproject.toml", "[tool.dofs-package]\nlambdas = [\"services/*/lambdas/*\"]\n"),
    ] {
        let project = Project::with(&[
            (name, text),
            ("services/shop/lambdas/pay/pay.py", "def handler(event, context): pass\n"),
        ]);
        let run =
            project.tool().directory(project.path("services/shop/lambdas")).run(&["list", "-q"]);
        assert!(run.stdout.starts_with("shop-pay\t"), "{name}: {}", run.text());
        project.write(name, "");
        let run = project.tool().directory(project.path("services/shop")).run(&["list", "-q"]);
        let name = if name == "pyproject.toml" { "pay\t" } else { "" };
        assert!(run.stdout.starts_with(name), "{}", run.text());
    }
}

#[test]
fn a_config_in_cargo_toml_is_read_with_and_without_cargo() {
    let project = Project::with(&[API, ("Cargo.toml", MANIFEST)]);
    let cargo = std::env::var_os("CARGO").expect("cargo test sets it");
    let with = project.tool().env("CARGO", cargo).run(&["list"]);
    let without = project.tool().env("PATH", project.home()).run(&["list"]);
    check(
        &with,
        expect![[r#"
            exit code: 0
            --- stdout
            api	target	python3.9	[workspace.metadata.dofs-package] in Cargo.toml
            api	target	x86_64	default
            api	own	1 file, 42 B	api.py
            --- stderr
        "#]],
    );
    assert_eq!(with, without);

    project.write("Cargo.toml", MANIFEST.replace("python", "pyton"));
    check(
        &project.tool().env("PATH", project.home()).run(&[]),
        expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: unknown key `pyton`
          --> Cargo.toml:6
        hint: did you mean `python`?
    "#]],
    );
    project.write("Cargo.toml", MANIFEST.replace("\"3.9\"", "3.9"));
    check(
        &project.tool().env("PATH", project.home()).run(&[]),
        expect![[r#"
            exit code: 3
            --- stdout
            --- stderr
            error: `Cargo.toml` can't be read as a config
              --> Cargo.toml
              caused by: invalid type: floating point `3.9`, expected a string
            hint: write the value in quotes
        "#]],
    );
}

#[cfg(unix)]
#[test]
fn what_cargo_says_of_a_manifest_is_shown() {
    let project = Project::with(&[API, ("Cargo.toml", MANIFEST)]);
    let path = project.lone_program("cargo", "echo 'error: no `package`' >&2; exit 101");
    check(
        &project.tool().env("PATH", path).run(&[]),
        expect![[r#"
            exit code: 3
            --- stdout
            --- stderr
            error: cargo can't read Cargo.toml (exit status: 101)
              caused by: no `package`
        "#]],
    );
}
