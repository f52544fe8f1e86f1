//! The Python of the target, and native code that this machine can load.

use expect_test::expect;

use super::{handler, invoke, version};
use crate::support::{Project, Wheel, python, python_folder};
use crate::target::elf;

#[test]
fn the_python_is_that_of_the_target() {
    let project = handler("import sys\nreturn list(sys.version_info[:2])");
    let run = project.run(&["invoke", "api", "--python", version()]);
    let [major, minor] = version().split('.').collect::<Vec<_>>()[..] else { unreachable!() };
    assert_eq!(run.stdout, format!("[{major}, {minor}]\n"));
}

#[test]
fn a_python_that_is_not_there_is_said_before_anything_is_run() {
    let project = handler("print('run')\nreturn 1");
    let folder = python_folder(version());
    let missing = if version() == "3.9" { "3.10" } else { "3.9" };
    let tool = project.tool().env("PATH", project.lone_program("python3", "exit 1"));
    let tool = tool.env("PYENV_ROOT", project.home());
    let run = tool.run(&["invoke", "api", "--python", missing]);
    let said = format!(
        "error: there is no Python {missing} on this machine\n  --> lambdas/api\nhint: install it \
         (`uv python install {missing}` or `pyenv install {missing}`), or have `python{missing}` \
         on PATH\n"
    );
    assert_eq!((run.code, run.stdout.as_str(), run.stderr), (5, "", said));
    assert!(folder.exists());
}

#[test]
fn a_program_of_the_right_name_that_is_another_version_is_passed_over() {
    let project = handler("import sys\nreturn sys.version_info[0]");
    let own = python(version());
    let name = format!("python{}", version());
    let wrong = project.lone_program(&name, "echo 2.7; echo cpython");
    let folders = [wrong, own.parent().unwrap().to_owned()];
    let path = std::env::join_paths(folders).unwrap();
    let run = project.tool().env("PATH", path).run(&["invoke", "api", "--python", version()]);
    assert_eq!(run.stdout, "3\n", "{}", run.stderr);
}

#[test]
fn pyenvs_versions_are_found_though_no_shim_leads_to_them() {
    let project = handler("import sys\nreturn sys.version_info[0]");
    let own = python(version());
    let bin = project.home().join(format!("versions/{}.99/bin", version()));
    std::fs::create_dir_all(&bin).unwrap();
    std::os::unix::fs::symlink(own, bin.join(format!("python{}", version()))).unwrap();
    let shim = project.lone_program(&format!("python{}", version()), "exit 127");
    let tool = project.tool().env("PATH", shim).env("PYENV_ROOT", project.home());
    let run = tool.run(&["invoke", "api", "--python", version()]);
    assert_eq!(run.stdout, "3\n", "{}", run.stderr);
}

#[test]
fn an_interpreter_that_uv_knows_is_taken() {
    let project = handler("import sys\nreturn sys.version_info[0]");
    let own = python(version());
    let says =
        format!("echo \"$@\" > '{}/asked'; echo '{}'", project.home().display(), own.display());
    let tool = project.tool().env("PATH", project.lone_program("uv", &says));
    let tool = tool.env("PYENV_ROOT", project.home());
    let run = tool.run(&["invoke", "api", "--python", version()]);
    assert_eq!(run.stdout, "3\n", "{}", run.stderr);
    let asked = std::fs::read_to_string(project.home().join("asked")).unwrap();
    let options = "--no-python-downloads --no-project --no-config --system";
    assert_eq!(asked, format!("python find {} {options}\n", version()));
}

#[test]
#[ignore = "needs python3.12"]
fn the_example_answers_its_event() {
    let project = Project::from_fixture("dofs");
    let run =
        project.run(&["invoke", "validator", "--offline", "--event", "events/validator.json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.json()["total"], "53.30");
}

#[test]
fn without_a_version_it_is_the_python_of_this_machine_with_a_warning() {
    let project = handler("return 1");
    let run = project.run(&["invoke", "api"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "1\n"));
    let said = run.stderr.replace(version(), "3.N");
    expect![[r#"
        warning: `api`: no Python version is set, so that of `python3` is used: 3.N
        hint: set `python` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
            Returned api in [TIME]
    "#]]
    .assert_eq(&said);
    assert_eq!(project.run(&["invoke", "api", "--locked"]).code, 6);
}

#[test]
fn the_python_is_the_one_that_build_would_settle() {
    let project = handler("return 1");
    let function = |name: &str, runtime: &str, zip: &str| {
        format!(
            "resource \"aws_lambda_function\" \"{name}\" {{\n  function_name = \"{name}\"\n  \
             filename = \"{zip}\"\n  handler = \"api.handler\"\n  runtime = {runtime}\n}}\n"
        )
    };
    let zip = "lambdas/api/api.zip";
    let invoked = |text: &str, arguments: &[&str]| {
        project.write("main.tf", text);
        project.run(&[&["invoke", "api"], arguments].concat())
    };
    let own = format!("\"python{}\"", version());
    // Two that disagree are a failure of the lambda, and one that can't be told is named.
    let two = [function("a", &own, zip), function("b", "\"python3.14\"", zip)].concat();
    let run = invoked(&two, &[]);
    assert!(run.code == 4 && run.stderr.contains("here and `python"), "{}", run.text());
    let open = format!("variable \"v\" {{}}\n{}", function("a", "var.v", zip));
    let run = invoked(&open, &[]);
    assert!(run.code == 0 && run.stderr.contains("main.tf:6"), "{}", run.text());
    assert_eq!(invoked(&open, &["--locked"]).code, 6);
    // What is true of all functions is true of it.
    let run = invoked(&function("other", &own, "other.zip"), &[]);
    assert!(run.code == 0 && !run.stderr.contains("warning"), "{}", run.text());
    // The versions that others have are told.
    let others = [function("x", &own, "x.zip"), function("y", "\"python3.14\"", "y.zip")].concat();
    let run = invoked(&others, &[]);
    assert!(run.stderr.contains("the `*.tf` files have "), "{}", run.text());
}

#[test]
fn a_pure_package_for_another_processor_is_run() {
    for architecture in ["arm64", "x86_64"] {
        let run = invoke(&handler("return 1"), &["--arch", architecture]);
        assert_eq!(run.stdout, "1\n", "{}", run.stderr);
    }
}

/// The architecture of Lambda that this machine is not, and its machine.
fn foreign() -> (&'static str, u16, &'static str) {
    match std::env::consts::ARCH {
        "x86_64" => ("arm64", elf::AARCH64, "aarch64"),
        _ => ("x86_64", elf::X86_64, "x86_64"),
    }
}

#[test]
fn native_code_for_another_processor_is_said_before_anything_is_run() {
    let (architecture, machine, name) = foreign();
    let project = handler("print('run')\nreturn 1");
    project.write("lambdas/api/_fast.so", elf::library(machine, None));
    let run = invoke(&project, &["--arch", architecture]);
    let said = format!(
        "error: `_fast.so` needs a processor of the kind {name}, and this machine has {}\n  --> \
         lambdas/api\nhint: run it where there is a processor of the kind {name}, as in a \
         container or on such a machine\n",
        std::env::consts::ARCH
    );
    assert_eq!((run.code, run.stdout.as_str(), run.stderr), (5, "", said));
}

#[test]
fn native_code_of_a_wheel_for_another_processor_is_named_with_its_wheel() {
    let (architecture, machine, name) = foreign();
    let project = handler("return 1");
    let tag = format!("py3-none-manylinux2014_{name}");
    let wheel = Wheel::bare("fast", "1.0").tag(&tag).file("_fast.so", elf::library(machine, None));
    project.publish(&wheel);
    project.write("lambdas/api/requirements.txt", "fast==1.0\n");
    let run = invoke(&project, &["-q", "--arch", architecture]);
    let said = format!("error: `_fast.so` of `fast 1.0` needs a processor of the kind {name}");
    assert!(run.code == 5 && run.stderr.starts_with(&said), "{}", run.text());
    let own = if std::env::consts::ARCH == "x86_64" { "x86_64" } else { "arm64" };
    let run = invoke(&project, &["--arch", architecture]);
    assert!(run.stderr.contains(&format!("hint: try it with `--arch {own}`")), "{}", run.text());
}
