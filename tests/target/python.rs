//! Wheels that say that they are for other versions of Python.

use super::{HANDLER, OLD, locked, requiring, serve};
use crate::support::{Project, Wheel};

/// A wheel for Python 3.13 and later.
fn later() -> Wheel {
    Wheel::new("later", "1.0").metadata("Requires-Python: >=3.13")
}

#[test]
fn a_locked_wheel_for_later_pythons_is_refused() {
    let server = serve(&[later()]);
    let lock = locked(&[later()], &server);
    let project = Project::with(&[HANDLER, OLD, ("lambdas/api/pylock.toml", &lock)]);
    let tool = project.tool().env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS");
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
            Fetching 1 wheel, 891 B
             Fetched 1 wheel
        error: `later 1.0` requires Python >=3.13, and the target is python3.12 on x86_64
          --> lambdas/api/pylock.toml
        hint: require a version for the target's Python, or set another `python`
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&tool.run(&["--python", "3.12"]).text());
    assert_eq!(project.read(OLD.0), OLD.1.as_bytes());
    let run = tool.run(&["--python", "3.12", "--format", "json", "-q"]);
    assert_eq!(run.json()["failures"][0]["code"], "requires-python");
    let run = tool.run(&["--python", "3.13"]);
    assert_eq!(run.code, 0, "{}", run.text());
    assert!(project.entries(OLD.0).contains_key("later/__init__.py"));
    assert_eq!(server.asked(), ["/later-1.0-py3-none-any.whl"]);
}

#[test]
fn a_wheel_required_by_its_path_is_refused_or_taken_by_what_it_says() {
    let project = requiring("# ours\n./later-1.0-py3-none-any.whl\n", &[]);
    project.write("lambdas/api/later-1.0-py3-none-any.whl", later().bytes());
    project.write("dofs-package.toml", "exclude = [\"*.whl\"]\n");
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
        error: `later` requires Python >=3.13, and the target is python3.12 on x86_64
          --> lambdas/api/requirements.txt:2
        hint: require a version for the target's Python, or set another `python`
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&project.run(&["--python", "3.12"]).text());
    let run = project.run(&["--python", "3.13"]);
    assert_eq!(run.code, 0, "{}", run.text());
    assert!(project.entries(OLD.0).contains_key("later/__init__.py"));
}

#[test]
fn ranges_are_those_of_versions_and_what_is_none_is_passed_over() {
    let table = [
        (">=3.9", true),
        (">=3.12,<4", true),
        ("~=3.12", true),
        ("==3.12.*", true),
        ("!=3.12.*", false),
        ("<3.12", false),
        (">=3.9, !=3.10.*", true),
        // Lambda's patch version moves with its updates, so it may be any.
        (">3.12", true),
        ("==3.12.0", true),
        (">=3.12.9", true),
        ("<=3.12", true),
        ("", true),
        ("three", true),
    ];
    for (range, fits) in table {
        let wheel = Wheel::new("one", "1.0").metadata(&format!("Requires-Python: {range}"));
        let server = serve(std::slice::from_ref(&wheel));
        let lock = locked(&[wheel], &server);
        let project = Project::with(&[HANDLER, ("lambdas/api/pylock.toml", &lock)]);
        let tool = project.tool().env_remove("PIP_NO_INDEX").env_remove("PIP_FIND_LINKS");
        let run = tool.run(&["--python", "3.12"]);
        assert_eq!(run.code, if fits { 0 } else { 4 }, "`{range}`: {}", run.text());
    }
}
