//! Flags, variables, configs, and where the root is.

use super::MODULE;
use crate::support::Project;

/// A project with one lambda.
fn one_lambda() -> Project {
    Project::with(&[("lambdas/api/api.py", MODULE)])
}

#[test]
fn offline_contradicts_what_needs_the_network() {
    let project = one_lambda();
    for option in ["--upgrade", "--no-cache"] {
        for arguments in [["--offline", "build", option], ["build", "--offline", option]] {
            let run = project.run(&arguments);
            assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}: {}", run.stderr);
        }
        let run = project.run(&[option, "build", "--offline"]);
        assert_eq!(run.code, 2, "{option}: {}", run.text());
    }
    assert!(!project.path("lambdas/api/api.zip").exists());
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf_8_is_refused() {
    use std::os::unix::ffi::OsStringExt as _;
    let value = std::ffi::OsString::from_vec(b"3.\xff".to_vec());
    let run = one_lambda().tool().env("DOFS_PACKAGE_PYTHON", value).run(&[]);
    expect_test::expect![[r#"
        exit code: 3
        --- stdout
        --- stderr
        error: `python` from DOFS_PACKAGE_PYTHON: it is not UTF-8
    "#]]
    .assert_eq(&run.text());
}

#[test]
fn a_list_of_lambdas_that_names_none_is_refused() {
    for list in [",", " , "] {
        let run = one_lambda().tool().env("DOFS_PACKAGE_LAMBDAS", list).run(&[]);
        assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{list:?}: {}", run.text());
        assert!(run.stderr.contains("it names no directory"), "{}", run.stderr);
    }
}

#[test]
fn a_glob_of_lambdas_that_matches_nothing_is_warned_of() {
    let project = one_lambda();
    project.write("dofs-package.toml", "lambdas = [\"lambdas/*\", \"functions/*\"]\n");
    let run = project.run(&["-q", "-n"]);
    assert_eq!(run.code, 0, "{}", run.text());
    expect_test::expect![[r#"
        exit code: 0
        --- stdout
        api	nQ+LOeUICd6q1XbnLpoeovXp78rsxXan0nH1iBCqxwI=	lambdas/api/api.zip
        --- stderr
        warning: no lambda in `functions/*`
        hint: correct it in `lambdas`, or take it out
         Would build api (152 B, 1 file)
            Finished 1 package in [TIME], nothing written
    "#]]
    .assert_eq(&project.run(&["-n"]).text());
}

#[test]
fn a_cargo_toml_that_only_mentions_the_tool_is_no_config() {
    let project = one_lambda();
    let package = "[package]\nname = \"deep\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    let mentions = [
        "# The metadata of dofs-package are elsewhere: [workspace.metadata.dofs-package]\n",
        "description = \"uses dofs-package, whose metadata are elsewhere\"\n",
        "[package.metadata.other]\nname = \"dofs-package\"\n",
    ];
    for mention in mentions {
        project.write("deep/Cargo.toml", format!("{package}{mention}"));
        project.write("deep/src/lib.rs", "");
        let run = project.tool().directory(project.path("deep/src")).run(&["-q"]);
        assert_eq!(run.code, 0, "{mention}{}", run.text());
        assert!(run.stdout.ends_with("\tlambdas/api/api.zip\n"), "{}", run.stdout);
    }
}
