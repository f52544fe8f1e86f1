//! What is true of many lambdas is said once, with their names; JSON says it of each.

use expect_test::expect;

use super::{check, python, requiring};
use crate::support::{Project, Wheel};

/// A project of three lambdas that need the same, on a machine whose `python3` is 3.11.
fn three() -> Project {
    let project = requiring(&[("api", "one\n"), ("jobs", "one\n"), ("web", "one\n")]);
    project.publish(&Wheel::new("one", "1.0"));
    project
}

/// Lambdas of these names, each with a file that is nearly called like requirements.
fn misspelt(names: &[&str]) -> Project {
    let project = Project::new();
    for name in names {
        project.write(&format!("lambdas/{name}/{name}.py"), super::MODULE);
        project.write(&format!("lambdas/{name}/requirments.txt"), "one\n");
    }
    project
}

#[test]
fn a_missing_lock_of_each_is_one_error() {
    let project = three();
    project.write("dofs-package.toml", "python = \"3.12\"\n");
    let run = project.run(&["build", "-n", "--locked"]);
    check(
        &run,
        expect![[r#"
        exit code: 6
        --- stdout
        --- stderr
        error: 3 lambdas (`api`, `jobs`, `web`): `lambdas/NAME/requirements.txt` has no lock, and `--locked` demands one
          --> lambdas/NAME/requirements.txt
        hint: run `cargo dofs-package lock api jobs web`, and commit the lock
        error: 3 of 3 lambdas could not be packaged
    "#]],
    );
    let json = project.run(&["build", "-n", "-q", "--locked", "--format=json"]).json();
    assert_eq!(json["failures"].as_array().expect("failures").len(), 3, "{json}");
}

#[test]
fn an_unknown_target_of_each_is_one_error_of_lock() {
    let project = three();
    let run = project.tool().env("PATH", python(&project, "3.11", "exit 1")).run(&["lock"]);
    check(
        &run,
        expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: 3 lambdas (`api`, `jobs`, `web`): no Python version is set, and a lock is made for one: that of this machine is a guess
          --> lambdas/NAME
        hint: set `python` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
    "#]],
    );
}

#[test]
fn a_file_that_is_not_read_in_each_is_one_warning() {
    let project = misspelt(&["api", "jobs", "web"]);
    let run = project.run(&["build", "-n", "--python", "3.12"]);
    check(
        &run,
        expect![[r#"
        exit code: 0
        --- stdout
        api	miOcrk2by4mXlcwa/xJdEy9iVlvBg3MPgOeLMpsYOzc=	lambdas/api/api.zip
        jobs	0pnkzp0cBE+fOfvwwbfWa6sLM33xQFlHxmlja8ZwLxY=	lambdas/jobs/jobs.zip
        web	RfrxlFTSMU7Fvsv1K6VW0hRE670md11hvh3cygTn+LE=	lambdas/web/web.zip
        --- stderr
        warning: 3 lambdas (`api`, `jobs`, `web`): `lambdas/NAME/requirments.txt` looks like requirements and is not read: nothing that it asks for is packaged
          --> lambdas/NAME/requirments.txt
        hint: set `requirements = "lambdas/NAME/requirments.txt"` in `[lambda.NAME]` of the config, or an empty text where none are wanted
         Would build api (262 B, 2 files)
         Would build jobs (264 B, 2 files)
         Would build web (262 B, 2 files)
            Finished 3 packages in [TIME], nothing written
    "#]],
    );
    let json = project.run(&["build", "-n", "-q", "--python=3.12", "--format=json"]).json();
    for package in json["packages"].as_array().expect("packages") {
        assert_eq!(package["warnings"].as_array().expect("warnings").len(), 1, "{package}");
    }
}

#[test]
fn a_line_that_no_wheel_fits_in_each_is_one_error_with_all_places() {
    let project = requiring(&[("api", "# a\ntwo\n"), ("jobs", "two\n"), ("web", "two\n")]);
    project.publish(&Wheel::new("two", "1.0").tag("cp39-cp39-win_amd64"));
    let run = project.run(&["build", "-n", "--python", "3.12"]);
    check(
        &run,
        expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
        error: 3 lambdas (`api`, `jobs`, `web`): no wheel of `two` fits python3.12 on x86_64
          --> lambdas/api/requirements.txt:2
          --> lambdas/jobs/requirements.txt:1
          --> lambdas/web/requirements.txt:1
          caused by: the index knows no such project, has no wheel of it for this target, or can't be reached
        hint: check the spelling; require a version that has wheels for the target, or build one (`pip wheel --no-deps`) and require it by its path
        error: 3 of 3 lambdas could not be packaged
    "#]],
    );
}

#[test]
fn what_one_lambda_has_is_said_as_ever() {
    let project = three();
    project.write("dofs-package.toml", "python = \"3.12\"\n");
    let run = project.run(&["build", "-n", "--locked", "api"]);
    check(
        &run,
        expect![[r#"
        exit code: 6
        --- stdout
        --- stderr
        error: `lambdas/api/requirements.txt` has no lock, and `--locked` demands one
          --> lambdas/api/requirements.txt
        hint: run `cargo dofs-package lock api`, and commit the lock
        error: 1 of 1 lambda could not be packaged
    "#]],
    );
}

#[test]
fn verify_says_how_many_warnings_there_were() {
    let project = misspelt(&["api", "jobs"]);
    project.digests();
    let run = project.run(&["verify"]);
    check(
        &run,
        expect![[r#"
        exit code: 0
        --- stdout
        api	zip	ok	`lambdas/api/api.zip` is what the sources give
        api	imports	ok	every import is given, of 1 module that the handler reaches
        jobs	zip	ok	`lambdas/jobs/jobs.zip` is what the sources give
        jobs	imports	ok	every import is given, of 1 module that the handler reaches
        --- stderr
        warning: 2 lambdas (`api`, `jobs`): `lambdas/NAME/requirments.txt` looks like requirements and is not read: nothing that it asks for is packaged
          --> lambdas/NAME/requirments.txt
        hint: set `requirements = "lambdas/NAME/requirments.txt"` in `[lambda.NAME]` of the config, or an empty text where none are wanted
            Verified 4 checks in [TIME], with 2 warnings
    "#]],
    );
}
