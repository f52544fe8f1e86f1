//! Markers: whatever Python runs pip, the projects are those which uv names for the same target.

use std::process::Command;

use crate::support::{self, Project, Wheel};

/// Markers, each of a project of its own. uv knows no `===` in markers and no
/// comma in lists of versions, so these are not among them.
const MARKERS: [&str; 29] = [
    "python_version < '3.10'",
    "python_version >= '3.10'",
    "python_version > '3.9' and python_version <= '3.12'",
    "python_version != '3.11'",
    "python_version ~= '3.10'",
    "python_version == '3.10.*' or python_version == '3.13'",
    "python_version in '3.9 3.12'",
    "python_version not in '3.9 3.12'",
    "'3.11' <= python_version",
    "python_full_version >= '3.10.0'",
    "python_full_version < '3.12.1'",
    "python_full_version == '3.12.*'",
    "platform_machine == 'x86_64'",
    "platform_machine == 'aarch64' or platform_machine == 'arm64'",
    "platform_machine not in 'x86_64 AMD64'",
    "'64' in platform_machine",
    "sys_platform == 'linux'",
    "sys_platform == 'win32' or (os_name == 'nt' and python_version > '3')",
    "os_name == 'posix' and sys_platform != 'darwin'",
    "platform_system == 'Linux' and (python_version < '3.10' or platform_machine == 'aarch64')",
    "(python_version < '3.10' or python_version > '3.12') and platform_machine == 'x86_64'",
    "implementation_name == 'cpython'",
    "implementation_name == 'pypy' or platform_python_implementation == 'PyPy'",
    "implementation_version >= '3.12'",
    "platform_python_implementation == 'CPython' and python_full_version > '3.11'",
    "platform_release == 'no such release'",
    "platform_version != 'no such version'",
    "extra == 'nobody'",
    "'linux' in sys_platform and 'Li' in platform_system",
];

/// The targets, as we and as uv name them.
const TARGETS: [(&str, &str, &str); 10] = [
    ("3.9", "x86_64", "x86_64-manylinux2014"),
    ("3.10", "x86_64", "x86_64-manylinux2014"),
    ("3.11", "x86_64", "x86_64-manylinux2014"),
    ("3.12", "x86_64", "x86_64-manylinux_2_34"),
    ("3.13", "x86_64", "x86_64-manylinux_2_34"),
    ("3.9", "arm64", "aarch64-manylinux2014"),
    ("3.10", "arm64", "aarch64-manylinux2014"),
    ("3.11", "arm64", "aarch64-manylinux2014"),
    ("3.12", "arm64", "aarch64-manylinux_2_34"),
    ("3.13", "arm64", "aarch64-manylinux_2_34"),
];

/// The name of the lambda of a target.
fn lambda(python: &str, architecture: &str) -> String {
    format!("{}_{architecture}", python.replace('.', "_"))
}

/// A project with a lambda for each target, all with the same lines; the same markers are on
/// lines and on what a wheel requires in turn, by itself and by an extra of it.
fn project() -> Project {
    let project = Project::new();
    let mut parent = Wheel::new("parent", "1.0").metadata("Provides-Extra: more");
    let mut lines = "parent[more]\n".to_owned();
    for (number, marker) in MARKERS.iter().enumerate() {
        lines += &format!("line{number} ; {marker}\n");
        parent = parent
            .requires(&format!("child{number} ; {marker}"))
            .requires(&format!("extra{number} ; ({marker}) and extra == 'more'"))
            .requires(&format!("other{number} ; ({marker}) and extra == 'other'"));
        for kind in ["line", "child", "extra", "other"] {
            project.publish(&Wheel::new(&format!("{kind}{number}"), "1.0"));
        }
    }
    project.publish(&parent);
    let mut config = String::new();
    for (python, architecture, _) in TARGETS {
        let name = lambda(python, architecture);
        config +=
            &format!("[lambda.{name}]\npython = \"{python}\"\narchitecture = \"{architecture}\"\n");
        project.write(&format!("lambdas/{name}/{name}.py"), "x = 1\n");
        project.write(&format!("lambdas/{name}/requirements.txt"), &lines);
    }
    project.write("dofs-package.toml", config);
    project
}

/// The projects that uv names for a target, sorted.
fn of_uv(project: &Project, python: &str, platform: &str) -> Vec<String> {
    let mut uv = Command::new("uv");
    uv.args(["pip", "compile", "-q", "--no-header", "--no-annotate", "--no-index"]);
    uv.arg("--find-links").arg(project.index());
    uv.args(["--python-version", python, "--python-platform", platform]);
    uv.arg("--cache-dir").arg(project.home().join("uv")).env("PATH", support::path_with_uv());
    uv.arg(project.path("lambdas/3_9_arm64/requirements.txt"));
    let said = support::output(&mut uv);
    let names = said.lines().filter_map(|line| line.split_once("==")).map(|(name, _)| name);
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort();
    names
}

#[test]
#[cfg(unix)]
#[ignore = "needs uv and Pythons 3.8 to 3.13"]
fn every_host_takes_the_projects_that_uv_names_for_the_target() {
    let project = project();
    let expected: Vec<Vec<String>> =
        TARGETS.iter().map(|(python, _, platform)| of_uv(&project, python, platform)).collect();
    let mut sizes: Vec<usize> = expected.iter().map(Vec::len).collect();
    sizes.dedup();
    assert!(sizes.len() > 5, "the table tells targets apart: {sizes:?}");
    let mut wrong = String::new();
    for host in ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13"] {
        let ask = support::output(
            Command::new(support::python(host)).args(["-c", "import sys; print(sys.executable)"]),
        );
        let only = project.lone_program("python3", &format!("exec '{}' \"$@\"", ask.trim()));
        let tool = project.tool().env("PATH", only);
        let run = tool.run(&["-n", "-q", "--upgrade", "--format", "json"]);
        assert_eq!(run.code, 0, "{host}: {}", run.text());
        let json = run.json();
        for ((python, architecture, _), expected) in TARGETS.iter().zip(&expected) {
            let name = lambda(python, architecture);
            let packages = json["packages"].as_array().unwrap();
            let package = packages.iter().find(|it| it["name"] == name.as_str()).unwrap();
            let wheels = package["requirements"].as_array().unwrap().iter();
            let ours: Vec<&str> = wheels.map(|it| it["name"].as_str().unwrap()).collect();
            if ours != *expected {
                let lacks = expected.iter().filter(|name| !ours.contains(&name.as_str()));
                let has = ours.iter().filter(|name| !expected.iter().any(|it| it == *name));
                let (lacks, has): (Vec<_>, Vec<_>) = (lacks.collect(), has.collect());
                wrong += &format!("{host} for {name}: lacks {lacks:?}, has {has:?}\n");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
