//! Who says what a package is for: a guess never becomes a fact, and never is another version taken
//! in place of one that somebody said.

use expect_test::expect;

use super::elf::{X86_64, library};
use crate::support::{Project, Run, Wheel};

/// A module that is enough for a lambda.
pub(super) const MODULE: &str = "def handler(event, context):\n    return 1\n";

/// A project with a lambda for each name, each with a requirement, on a machine whose `python3` is
/// 3.11.
pub(super) struct Requiring(pub(super) Project);

impl Requiring {
    pub(super) fn new(names: &[&str]) -> Self {
        let project = Project::new();
        for name in names {
            project.write(&format!("lambdas/{name}/{name}.py"), MODULE);
            project.write(&format!("lambdas/{name}/requirements.txt"), "one\n");
        }
        project.publish(&Wheel::new("one", "1.0"));
        Self(project)
    }

    /// With files.
    pub(super) fn with(self, files: &[(&str, &str)]) -> Self {
        for (path, text) in files {
            self.0.write(path, text);
        }
        self
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Run {
        let real = crate::support::path().to_str().expect("a PATH is UTF-8");
        let script = format!(
            "case \"$*\" in *version_info*) echo 3.11 ;; *) PATH='{real}' exec python3 \"$@\" ;; esac"
        );
        let path = self.0.lone_program("python3", &script);
        self.0.tool().env("PATH", path).run(arguments)
    }

    /// What was said but of resolving.
    fn said(&self, arguments: &[&str]) -> String {
        let run = self.run(arguments);
        let lines = run.stderr.lines().filter(|line| !line.contains(" Resol"));
        let lines = lines.map(|line| format!("{line}\n")).collect::<String>();
        format!("exit code: {}\n{lines}", run.code)
    }

    /// The Python version of each package.
    pub(super) fn versions(&self, arguments: &[&str]) -> Vec<String> {
        let run = self.run(&[&["build", "-n", "-q", "--format=json"], arguments].concat());
        assert_eq!(run.code, 0, "{}", run.text());
        let json = run.json();
        let packages = json["packages"].as_array().expect("packages").iter();
        packages.map(|it| it["python"].as_str().expect("a version").to_owned()).collect()
    }
}

/// A function of a lambda's zip, in Terraform, with more attributes.
pub(super) fn function(lambda: &str, attributes: &str) -> String {
    format!(
        "resource \"aws_lambda_function\" \"{lambda}\" {{\n  function_name = \"{lambda}\"\n  \
         filename = \"${{path.module}}/../lambdas/{lambda}/{lambda}.zip\"\n  {attributes}\n}}\n"
    )
}

/// The lines of `list` that say the target of a lambda.
pub(super) fn target(project: &Requiring, lambda: &str) -> Vec<String> {
    let run = project.run(&["list", "-q", lambda]);
    assert_eq!(run.code, 0, "{}", run.text());
    let lines = run.stdout.lines().filter(|line| line.contains("\ttarget\t"));
    lines.take(2).map(|line| line.split_once("\ttarget\t").expect("a target").1.into()).collect()
}

#[test]
fn a_version_that_is_not_known_here_is_packaged_for_itself() {
    let runtime = function("api", "runtime = \"python3.15\"");
    for (files, arguments, version) in [
        (&[("terraform/main.tf", &*runtime)][..], &[][..], "3.15"),
        (&[("dofs-package.toml", "python = \"3.16\"\n")], &[], "3.16"),
        (&[("dofs-package.toml", "[lambda.api]\npython = \"3.17\"\n")], &[], "3.17"),
        (&[], &["--python", "3.18"], "3.18"),
        (&[("terraform/main.tf", &runtime)], &["--python", "3.15"], "3.15"),
    ] {
        let project = Requiring::new(&["api"]).with(files);
        let run = project.run(&[&["build", "-q", "--format=json"], arguments].concat());
        let json = run.json();
        let package = &json["packages"][0];
        let warnings = package["warnings"].as_array().expect("warnings");
        let codes: Vec<_> = warnings.iter().map(|it| it["code"].as_str().unwrap()).collect();
        assert_eq!((&package["python"], codes), (&version.into(), vec!["python-unknown"]));
    }
}

#[test]
fn a_version_that_is_not_known_here_is_one_warning_of_a_run() {
    let project = Requiring::new(&["api", "jobs", "web"]);
    expect![[r#"
        exit code: 0
        warning: 3 lambdas (`api`, `jobs`, `web`): python3.15 is newer than all that are known here, so its platform is taken to be that of python3.14: Amazon Linux 2023, glibc 2.34
         Would build api (1.0 kB, 6 files)
         Would build jobs (1.0 kB, 6 files)
         Would build web (1.0 kB, 6 files)
            Finished 3 packages in [TIME], nothing written
    "#]].assert_eq(&project.said(&["build", "-n", "--python", "3.15"]));
}

#[test]
fn a_wheel_for_a_version_that_is_not_known_here_is_taken() {
    let project = Requiring::new(&["api"]);
    let native = Wheel::new("one", "2.0").tag("cp315-cp315-manylinux_2_28_x86_64");
    project.0.publish(&native);
    let json = project.run(&["build", "-q", "--python", "3.15", "--format=json"]).json();
    assert_eq!(json["packages"][0]["requirements"][0]["version"], "2.0", "{json}");
}

#[test]
fn a_version_that_is_too_old_is_a_failure_where_the_package_hangs_on_it() {
    let runtime = function("api", "runtime = \"python3.8\"");
    let project = Requiring::new(&["api"]).with(&[("terraform/main.tf", &runtime)]);
    expect![[r#"
        exit code: 4
        error: python3.8 (terraform/main.tf:4) is older than python3.9, the oldest that requirements and native code are packaged for
          --> lambdas/api
        hint: move the function to a newer runtime, and set `python` to that
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&project.said(&["build"]));
    for (arguments, variable) in
        [(&["--python", "3.6"][..], ""), (&["--python", "3.8"], ""), (&[], "3.7"), (&[], "3.0")]
    {
        project.0.write(
            "dofs-package.toml",
            match variable {
                "" => String::new(),
                version => format!("python = \"{version}\"\n"),
            },
        );
        let run = project.run(&[&["build", "-q", "--format=json"], arguments].concat());
        let code = &run.json()["failures"][0]["code"];
        assert_eq!((run.code, code), (4, &"python-too-old".into()), "{}", run.text());
    }
    std::fs::remove_file(project.0.path("lambdas/api/requirements.txt")).unwrap();
    for arguments in [&["--python", "3.6"][..], &["--locked"], &[]] {
        let said = project.said(&[&["build", "-q"], arguments].concat());
        assert_eq!(said, "exit code: 0\n");
    }
    project.0.write("lambdas/api/_x.so", library(X86_64, None));
    assert_eq!(project.run(&["build", "-q"]).code, 4);
}

#[test]
fn a_runtime_that_is_no_python_3_gives_its_lambda_none() {
    for runtime in ["python2.7", "python3.x"] {
        let terraform = function("api", &format!("runtime = \"{runtime}\""))
            + &function("jobs", "runtime = \"python3.12\"");
        let project = Requiring::new(&["api", "jobs"]).with(&[("terraform/main.tf", &terraform)]);
        let run = project.run(&["build", "-n", "-q", "--format=json"]);
        let json = run.json();
        assert_eq!(json["failures"][0]["code"], "terraform-runtime", "{runtime}: {json}");
        assert_eq!(json["packages"][0]["python"], "3.12", "{runtime}: {json}");
        // Its files are the same for each.
        std::fs::remove_file(project.0.path("lambdas/api/requirements.txt")).unwrap();
        project.0.write("lambdas/api/_x.so", library(X86_64, None));
        let json = project.run(&["build", "-n", "-q", "--format=json"]).json();
        assert_eq!(json["packages"][0]["python"], serde_json::Value::Null, "{runtime}: {json}");
    }
}

#[test]
fn a_lambda_without_a_function_is_for_what_all_functions_agree_on() {
    let other =
        |name: &str, attributes: &str| function(name, attributes).replace("lambdas/", "elsewhere/");
    let nine = "runtime = \"python3.9\"";
    let arm = "runtime = \"python3.9\"\n  architectures = [\"arm64\"]";
    for (text, expected) in [
        (
            other("x", nine),
            ["python3.9\tterraform/main.tf:4, as in all Python functions", "x86_64"],
        ),
        (
            other("x", arm) + &other("y", arm),
            ["python3.9\tterraform/main.tf:4, as in all Python functions", "arm64"],
        ),
        (
            other("x", nine)
                + &other("y", "runtime = \"nodejs22.x\"\n  architectures = [\"arm64\"]"),
            ["python3.9\tterraform/main.tf:4, as in all Python functions", "x86_64"],
        ),
        (other("x", nine) + &other("y", "runtime = \"python3.12\""), ["python3.11", "x86_64"]),
        (other("x", nine) + &other("y", "runtime = data.x.y.z"), ["python3.11", "x86_64"]),
        (other("x", nine) + &other("y", arm), ["python3.9", "x86_64\tdefault"]),
        (other("x", nine) + "resource {", ["python3.11", "x86_64"]),
    ] {
        let project = Requiring::new(&["api"]).with(&[("terraform/main.tf", &text)]);
        let target = target(&project, "api");
        let fits = target.iter().zip(expected).all(|(line, start)| line.starts_with(start));
        assert!(fits, "{text}\n{target:?}");
    }
}

#[test]
fn a_note_names_one_of_the_functions_that_agree() {
    let text = function("jobs", "runtime = \"python3.13\"");
    let project = Requiring::new(&["api", "jobs"]).with(&[("terraform/main.tf", &text)]);
    let run = project.run(&["list", "-v"]);
    let notes = run.stderr.lines().filter(|line| line.contains("no function says"));
    expect![[r#"
                Note no function says the Python version of `api`: it is that of terraform/main.tf:4, as in all Python functions
                Note no function says the architecture of `api`: it is that of terraform/main.tf:1, as in all Python functions
    "#]].assert_eq(&notes.map(|line| format!("{}\n", line.trim_start())).collect::<String>());
}

#[test]
fn what_all_agree_on_is_no_value_for_a_function_whose_own_can_not_be_told() {
    let text = function("api", "runtime = data.x.y.z\n  architectures = [data.x.y.z]")
        + &function("jobs", "runtime = \"python3.12\"\n  architectures = [\"arm64\"]");
    let project = Requiring::new(&["api", "jobs"]).with(&[("terraform/main.tf", &text)]);
    let lines = target(&project, "api");
    assert_eq!(lines, ["python3.11\tpython3 on PATH", "x86_64\tdefault"]);
}

#[test]
fn each_says_more_than_the_next() {
    let text = function("api", "runtime = \"python3.10\"\n  architectures = [\"arm64\"]");
    let all = [("terraform/main.tf", &*text)];
    let project = Requiring::new(&["api"]).with(&all);
    project.run(&["lock", "--python", "3.9", "--arch", "x86_64"]);
    let of = |arguments: &[&str]| project.versions(arguments).remove(0);
    assert_eq!(of(&[]), "3.10");
    project.0.write("dofs-package.toml", "python = \"3.12\"\n");
    assert_eq!(of(&[]), "3.12");
    project.0.write("dofs-package.toml", "python = \"3.12\"\n[lambda.api]\npython = \"3.13\"\n");
    assert_eq!(of(&[]), "3.13");
    assert_eq!(of(&["--python", "3.14"]), "3.14");
    // Each part by itself: the config says nothing of the architecture.
    assert_eq!(target(&project, "api")[1], "arm64\tterraform/main.tf:5");
    std::fs::remove_file(project.0.path("terraform/main.tf")).unwrap();
    std::fs::remove_file(project.0.path("dofs-package.toml")).unwrap();
    let lines = target(&project, "api");
    let expected = ["python3.9\tlambdas/api/pylock.toml", "x86_64\tlambdas/api/pylock.toml"];
    assert_eq!(lines, expected);
}

#[test]
fn what_only_the_host_says_is_one_warning_with_the_versions_of_the_files() {
    let text = function("jobs", "runtime = \"python3.12\"")
        + &function("web", "runtime = \"python3.9\"")
        + &function("x", "runtime = \"python3.12\"");
    let project = Requiring::new(&["a", "b", "jobs"]).with(&[("terraform/main.tf", &text)]);
    expect![[r#"
        exit code: 0
        warning: 2 lambdas (`a`, `b`): no Python version is set, so that of `python3` is used: 3.11; the `*.tf` files have python3.9 (terraform/main.tf:9) and python3.12 (terraform/main.tf:4)
        hint: set `python` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
         Would build a (1.0 kB, 6 files)
         Would build b (1.0 kB, 6 files)
         Would build jobs (1.0 kB, 6 files)
            Finished 3 packages in [TIME], nothing written
    "#]].assert_eq(&project.said(&["build", "-n"]));
    expect![[r#"
        exit code: 0
        warning: `a`: no Python version is set, so that of `python3` is used: 3.11; the `*.tf` files have python3.9 (terraform/main.tf:9) and python3.12 (terraform/main.tf:4)
        hint: set `python` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
         Would build a (1.0 kB, 6 files)
            Finished 1 package in [TIME], nothing written
    "#]].assert_eq(&project.said(&["build", "-n", "a"]));
    expect![[r#"
        exit code: 4
        error: no Python version is set, and a lock is made for one: that of this machine is a guess
          --> lambdas/a
          caused by: the `*.tf` files have python3.9 (terraform/main.tf:9) and python3.12 (terraform/main.tf:4)
        hint: set `python` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
    "#]].assert_eq(&project.said(&["lock", "a"]));
    let lines = "one==1.0 --hash=sha256:".to_owned() + &Wheel::new("one", "1.0").sha256();
    project.0.write("lambdas/a/requirements.txt", lines);
    expect![[r#"
        exit code: 6
        error: no Python version is set, and `--locked` demands one: that of this machine is a guess
          --> lambdas/a
          caused by: the `*.tf` files have python3.9 (terraform/main.tf:9) and python3.12 (terraform/main.tf:4)
        hint: set `python` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&project.said(&["build", "-n", "--locked", "a"]));
}

#[test]
fn many_lambdas_without_a_version_are_counted_and_some_named() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let project = Requiring::new(&names);
    let said = project.said(&["build", "-n", "-q"]);
    assert_eq!(said, "exit code: 0\n");
    let said = project.said(&["build", "-n"]);
    let warnings: Vec<&str> = said.lines().filter(|line| line.contains("no Python")).collect();
    expect!["warning: 10 lambdas (`a`, `b`, `c`, `d`, `e`, `f`, `g`, `h` and 2 more): no Python version is set, so that of `python3` is used: 3.11"].assert_eq(&warnings.join("\n"));
}

#[test]
fn no_lock_is_made_or_fresh_for_a_target_that_nobody_said() {
    let unknown = function("api", "runtime = var.runtime");
    let broken = function("api", "runtime = \"python3.12\"") + "resource {";
    let arm = function("api", "runtime = \"python3.12\"\n  architectures = [data.x.y.z]");
    for text in ["", &unknown, &broken, &arm] {
        let project = Requiring::new(&["api"]).with(&[("terraform/main.tf", text)]);
        let codes = [&["lock"][..], &["lock", "--upgrade"], &["lock", "--check"]]
            .map(|arguments| project.run(arguments).code);
        assert_eq!(codes, [4; 3], "{text}");
        assert!(!project.0.path("lambdas/api/pylock.toml").exists(), "{text}");
        assert_eq!(project.run(&["build", "--locked", "-n"]).code, 6, "{text}");
        // `list` goes on.
        assert_eq!(project.run(&["list"]).code, 0, "{text}");
        let run = project.run(&["lock", "--python", "3.12", "--arch", "x86_64"]);
        assert_eq!(run.code, 0, "{text}: {}", run.text());
        // What the lock has now, somebody said.
        let run = project.run(&["build", "--locked", "-n", "-q"]);
        assert_eq!(run.code, 0, "{text}: {}", run.text());
    }
}

#[test]
fn a_lock_that_nobody_knows_the_target_of_is_a_guess_until_somebody_says_it() {
    let project = Requiring::new(&["api"]);
    project.run(&["lock", "--python", "3.11"]);
    let path = "lambdas/api/pylock.toml";
    let text = String::from_utf8(project.0.read(path)).unwrap();
    // As earlier versions wrote it, for the host's or for somebody's.
    let old: String =
        text.lines().filter(|it| !it.starts_with("said")).map(|it| it.to_owned() + "\n").collect();
    assert_ne!(text, old);
    project.0.write(path, &old);
    expect![[r#"
        exit code: 0
        warning: `api`: no Python version is set, so that of `lambdas/api/pylock.toml` is used, which may be that of another machine: 3.11
        hint: set `python` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
         Would build api (1.0 kB, 6 files)
            Finished 1 package in [TIME], nothing written
    "#]].assert_eq(&project.said(&["build", "-n"]));
    expect![[r#"
        exit code: 6
        error: no Python version is set, and `--locked` demands one: that of the lock, which an earlier version made, may be a guess
          --> lambdas/api
        hint: set `python` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&project.said(&["build", "-n", "--locked"]));
    expect![[r#"
        exit code: 4
        error: no Python version is set, and a lock is made for one: that of the lock, which an earlier version made, may be a guess
          --> lambdas/api
        hint: set `python` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
    "#]].assert_eq(&project.said(&["lock"]));
    assert_eq!(project.run(&["lock", "--check"]).code, 4);
    // Where something else says it, the lock is as fresh as it was.
    assert_eq!(project.run(&["build", "-n", "--locked", "--python", "3.11"]).code, 0);
    assert_eq!(project.run(&["lock", "--python", "3.11"]).code, 0);
    assert_eq!(String::from_utf8(project.0.read(path)).unwrap(), text);
    assert_eq!(project.run(&["build", "-n", "--locked"]).code, 0);
}

#[test]
fn the_default_of_one_run_is_not_what_terraform_says_in_the_next() {
    let plain = function("api", "runtime = \"python3.12\"");
    let project = Requiring::new(&["api"]);
    // Nobody says an architecture, and the lock is for x86_64.
    project.run(&["lock", "--python", "3.12"]);
    project.0.write(
        "terraform/main.tf",
        plain.replace("runtime =", "architectures = [data.x.y.z]\n  runtime ="),
    );
    expect![[r#"
        exit code: 6
        error: `api`: the architecture can't be told, and `--locked` demands one
          --> terraform/main.tf:4
          caused by: `architectures` of `aws_lambda_function.api` can't be told from the files: `data.x.y` is known to Terraform only
        hint: set `architecture` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&project.said(&["build", "-n", "--locked"]));
    expect![[r#"
        exit code: 0
        warning: `api`: `architectures` of `aws_lambda_function.api` can't be told from the files: `data.x.y` is known to Terraform only, so x86_64 is taken
          --> terraform/main.tf:4
        hint: set `architecture` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
         Would build api (1.0 kB, 6 files)
            Finished 1 package in [TIME], nothing written
    "#]].assert_eq(&project.said(&["build", "-n"]));
    expect![[r#"
        exit code: 4
        error: `api`: the architecture can't be told, and a lock is made for one
          --> terraform/main.tf:4
          caused by: `architectures` of `aws_lambda_function.api` can't be told from the files: `data.x.y` is known to Terraform only
        hint: set `architecture` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
    "#]].assert_eq(&project.said(&["lock"]));
    assert_eq!(project.run(&["lock", "--arch", "x86_64"]).code, 0);
    let said = project.said(&["build", "-n", "-q", "--locked"]);
    assert_eq!(said, "exit code: 0\n");
    // One for the other, nobody has as a default.
    project.run(&["lock", "--arch", "arm64"]);
    let path = "lambdas/api/pylock.toml";
    let text = String::from_utf8(project.0.read(path)).unwrap();
    project.0.write(path, text.replace("\"python\", \"architecture\"", "\"python\""));
    let said = project.said(&["build", "-n", "-q", "--locked"]);
    assert_eq!(said, "exit code: 0\n");
}

#[test]
fn an_architecture_that_is_none_is_not_the_default() {
    let text = function("api", "runtime = \"python3.12\"\n  architectures = [\"aarch64\"]");
    let project = Requiring::new(&["api"]).with(&[("terraform/main.tf", &text)]);
    let said = project.said(&["build", "-n", "--locked"]);
    assert!(said.starts_with("exit code: 6\n"), "{said}");
    expect![[r#"
        exit code: 0
        warning: `api`: `aarch64` is no architecture of Lambda: `x86_64` or `arm64`, so x86_64 is taken
          --> terraform/main.tf:5
        hint: set `architecture` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
         Would build api (1.0 kB, 6 files)
            Finished 1 package in [TIME], nothing written
    "#]].assert_eq(&project.said(&["build", "-n"]));
}

#[test]
fn a_lock_for_another_target_than_the_settled_one_is_stale() {
    let project = Requiring::new(&["api"]);
    project.run(&["lock", "--python", "3.11"]);
    // Only another function says it: Hinkakan/AWSDataPipeline, whose lock was for the host's.
    let text = function("ingest", "runtime = \"python3.9\"");
    project.0.write("terraform/main.tf", text);
    expect![[r#"
        exit code: 0
        warning: `api`: its lock is stale, and is not used: it is for python3.11 on x86_64, not for python3.9 on x86_64
          --> lambdas/api/pylock.toml
        hint: run `cargo dofs-package lock api`
         Would build api (1.0 kB, 6 files)
            Finished 1 package in [TIME], nothing written
    "#]].assert_eq(&project.said(&["build", "-n"]));
    assert_eq!(project.run(&["build", "-n", "--locked"]).code, 6);
    assert_eq!(project.run(&["lock", "--check"]).code, 1);
    assert_eq!(project.run(&["lock"]).code, 0);
    assert_eq!(project.versions(&["--locked"]), ["3.9"]);
}

#[test]
fn a_lambda_that_hangs_on_no_target_is_neither_warned_of_nor_refused() {
    for text in [
        String::new(),
        function("api", "runtime = data.x.y.z\n  architectures = [data.x.y.z]"),
        function("api", "runtime = \"python3.8\""),
        function("api", "runtime = \"python3.15\""),
        function("x", "runtime = \"python3.9\"") + &function("y", "runtime = \"python3.10\""),
        function("api", "runtime = \"python3.9\"")
            + &function("api", "runtime = \"python3.10\"").replace("\"api\" {", "\"two\" {"),
    ] {
        let project = Requiring::new(&["api"]).with(&[("terraform/main.tf", &text)]);
        std::fs::remove_file(project.0.path("lambdas/api/requirements.txt")).unwrap();
        for arguments in [&["build"][..], &["build", "--locked"], &["list"], &["lock"]] {
            let said = project.said(arguments);
            let is_silent = said.starts_with("exit code: 0\n") && !said.contains("warning");
            assert!(is_silent, "{text}{arguments:?}: {said}");
        }
    }
}

/// Two roots that call one module, with these Python versions and architectures.
fn two_roots(versions: [&str; 2], architectures: [&str; 2]) -> Vec<(String, String)> {
    let module = "variable \"runtime\" {}\nvariable \"arch\" {}\n".to_owned()
        + &function("api", "runtime = var.runtime\n  architectures = [var.arch]")
            .replace("${path.module}/../", "${path.module}/../../");
    let root = |index: usize| {
        let [version, architecture] = [versions[index], architectures[index]];
        format!(
            "provider \"aws\" {{}}\nmodule \"api\" {{\n  source = \"../../modules/api\"\n  \
             runtime = \"{version}\"\n  arch = \"{architecture}\"\n}}\n"
        )
    };
    vec![
        ("modules/api/main.tf".to_owned(), module),
        ("environments/dev/main.tf".to_owned(), root(0)),
        ("environments/prod/main.tf".to_owned(), root(1)),
    ]
}

fn with_roots(versions: [&str; 2], architectures: [&str; 2]) -> Requiring {
    let files = two_roots(versions, architectures);
    let files: Vec<_> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    Requiring::new(&["api"]).with(&files)
}

#[test]
fn roots_that_disagree_are_the_failure_of_the_lambda_that_hangs_on_it() {
    let project = with_roots(["python3.12", "python3.9"], ["x86_64", "x86_64"]);
    expect![[r#"
        exit code: 4
        error: the runtime of `api` is `python3.12` here and `python3.9` at environments/prod/main.tf:2: neither is taken
          --> environments/dev/main.tf:2
        hint: set `python` in `[lambda.api]` of dofs-package.toml; or name the folders whose functions are deployed, such as `terraform = ["environments/dev"]`
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&project.said(&["build", "-n"]));
    for arguments in [&["build", "--locked"][..], &["list"], &["lock"], &["verify"]] {
        assert_eq!(project.run(arguments).code, 4, "{arguments:?}");
    }
    let project = with_roots(["python3.12", "python3.12"], ["x86_64", "arm64"]);
    expect![[r#"
        exit code: 4
        error: the architecture of `api` is `x86_64` here and `arm64` at environments/prod/main.tf:2: neither is taken
          --> environments/dev/main.tf:2
        hint: set `architecture` in `[lambda.api]` of dofs-package.toml; or name the folders whose functions are deployed, such as `terraform = ["environments/dev"]`
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&project.said(&["build", "-n"]));
}

#[test]
fn where_roots_disagree_the_config_decides_and_verify_warns_of_the_other() {
    let project = with_roots(["python3.12", "python3.9"], ["x86_64", "x86_64"]);
    project.0.write("dofs-package.toml", "[lambda.api]\npython = \"3.12\"\n");
    assert_eq!(project.run(&["build"]).code, 0);
    let run = project.run(&["verify", "-q"]);
    assert_eq!(run.code, 0, "{}", run.text());
    let runtime = run.stdout.lines().filter(|line| line.contains("\truntime\t"));
    expect![[r#"
        api	runtime	ok	modules/api/main.tf:6 (environments/dev): it runs on python3.12 on x86_64
        api	runtime	warning	modules/api/main.tf:6 (environments/prod): it runs on python3.9 on x86_64, and the package is for python3.12 on x86_64, which is that of another root: if `environments/prod` is not deployed, leave it out of `terraform` in the config
    "#]].assert_eq(&runtime.map(|line| format!("{line}\n")).collect::<String>());
}

#[test]
fn the_config_names_the_roots_that_count() {
    let project = with_roots(["python3.12", "python3.9"], ["arm64", "x86_64"]);
    for (config, expected) in [
        ("terraform = [\"environments/dev\"]\n", ["python3.12", "arm64"]),
        ("terraform = [\"environments/prod\"]\n", ["python3.9", "x86_64"]),
        ("terraform = [\"./environments/prod/\"]\n", ["python3.9", "x86_64"]),
        ("terraform = []\n", ["python3.11", "x86_64"]),
    ] {
        project.0.write("dofs-package.toml", config);
        let target = target(&project, "api");
        let fits = target.iter().zip(expected).all(|(line, start)| line.starts_with(start));
        assert!(fits, "{config}{target:?}");
    }
    project.0.write("dofs-package.toml", "terraform = [\"environments/prod\"]\n");
    let tool = project
        .0
        .tool()
        .env("DOFS_PACKAGE_TERRAFORM", "dev")
        .directory(project.0.path("environments"));
    let run = tool.run(&["list", "-q"]);
    assert!(run.stdout.contains("\tpython3.12\t"), "{}", run.text());
    project.0.write("dofs-package.toml", "terraform = [\"environments/test\"]\n");
    let said = project.said(&["doctor"]);
    assert!(said.contains("`terraform` names `environments/test`"), "{said}");
    project.0.write("dofs-package.toml", "\nterraform = [\"../elsewhere\"]\n");
    expect![[r#"
        exit code: 3
        error: `terraform` from dofs-package.toml: `../elsewhere` is outside the root
          --> dofs-package.toml:2
    "#]]
    .assert_eq(&project.said(&["build"]));
}

#[test]
fn what_terraform_said_to_a_lock_does_not_outlive_its_word() {
    let other =
        |name: &str, attributes: &str| function(name, attributes).replace("lambdas/", "elsewhere/");
    let nine = "runtime = \"python3.9\"";
    let arm = "runtime = \"python3.9\"\n  architectures = [\"arm64\"]";
    let own = function("api", nine);
    let disagreeing =
        other("x", "runtime = \"python3.12\"") + &other("y", "runtime = \"python3.13\"");
    for (before, after) in [
        // All agreed, and do no longer; or one can't be told any more.
        (other("x", nine), disagreeing.clone()),
        (other("x", nine), other("x", "runtime = var.runtime")),
        (other("x", nine), other("x", "runtime = data.x.y.z") + &other("y", nine)),
        // Its own function's can't be told any more, is gone, or lies in a file that is broken.
        (own.clone(), function("api", "runtime = var.runtime")),
        (own.clone(), disagreeing),
        (own.clone(), own.clone() + "resource {"),
        (own.clone(), function("api", "runtime = \"python3.9\"\n  architectures = [var.arch]")),
        (
            function("api", arm),
            function("api", "runtime = \"python3.9\"\n  architectures = [data.x.y.z]"),
        ),
        (other("x", arm), other("x", "runtime = \"python3.9\"\n  architectures = [data.x.y.z]")),
    ] {
        let project = Requiring::new(&["api"]).with(&[("terraform/main.tf", &before)]);
        assert_eq!(project.run(&["lock"]).code, 0, "{before}");
        let locked = &["build", "-n", "--locked"][..];
        assert_eq!(project.run(locked).code, 0, "{before}");
        project.0.write("terraform/main.tf", &after);
        let codes = [locked, &["lock", "--check"], &["lock"]].map(|it| project.run(it).code);
        assert_eq!(codes, [6, 4, 4], "{before}{after}");
        let run = project.run(&["build", "-n"]);
        assert!(run.code == 0 && run.stderr.contains("warning: `api`: "), "{}", run.text());
        // The user's word does.
        let said = project.run(&["lock", "--python", "3.9", "--arch", "x86_64"]);
        assert_eq!((said.code, project.run(locked).code), (0, 0), "{before}{after}");
    }
}

#[test]
fn a_lock_of_what_terraform_said_tells_it_where_that_counts_no_longer() {
    let before = function("api", "runtime = \"python3.9\"");
    let project = Requiring::new(&["api"]).with(&[("terraform/main.tf", &before)]);
    project.run(&["lock"]);
    let lock = String::from_utf8(project.0.read("lambdas/api/pylock.toml")).unwrap();
    assert!(lock.ends_with("\nsaid-by-terraform = [\"python\", \"architecture\"]\n"), "{lock}");
    // Where no file of Terraform's is, the lock is all that is known of what it said.
    std::fs::remove_file(project.0.path("terraform/main.tf")).unwrap();
    assert_eq!(project.said(&["build", "-n", "-q", "--locked"]), "exit code: 0\n");
    project.0.write("terraform/main.tf", before.replace("\"python3.9\"", "data.x.y.z"));
    expect![[r#"
        exit code: 0
        warning: `api`: `runtime` of `aws_lambda_function.api` can't be told from the files: `data.x.y` is known to Terraform only, so that of `python3` is used: 3.11; the lock was made for 3.9, which Terraform said then
          --> terraform/main.tf:4
        hint: set `python` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
        warning: `api`: its lock is stale, and is not used: it is for python3.9 on x86_64, not for python3.11 on x86_64
          --> lambdas/api/pylock.toml
        hint: run `cargo dofs-package lock api --python X.Y`
         Would build api (1.0 kB, 6 files)
            Finished 1 package in [TIME], nothing written
    "#]].assert_eq(&project.said(&["build", "-n"]));
    expect![[r#"
        exit code: 6
        error: `api`: no Python version is set, and `--locked` demands one: that of this machine is a guess
          --> terraform/main.tf:4
          caused by: `runtime` of `aws_lambda_function.api` can't be told from the files: `data.x.y` is known to Terraform only
          caused by: the lock was made for 3.9, which Terraform said then
        hint: set `python` in dofs-package.toml, or in its `[lambda.NAME]`, to what the function runs on
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&project.said(&["build", "-n", "--locked"]));
}

#[test]
fn the_version_for_all_is_none_of_functions_in_another_language() {
    let targets = |runtime: &str, config: &str, arguments: &[&str]| -> Vec<String> {
        let project = Project::with(&[
            ("dofs-package.toml", config),
            ("lambdas/api/api.py", MODULE),
            ("lambdas/web/index.js", ""),
        ]);
        let function = format!(
            "resource \"aws_lambda_function\" \"web\" {{\n  function_name = \"web\"\n  \
             filename = \"lambdas/web/web.zip\"\n  handler = \"index.handler\"\n  \
             runtime = \"{runtime}\"\n}}\n"
        );
        project.write("main.tf", function);
        let run = project.run(&[&["list", "-q", "--format=json"], arguments].concat());
        let json = run.json();
        let lambdas = json["lambdas"].as_array().expect("lambdas").iter();
        lambdas.map(|it| it["python"].as_str().unwrap_or("none").to_owned()).collect()
    };
    let top = "python = \"3.12\"\n";
    for runtime in ["nodejs20.x", "java21", "dotnet8", "ruby3.3", "go1.x"] {
        assert_eq!(targets(runtime, top, &[]), ["3.12", "none"], "{runtime}");
    }
    assert_eq!(targets("provided.al2023", top, &[]), ["3.12", "3.12"]);
    assert_eq!(
        targets("provided.al2023", "[lambda.api]\npython = \"3.12\"\n", &[]),
        ["3.12", "none"]
    );
    assert_eq!(targets("python3.11", top, &[]), ["3.12", "3.12"]);
    let own = format!("{top}[lambda.web]\npython = \"3.13\"\n");
    assert_eq!(targets("nodejs20.x", &own, &[]), ["3.12", "3.13"]);
    assert_eq!(targets("nodejs20.x", top, &["--python", "3.11"]), ["3.11", "none"]);
}

#[test]
fn a_target_that_is_not_that_of_the_function_is_told() {
    let function = "resource \"aws_lambda_function\" \"api\" {\n  function_name = \"api\"\n  \
                    filename = \"lambdas/api/api.zip\"\n  handler = \"api.handler\"\n  \
                    runtime = \"python3.9\"\n  architectures = [\"arm64\"]\n}\n";
    let config = "python = \"3.12\"\narchitecture = \"x86_64\"\n";
    let project =
        Requiring::new(&["api"]).with(&[("main.tf", function), ("dofs-package.toml", config)]);
    let codes = |run: &Run| super::warnings(&run.json());
    let run = project.run(&["build", "-n", "-q", "--format", "json"]);
    assert_eq!(codes(&run), ["other-runtime", "other-runtime"], "{}", run.text());
    let run = project.run(&["build", "-n"]);
    assert!(
        run.stderr.contains(
            "`python` is 3.12 by dofs-package.toml, and its function runs on `python3.9`\n  --> main.tf:5\n"
        ),
        "{}",
        run.text()
    );
    for same in ["python = \"3.9\"\narchitecture = \"arm64\"\n", ""] {
        project.0.write("dofs-package.toml", same);
        let run = project.run(&["build", "-n", "-q", "--format", "json"]);
        assert_eq!(codes(&run), [""; 0], "{same}: {}", run.text());
    }
    // Without requirements the package is the same for all.
    project.0.write("dofs-package.toml", config);
    project.0.write("lambdas/api/requirements.txt", "");
    let run = project.run(&["build", "-n", "-q", "--format", "json"]);
    assert_eq!(codes(&run), [""; 0], "{}", run.text());
}

/// As code in S3 is deployed, from one file for all environments.
#[test]
fn a_name_with_a_variable_is_that_of_a_pattern() {
    let function = |name: &str, architecture: &str| {
        format!(
            "resource \"aws_lambda_function\" \"{name}_of_stage\" {{\n  function_name = \
             \"${{var.stage}}-{name}\"\n  s3_bucket = \"code\"\n  s3_key = \"{name}-code\"\n  runtime = \
             \"python3.12\"\n  architectures = [\"{architecture}\"]\n}}\n"
        )
    };
    let text = format!(
        "variable \"stage\" {{}}\n{}{}",
        function("resize", "arm64"),
        function("crop", "x86_64")
    );
    let config = "function-name = \"*-{name}\"\n";
    let project = Requiring::new(&["crop", "resize"])
        .with(&[("terraform/main.tf", &text), ("dofs-package.toml", config)]);
    assert_eq!(
        target(&project, "resize"),
        ["python3.12\tterraform/main.tf:6", "arm64\tterraform/main.tf:7"]
    );
    assert_eq!(target(&project, "crop")[1], "x86_64\tterraform/main.tf:14");
}
