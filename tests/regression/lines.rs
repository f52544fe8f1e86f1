//! What lines of requirements files ask for, and what is said of them.

use super::{JSON, TARGET, nowhere, requiring, succeed};
use crate::support::{Project, Run, Wheel, output, python3};

/// The one failure of a run.
fn failure(run: &Run) -> serde_json::Value {
    let json = run.json();
    let failures = json["failures"].as_array().expect("a list");
    assert_eq!(failures.len(), 1, "{json}");
    failures[0].clone()
}

/// The paths in the package of `api` that are of wheels.
fn of_wheels(project: &Project) -> Vec<String> {
    let names = project.entries("lambdas/api/api.zip").into_keys();
    names.filter(|name| !["api.py", "requirements.txt"].contains(&name.as_str())).collect()
}

#[test]
fn no_line_lets_the_code_of_a_source_distribution_run() {
    let project = requiring(&[("api", "--only-binary :none:\ntrap\n")], &[]);
    project.write("dofs-package.toml", "python = \"3.12\"\nsource-distributions = \"refuse\"\n");
    let (sentinel, source) = (project.home().join("it-ran"), project.home().join("trap-1.0"));
    std::fs::create_dir(&source).unwrap();
    let pyproject = "[build-system]\nrequires = []\nbuild-backend = \"backend\"\n\
                     backend-path = [\".\"]\n[project]\nname = \"trap\"\nversion = \"1.0\"\n";
    let backend = format!("open({:?}, 'w').close()\n", sentinel.display().to_string());
    let files = [
        ("pyproject.toml", pyproject),
        ("backend.py", &backend),
        ("PKG-INFO", "Metadata-Version: 2.1\nName: trap\nVersion: 1.0\n"),
    ];
    for (name, text) in files {
        std::fs::write(source.join(name), text).unwrap();
    }
    let archive = project.index().join("trap-1.0.tar.gz");
    let mut tar = python3();
    tar.args(["-m", "tarfile", "-c"]).arg(&archive).arg("trap-1.0");
    output(tar.current_dir(project.home()));

    let run = project.run(&JSON);

    assert_eq!(run.code, 4, "{}", run.text());
    assert!(!sentinel.exists());
    // The trap is one: pip left to itself walks into it.
    let mut pip = python3();
    pip.args(["-m", "pip", "download", "-q", "--no-index", "--no-deps", "--dest"]);
    pip.arg(project.home()).arg(&archive).env("HOME", project.home()).output().unwrap();
    assert!(sentinel.exists());
}

#[test]
fn what_a_file_of_constraints_requires_is_required() {
    let wheels = [("one", "1.0"), ("two", "1.0"), ("two", "2.0")].map(|(n, v)| Wheel::new(n, v));
    let project = requiring(&[("api", "-c limits.txt\none\n")], &wheels);
    project.write("lambdas/api/limits.txt", "two<2\n-r more.txt\n");
    project.write("lambdas/api/more.txt", "two\n");
    let json = succeed(project.run(&JSON)).json();
    let wheels = json["packages"][0]["requirements"].as_array().unwrap();
    let names: Vec<_> = wheels.iter().map(|it| it["wheel"].as_str().unwrap()).collect();
    assert_eq!(names, ["one-1.0-py3-none-any.whl", "two-1.0-py3-none-any.whl"]);
}

#[test]
fn requirements_for_other_targets_alone_are_an_answer_that_the_store_keeps() {
    let lines = "colorama ; sys_platform == 'win32'\nold ; python_version < '3.9'\n";
    let project = requiring(&[("api", lines)], &[]);
    let first = succeed(project.run(&TARGET));
    assert_eq!(of_wheels(&project), Vec::<String>::new());
    let without_programs = project.tool().env("PATH", nowhere(&project));
    assert_eq!(succeed(without_programs.run(&TARGET)).stdout, first.stdout);
    let offline = succeed(project.run(&["--python", "3.12", "--offline"]));
    assert_eq!(offline.stdout, first.stdout);
}

#[test]
fn a_wheel_of_another_platform_fits_not() {
    let wheel = Wheel::new("one", "1.0").tag("cp312-cp312-win_amd64");
    let project = requiring(&[("api", &format!("./{}\n", wheel.file_name()))], &[]);
    project.write(&format!("lambdas/api/{}", wheel.file_name()), wheel.bytes());
    let run = project.run(&JSON);
    let failure = failure(&run);
    assert_eq!((run.code, &failure["code"]), (4, &"no-wheel-fits".into()), "{failure}");
}

#[test]
fn a_wheel_with_another_hash_is_told_in_pips_words() {
    let line = format!("one==1.0 --hash=sha256:{}\n", "0".repeat(64));
    let project = requiring(&[("api", &line)], &[Wheel::new("one", "1.0")]);
    let run = project.run(&JSON);
    let failure = failure(&run);
    assert_eq!((run.code, &failure["code"]), (4, &"hash-mismatch".into()), "{failure}");
    let causes = failure["causes"].as_array().unwrap().iter();
    let causes: Vec<_> = causes.map(|cause| cause.as_str().unwrap().trim()).collect();
    assert!(causes.contains(&format!("Expected sha256 {}", "0".repeat(64)).as_str()), "{causes:?}");
}

#[test]
fn a_line_that_is_none_is_told_with_the_names_of_its_variables() {
    let project = requiring(&[("api", "one==${TOKEN} two\n")], &[]);
    let tool = project.tool().env("TOKEN", "hunter2");
    expect_test::expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `one==${TOKEN} two` is no requirement
    "#]]
    .assert_eq(
        &tool.run(&TARGET).text().lines().take(4).map(|it| format!("{it}\n")).collect::<String>(),
    );
    for arguments in [&TARGET[..], &JSON, &["list"]] {
        let text = tool.run(arguments).text();
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn an_address_is_told_without_its_query() {
    let lines = "http://127.0.0.1:9/one.tar.gz?token=hunter2\n";
    let project = requiring(&[("api", lines)], &[]);
    expect_test::expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
           Resolving lambdas/api/requirements.txt for python3.12 on x86_64
        error: pip can't reach `http://127.0.0.1:9`
          --> lambdas/api/requirements.txt:1
          caused by: failed to establish a new connection: [Errno 111] Connection refused
        hint: check the network and pip's index settings (`pip config list`)
        error: 1 of 1 lambda could not be packaged
    "#]]
    .assert_eq(&project.run(&TARGET).text());
}

#[test]
fn a_failure_of_shared_requirements_has_each_lambdas_own_line() {
    let files = [("a", "one\nnowhere==1.0\n"), ("b", "# why\n\none # all\n\nnowhere==1.0\n")];
    let project = requiring(&files, &[Wheel::new("one", "1.0")]);
    let run = project.run(&["-q", "--python", "3.12"]);
    let places = run.stderr.lines().filter_map(|line| line.trim().strip_prefix("--> "));
    let expected = ["lambdas/a/requirements.txt:2", "lambdas/b/requirements.txt:5"];
    assert_eq!(places.collect::<Vec<_>>(), expected, "{}", run.stderr);
}

#[test]
fn a_contradiction_in_shared_requirements_has_each_lambdas_own_file() {
    let wheels = [Wheel::new("one", "1.0").requires("two>1"), Wheel::new("two", "1.0")];
    let project = requiring(&[("a", "one\ntwo==1.0\n"), ("b", "# why\none\ntwo==1.0\n")], &wheels);
    project.publish(&Wheel::new("two", "2.0"));
    let json = project.run(&["-q", "--python", "3.12", "--format=json"]).json();
    let failures = json["failures"].as_array().expect("failures").iter();
    let places: Vec<_> = failures.map(|it| it["path"].as_str().expect("a path")).collect();
    let expected = ["lambdas/a/requirements.txt", "lambdas/b/requirements.txt"];
    assert_eq!(places, expected, "{json}");
}
