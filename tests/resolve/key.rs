//! When pip is asked, and when the store knows.

use super::{package, requiring, resolutions, succeed, wheels};
use crate::support::{Project, Wheel};

/// A project with `one` in its requirements, packaged once.
fn warm() -> Project {
    let project = requiring("one\n", &[Wheel::new("one", "1.0")]);
    assert_eq!(resolutions(&package(&project)), 1);
    project
}

/// A folder without any program.
fn nowhere(project: &Project) -> std::path::PathBuf {
    let folder = project.home().join("nothing");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

#[test]
fn a_warm_run_starts_no_python() {
    let project = requiring("one\n", &[Wheel::new("one", "1.0")]);
    let cold = package(&project);
    let warm = project.tool().env("PATH", nowhere(&project)).run(&["--python", "3.12"]);
    assert_eq!((warm.code, &warm.stdout), (0, &cold.stdout), "{}", warm.stderr);
    assert_eq!(resolutions(&warm), 0);
    let older = project.run(&["--python", "3.12", "-v"]);
    assert!(older.stderr.contains("lambdas/api/requirements.txt: from the store, "));
}

#[test]
fn a_new_requirement_without_any_python_is_a_failure_with_a_hint() {
    let project = warm();
    let before = project.read("lambdas/api/api.zip");
    project.write("lambdas/api/requirements.txt", "one==1.0\n");
    let run = project.tool().env("PATH", nowhere(&project)).run(&["--python", "3.12"]);
    expect_test::expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
        error: no Python that can run pip 21.2 or later was found
          --> lambdas/api
        hint: install Python 3 with pip
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&run.text());
    assert_eq!(project.read("lambdas/api/api.zip"), before);
}

#[test]
fn a_comment_or_a_blank_line_changes_nothing() {
    let project = warm();
    project.write("lambdas/api/requirements.txt", "# all that is needed\n\n  one  # here\n");
    assert_eq!(resolutions(&package(&project)), 0);
}

#[test]
fn what_can_change_the_answer_makes_pip_answer_again() {
    let project = warm();
    project.write("shared/base.txt", "one\n");
    project.write("shared/limits.txt", "two<2\n");
    let lines = "-r ../../shared/base.txt\n-c ../../shared/limits.txt\n";
    project.write("lambdas/api/requirements.txt", lines);
    let run = || project.tool();
    let asked = |tool: crate::support::Tool<'_>, arguments: &[&str]| {
        let again = |tool: &crate::support::Tool<'_>| resolutions(&succeed(tool.run(arguments)));
        (again(&tool), again(&tool))
    };
    let target = ["--python", "3.12"];
    let config = project.home().join(".config/pip/pip.conf");
    let old_config = project.home().join(".pip/pip.conf");
    for folder in [&config, &old_config].map(|path| path.parent().unwrap()) {
        std::fs::create_dir_all(folder).unwrap();
    }
    // Each once, and then no more.
    assert_eq!(asked(run(), &target), (1, 0), "a constraint is new");
    project.write("shared/base.txt", "one>=1\n");
    assert_eq!(asked(run(), &target), (1, 0), "the text of an included file");
    project.write("shared/limits.txt", "two<3\n");
    assert_eq!(asked(run(), &target), (1, 0), "the text of a file of constraints");
    std::fs::write(&config, "[global]\nretries = 1\n").unwrap();
    assert_eq!(asked(run(), &target), (1, 0), "pip's configuration is new");
    std::fs::write(&config, "[global]\nretries = 2\n").unwrap();
    assert_eq!(asked(run(), &target), (1, 0), "pip's configuration");
    std::fs::write(&old_config, "[global]\nretries = 2\n").unwrap();
    assert_eq!(asked(run(), &target), (1, 0), "pip's configuration at the old place");
    assert_eq!(asked(run().env("PIP_RETRIES", "3"), &target), (1, 0), "a variable of pip");
    assert_eq!(asked(run().env("PIP_RETRIES", "4"), &target), (1, 0), "its value");
    assert_eq!(asked(run(), &["--python", "3.11"]), (1, 0), "the version");
    assert_eq!(asked(run(), &["--python", "3.12", "--arch", "arm64"]), (1, 0), "the processor");
    assert_eq!(asked(run(), &target), (0, 0), "what was known is still known");
}

#[test]
fn what_pip_reads_elsewhere_makes_it_answer_again() {
    let project = warm();
    let constraints = project.home().join("limits.txt");
    std::fs::write(&constraints, "one<2\n").unwrap();
    let run = || {
        let tool = project.tool().env("PIP_CONSTRAINT", &constraints);
        resolutions(&succeed(tool.run(&["--python", "3.12"])))
    };
    assert_eq!((run(), run()), (1, 0));
    std::fs::write(&constraints, "one<3\n").unwrap();
    assert_eq!((run(), run()), (1, 0));
}

#[test]
fn a_variable_in_a_line_counts_by_its_value() {
    let project = requiring("one==${VERSION_OF_ONE}\n", &[]);
    for version in ["1.0", "2.0"] {
        project.publish(&Wheel::new("one", version));
    }
    let run = |version: &str| {
        let tool = project.tool().env("VERSION_OF_ONE", version);
        wheels(&succeed(tool.run(&["--python", "3.12", "--format", "json"])))
    };
    assert_eq!(run("1.0"), ["one 1.0"]);
    assert_eq!(run("2.0"), ["one 2.0"]);
}

#[test]
fn a_newer_version_is_taken_when_it_is_asked_for() {
    let project = warm();
    project.publish(&Wheel::new("one", "1.1"));
    let json = ["--python", "3.12", "--format", "json"];
    assert_eq!(wheels(&succeed(project.run(&json))), ["one 1.0"]);
    let upgraded = succeed(project.run(&[&json[..], &["--upgrade"]].concat()));
    assert_eq!((resolutions(&upgraded), wheels(&upgraded)), (1, vec!["one 1.1".to_owned()]));
    let after = succeed(project.run(&json));
    assert_eq!((resolutions(&after), wheels(&after)), (0, vec!["one 1.1".to_owned()]));
}

#[test]
fn the_same_requirements_of_many_lambdas_are_resolved_once() {
    let project = requiring("one\ntwo\n", &[Wheel::new("one", "1.0"), Wheel::new("two", "1.0")]);
    project.write("lambdas/second/app.py", "");
    project.write("lambdas/second/requirements.txt", "-r ../../shared.txt\n");
    project.write("lambdas/third/app.py", "");
    project.write("lambdas/third/requirements.txt", "# the same\none\ntwo");
    project.write("shared.txt", "one\ntwo\n");
    let run = package(&project);
    assert_eq!(resolutions(&run), 1, "{}", run.stderr);
    assert_eq!(run.stdout.lines().count(), 3);
    for zip in ["api/api.zip", "second/second.zip", "third/third.zip"] {
        assert!(project.entries(&format!("lambdas/{zip}")).contains_key("two/__init__.py"));
    }
}

#[test]
fn without_a_store_every_run_asks_and_nothing_stays() {
    let project = requiring("one\n", &[Wheel::new("one", "1.0")]);
    for _ in 0..2 {
        let run = succeed(project.run(&["--python", "3.12", "--no-cache"]));
        assert_eq!(resolutions(&run), 1);
    }
    assert_eq!(project.run(&["cache", "size"]).stdout, "0\n");
}
