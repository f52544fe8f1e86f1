//! The main job, on projects and wheels made in code.

use crate::support::{Project, Wheel};

/// A lambda with one module.
const HANDLER: (&str, &str) =
    ("lambdas/api/api.py", "def handler(event, context):\n    return 1\n");

#[test]
fn a_lambda_becomes_a_zip_and_its_hash_is_printed() {
    let project = Project::with(&[HANDLER]);
    let run = project.run(&[]);
    expect_test::expect![[r#"
        exit code: 0
        --- stdout
        api	nQ+LOeUICd6q1XbnLpoeovXp78rsxXan0nH1iBCqxwI=	lambdas/api/api.zip
        --- stderr
            Packaged api (152 B, 1 file)
            Finished 1 package in [TIME]
    "#]]
    .assert_eq(&run.text());
    let entries = project.entries("lambdas/api/api.zip");
    assert_eq!(entries.keys().collect::<Vec<_>>(), ["api.py"]);
    assert_eq!(entries["api.py"], (HANDLER.1.into(), 0o100_644));
}

#[test]
fn requirements_come_from_wheels_with_all_that_they_require() {
    let project = Project::with(&[HANDLER, ("lambdas/api/requirements.txt", "one\n")]);
    project.publish(&Wheel::new("one", "1.0").requires("two>=2"));
    project.publish(&Wheel::new("two", "2.1"));
    let run = project.run(&["--python", "3.12"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let entries = project.entries("lambdas/api/api.zip");
    let names: Vec<_> = entries.keys().map(String::as_str).collect();
    let expected = [
        "api.py",
        "one-1.0.dist-info/METADATA",
        "one-1.0.dist-info/RECORD",
        "one-1.0.dist-info/WHEEL",
        "one/__init__.py",
        "requirements.txt",
        "two-2.1.dist-info/METADATA",
        "two-2.1.dist-info/RECORD",
        "two-2.1.dist-info/WHEEL",
        "two/__init__.py",
    ];
    assert_eq!(names, expected);
}
