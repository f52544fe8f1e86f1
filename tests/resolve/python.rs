//! Interpreters that are not there, have no pip, or whose pip fails.

use super::requiring;
use crate::support::{self, Wheel};

/// Runs the tool on a lambda that requires `one`, with nothing on PATH but these programs of the
/// shell, and returns all that it said.
fn run_with(programs: &[(&str, &str)], arguments: &[&str]) -> String {
    let project = requiring("one\n", &[Wheel::new("one", "1.0")]);
    project.write("lambdas/api/api.zip", "the last good one");
    let mut folder = project.home();
    for (name, script) in programs {
        folder = project.lone_program(name, script);
    }
    let run = project.tool().env("PATH", folder.clone()).run(arguments);
    assert_eq!(project.read("lambdas/api/api.zip"), b"the last good one");
    assert!(project.leftovers().is_empty(), "{:?}", project.leftovers());
    run.text().replace(&folder.display().to_string(), "[BIN]")
}

/// A script that answers as the tool's own does before pip starts, and then goes on as pip.
fn pip(script: &str) -> String {
    let answer = r#"echo '{"pip":"24.0","configuration":[]}' > "$3""#;
    format!("{answer}\n{script}")
}

const TARGET: [&str; 2] = ["--python", "3.12"];

#[test]
fn no_python_at_all_is_told() {
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
    .assert_eq(&run_with(&[], &TARGET));
}

#[test]
fn no_python_to_take_the_version_from_is_told() {
    expect_test::expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
        error: no Python version is set, and there is no `python3` to take it from
          --> lambdas/api
        hint: set `python` in dofs-package.toml to what the function runs on, or pass it as `--python X.Y`
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&run_with(&[], &[]));
}

#[test]
fn a_host_that_is_too_old_to_take_the_version_from_is_told() {
    let programs = [("python3", "echo 3.6")];
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: no Python version is set, and that of `python3` will not do: 3.6 is older than 3.9, the oldest that is packaged for
          --> lambdas/api
        hint: set `python` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&run_with(&programs, &[]));
}

#[test]
fn a_python_without_pip_and_one_with_too_old_a_pip_are_told_each() {
    let programs = [
        ("python3.12", "echo 'it has no pip' >&2; exit 97"),
        ("python3", "echo 'its pip is 20.0.2, older than 21.2' >&2; exit 97"),
    ];
    expect_test::expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
        error: no Python that can run pip 21.2 or later was found
          --> lambdas/api
          caused by: `python3.12`: it has no pip
          caused by: `python3`: its pip is 20.0.2, older than 21.2
        hint: install pip for one of them (`python3 -m ensurepip`, or the package python3-pip)
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&run_with(&programs, &TARGET));
}

#[test]
fn the_last_lines_of_a_pip_that_fails_are_shown() {
    let fails = pip("for line in 1 2 3 4 5 6 7 8 9; do echo \"line $line\" >&2; done\n\
         echo 'OSError: no route to http://user:secret@host/simple' >&2; exit 2");
    expect_test::expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
        error: `pip download` of pip 24.0 failed (exit status: 2)
          --> lambdas/api/requirements.txt
          caused by: line 3
          caused by: line 4
          caused by: line 5
          caused by: line 6
          caused by: line 7
          caused by: line 8
          caused by: line 9
          caused by: OSError: no route to http://****@host/simple
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&run_with(&[("python3", &fails)], &TARGET));
}

#[test]
fn a_pip_that_is_killed_is_told() {
    let killed = pip("kill -9 $$");
    expect_test::expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
        error: `pip download` of pip 24.0 failed (signal: 9 (SIGKILL))
          --> lambdas/api/requirements.txt
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&run_with(&[("python3", &killed)], &TARGET));
}

#[test]
fn a_pip_that_succeeds_without_a_wheel_gives_no_smaller_package() {
    let nothing = pip("exit 0");
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
        error: `one` is required, but pip gave no wheel of it
          --> lambdas/api/requirements.txt:1
        hint: require it in a way that pip can download
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&run_with(&[("python3", &nothing)], &TARGET));
}

#[test]
fn the_next_python_is_tried_where_one_has_no_pip() {
    let project = requiring("one\n", &[Wheel::new("one", "1.0")]);
    let path = project.program("python3.12", "exit 1");
    let run = project.tool().env("PATH", path).run(&TARGET);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn a_shim_of_a_version_is_tried_after_python3() {
    let project = requiring("one\n", &[Wheel::new("one", "1.0")]);
    let (shims, mark) = (project.home().join("shims"), project.path("started"));
    let path = project.program("python3.12", &format!("touch '{}'; exit 127", mark.display()));
    let own = std::env::split_paths(&path).next().expect("its folder");
    std::fs::rename(own, &shims).expect("a folder");
    let path = std::iter::once(shims).chain(std::env::split_paths(&path).skip(1));
    let path = std::env::join_paths(path).expect("folders");
    let run = project.tool().env("PATH", path).run(&TARGET);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(!mark.exists());
}

#[test]
fn pip_runs_no_program_to_describe_the_host() {
    let project = requiring("one\n", &[Wheel::new("one", "1.0")]);
    let mark = project.path("started");
    for name in ["lsb_release", "uname", "rustc"] {
        project.program(name, &format!("echo {name} >> '{}'", mark.display()));
    }
    let path = project.program("nothing", "true");
    let run = project.tool().env("PATH", path).run(&TARGET);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(!mark.exists(), "{}", String::from_utf8_lossy(&project.read("started")));
}

#[test]
fn a_python_that_really_has_no_pip_says_so() {
    let project = requiring("one\n", &[]);
    // Without site folders there is no pip for it to import.
    let real =
        support::output(support::python3().args(["-c", "import sys; print(sys.executable)"]));
    let script = format!("exec {} -S -I \"$@\"", real.trim());
    let folder = project.lone_program("python3", &script);
    let run = project.tool().env("PATH", folder).run(&TARGET);
    assert_eq!(run.code, 5, "{}", run.stderr);
    assert!(run.stderr.contains("it has no pip\n"), "{}", run.stderr);
}

/// Runs the tool on a real Python whose pip is this, file by file, and returns what it said.
fn run_with_pip(files: &[(&str, &str)]) -> String {
    let project = requiring("one\n", &[]);
    let modules = project.home().join("modules");
    for (path, text) in files {
        let path = modules.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder above")).expect("a folder");
        std::fs::write(path, text).expect("a module");
    }
    let ask = ["-c", "import sys; print(sys.executable)"];
    let real = support::output(support::python3().args(ask));
    let folder = project.lone_program("python3", &format!("exec '{}' \"$@\"", real.trim()));
    let tool = project.tool().env("PATH", folder).env("PYTHONPATH", modules);
    let run = tool.run(&TARGET);
    assert_eq!(run.code, 5, "{}", run.stderr);
    run.stderr
}

#[test]
fn a_pip_that_is_really_too_old_is_not_used() {
    let said = run_with_pip(&[("pip/__init__.py", "__version__ = '21.1.3'\n")]);
    assert!(said.contains("its pip is 21.1.3, older than 21.2\n"), "{said}");
}

#[test]
fn a_pip_that_looks_elsewhere_for_its_markers_is_not_used() {
    let markers = "def default_environment():\n    return {}\n\n\
                   class Marker:\n    def __init__(self, text):\n        pass\n\n    \
                   def evaluate(self):\n        return False\n";
    let configuration = "def get_configuration_files():\n    return {}\n";
    let said = run_with_pip(&[
        ("pip/__init__.py", "__version__ = '99.0'\n"),
        ("pip/_vendor/__init__.py", ""),
        ("pip/_vendor/packaging/__init__.py", ""),
        ("pip/_vendor/packaging/markers.py", markers),
        ("pip/_internal/__init__.py", ""),
        ("pip/_internal/configuration.py", configuration),
    ]);
    assert!(said.contains("its pip evaluates markers in a way that is not known here\n"), "{said}");
}
